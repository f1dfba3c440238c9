"""Lay the rows of a table on a regular grid of times, so that equal steps are equal times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.aggregation import aggregated, bucket_numbers, bucket_starts, first_of_each
from workbench.core.clock import MOST_GROWTH, Clock, advance, places
from workbench.core.dataspec import DataSpec
from workbench.core.longfiles import stacked
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.steps import STEPS
from workbench.core.table import Step, Table, TimeAxis

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
    N_("{count} rows repeat the time of another row; {done}."),
    N_("Choose in Repeated times what to do with them, or name the column that tells the series of the file apart."),
)
REPEATED_TIMES = ProblemKind(
    "repeated-times",
    "error",
    N_("{count} rows repeat the time of another row in {column}, the first at {first}."),
    N_("Choose in Repeated times which row counts, or give every row its own time."),
)
STEP_TOO_SHORT = ProblemKind(
    "step-too-short",
    "error",
    N_("With this step {rows} rows would become {count}, most of them empty."),
    N_("Choose a longer step, or “as in the file”."),
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


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Rows in order of time.

    Attributes
    ----------
    values
        (R, F) in original units; missing steps are rows of NaN.
    file_rows
        (R,) row in the table, -1 for a step the file lacks; the first of several rows in one step.
    """

    values: NDArray[np.float64]
    clock: Clock
    file_rows: NDArray[np.int64]
    notes: tuple[Problem, ...] = ()


def regular(table: Table, spec: DataSpec) -> Grid:
    """Put the columns that `spec` reads on a grid of times.

    Sequences that stand one below the other are in no single line of time; their rows stay as they are.

    Raises
    ------
    WorkbenchError
        ``unknown-column`` or ``repeated-times``.
    """
    for name in spec.columns:
        if name not in table.numeric:
            known = ", ".join(table.numeric) or "none"
            raise WorkbenchError(UNKNOWN_COLUMN, column=name, name=table.name, columns=known)
    values = np.column_stack([np.asarray(table[name].values, dtype=np.float64) for name in spec.columns])
    values[~np.isfinite(values)] = np.nan
    rows = np.arange(len(values))
    axis = table.time
    if spec.series and spec.framing == "forecast":
        if spec.series not in table:
            known = ", ".join(entry.name for entry in table.columns)
            raise WorkbenchError(UNKNOWN_COLUMN, column=spec.series, name=table.name, columns=known)
        rows, clock = stacked(table, spec)
        laid = np.where((rows >= 0)[:, None], values[rows], np.nan)
        return Grid(laid, clock, rows)
    if axis is not None and spec.series and not np.isnat(axis.values).any():
        return Grid(values, Clock(len(values), stamps=axis.values.astype("datetime64[us]")), rows)
    if axis is None or spec.series or np.isnat(axis.values).all():
        return Grid(values, Clock(len(values)), rows)
    rows = rows[~np.isnat(axis.values)]
    times, rows, notes = _in_order(axis, rows)
    if spec.resample:
        return _resampled(values[rows], times, rows, STEPS[spec.resample], spec.aggregate, notes)
    values, times, rows, merged = _distinct(values[rows], times, rows, axis, spec.duplicates)
    return _laid(values, times, rows, axis, notes + merged)


def _in_order(
    axis: TimeAxis, rows: NDArray[np.int64]
) -> tuple[NDArray[np.datetime64], NDArray[np.int64], tuple[Problem, ...]]:
    times = axis.values[rows]
    if not (np.diff(times) < np.timedelta64(0)).any():
        return times, rows, ()
    order = np.argsort(times, kind="stable")
    return times[order], rows[order], (problem(REORDERED, backward=axis.backward, column=" + ".join(axis.columns)),)


def _distinct(
    values: NDArray[np.float64], times: NDArray[np.datetime64], rows: NDArray[np.int64], axis: TimeAxis, policy: str
) -> tuple[NDArray[np.float64], NDArray[np.datetime64], NDArray[np.int64], tuple[Problem, ...]]:
    """Leave one row for each time."""
    fresh = np.concatenate([[True], np.diff(times) > np.timedelta64(0)])
    if fresh.all():
        return values, times, rows, ()
    column, count = " + ".join(axis.columns), int((~fresh).sum())
    if policy == "error":
        raise WorkbenchError(REPEATED_TIMES, count=count, column=column, first=str(times[~fresh][0]))
    first = np.flatnonzero(fresh)
    if policy == "mean":
        values = aggregated(values, first, "mean")
    else:
        values = values[first if policy == "first" else np.append(first[1:], len(times)) - 1]
    words = {"first": N_("the first of each was kept"), "last": N_("the last of each was kept")}
    note = problem(DUPLICATES, count=count, column=column, done=words.get(policy, N_("their mean was taken")))
    return values, times[first], rows[first], (note,)


def _resampled(
    values: NDArray[np.float64],
    times: NDArray[np.datetime64],
    rows: NDArray[np.int64],
    step: Step,
    how: str,
    notes: tuple[Problem, ...],
) -> Grid:
    """Combine the rows of each step; a step starts at a round time."""
    bucket = bucket_numbers(times, step)
    first = first_of_each(bucket)
    steps = (bucket[first] - bucket[0]).astype(np.int64)
    count = int(steps[-1]) + 1
    if count > MOST_GROWTH * len(times) + 10:
        raise WorkbenchError(STEP_TOO_SHORT, rows=len(times), count=count)
    origin = bucket_starts(bucket[:1], step)[0]
    return _spread(
        aggregated(values, first, how),
        steps,
        rows[first],
        Clock(count, advance(origin, step, np.arange(count)), step),
        notes,
    )


def _laid(
    values: NDArray[np.float64],
    times: NDArray[np.datetime64],
    rows: NDArray[np.int64],
    axis: TimeAxis,
    notes: tuple[Problem, ...],
) -> Grid:
    """Give every step a row."""
    step = axis.step
    fitting = None if step is None else places(times, step)
    if step is None or fitting is None:
        irregular = problem(IRREGULAR, column=" + ".join(axis.columns))
        return Grid(values, Clock(len(rows), times, None), rows, (*notes, irregular))
    count = int(fitting[-1]) + 1
    clock_times = advance(times[0], step, np.arange(count))
    clock_times[fitting] = times
    return _spread(values, fitting, rows, Clock(count, clock_times, step), notes)


def _spread(
    values: NDArray[np.float64],
    steps: NDArray[np.int64],
    rows: NDArray[np.int64],
    clock: Clock,
    notes: tuple[Problem, ...],
) -> Grid:
    if clock.rows > len(steps):
        notes = (*notes, problem(MISSING_STEPS, count=clock.rows - len(steps)))
    grid = np.full((clock.rows, values.shape[1]), np.nan)
    grid[steps] = values
    file_rows = np.full(clock.rows, -1, dtype=np.int64)
    file_rows[steps] = rows
    return Grid(grid, clock, file_rows, notes)
