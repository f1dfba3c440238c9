"""From a polars frame, whose columns have types already, to raw columns and to text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.core.sources.assemble import assemble, named
from workbench.core.sources.payload import Payload
from workbench.core.sources.rawcolumn import Hints, RawColumn
from workbench.core.table import Table

if TYPE_CHECKING:
    import polars as pl


def table_of(payload: Payload, frame: pl.DataFrame, hints: Hints) -> Table:
    """Assemble the Table of a frame; rows are counted from 1 in its notes."""
    names, note = named(frame.columns, frame.width)
    columns = [RawColumn(name, _plain(cells)) for name, cells in zip(names, frame.get_columns(), strict=True)]
    payload.watch.at(0.7)
    return assemble(
        payload.name,
        columns,
        lines=range(1, frame.height + 1),
        notes=[*payload.notes, *([note] if note else [])],
        sha256=payload.sha256,
        hints=hints,
    )


def _plain(cells: pl.Series) -> pl.Series:
    """Bring the types that need no inference to strings, numbers and times."""
    import polars as pl

    dtype = cells.dtype
    if dtype == pl.Categorical or dtype == pl.Enum:
        return cells.cast(pl.String)
    if dtype == pl.Boolean or dtype.is_decimal():
        return cells.cast(pl.Float64)
    if dtype == pl.Duration:
        return cells.dt.total_microseconds().cast(pl.Float64) / 1e6
    if dtype == pl.Null:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.String)
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
        return pl.Series(cells.name, [None if v is None else str(v) for v in cells.to_list()], dtype=pl.String)
    return cells


def cells_of(frame: pl.DataFrame) -> tuple[list[str], Iterable[list[str]]]:
    """Write a frame as text, missing cells as empty."""
    import polars as pl

    columns = []
    for cells in map(_plain, frame.get_columns()):
        text = cells.cast(pl.String)
        if isinstance(cells.dtype, pl.Datetime):
            text = text.str.replace(r"\.0+$", "")
        columns.append(text.fill_null("").to_list())
    return list(frame.columns), (list(row) for row in zip(*columns, strict=True))
