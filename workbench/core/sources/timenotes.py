"""What there is to say about a time axis: times and steps in words, and everything that is irregular."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from workbench.core.problems import Problem, problem
from workbench.core.sources.marks import look
from workbench.core.sources.monthnames import MONTH_OF
from workbench.core.sources.problems import (
    DAYLIGHT_SAVING,
    NO_STEP,
    STEP_FOUND,
    TIME_BACKWARD,
    TIME_CARRIED,
    TIME_DUPLICATES,
    TIME_GAPS,
    TIME_UNREAD,
)
from workbench.core.sources.rawcolumn import Lines, RawColumn
from workbench.core.sources.timenumber import is_time_name
from workbench.core.sources.timestep import Times, clock_changes, jumps
from workbench.core.table import Step, TimeAxis

_MOST_COLUMNS = 30
_DATE_NAME = re.compile(r"(?i)date|datetime|datum|fecha|timestamp|日期|时间")


def unread(columns: Sequence[RawColumn], lines: Lines) -> list[Problem]:
    """Say of the first column that looks like times, or is called so, that it could not be read as such."""
    for column in columns[:_MOST_COLUMNS]:
        if not column.textual or (column.numbers is not None and _DATE_NAME.fullmatch(column.name.strip()) is None):
            continue
        filled = column.cells.drop_nulls()
        cells = filled.gather_every(max(1, len(filled) // 50)).to_list()
        timely = [cell for cell in cells if look(cell) == "time"]
        if is_time_name(column.name) and not timely:
            timely = [cell for cell in cells if any(map(str.isdigit, cell)) or cell.lower().strip(".") in MONTH_OF]
        if cells and (len(timely) >= 0.8 * len(cells) or (timely and is_time_name(column.name))):
            row = int((column.cells == timely[0]).arg_max() or 0)
            return [problem(TIME_UNREAD, column=column.name, cell=timely[0], row=lines.of(row))]
    return []


def carried(names: Sequence[str], times: Times, columns: Sequence[RawColumn], lines: Lines) -> list[Problem]:
    """Say which columns of a time lack cells in rows that have a time: these hold from the row above."""
    notes = []
    for column in columns:
        if column.name not in names or not column.textual:
            continue
        rows = np.flatnonzero(column.cells.is_null().to_numpy() & ~np.isnat(times))
        if len(rows):
            notes.append(problem(TIME_CARRIED, column=column.name, count=len(rows), row=lines.of(int(rows[0]))))
    return notes


def brief(value: np.datetime64) -> str:
    """Write a time for a sentence: no clock at midnight, a blank before any other."""
    return iso(value).removesuffix("T00:00:00").replace("T", " ")


def iso(value: np.datetime64, timezone: str | None = None) -> str:
    """Write a time in ISO 8601, with the zone if there is one."""
    text = str(value.astype("M8[us]"))
    text = text.removesuffix(".000000")
    zone = {None: "", "UTC": "Z"}.get(timezone, timezone or "")
    return text + zone


def step_text(step: Step) -> str:
    """Name a step for a sentence, such as ``1 month`` or ``30 minutes``."""
    count, unit = step.count, step.unit
    if unit == "second":
        for size, name in ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
            if count >= size and count % size == 0:
                return _counted(count / size, name)
        return _counted(count, "second")
    if unit == "month" and count % 12 == 0:
        return _counted(count / 12, "year")
    return _counted(count, {"month": "month", "businessday": "business day"}[unit])


def _counted(count: float, noun: str) -> str:
    return f"{count:g} {noun}" + ("" if count == 1 else "s")


def irregularities(axis: TimeAxis, lines: Lines, turned: bool, column: str) -> list[Problem]:
    """Say what is irregular, each with the first row (line of the file) at which it shows."""
    values = axis.values
    n = len(values)

    def place(row: int) -> dict[str, object]:
        return {"row": lines.of(n - 1 - row if turned else row), "at": brief(values[row]), "column": column}

    notes: list[Problem] = []
    if axis.step is None:
        notes.append(problem(NO_STEP, column=column))
    else:
        notes.append(problem(STEP_FOUND, step=step_text(axis.step), column=column))
    if not (axis.gaps or axis.duplicates or axis.backward):
        return notes
    holes, repeats, first = clock_changes(values, axis.step if axis.timezone is None else None)
    if first >= 0:
        notes.append(problem(DAYLIGHT_SAVING, holes=holes, repeats=repeats, **place(first)))
    steps = jumps(values)
    known = ~(np.isnat(values[1:]) | np.isnat(values[:-1]))
    if axis.gaps and len(steps):
        notes.append(problem(TIME_GAPS, count=axis.gaps, **place(_widest(steps, known, axis.step) + 1)))
    if axis.duplicates:
        _, index = np.unique(values, return_index=True)
        rest = np.setdiff1d(np.flatnonzero(~np.isnat(values)), index)
        if len(rest):
            notes.append(problem(TIME_DUPLICATES, count=axis.duplicates, **place(int(rest[0]))))
    if axis.backward:
        back = int(np.argmax(known & (steps < 0)))
        notes.append(problem(TIME_BACKWARD, count=axis.backward, **place(back + 1)))
    return notes


def _widest(steps: np.ndarray, known: np.ndarray, step: Step | None) -> int:
    """Return the first place where a step is missing."""
    usual = float(np.median(steps[known])) if known.any() else 0.0
    limit = 1.5 * (step.count * 1e6 if step is not None and step.unit == "second" else usual)
    if step is not None and step.unit == "businessday":
        limit = 3.5 * 86400e6
    wide = known & (steps > limit)
    return int(np.argmax(wide)) if wide.any() else 0
