"""Thin a long curve to what a screen can show, without losing a peak or a gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Floats = NDArray[np.floating]

POINTS_PER_PIXEL = 4
"""Up to this many points a pixel are drawn as they are: thinning would not make the frame faster."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A column made ready for drawing, once.

    Attributes
    ----------
    offset
        Subtracted before rounding to float32, so that a small movement around a large level survives.
    filled
        (R,) float32, missing values replaced by the value before them: no NaN slows the reduction down.
    gap_start, gap_stop
        First row of each run of missing values, and the row behind its last.
    """

    offset: float
    filled: NDArray[np.float32]
    gap_start: NDArray[np.int64]
    gap_stop: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.filled)


def curve(values: Floats) -> Curve:
    """Prepare (R,) values for :func:`decimated`; whatever is not finite is a gap.

    Block by block, so that nothing but the result is as long as the values: 10 million take about 0.1 s.
    """
    values = np.asarray(values, dtype=np.float64)
    offset = _level(values)
    filled = np.empty(len(values), dtype=np.float32)
    edges: list[NDArray[np.int64]] = []
    known, last = True, np.float32(0.0)
    for start in range(0, len(values), _BLOCK):
        block, part = values[start : start + _BLOCK], filled[start : start + _BLOCK]
        with np.errstate(over="ignore", invalid="ignore"):
            np.subtract(block, offset, out=part, casting="unsafe")
        good = np.isfinite(block)
        if not (known and good.all()):
            edges.append(start + np.flatnonzero(np.diff(good, prepend=known)))
            row = np.maximum.accumulate(np.where(good, np.arange(len(block)), -1))
            part[:] = np.where(row >= 0, part[row], last)
        known, last = bool(good[-1]), part[-1]
    if not known:
        edges.append(np.array([len(values)]))
    found = np.concatenate(edges) if edges else _NO_ROWS
    return Curve(offset, filled, found[::2], found[1::2])


def _level(values: Floats) -> float:
    """Return a value in the middle of some of the known values, 0 if none is known."""
    some = values[:: max(1, len(values) // 100_000)]
    some = some[np.isfinite(some)]
    if not len(some):
        some = values[np.isfinite(values)][:1]
    return float(some.mean()) if len(some) and np.isfinite(some.mean()) else 0.0


def decimated(prepared: Curve, lo: int, hi: int, pixels: int) -> tuple[Rows, Rows]:
    """Return the points to draw for rows [lo, hi) on `pixels` columns of screen.

    Few rows come back as they are. Many rows come back as the lowest and the highest value of equal buckets, two
    points each; buckets start at multiples of their size, so a curve does not shimmer while it is dragged.
    10 million rows on 1000 pixels take 3 ms here.

    Returns
    -------
    x, y
        Row numbers and values; y is NaN where the curve must break.
    """
    lo, hi = max(lo, 0), min(hi, len(prepared))
    if hi <= lo:
        return _NO_ROWS.astype(np.float64), _NO_ROWS.astype(np.float64)
    pixels = max(pixels, 1)
    if hi - lo <= POINTS_PER_PIXEL * pixels:
        x = np.arange(lo, hi, dtype=np.float64)
        y = prepared.filled[lo:hi].astype(np.float64)
        for start, stop in _gaps_within(prepared, lo, hi):
            y[max(start - lo, 0) : stop - lo] = np.nan
        return x, y + prepared.offset
    size = -(-(hi - lo) // pixels)
    first, last = lo - lo % size, min(hi + -hi % size, len(prepared))
    low, high = _extremes(prepared.filled[first:last], size)
    x = first + np.arange(len(low), dtype=np.float64) * size + (size - 1) / 2
    # A shorter gap empties no bucket; without this 20 000 short gaps take 30 ms.
    for start, stop in _gaps_within(prepared, first, last, size):
        bucket = slice(-(-(start - first) // size), (stop - first) // size)
        low[bucket] = high[bucket] = np.nan
    y = np.stack([low, high], axis=1).astype(np.float64) + prepared.offset
    return np.repeat(np.minimum(x, len(prepared) - 1), 2), y.ravel()


def thinned(x: Rows, y: Rows, points: int) -> tuple[Rows, Rows]:
    """Return at most about `points` of a curve with any x: the lowest and highest y of runs of equal length."""
    if len(x) <= max(points, 4):
        return x, y
    size = -(-len(x) // max(points // 2, 1))
    low, high = (part.astype(np.float64) for part in _extremes(y, size))
    middle = np.minimum(np.arange(len(low)) * size + size // 2, len(x) - 1)
    return np.repeat(x[middle], 2), np.stack([low, high], axis=1).ravel()


def runs(flags: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of each run of True in `flags`, and the row behind its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return edges[::2], edges[1::2]


def merged(start: NDArray[np.int64], stop: NDArray[np.int64], distance: float) -> tuple[Rows, Rows]:
    """Join runs less than `distance` rows apart: what is closer than a pixel need not be drawn twice."""
    if not len(start):
        return start.astype(np.float64), stop.astype(np.float64)
    apart = np.flatnonzero(start[1:] - stop[:-1] >= distance)
    first = start[np.concatenate([[0], apart + 1])]
    last = stop[np.concatenate([apart, [len(stop) - 1]])]
    return first.astype(np.float64), last.astype(np.float64)


_BLOCK = 1 << 17

_NO_ROWS: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def _extremes(values: Floats, size: int) -> tuple[Floats, Floats]:
    whole = len(values) // size * size
    buckets = values[:whole].reshape(-1, size)
    low, high = buckets.min(axis=1), buckets.max(axis=1)
    if whole == len(values):
        return low, high
    rest = values[whole:]
    return np.append(low, rest.min()), np.append(high, rest.max())


def _gaps_within(prepared: Curve, lo: int, hi: int, shortest: int = 1) -> list[tuple[int, int]]:
    """Gaps of at least `shortest` rows that touch rows [lo, hi)."""
    first = int(np.searchsorted(prepared.gap_stop, lo, side="right"))
    behind = int(np.searchsorted(prepared.gap_start, hi, side="left"))
    start, stop = prepared.gap_start[first:behind], prepared.gap_stop[first:behind]
    if shortest > 1:
        long = stop - start >= shortest
        start, stop = start[long], stop[long]
    return list(zip(start.tolist(), stop.tolist(), strict=True))
