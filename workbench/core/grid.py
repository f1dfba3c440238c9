"""Lay the rows of a table on a regular grid of times, so that equal steps are equal times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.clock import Clock, advance
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.table import Step, Table

MOST_GROWTH = 3.0
"""A grid with more than this many rows for each row of the file means that the step is wrong; rows stay as they are."""

UNKNOWN_COLUMN = ProblemKind(
    "unknown-column",
    "error",
    N_("There is no column with numbers called {column} in {name}."),
    N_("Columns with numbers: {columns}."),
)
REORDERED = ProblemKind(
    "rows-reordered",
    "warning",
    N_("{backward} rows were earlier than the row before; all rows are now in order of time."),
    N_("Sort the file by {column} if this is not meant."),
)
DUPLICATES = ProblemKind(
    "duplicate-times",
    "warning",
    N_("{count} rows repeat the time of another row; the first of each was kept."),
    N_("Give every row its own time in {column}, or choose one series of the file."),
)
MISSING_STEPS = ProblemKind(
    "missing-steps",
    "note",
    N_("{count} time steps are missing in the file; they count as gaps."),
    N_("Set Gaps to “hold the last value” to read across short ones."),
)
IRREGULAR = ProblemKind(
    "irregular-times",
    "warning",
    N_("The times in {column} have no regular step; every row counts as one step."),
    N_("Resample the file to a regular step if distances in time matter."),
)


def regular(
    table: Table, columns: tuple[str, ...], *, ordered: bool = True
) -> tuple[NDArray[np.float64], Clock, NDArray[np.int64], tuple[Problem, ...]]:
    """Return values (R, F), clock, file rows (R,) and notes, with missing steps as rows of NaN.

    Rows that are not `ordered` in one line of time, such as sequences one below the other, stay as they are.

    Raises
    ------
    WorkbenchError
        ``unknown-column``.
    """
    for name in columns:
        if name not in table.numeric:
            known = ", ".join(table.numeric) or "none"
            raise WorkbenchError(UNKNOWN_COLUMN, column=name, name=table.name, columns=known)
    values = np.column_stack([np.asarray(table[name].values, dtype=np.float64) for name in columns])
    rows = np.arange(len(values))
    axis = table.time
    if axis is None or not ordered:
        return values, Clock(len(values)), rows, ()
    notes: tuple[Problem, ...] = ()
    column = " + ".join(axis.columns)
    times = axis.values
    rows = rows[~np.isnat(times)]
    if not len(rows):
        return values, Clock(len(values)), np.arange(len(values)), ()
    if axis.backward or (np.diff(times[rows]) < np.timedelta64(0)).any():
        notes += (problem(REORDERED, backward=axis.backward, column=column),)
        rows = rows[np.argsort(times[rows], kind="stable")]
    fresh = np.concatenate([[True], np.diff(times[rows]) > np.timedelta64(0)])
    if not fresh.all():
        notes += (problem(DUPLICATES, count=int((~fresh).sum()), column=column),)
        rows = rows[fresh]
    times = times[rows]
    places = None if axis.step is None else _places(times, axis.step)
    if places is None:
        notes += (problem(IRREGULAR, column=column),)
        return values[rows], Clock(len(rows), times, None), rows, notes
    count = int(places[-1]) + 1
    if count > len(rows):
        notes += (problem(MISSING_STEPS, count=count - len(rows)),)
    assert axis.step is not None
    grid = np.full((count, values.shape[1]), np.nan)
    grid[places] = values[rows]
    file_rows = np.full(count, -1, dtype=np.int64)
    file_rows[places] = rows
    clock_times = advance(times[0], axis.step, np.arange(count))
    clock_times[places] = times
    return grid, Clock(count, clock_times, axis.step), file_rows, notes


def _places(times: NDArray[np.datetime64], step: Step) -> NDArray[np.int64] | None:
    """Return the grid row of each time, or None if the times do not fit a grid of this step."""
    if step.unit == "second":
        distance = (times - times[0]).astype(np.int64) / (step.count * 1e6)
    elif step.unit == "businessday":
        day = times.astype("datetime64[D]")
        distance = np.busday_count(day[0], day) / step.count
    else:
        months = times.astype("datetime64[M]").astype(np.int64)
        distance = (months - months[0]) / step.count
    places = np.round(distance).astype(np.int64)
    fits = (np.diff(places) > 0).all() and places[-1] + 1 <= MOST_GROWTH * len(times)
    near = np.abs(distance - places) <= 0.25
    return places if fits and near.mean() > 0.98 else None
