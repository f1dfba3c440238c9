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

PARTS: tuple[Part, ...] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Split:
    """Rows [0, train) train, [train, valid) validate, [valid, rows) test.

    Attributes
    ----------
    places
        (R,) 0, 1 or 2 for the part of each row, where each of several series is split in time by itself; `train` and
        `valid` then only say how many rows the parts have. None for one series.
    """

    train: int
    valid: int
    rows: int
    places: NDArray[np.int8] | None = None

    @classmethod
    def placed(cls, places: NDArray[np.int8]) -> Split:
        """Return the split that says of each row (R,) to which part it belongs, or with 3 to none."""
        train, valid = int((places == 0).sum()), int((places == 1).sum())
        return cls(train, train + valid, len(places), places)

    def of(self, part: Part) -> NDArray[np.bool_]:
        """Return which rows (R,) belong to `part`."""
        if self.places is not None:
            return self.places == PARTS.index(part)
        first, behind = self.bounds(part)
        rows = np.arange(self.rows)
        return (rows >= first) & (rows < behind)

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
    # A step that a series lacks belongs to the row before it.
    there = np.maximum.accumulate(np.where(file_rows >= 0, np.arange(len(file_rows)), 0))
    names = table[column].values[file_rows[there]]
    return np.concatenate([[0], np.cumsum(names[1:] != names[:-1])]).astype(np.int64)


def sequence_names(
    table: Table, column: str, file_rows: NDArray[np.int64], sequence: NDArray[np.int64]
) -> tuple[str, ...]:
    """Return what `column` calls each sequence; its first row always stands in the file."""
    if not column or not len(sequence):
        return ()
    first = np.concatenate([[0], np.flatnonzero(np.diff(sequence)) + 1])
    return tuple(str(name) for name in table[column].values[file_rows[first]])


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
    """Return the windows at `starts` all of whose targets lie in `part`."""
    target = starts + spec.origin
    if split.places is not None:
        own = split.of(part)
        return Windows(part, starts[own[target] & own[target + spec.horizon - 1]])
    first, behind = split.bounds(part)
    return Windows(part, starts[(target >= first) & (target + spec.horizon <= behind)])


def split_each(table: Table, spec: DataSpec, sequence: NDArray[np.int64], file_rows: NDArray[np.int64]) -> Split:
    """Split every series in time: by share of its own rows, or at the same dates."""
    places = np.zeros(len(sequence), dtype=np.int8)
    for own in np.split(np.arange(len(sequence)), np.flatnonzero(np.diff(sequence)) + 1):
        count = len(own)
        places[own[round(count * spec.train_share) :]] = 1
        places[own[round(count * (spec.train_share + spec.valid_share)) :]] = 2
    if table.time is not None and spec.train_until and spec.valid_until:
        there = np.maximum.accumulate(np.where(file_rows >= 0, np.arange(len(file_rows)), 0))
        times = table.time.values[file_rows[there]]
        borders = [np.datetime64(text, "us") for text in (spec.train_until, spec.valid_until)]
        places = sum(((times >= border).astype(np.int8) for border in borders), np.zeros(len(times), np.int8))
    return Split.placed(places)
