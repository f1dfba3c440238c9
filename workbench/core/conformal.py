"""Conformal calibration: bands that hold their promise for any forecaster, from its errors on rows not fitted on.

The score of a forecast is how far the truth lies outside a band (of no width, for a point forecast). Split conformal
(Papadopoulos et al. 2002; with quantiles Romano et al. 2019) widens the band by a quantile of the calibration scores,
for each step ahead by itself. Adaptive conformal (Gibbs & Candès 2021) goes on through the test part in order of time:
errors that are known by then join the scores, and the quantile moves with each hit and miss.
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

RATE = 0.2
"""How far a hit or a miss moves the level (gamma of Gibbs & Candès), as a share of the misses that are promised.

A step h ahead is known h windows later, and neighbouring windows miss together: so it is divided by the root of h, or
the level would swing from end to end (taxi, 48 steps: interval score of the 80 % band 20 500 instead of 21 600).
"""

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
    pooled
        True if there were too few windows for each step by itself, so the scores of all steps were taken together.
    enough
        False if even those are too few to promise the share: the largest score is all there is.
    """

    distance: Values
    windows: int
    pooled: bool = False
    enough: bool = True


def conformity(truth: Floats, low: Floats, high: Floats) -> Values:
    """Return how far the truth lies outside the band (N, Q, C); below 0 inside of it, |error| for a point forecast."""
    return np.asarray(np.maximum(low - truth, truth - high), dtype=np.float64)


def rank_of(share: float, count: int) -> int:
    """Return which of `count` sorted scores, from 1, a new one does not exceed with probability `share`; `count` + 1
    if there are too few to tell."""
    return min(ceil((count + 1) * share - 1e-9), count + 1)


def split_widening(scores: Floats, share: float) -> Widening:
    """Return the widening for `share` from calibration scores (N, Q, C), for each step ahead and column by itself.

    With fewer than share / (1 - share) windows no score is large enough; then the scores of all steps count together.
    """
    count = len(scores)
    rank = rank_of(share, count)
    if rank <= count:
        return Widening(np.partition(scores, rank - 1, axis=0)[rank - 1].astype(np.float64), count)
    together = np.sort(np.asarray(scores, dtype=np.float64).reshape(-1, scores.shape[2]), axis=0)
    if not len(together):
        return Widening(np.full(scores.shape[1:], np.nan), 0, pooled=True, enough=False)
    rank = rank_of(share, len(together))
    chosen = together[min(rank, len(together)) - 1]
    return Widening(np.broadcast_to(chosen, scores.shape[1:]).copy(), count, pooled=True, enough=rank <= len(together))


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
    level = np.full((steps, columns), 1.0 - share)
    # How many windows are known, step by step, when each band is made: target row + step lies before the origin.
    seen = np.stack([np.searchsorted(rows, origin - step, side="left") for step in range(steps)], axis=1)
    counted = np.full(steps, len(known))
    state, number = _Sorted(every), np.arange(steps)
    for place in range(len(scores)):
        while (behind := counted < seen[place]).any():
            fresh = np.minimum(counted, len(every) - 1)
            missed = every[fresh, number] > distance[fresh - len(known), number]
            level += (behind / np.sqrt(1.0 + number))[:, None] * RATE * (1.0 - share) * (1.0 - share - missed)
            counted += behind
        if seen[place].min() < FEWEST:
            distance[place] = first
            continue
        distance[place] = state.quantile(seen[place], level)
    return Widening(distance, len(known))


class _Sorted:
    """The newest known scores of each step, sorted from time to time."""

    def __init__(self, scores: Values) -> None:
        self._scores = scores
        self._taken = np.full(scores.shape[1], -1)
        self._ordered = scores[:0]
        self._counts = np.zeros(scores.shape[1], dtype=np.int64)

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
