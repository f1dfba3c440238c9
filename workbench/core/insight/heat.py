"""From the signals of a trace to the pixels and figures of a heatmap. T steps, H units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Colours = NDArray[np.unsignedinteger]

CLOSED = 0.02
"""A unit whose mean size over the window is below this lets nothing through."""

STILL = 0.01
"""A unit whose standard deviation over the window is below this does not react to the series."""

SATURATED = 0.95
"""Share of a signal's range beyond which its gradient has nearly vanished (sigmoid: 0.05 and 0.95)."""

COVERED = 0.95
"""Share of the values inside the ends of the colours: one restless unit must not make all others pale."""

MOST_SAMPLES = 20_000
"""Values looked at to find a level: the percentile of 2 million takes 20 ms, of 20 000 less than 1 ms."""

_ROUND = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of a gate does no work, as shares from 0 to 1.

    Attributes
    ----------
    dead
        Share of units that are closed (mean of the absolute value below `CLOSED`) or still (standard deviation
        below `STILL`) over the whole window.
    saturated
        Share of single values within 5 % of the lower or upper end of the gate's range: ``v <= 0.05`` or
        ``v >= 0.95`` for a gate from 0 to 1, ``abs(v) >= 0.95`` for a candidate from -1 to 1.
    """

    dead: float
    saturated: float


def shares(values: Floats, low: float = 0.0, high: float = 1.0) -> Shares:
    """Measure a gate's (T, H) values with range `low` to `high`; see :class:`Shares`."""
    if not values.size:
        return Shares(0.0, 0.0)
    values = np.asarray(values, dtype=np.float32)
    mean = values.mean(axis=0)
    size = np.abs(values).mean(axis=0)
    spread = np.sqrt(np.maximum(np.square(values).mean(axis=0) - mean * mean, 0.0))
    dead = (size < CLOSED) | (spread < STILL)
    margin = (1.0 - SATURATED) * (high - low) if low >= 0.0 else 1.0 - SATURATED
    saturated = (values <= low + margin) | (values >= high - margin)
    return Shares(float(dead.mean()), float(saturated.mean()))


def rounded_up(size: float) -> float:
    """Return the smallest of 1, 1.5, 2, 3, 5, 7 times a power of ten that is not below `size`; 1 for nothing."""
    if not math.isfinite(size) or size <= 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(size))
    return next(step * power for step in _ROUND if step * power >= size * (1 - 1e-9))


def level(values: Floats, before: float | None = None) -> float:
    """Return the value at which the colours of an unbounded signal end.

    It covers 95 % of the values, is round, and never falls below the level `before`: a colour keeps its meaning
    while the training goes on and while a person scrubs through it.
    """
    flat = np.abs(np.ravel(values))
    flat = flat[:: max(1, len(flat) // MOST_SAMPLES)]
    flat = flat[np.isfinite(flat)]
    if not len(flat):
        return before or 1.0
    rank = min(math.ceil(COVERED * len(flat)), len(flat)) - 1
    found = rounded_up(float(np.partition(flat, rank)[rank]))
    return max(found, before or 0.0)


def pooled(values: Floats, rows: int, columns: int) -> Floats:
    """Average (R, C) values down to at most (rows, columns); smaller images come back unchanged."""
    if values.shape[0] > rows > 0:
        values = _pooled(values, rows)
    if values.shape[1] > columns > 0:
        values = _pooled(values.T, columns).T
    return values


def _pooled(values: Floats, rows: int) -> Floats:
    edges = np.arange(rows) * values.shape[0] // rows
    counts = np.diff(np.append(edges, values.shape[0]))
    sums: Floats = np.add.reduceat(values, edges, axis=0)
    return sums / counts[:, None].astype(values.dtype)


def coloured(values: Floats, low: float, high: float, lookup: Colours) -> Colours:
    """Return the colour of each value, (R, C, ...), by the `lookup` table (N, ...) over `low` to `high`.

    Values beyond the ends take the colour of the end; NaN takes the first colour.
    """
    last = len(lookup) - 1
    scale = last / (high - low) if high > low else 0.0
    index = np.nan_to_num((np.asarray(values, dtype=np.float32) - low) * scale + 0.5, nan=0.0)
    return lookup[np.clip(index, 0, last).astype(np.intp)]
