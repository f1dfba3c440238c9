"""Conformal calibration: bands that hold their promise for any forecaster, from its errors on rows not fitted on.

The score of a forecast is how far the truth lies outside a band (of no width, for a point forecast). Split conformal
(Papadopoulos et al. 2002; with quantiles Romano et al. 2019) widens the band by a quantile of the calibration scores,
for each step ahead by itself. Adaptive conformal (Gibbs & Candès 2021) goes on through the test part in order of time:
errors that are known by then join the scores, and the quantile moves with each hit and miss. How fast it moves is not
set by hand: several rates run side by side, and count as much as they were right (Gibbs & Candès 2024).
Dimensions: N windows, Q steps ahead, C columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Values = NDArray[np.float64]
Rows = NDArray[np.int64]

RATES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""How far a hit or a miss moves the level of each expert (gamma), as shares of the misses that are promised.

A step h ahead is known h windows later, and neighbouring windows miss together: so they are divided by the root of h,
or the level would swing from end to end (validation parts of nine series: interval scores 16 % above those of split
conformal instead of 2 %).
"""

INTERVAL = 500
"""Windows over which the best expert should be found (|I| of Gibbs & Candès 2024, section 4)."""

REMEMBERED = 1_000
"""Newest known scores of each step from which quantiles are taken while the band adapts."""

FEWEST = 20
"""Known scores of each step before a band begins to adapt."""

REFRESHES = 20
"""The scores are sorted anew whenever a twentieth of them, or more, may have changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Widening:
    """By how much a band is widened.

    Attributes
    ----------
    distance
        (Q, C), or (N, Q, C) where it changes from window to window; below 0 where a band was too wide.
    windows
        Calibration windows.
    enough
        False if these are too few for the share: no score is large enough, and the distance is NaN.
    """

    distance: Values
    windows: int
    enough: bool = True


def conformity(truth: Floats, low: Floats, high: Floats) -> Values:
    """Return how far the truth lies outside the band (N, Q, C); below 0 inside of it, |error| for a point forecast."""
    return np.asarray(np.maximum(low - truth, truth - high), dtype=np.float64)


def rank_of(share: float, count: int) -> int:
    """Return which of `count` sorted scores, from 1, a new one does not exceed with probability `share`; `count` + 1
    if there are too few to tell."""
    return min(ceil((count + 1) * share - 1e-9), count + 1)


def least_windows(share: float) -> int:
    """Return the fewest calibration windows of which a band can promise `share`: 4 for 80 %, 19 for 95 %."""
    return ceil(share / (1.0 - share) - 1e-9)


def split_widening(scores: Floats, share: float) -> Widening:
    """Return the widening for `share` from calibration scores (N, Q, C), for each step ahead and column by itself."""
    count, rank = len(scores), rank_of(share, len(scores))
    if rank > count:
        return Widening(np.full(scores.shape[1:], np.nan), count, enough=False)
    return Widening(np.partition(scores, rank - 1, axis=0)[rank - 1].astype(np.float64), count)


def adaptive_widening(
    known: Floats, known_origin: Rows, scores: Floats, origin: Rows, share: float, first: Values
) -> Widening:
    """Return the widening of each window of one series, in order of time.

    Parameters
    ----------
    known, known_origin
        Calibration scores (M, Q, C) and the row of the first target of each of their windows (M,), ascending.
    scores, origin
        The same of the windows to be banded (N, Q, C) and (N,), ascending and not before those of the calibration.
        The band of a window owes nothing to scores of targets that are not before its own first target.
    first
        (Q, C) widening as long as too little is known.
    """
    every = np.concatenate([known, scores]).astype(np.float64)
    rows = np.concatenate([known_origin, origin])
    steps, columns = every.shape[1:]
    distance = np.empty((len(scores), steps, columns))
    # How many windows are known, step by step, when each band is made: target row + step lies before the origin.
    seen = np.stack([np.searchsorted(rows, origin - step, side="left") for step in range(steps)], axis=1)
    counted = np.full(steps, len(known))
    state, number = _Sorted(every), np.arange(steps)
    experts = _Experts(share, steps, columns)
    for place in range(len(scores)):
        while (behind := counted < seen[place]).any():
            fresh = np.minimum(counted, len(every) - 1)
            if state.ready:
                experts.learn(state.level(every[fresh, number]), np.maximum(fresh - len(known), 0), behind)
            counted += behind
        experts.keep(place)
        if seen[place].min() < FEWEST:
            distance[place] = first
            continue
        distance[place] = state.quantile(seen[place], experts.level)
    return Widening(distance, len(known))


class _Experts:
    """Levels that move at different rates, weighed by how well each foresaw how unusual scores would be.

    Gibbs & Candès (2024), "Conformal inference for online prediction with arbitrary distribution shifts", algorithm 1;
    what is learnt of a window is compared with the levels at the time its band was made. E experts.
    """

    def __init__(self, share: float, steps: int, columns: int) -> None:
        self._missing = missing = 1.0 - share
        count, slower = len(RATES), np.sqrt(1.0 + np.arange(steps))[:, None]
        self._rates = np.array(RATES)[:, None, None] * missing / slower
        spread = share**2 * missing**3 + missing**2 * share**3
        self._eta = np.sqrt(3.0 / INTERVAL * (np.log(INTERVAL * count) + 2.0) / spread) / slower
        self._share_alike = 1.0 / (2 * INTERVAL)
        self._levels = np.full((count, steps, columns), missing)
        self._weights = np.full((count, steps, columns), 1.0 / count)
        # A step is known at most as many windows later as it lies ahead: older levels are not asked for again.
        self._then = np.full((steps + 1, count, steps, columns), missing, dtype=np.float32)

    @property
    def level(self) -> Values:
        """The level (Q, C) of all together."""
        found: Values = (self._weights * self._levels).sum(axis=0)
        return found

    def keep(self, place: int) -> None:
        """Note the levels with which the band of window `place` is made."""
        self._then[place % len(self._then)] = self._levels

    def learn(self, unusual: Values, place: Rows, new: NDArray[np.bool_]) -> None:
        """Learn from one window of each step.

        Parameters
        ----------
        unusual
            (Q, C) share of the remembered scores that are as large: the highest level that would have held it.
        place
            (Q,) which window it was.
        new
            (Q,) steps of which there is one.
        """
        steps = np.arange(len(place))
        then = self._then[place % len(self._then), :, steps].transpose(1, 0, 2)
        loss = self._missing * (unusual - then) - np.minimum(0.0, unusual - then)
        weights = self._weights * np.exp(-self._eta * loss)
        weights = (1.0 - self._share_alike) * weights / weights.sum(axis=0) + self._share_alike / len(weights)
        moved = self._levels + self._rates * (self._missing - (unusual < then))
        self._weights = np.where(new[:, None], weights, self._weights)
        self._levels = np.where(new[:, None], moved, self._levels)


class _Sorted:
    """The newest known scores of each step, sorted from time to time."""

    def __init__(self, scores: Values) -> None:
        self._scores = scores
        self._taken = np.full(scores.shape[1], -1)
        self._ordered = scores[:0]
        self._counts = np.zeros(scores.shape[1], dtype=np.int64)

    @property
    def ready(self) -> bool:
        """Whether any scores were sorted yet."""
        return bool(self._taken[0] >= 0)

    def level(self, scores: Values) -> Values:
        """Return the share (Q, C) of the sorted scores that are at least as large as `scores` (Q, C)."""
        below = (self._ordered < scores[None]).sum(axis=0)
        found: Values = (self._counts[:, None] - below) / (self._counts[:, None] + 1.0)
        return found

    def quantile(self, seen: Rows, level: Values) -> Values:
        """Return the score (Q, C) exceeded with probability `level` (Q, C) among the first `seen` (Q,) windows."""
        size = int(min(REMEMBERED, seen.max()))
        if self._taken[0] < 0 or (seen - self._taken).max() >= max(1, size // REFRESHES):
            back = seen[None, :] - 1 - np.arange(size)[:, None]
            picked = self._scores[np.maximum(back, 0), np.arange(len(seen))[None, :]]
            self._ordered = np.sort(np.where((back >= 0)[..., None], picked, np.inf), axis=0)
            self._counts = np.minimum(seen, size)
            self._taken = seen.copy()
        count = self._counts[:, None]
        rank = np.clip(np.ceil((count + 1) * (1.0 - level) - 1e-9), 1, count).astype(np.int64)
        found: Values = np.take_along_axis(self._ordered, (rank - 1)[None], axis=0)[0]
        return found


def widened(low: Floats, high: Floats, distance: Floats) -> tuple[Values, Values]:
    """Return the edges (N, Q, C) of the band moved outwards by `distance`; a band that would turn over has no width."""
    lower, upper = np.asarray(low - distance, dtype=np.float64), np.asarray(high + distance, dtype=np.float64)
    middle = (lower + upper) / 2.0
    crossed = lower > upper
    return np.where(crossed, middle, lower), np.where(crossed, middle, upper)
