"""Large clean text files: sniffed on samples, then read by polars with known types and a known form of time.

The short cut is only taken where it provably gives the same table: every line has the same number of cells, which
:class:`Survey` sees for each line, and no cell fails its type. In any other case `read` returns None and the careful
way reads the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources import cells as numbers
from workbench.core.sources.assemble import assemble, named
from workbench.core.sources.bulkplan import Plan, planned
from workbench.core.sources.payload import Payload
from workbench.core.sources.rawcolumn import Hints, RawColumn
from workbench.core.sources.survey import NOT_A_TIME, Survey
from workbench.core.table import Dialect, Table

if TYPE_CHECKING:
    import polars as pl

BULK_BYTES = 1 << 20
_BATCH_ROWS = 100_000


def read(payload: Payload, hints: Hints) -> Table | None:
    """Read a large clean file fast; None if it is small or needs care."""
    settled = (hints.encoding, hints.quote, hints.first_row)
    if payload.length < BULK_BYTES or any(value is not None for value in settled):
        return None
    plan = planned(payload, hints)
    payload.watch.at(0.1)
    if plan is None:
        return None
    reader = _Reader(payload, plan, range(plan.body.width))
    columns = reader.columns()
    payload.watch.at(0.8)
    return None if columns is None else _assembled(payload, plan, columns, hints, reader.quoted)


def _assembled(payload: Payload, plan: Plan, columns: Sequence[RawColumn], hints: Hints, quoted: bool) -> Table:
    body = plan.body
    quote = plan.how.quote or ('"' if quoted else None)
    note = named(body.header, body.width)[1]
    return assemble(
        payload.name,
        columns,
        lines=range(plan.first_line, plan.first_line + columns[0].rows),
        notes=[*payload.notes, *plan.sniffed.notes(), *body.notes, *([note] if note else [])],
        sha256=payload.sha256,
        dialect=Dialect(plan.how.delimiter, quote, "utf-8", body.header_rows, plan.decimal, body.skipped),
        hints=Hints(decimal=plan.decimal, time=hints.time, time_format=hints.time_format, layout=hints.layout),
    )


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
        schema={str(j): dtype for j, dtype in enumerate(types)},
        separator=plan.how.delimiter,
        quote_char='"' if plan.how.quote is None else plan.how.quote,
        skip_lines=plan.first_line - 1,
        null_values=plan.tokens or None,
        ignore_errors=True,
        decimal_comma=plan.decimal == ",",
    )


class _Reader:
    """Fill arrays that are made once, so that no part of the table lies in memory twice."""

    def __init__(self, payload: Payload, plan: Plan, chosen: Sequence[int]) -> None:
        self._payload, self._plan, self._chosen = payload, plan, chosen
        self._room = round(1.02 * plan.lines(payload.length)) + 1000
        self._clocks = {j: plan.clocks[j] for j in chosen if j in plan.clocks}
        self._parsed = [j for j in chosen if j not in self._clocks]
        self._floats = {j: np.empty(self._room) for j in self._parsed if plan.kinds[j]}
        self._parts: dict[int, list[pl.Series]] = {j: [] for j in self._parsed if not plan.kinds[j]}
        self._nulls = dict.fromkeys(self._parsed, 0)
        self._rows = 0
        self.quoted = False

    def columns(self) -> list[RawColumn] | None:
        """Read the file; None if it is not as the plan says."""
        import polars as pl

        payload, plan = self._payload, self._plan
        survey = Survey(
            payload.stream(), plan.start, plan.how.delimiter, plan.how.quote or '"', plan.body.width, self._clocks,
            self._room,
        )  # fmt: skip
        survey.start()
        try:
            for batch in batches(payload, plan, self._parsed or [0]):
                self._take(batch)
            survey.join()
            if survey.sha256 and not payload.packed:
                payload.known_sha256 = survey.sha256
            self.quoted = survey.quoted
            if not survey.even or survey.rows != self._rows:
                return None
            names = plan.names
            return [self._column(j, names[j], survey) for j in self._chosen]
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None
        finally:
            survey.abandon()
            survey.join()

    def _take(self, batch: pl.DataFrame) -> None:
        behind = self._rows + batch.height
        for j, cells in zip(self._parsed, batch.get_columns(), strict=False):
            self._nulls[j] += cells.null_count()
            if j in self._parts:
                self._parts[j].append(cells)
                continue
            if behind > len(self._floats[j]):
                self._floats[j] = np.resize(self._floats[j], behind + behind // 4)
            self._floats[j][self._rows : behind] = cells.to_numpy()
        self._rows = behind

    def _column(self, j: int, name: str, survey: Survey) -> RawColumn:
        """Take a column that fits its type; otherwise read its text again, so that no cell is lost unseen."""
        import polars as pl

        plan = self._plan
        units = plan.body.units or []
        unit = (units[j] or None) if j < len(units) else None
        if j in self._clocks:
            times = survey.times.pop(j)
            if times.min() != NOT_A_TIME:
                return RawColumn(name, pl.Series(times.view("M8[us]")), unit=unit, form=plan.forms[j])
        elif j in self._floats:
            values = self._floats.pop(j)[: self._rows]
            if self._only_missing(j, int(survey.empty[j])) and not _infinite(values):
                return RawColumn(name, pl.Series([], dtype=pl.Float64), numbers.Numbers(values, 0), unit)
        elif plan.forms[j] is None or not self._nulls[j]:
            return RawColumn(name, pl.concat(self._parts.pop(j)), unit=unit, form=plan.forms[j])
        self._parts.pop(j, None)
        return RawColumn(name, self._texts(j).collect(engine="streaming")[str(j)], unit=unit)

    def _only_missing(self, j: int, empty: int) -> bool:
        """True if every cell that gave no number is empty or says that it is missing."""
        found = self._nulls[j]
        if found == empty:
            return True
        return int(self._texts(j).null_count().collect(engine="streaming").item()) == found

    def _texts(self, j: int) -> pl.LazyFrame:
        import polars as pl

        return _scan(self._payload, self._plan, [pl.String()] * self._plan.body.width).select(str(j))


def _infinite(values: NDArray[np.float64]) -> bool:
    low, high = values.min(), values.max()
    # Only where a value is missing do these say nothing.
    return bool(np.isinf(values).any()) if np.isnan(low) else bool(np.isinf(low) or np.isinf(high))
