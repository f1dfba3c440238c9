"""What the Series view draws: columns made ready once, where faults stand among the rows, what a row holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.clock import Clock
from workbench.core.dataset import Dataset
from workbench.core.faults import Fault, FaultKind
from workbench.core.insight.decimate import Curve, curve
from workbench.core.table import Table
from workbench.ui.faultmarks import MARKS
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _


class Sources:
    """Columns to draw, prepared when they are first looked at: of the dataset, or of the table without one."""

    def __init__(self, dataset: Dataset | None = None, table: Table | None = None) -> None:
        self.dataset, self.table = dataset, table
        self._curves: dict[int, Curve] = {}
        self._filled: dict[int, NDArray[np.int64]] = {}
        self.names: tuple[str, ...] = ()
        self.values: list[NDArray[np.float64]] = []
        self.clock = Clock(0)
        if dataset is not None:
            self.names, self.clock = dataset.columns, dataset.clock
            self.values = list(dataset.values.T)
        elif table is not None:
            self.names = table.numeric
            self.clock = file_clock(table)
            self.values = [np.asarray(table[name].values, dtype=np.float64) for name in self.names]

    def changed(self, dataset: Dataset | None, table: Table | None) -> bool:
        """True if these are not the sources of `dataset` and `table`."""
        return dataset is not self.dataset or table is not self.table

    def curve(self, column: int) -> Curve:
        """Return a column, ready to draw."""
        if column not in self._curves:
            self._curves[column] = curve(self.values[column])
        return self._curves[column]

    def filled_rows(self, column: int, lo: int, hi: int) -> NDArray[np.int64]:
        """Return the rows from `lo` to `hi` whose value was filled in."""
        dataset = self.dataset
        if dataset is None or dataset.filled is dataset.values:
            return np.zeros(0, dtype=np.int64)
        if column not in self._filled:
            missing = ~dataset.observed[:, column]
            self._filled[column] = np.flatnonzero(missing & np.isfinite(dataset.filled[:, column]))
        rows = self._filled[column]
        return rows[np.searchsorted(rows, lo) : np.searchsorted(rows, hi)]

    def filled_values(self, column: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what is read at some rows."""
        assert self.dataset is not None
        values: NDArray[np.float64] = self.dataset.filled[rows, column]
        return values

    def places(self, fault: Fault) -> NDArray[np.int64]:
        """Return the row of the series at each row of a fault; rows without a time have none and are left out."""
        rows, clock = fault.rows, self.clock
        dataset, times = self.dataset, fault.times
        if dataset is None:
            return rows
        if clock.values is None or times is None:
            return np.searchsorted(dataset.file_rows, rows)
        known = times[~np.isnat(times)]
        place = np.clip(np.searchsorted(clock.values, known, side="right") - 1, 0, clock.rows - 1)
        return np.asarray(place, dtype=np.int64)

    def absent(self, row: int) -> bool:
        """Return whether a row of the series is none of the file's."""
        return self.dataset is not None and int(self.dataset.file_rows[row]) < 0

    def row_words(self, row: int) -> str:
        """Return the row's number in the file, and its time."""
        dataset, table = self.dataset, self.table
        of_file = int(dataset.file_rows[row]) if dataset is not None else row
        words = []
        if table is not None:
            words.append(
                _("row {row}").format(row=count(table.line(of_file))) if of_file >= 0 else _("not in the file")
            )
        if self.clock.values is not None:
            words.append(self.clock.text(row))
        return DOT.join(words)

    def value_words(self, column: int, row: int) -> str:
        """Return the name and the value of a column at a row, and whether it was filled in."""
        value, dataset = float(self.values[column][row]), self.dataset
        name = self.names[column]
        if np.isfinite(value):
            return f"{name} {number(value)}"
        if dataset is not None and np.isfinite(dataset.filled[row, column]):
            return f"{name} " + _("missing, read as {value}").format(value=number(float(dataset.filled[row, column])))
        return f"{name} " + _("missing")


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Faults of one kind at the rows of the series.

    Attributes
    ----------
    rows
        (N,) rows of the series, ascending.
    column
        (N,) position of the column whose value is meant, -1 for faults of the time.
    """

    kind: FaultKind
    rows: NDArray[np.int64]
    column: NDArray[np.int64]

    def within(self, lo: float, hi: float) -> slice:
        """Return which of them lie from `lo` to `hi`."""
        return slice(int(np.searchsorted(self.rows, lo)), int(np.searchsorted(self.rows, hi, side="right")))


def placed(sources: Sources, faults: tuple[Fault, ...], shown: tuple[int, ...]) -> tuple[Placed, ...]:
    """Return the faults of the times and of the `shown` columns, one entry a kind, in the order of the marks."""
    of_kind: dict[FaultKind, list[tuple[NDArray[np.int64], int]]] = {}
    names = {sources.names[column]: column for column in shown}
    every = set(sources.table.numeric) if sources.table is not None else set()
    for fault in faults:
        if fault.column in names or fault.column not in every:
            of_kind.setdefault(fault.kind, []).append((sources.places(fault), names.get(fault.column, -1)))
    found = []
    for kind in MARKS:
        parts = of_kind.get(kind, [])
        if not parts:
            continue
        rows = np.concatenate([part for part, _column in parts])
        column = np.concatenate([np.full(len(part), column) for part, column in parts])
        order = np.argsort(rows, kind="stable")
        found.append(Placed(kind, rows[order], column[order]))
    return tuple(found)


def file_clock(table: Table) -> Clock:
    """Return the times of the rows as they stand in the file, or row numbers where times are missing or go back."""
    axis = table.time
    if axis is None or np.isnat(axis.values).any() or (np.diff(axis.values) <= np.timedelta64(0)).any():
        return Clock(table.rows)
    return Clock(table.rows, axis.values, axis.step)


def nearest_window(dataset: Dataset, row: float) -> int:
    """Return the start of the usable window of any part that is nearest to `row`."""
    starts = np.concatenate([dataset.train.start, dataset.valid.start, dataset.test.start])
    starts = np.sort(starts)
    right = int(np.clip(np.searchsorted(starts, row), 1, len(starts) - 1)) if len(starts) > 1 else 0
    left = max(right - 1, 0)
    return int(starts[left] if abs(starts[left] - row) <= abs(starts[right] - row) else starts[right])


def beside(dataset: Dataset, start: int, later: bool) -> int:
    """Return the start of the usable window next to the one at row `start`."""
    starts = np.sort(np.concatenate([dataset.train.start, dataset.valid.start, dataset.test.start]))
    at = int(np.searchsorted(starts, start, side="right")) if later else int(np.searchsorted(starts, start)) - 1
    return int(starts[min(max(at, 0), len(starts) - 1)])
