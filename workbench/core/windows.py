"""Which windows of a series can be used, and to which part in time they belong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataspec import DataSpec
from workbench.core.events import Part
from workbench.core.grid import UNKNOWN_COLUMN
from workbench.core.problems import WorkbenchError
from workbench.core.table import Table


@dataclass(frozen=True, slots=True)
class Split:
    """Rows [0, train) train, [train, valid) validate, [valid, rows) test."""

    train: int
    valid: int
    rows: int

    def bounds(self, part: Part) -> tuple[int, int]:
        """Return the first row of `part` and the row behind its last."""
        return {"train": (0, self.train), "valid": (self.train, self.valid), "test": (self.valid, self.rows)}[part]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Usable windows of one part.

    A window belongs to the part that holds all of its target rows; its inputs may reach back into the part
    before, as they would when forecasting.

    Attributes
    ----------
    start
        (N,) row of the first input step of each window.
    """

    part: Part
    start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)


def sequences(table: Table, column: str, file_rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the sequence of each row: it grows wherever the value of `column` changes.

    Raises
    ------
    WorkbenchError
        ``unknown-column``.
    """
    if not column:
        return np.zeros(len(file_rows), dtype=np.int64)
    if column not in table:
        known = ", ".join(entry.name for entry in table.columns)
        raise WorkbenchError(UNKNOWN_COLUMN, column=column, name=table.name, columns=known)
    names = table[column].values[file_rows]
    return np.concatenate([[0], np.cumsum(names[1:] != names[:-1])]).astype(np.int64)


def whole_rows(present: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which rows of (R, F) lack nothing."""
    rows: NDArray[np.bool_] = np.logical_and.reduce(present, axis=1)
    return rows


def usable_starts(
    readable: NDArray[np.bool_],
    known: NDArray[np.bool_],
    settled: NDArray[np.bool_],
    sequence: NDArray[np.int64],
    spec: DataSpec,
) -> NDArray[np.int64]:
    """Rows at which a whole window of readable inputs and known targets starts, all in one sequence.

    All arguments but `spec` are (R,); a window ends on a `settled` row.

    Where one answer a sequence is asked for, the window ends where its sequence ends.
    """
    span = spec.origin + spec.horizon
    count = len(readable) - span + 1
    if count <= 0:
        return np.zeros(0, dtype=np.int64)
    bad_x = np.concatenate([[0], np.cumsum(~readable)])
    bad_y = np.concatenate([[0], np.cumsum(~known)])
    start = np.arange(count)
    middle, first, end = start + spec.window, start + spec.origin, start + span
    usable = (bad_x[middle] == bad_x[start]) & (bad_y[end] == bad_y[first]) & (sequence[start] == sequence[end - 1])
    usable &= settled[middle - 1]
    if spec.framing == "label":
        usable &= np.append(sequence, -1)[end] != sequence[end - 1]
    return np.flatnonzero(usable)


def part_windows(part: Part, starts: NDArray[np.int64], spec: DataSpec, split: Split) -> Windows:
    first, behind = split.bounds(part)
    target = starts + spec.origin
    return Windows(part, starts[(target >= first) & (target + spec.horizon <= behind)])
