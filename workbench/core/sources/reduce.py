"""Keep only some columns of a table, and combine its rows to longer steps of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.aggregation import Accumulator
from workbench.core.problems import Problem, WorkbenchError, problem
from workbench.core.sources.problems import (
    COLUMNS_UNKNOWN,
    NO_TIME_TO_COMBINE,
    ROWS_COMBINED,
    TEXT_ONLY,
)
from workbench.core.sources.rawcolumn import Hints, Lines
from workbench.core.sources.timenotes import irregularities
from workbench.core.sources.timestep import spacing
from workbench.core.steps import STEPS
from workbench.core.table import Column, Table, TimeAxis

_ABOUT_STEPS = ("time-duplicates", "time-backward", "time-gaps", "no-step", "step-found", "daylight-saving")
_BLOCK = 1 << 20


def reduced(table: Table, hints: Hints) -> Table:
    """Return what of `table` was asked for; the table itself if that is all.

    Raises
    ------
    WorkbenchError
        ``columns-unknown``, ``text-only`` or ``no-time-to-combine``.
    """
    if hints.columns is not None:
        table = _with_columns(table, hints.columns)
    done = any(note.key == ROWS_COMBINED.key for note in table.notes)
    return table if done or hints.every is None else _combined(table, hints.every, hints.combine)


def check_known(name: str, wanted: Iterable[str], known: Sequence[str]) -> None:
    """Raise ``columns-unknown`` for names that are not known."""
    unknown = [column for column in wanted if column not in known]
    if unknown:
        shown = ", ".join(f"“{column}”" for column in known[:20]) + (", …" if len(known) > 20 else "")
        raise WorkbenchError(
            COLUMNS_UNKNOWN, name=name, columns=", ".join(f"“{column}”" for column in unknown), known=shown
        )


def _with_columns(table: Table, wanted: Sequence[str]) -> Table:
    check_known(table.name, wanted, [column.name for column in table.columns])
    keep = {*wanted, *(table.time.columns if table.time else ())}
    dropped = {column.name for column in table.columns} - keep
    notes = tuple(note for note in table.notes if note.values.get("column") not in dropped)
    table = replace(table, columns=tuple(c for c in table.columns if c.name in keep), notes=notes)
    if not table.numeric:
        raise WorkbenchError(TEXT_ONLY, name=table.name, found=", ".join(f"“{name}”" for name in wanted))
    return table


def _combined(table: Table, every: str, how: str) -> Table:
    axis = table.time
    if axis is None:
        raise WorkbenchError(NO_TIME_TO_COMBINE, name=table.name)
    known = ~np.isnat(axis.values)
    rows = np.flatnonzero(known)
    times = axis.values[rows]
    if (np.diff(times) < np.timedelta64(0)).any():
        order = np.argsort(times, kind="stable")
        rows, times = rows[order], times[order]
    numbers = [column for column in table.columns if column.name in table.numeric]
    values = [np.asarray(column.values, dtype=np.float64) for column in numbers]
    heap = Accumulator(STEPS[every], how)
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        heap.add(times[start : start + _BLOCK], [column[part] for column in values])
    times, table_of_steps = heap.result()
    built = [
        Column(
            column.name, "number", table_of_steps[:, k].copy(), int(np.isnan(table_of_steps[:, k]).sum()), column.unit
        )
        for k, column in enumerate(numbers)
    ]
    return on_steps(table, axis, built, times, how)


def on_steps(table: Table, axis: TimeAxis, numbers: Sequence[Column], times: NDArray[np.datetime64], how: str) -> Table:
    """Return `table` with one row for each step that begins at `times`."""
    name = " + ".join(axis.columns)
    measured = spacing(times)
    new_axis = replace(
        axis, columns=(name,), values=times, step=measured.step, duplicates=0, backward=0, gaps=measured.gaps
    )
    kept = tuple(note for note in table.notes if note.key not in _ABOUT_STEPS)
    said = combined_notes(new_axis, table.rows, how)
    return replace(table, columns=(Column(name, "time", times, 0), *numbers), time=new_axis, notes=(*kept, *said))


def combined_notes(axis: TimeAxis, rows: int, how: str) -> list[Problem]:
    """Say that rows were combined, and what is irregular about the steps."""
    note = problem(ROWS_COMBINED, rows=rows, steps=len(axis.values), how=how)
    lines = Lines(range(1, len(axis.values) + 1))
    return [note, *irregularities(axis, lines, turned=False, column=axis.columns[0])]
