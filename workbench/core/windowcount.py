"""How many windows a series holds, for any window and horizon, without going through its rows again.

Rows that can be read or forecast come in runs. Windows that fit into a run are counted from its ends, so a window or
horizon that is dragged with the mouse is answered in the time the number of gaps takes, not the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataproblems import NO_WINDOWS
from workbench.core.dataspec import DataSpec
from workbench.core.events import Part
from workbench.core.problems import WorkbenchError
from workbench.core.windows import Split

Runs = NDArray[np.int64]
"""(N, 2): first row of each run, and the row behind its last; ascending, apart."""

PARTS: tuple[Part, ...] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, eq=False)
class WindowCount:
    """Runs of rows from which windows are counted.

    Attributes
    ----------
    readable, known, settled
        Runs of rows whose inputs are whole, whose targets are known, and on which a window may end.
    sequences
        Runs of rows of one sequence.
    """

    readable: Runs
    known: Runs
    settled: Runs
    sequences: Runs
    split: Split

    def counts(self, spec: DataSpec) -> dict[Part, int]:
        """Return the number of windows of each part for the window, horizon and framing of `spec`.

        They are those of :func:`workbench.core.windows.usable_starts`.
        """
        starts = self._starts(spec)
        found: dict[Part, int] = {}
        for part in PARTS:
            runs = np.array([self.split.bounds(part)])
            if self.split.places is not None:
                runs = _runs(self.split.of(part))
            found[part] = _size(_both(starts, _fitting(runs, spec.origin, spec.horizon)))
        return found

    def _starts(self, spec: DataSpec) -> Runs:
        """Return the runs of rows at which a usable window starts."""
        length = spec.origin + spec.horizon
        starts = _fitting(self.readable, 0, spec.window)
        starts = _both(starts, _fitting(self.known, spec.origin, spec.horizon))
        starts = _both(starts, _fitting(self.settled, spec.window - 1, 1))
        starts = _both(starts, _fitting(self.sequences, 0, length))
        if spec.framing == "label":
            last = self.sequences[:, 1] - length
            starts = _both(starts, np.stack([last, last + 1], axis=1))
        return starts

    def fitting(self, spec: DataSpec) -> tuple[int, int] | None:
        """Return a window and a horizon that fit into training and validation, as long as halving finds, or None."""
        room = min(self.longest, self.split.train)
        horizon = max(1, min(spec.horizon, (self.split.valid - self.split.train) // 2, room // 3))
        window = max(1, min(spec.window, room - horizon))
        while True:
            counts = self.counts(spec.model_copy(update={"window": window, "horizon": horizon}))
            if counts["train"] and counts["valid"]:
                return window, horizon
            if window == horizon == 1:
                return None
            window, horizon = max(1, window // 2), max(1, horizon // 2)

    @property
    def longest(self) -> int:
        """Rows of the longest run of readable rows."""
        return int((self.readable[:, 1] - self.readable[:, 0]).max(initial=0))


def window_count(
    readable: NDArray[np.bool_],
    known: NDArray[np.bool_],
    settled: NDArray[np.bool_],
    sequence: NDArray[np.int64],
    split: Split,
) -> WindowCount:
    """Find the runs; the arguments but `split` are (R,), as for :func:`workbench.core.windows.usable_starts`."""
    borders = np.concatenate([[0], np.flatnonzero(np.diff(sequence)) + 1, [len(sequence)]])
    return WindowCount(
        _runs(readable), _runs(known), _runs(settled), np.stack([borders[:-1], borders[1:]], axis=1), split
    )


def _runs(flags: NDArray[np.bool_]) -> Runs:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def _fitting(runs: Runs, offset: int, length: int) -> Runs:
    """Return the runs of rows s for which rows [s + offset, s + offset + length) lie in one of `runs`."""
    found = runs - np.array([offset, offset + length - 1])
    return found[found[:, 0] < found[:, 1]]


def _both(one: Runs, other: Runs) -> Runs:
    """Return the runs of rows that lie in `one` and in `other`."""
    if not len(one) or not len(other):
        return np.zeros((0, 2), dtype=np.int64)
    # Each run of `one` meets a range of runs of `other`: they are laid out one below the other and cut.
    first = np.searchsorted(other[:, 1], one[:, 0], side="right")
    behind = np.searchsorted(other[:, 0], one[:, 1], side="left")
    met = np.maximum(behind - first, 0)
    mine = np.repeat(np.arange(len(one)), met)
    theirs = np.arange(met.sum()) - np.repeat(np.cumsum(met) - met, met) + np.repeat(first, met)
    return np.stack([np.maximum(one[mine, 0], other[theirs, 0]), np.minimum(one[mine, 1], other[theirs, 1])], axis=1)


def _size(runs: Runs) -> int:
    return int((runs[:, 1] - runs[:, 0]).sum())


def no_windows(part: Part, spec: DataSpec, count: WindowCount) -> WorkbenchError:
    """Say that `part` holds no window, with the numbers, and which window and horizon would fit."""
    first, behind = count.split.bounds(part)
    window, horizon = count.fitting(spec) or (spec.window, spec.horizon)
    advice = (
        f"Shorten the window to {window} and the horizon to {horizon} steps, or open a longer series."
        if (window, horizon) != (spec.window, spec.horizon)
        else "Open a longer series, or one with fewer gaps; “hold the last value” in Gaps closes short ones."
    )
    return WorkbenchError(
        NO_WINDOWS,
        part=part,
        rows=behind - first,
        run=count.longest,
        needed=spec.window + spec.horizon,
        advice=advice,
        window=window,
        horizon=horizon,
    )
