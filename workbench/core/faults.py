"""What is wrong with a series, as facts: how much of it, where, and in which words. Nothing is mended here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.clock import iso
from workbench.core.outliers import outliers
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.sources.timestep import clock_changes, daylight_rows, steps_between
from workbench.core.table import Step, Table, TimeAxis

FaultKind = Literal[
    "duplicate", "backward", "missing-step", "clock-change", "irregular", "missing-time", "missing-cell", "outlier"
]
Rows = NDArray[np.int64]
_USUAL_SHARE = 0.5

FAULT_DUPLICATES = ProblemKind(
    "fault-duplicates",
    "warning",
    N_("Rows with the time of an earlier row: {count}, the first is row {row} ({at})."),
    N_("Choose what to do with duplicates: mean, first or last."),
)
FAULT_BACKWARD = ProblemKind(
    "fault-backward",
    "warning",
    N_("Rows that are earlier than the row before: {count}, the first is row {row} ({at})."),
    N_("Sort the file by time, or check the form of the dates."),
)
FAULT_MISSING_STEPS = ProblemKind(
    "fault-missing-steps",
    "warning",
    N_("Steps missing in time: {count} in {places} places, the first before row {row} ({at})."),
    N_("Gaps in the data settings says what becomes of them: windows are cut there, or short gaps are filled."),
)
FAULT_CLOCK_CHANGES = ProblemKind(
    "fault-clock-changes",
    "note",
    N_("Clock changes explain missing hours: {holes} and repeated hours: {repeats}, first at row {row} ({at})."),
    N_("Use UTC in the file to avoid holes and repeats."),
)
FAULT_IRREGULAR = ProblemKind(
    "irregular-rows",
    "warning",
    N_("Rows that are not at a regular distance from the row before: {count}, the first is row {row} ({at})."),
    N_("Put the series on a regular grid before you train, or treat the rows as numbered."),
)
FAULT_MISSING_TIMES = ProblemKind(
    "fault-missing-times",
    "warning",
    N_("Rows without a time in column “{column}”: {count}, the first is row {row}."),
    N_("These rows are left out. Correct them in the file if their values matter."),
)
FAULT_MISSING_CELLS = ProblemKind(
    "fault-missing-cells",
    "note",
    N_("Missing cells in column “{column}”: {count}, the first is in row {row} ({at})."),
    N_("Gaps in the data settings says what becomes of them: windows are cut there, or short gaps are filled."),
)
FAULT_OUTLIERS = ProblemKind(
    "outliers",
    "warning",
    N_(
        "Values in column “{column}” that stand out from their neighbours: {count}, "
        "the first is {value} in row {row} ({at})."
    ),
    N_("Look at them on the series. Correct or empty these cells in the file if they are errors."),
)


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One kind of thing that is wrong with one column.

    Attributes
    ----------
    column
        Column of values, or the time column (several joined by `` + ``).
    rows
        Rows of the table, from 0, in order. A missing step names the row behind it.
    count
        How many: of missing steps, several may be in front of one row.
    text
        The same in words, with the line of the first in the file.
    times
        datetime64[us] of `rows`; None if the rows are only numbered.
    """

    kind: FaultKind
    column: str
    rows: Rows
    count: int
    text: Problem
    times: NDArray[np.datetime64] | None = None


OF_ONE_LINE: tuple[FaultKind, ...] = ("duplicate", "backward", "irregular")
"""What is no fault where a column tells several series apart: each of them has its own line of time."""


def faults(table: Table, columns: Sequence[str] | None = None) -> tuple[Fault, ...]:
    """Find what is wrong with the times of a table and with the values of `columns` (all with numbers by default)."""
    names = table.numeric if columns is None else [name for name in columns if name in table]
    return (*_of_times(table), *(fault for name in names for fault in _of_values(table, name)))


def _made(
    table: Table, kind: FaultKind, text: ProblemKind, column: str, rows: Rows, count: int | None = None, **more: object
) -> Fault:
    count = len(rows) if count is None else count
    axis, row = table.time, int(rows[0])
    times = axis.values[rows] if axis is not None else None
    at = N_("no time")
    if axis is not None and not np.isnat(axis.values[row]):
        at = iso(axis.values[row], axis.step)
    elif axis is None:
        at = str(row + 1)
    said = problem(text, column=column, count=count, row=table.line(row), at=at, **more)
    return Fault(kind, column, rows, count, said, times)


def _of_times(table: Table) -> Iterator[Fault]:
    axis = table.time
    if axis is None:
        return
    column = " + ".join(axis.columns)
    unknown = np.isnat(axis.values)
    if unknown.any():
        yield _made(table, "missing-time", FAULT_MISSING_TIMES, column, np.flatnonzero(unknown))
    known = np.flatnonzero(~unknown)
    if len(known) < 2:
        return
    backward = known[1:][np.diff(axis.values[known]) < np.timedelta64(0)]
    if len(backward):
        yield _made(table, "backward", FAULT_BACKWARD, column, backward)
        known = known[np.argsort(axis.values[known], kind="stable")]
    yield from _of_steps(table, axis, column, known)


def _of_steps(table: Table, axis: TimeAxis, column: str, order: Rows) -> Iterator[Fault]:
    """Find what is wrong between neighbours, with the rows in `order` of time."""
    times = axis.values[order]
    apart = np.diff(times).view(np.int64)
    repeated = apart == 0
    if repeated.any():
        yield _made(table, "duplicate", FAULT_DUPLICATES, column, np.sort(order[1:][repeated]))
    if axis.step is None:
        odd = ~repeated & (apart != _usual(apart))
    else:
        passed = steps_between(times, axis.step)
        whole = np.round(passed)
        gap = whole > 1
        if gap.any():
            missing = int((whole[gap] - 1).sum())
            rows = order[1:][gap]
            yield _made(table, "missing-step", FAULT_MISSING_STEPS, column, rows, missing, places=int(gap.sum()))
        odd = ~repeated & (np.abs(passed - whole) > 1e-6)
        yield from _of_clock_changes(table, axis, axis.step, column)
    if odd.any():
        yield _made(table, "irregular", FAULT_IRREGULAR, column, np.sort(order[1:][odd]))


def _usual(apart: NDArray[np.int64]) -> int:
    """Return the distance that at least half of the rows have, or -1."""
    middle = int(np.partition(apart, len(apart) // 2)[len(apart) // 2])
    return middle if (apart == middle).mean() >= _USUAL_SHARE else -1


def _of_clock_changes(table: Table, axis: TimeAxis, step: Step, column: str) -> Iterator[Fault]:
    if axis.timezone is not None or not (axis.gaps or axis.duplicates or axis.backward):
        return
    holes, repeats, _first = clock_changes(axis.values, step)
    if holes + repeats:
        rows = daylight_rows(axis.values, step)
        yield _made(
            table, "clock-change", FAULT_CLOCK_CHANGES, column, rows, holes + repeats, holes=holes, repeats=repeats
        )


def _of_values(table: Table, name: str) -> Iterator[Fault]:
    column = table[name]
    if column.kind != "number":
        return
    values = np.asarray(column.values, dtype=np.float64)
    if column.missing:
        yield _made(table, "missing-cell", FAULT_MISSING_CELLS, name, np.flatnonzero(np.isnan(values)))
    found = outliers(values, table.time.step if table.time else None)
    if len(found):
        yield _made(table, "outlier", FAULT_OUTLIERS, name, found, value=f"{values[found[0]]:g}")
