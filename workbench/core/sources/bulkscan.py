"""Scan a large text file with polars as a plan says, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from workbench.core.sources.bulkplan import Plan
from workbench.core.sources.payload import Payload

if TYPE_CHECKING:
    import polars as pl

_BATCH_ROWS = 300_000


def batches(payload: Payload, plan: Plan, chosen: Sequence[int]) -> Iterator[pl.DataFrame]:
    """Yield the chosen columns with their types, batch by batch in order.

    Raises
    ------
    PolarsError, OSError, ValueError
        If polars finds that the file is not as the plan says.
    """
    import polars as pl

    types = [pl.Float64() if number else pl.String() for number in plan.kinds]
    wanted = []
    for j in chosen:
        column, form = pl.col(str(j)), plan.forms[j]
        wanted.append(column if form is None else column.str.to_datetime(form, strict=False, time_unit="us"))
    lazy = _scan(payload, plan, types).select(wanted)
    rows, guess = 0, plan.lines(payload.length)
    for batch in lazy.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True, engine="streaming"):
        rows += batch.height
        payload.watch.at(min(0.8, 0.1 + 0.7 * rows / guess))
        yield batch


def _scan(payload: Payload, plan: Plan, types: Sequence[pl.DataType]) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_csv(
        payload.source(),
        has_header=False,
        glob=False,
        schema={str(j): dtype for j, dtype in enumerate(types)},
        separator=plan.how.delimiter,
        quote_char='"' if plan.how.quote is None else plan.how.quote,
        skip_lines=plan.first_line - 1,
        null_values=plan.tokens or None,
        ignore_errors=True,
        decimal_comma=plan.decimal == ",",
    )


def texts(payload: Payload, plan: Plan, j: int) -> pl.LazyFrame:
    """Return one column as text, null where a cell is empty or a word for “missing”."""
    import polars as pl

    return _scan(payload, plan, [pl.String()] * plan.body.width).select(str(j))


def only_missing(payload: Payload, plan: Plan, j: int, nulls: int, empty: int) -> bool:
    """True if all `nulls` cells of a column that gave no number are among the `empty` ones, or say “missing”."""
    return nulls == empty or int(texts(payload, plan, j).null_count().collect(engine="streaming").item()) == nulls
