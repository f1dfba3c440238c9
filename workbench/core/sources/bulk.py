"""Large clean text files: sniffed on samples, then read by polars with known types and a known form of time.

The short cut is only taken where it provably gives the same table: every line has the same number of cells, which
:class:`Survey` sees for each line, and no cell fails its type. In any other case `read` returns None and the careful
way reads the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import Problem, WorkbenchError, problem
from workbench.core.sources import cells as numbers
from workbench.core.sources.assemble import assemble, named
from workbench.core.sources.budget import refuse_table, table_fits
from workbench.core.sources.bulkcombined import Combined
from workbench.core.sources.bulkplan import Plan, planned
from workbench.core.sources.bulkscan import Part, only_missing, parts, texts
from workbench.core.sources.fixedtime import NOT_A_TIME
from workbench.core.sources.payload import Payload
from workbench.core.sources.problems import ROWS_COMBINED
from workbench.core.sources.rawcolumn import Hints, RawColumn
from workbench.core.table import Dialect, Table

if TYPE_CHECKING:
    import polars as pl

BULK_BYTES = 1 << 20

_Kind = TypeVar("_Kind", np.float64, np.int64)


def read(payload: Payload, hints: Hints) -> Table | None:
    """Read a large clean file fast; None if it is small or needs care."""
    settled = (hints.encoding, hints.quote, hints.first_row, hints.escape, hints.thousands)
    if payload.length < BULK_BYTES or any(value is not None for value in settled):
        return None
    plan = planned(payload, hints)
    payload.watch.at(0.1)
    if plan is None:
        return None
    less = hints.columns is not None or hints.every is not None
    sample = _sample(payload, plan, hints) if less else None
    chosen = _chosen(plan, hints, sample)
    combined = _combined(payload, plan, hints, sample, chosen)
    if combined is not None:
        return combined
    counted = sum(plan.kinds[j] or plan.forms[j] is not None for j in chosen)
    rows = plan.lines(payload.length)
    if not table_fits(rows, counted, len(chosen) - counted):
        sample = sample or _sample(payload, plan, hints)
        refuse_table(payload, rows, sample, counted, len(chosen) - counted)
    reader = _Reader(payload, plan, chosen)
    columns = reader.columns()
    payload.watch.at(0.8)
    if columns is None:
        return None
    lines = range(plan.first_line, plan.first_line + columns[0].rows)
    return _assembled(payload, plan, columns, hints, reader.quoted, lines, ())


def _sample(payload: Payload, plan: Plan, hints: Hints) -> Table | None:
    """Make a table of the first rows, to learn which columns are the time; None if they are none yet."""
    import polars as pl

    cells = [pl.Series(values, dtype=pl.String) for values in zip(*plan.body.rows, strict=True)]
    columns = [RawColumn(name, values) for name, values in zip(plan.names, cells, strict=True)]
    try:
        return assemble(
            payload.name, columns, lines=range(1, len(plan.body.rows) + 1), notes=[], sha256="",
            dialect=Dialect(plan.how.delimiter, None, "utf-8", 1, plan.decimal), hints=hints,
        )  # fmt: skip
    except WorkbenchError:
        return None


def _chosen(plan: Plan, hints: Hints, sample: Table | None) -> list[int]:
    """Return the columns to read: the wanted ones and those of the time; all where the table would be turned round."""
    names = plan.names
    own = sample is not None and {column.name for column in sample.columns} <= set(names)
    if hints.columns is None or sample is None or not own or not set(hints.columns) <= set(names):
        return list(range(len(names)))
    wanted = {*hints.columns, *(sample.time.columns if sample.time else ())}
    return [j for j, name in enumerate(names) if name in wanted]


def _combined(payload: Payload, plan: Plan, hints: Hints, sample: Table | None, chosen: Sequence[int]) -> Table | None:
    """Combine rows while reading, if the times are in one column of text and that is wished."""
    axis = sample.time if sample is not None else None
    if hints.every is None or axis is None or len(axis.columns) != 1 or axis.columns[0] not in plan.names:
        return None
    time = plan.names.index(axis.columns[0])
    if plan.forms[time] is None or not any(plan.kinds[j] for j in chosen):
        return None
    work = Combined(payload, plan, time, chosen, hints.every, hints.combine)
    columns = work.columns()
    if columns is None:
        return None
    note = problem(ROWS_COMBINED, rows=work.rows, steps=columns[0].rows, how=hints.combine)
    return _assembled(payload, plan, columns, hints, work.quoted, range(1, columns[0].rows + 1), [note, *work.notes])


def _assembled(
    payload: Payload,
    plan: Plan,
    columns: Sequence[RawColumn],
    hints: Hints,
    quoted: bool,
    lines: Sequence[int],
    said: Sequence[Problem],
) -> Table:
    body = plan.body
    quote = plan.how.quote or ('"' if quoted else None)
    note = named(body.header, body.width)[1]
    return assemble(
        payload.name,
        columns,
        lines=lines,
        notes=[*payload.notes, *plan.sniffed.notes(), *body.notes, *([note] if note else []), *said],
        sha256=payload.sha256,
        dialect=Dialect(plan.how.delimiter, quote, "utf-8", body.header_rows, plan.decimal, body.skipped),
        hints=Hints(decimal=plan.decimal, time=hints.time, time_format=hints.time_format, layout=hints.layout),
    )


class _Reader:
    """Fill arrays that are made once, so that no part of the table lies in memory twice."""

    def __init__(self, payload: Payload, plan: Plan, chosen: Sequence[int]) -> None:
        self._payload, self._plan, self._chosen = payload, plan, chosen
        room = round(1.02 * plan.lines(payload.length)) + 1000
        self._clocks = {j: plan.clocks[j] for j in chosen if j in plan.clocks}
        self._parsed = [j for j in chosen if j not in self._clocks]
        self._floats = {j: np.empty(room) for j in self._parsed if plan.kinds[j]}
        self._times = {j: np.empty(room, dtype=np.int64) for j in self._clocks}
        self._parts: dict[int, list[pl.Series]] = {j: [] for j in self._parsed if not plan.kinds[j]}
        self._nulls = dict.fromkeys(self._parsed, 0)
        self._spans = dict.fromkeys(self._floats, (np.nan, np.nan))
        self._empty: NDArray[np.int64] = np.zeros(plan.body.width, dtype=np.int64)
        self._rows = 0
        self.quoted = False

    def columns(self) -> list[RawColumn] | None:
        """Read the file; None if it is not as the plan says."""
        import polars as pl

        try:
            for part in parts(self._payload, self._plan, self._parsed, self._clocks):
                self._take(part)
            names = self._plan.names
            return [self._column(j, names[j]) for j in self._chosen] if self._rows else None
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None

    def _take(self, part: Part) -> None:
        first, self._rows = self._rows, self._rows + part.seen.rows
        self._empty += part.seen.empty
        self.quoted |= part.seen.quoted
        for j, times in part.seen.times.items():
            self._times[j] = _put(self._times[j], first, times)
        for j, cells in zip(self._parsed, part.cells.get_columns(), strict=True):
            self._nulls[j] += cells.null_count()
            if j in self._parts:
                self._parts[j].append(cells)
                continue
            values = cells.to_numpy()
            self._floats[j] = _put(self._floats[j], first, values)
            low, high = numbers.extremes(values)
            self._spans[j] = float(np.fmin(self._spans[j][0], low)), float(np.fmax(self._spans[j][1], high))

    def _column(self, j: int, name: str) -> RawColumn:
        """Take a column that fits its type; otherwise read its text again, so that no cell is lost unseen."""
        import polars as pl

        plan = self._plan
        unit = plan.unit(j)
        if j in self._clocks:
            times = self._times.pop(j)[: self._rows]
            if times.min() != NOT_A_TIME:
                return RawColumn(name, pl.Series(times.view("M8[us]")), unit=unit, form=plan.forms[j])
        elif j in self._floats:
            values = self._floats.pop(j)[: self._rows]
            found = only_missing(self._payload, plan, j, self._nulls[j], int(self._empty[j]))
            span = self._spans[j]
            # An infinite number was too large.
            if found and not np.isinf(span).any():
                return RawColumn(name, pl.Series([], dtype=pl.Float64), numbers.Numbers(values, 0, span=span), unit)
        elif plan.forms[j] is None or not self._nulls[j]:
            return RawColumn(name, pl.concat(self._parts.pop(j)), unit=unit, form=plan.forms[j])
        self._parts.pop(j, None)
        return RawColumn(name, texts(self._payload, plan, j).collect(engine="streaming")[str(j)], unit=unit)


def _put(room: NDArray[_Kind], first: int, values: NDArray[_Kind]) -> NDArray[_Kind]:
    """Write values from row `first` on, into a larger array if need be."""
    behind = first + len(values)
    if behind > len(room):
        room = np.resize(room, behind + behind // 4)
    room[first:behind] = values
    return room
