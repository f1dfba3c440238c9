"""Values that stand out from their neighbours and from the same phase of other seasons.

The rule is a Hampel filter (Pearson 2002, "Outliers in process modeling and identification", IEEE Transactions on
Control Systems Technology 10(1), section III): a value is suspect if it is further than `FAR` robust deviations from
the median of the seven values around it. Where the series has a season, the distance that counts is the smaller of this
one and of its difference from the median distance at the same phase of the seven seasons around it: the peak of every
day is no outlier. The deviation is the larger of 1.4826 MAD and 1.2533 mean absolute deviation, over the whole series
and over the blocks around the value, so growing swings and rare bursts do not make a quiet stretch the measure of all;
and the value must stand out by `FAR_STEPS` usual steps from row to row. Steps from one level to another pass, because
the median keeps edges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.insight.seasonality import detected_seasons
from workbench.core.table import Step

Floats = NDArray[np.float64]

FAR = 6.0
"""Robust deviations from which a value stands out; of 10 million values of normal noise none does."""

FAR_STEPS = 4.0
"""Robust sizes of a step from row to row by which it stands out as well, so a bend in a smooth curve does not."""

MOST_SHARE = 0.02
"""Where more than this share of the rows stands out, bursts are the nature of the series, as with rain."""

FEWEST_ROWS = 12
_FEWEST_DISTINCT = 8
_HALF = 3
_CHUNK = 1 << 12
_BLOCK = 64
_SAMPLE = 20_000
_SPARSE = 0.05
_NETWORK = ((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4))
"""Exchanges after which the middle of seven values is the fourth (Devillard 1998, "Fast median search")."""


def outliers(values: Floats, step: Step | None) -> NDArray[np.int64]:
    """Return the rows of (R,) values that stand out; NaN rows never do.

    Parameters
    ----------
    step
        Step of the rows, which tells natural seasons; None tries every period.
    """
    rows = np.flatnonzero(np.isfinite(values))
    whole = len(rows) == len(values)
    x = np.asarray(values, dtype=np.float64) if whole else np.asarray(values, dtype=np.float64)[rows]
    if len(x) < FEWEST_ROWS or len(np.unique(x[:: max(1, len(x) // _SAMPLE)])) < _FEWEST_DISTINCT:
        return np.empty(0, dtype=np.int64)
    distance = x - running_median(x)
    for season in detected_seasons(np.asarray(values, dtype=np.float64), step)[:2]:
        distance = _nearer(distance, _beyond_season(distance, rows, len(values), season))
    limit = np.maximum(FAR * _deviation(distance), FAR_STEPS * _deviation(np.diff(x, prepend=x[0]), mean=False))
    found = np.flatnonzero(np.abs(distance) > np.repeat(limit, _BLOCK)[: len(x)])
    return rows[found] if len(found) <= max(3.0, MOST_SHARE * len(x)) else np.empty(0, dtype=np.int64)


def running_median(x: Floats, apart: int = 1) -> Floats:
    """Return the median of seven values `apart` rows from each other around each of (R,) values, mirrored at the ends.

    R must be more than 3 `apart`; no NaN.
    """
    padded = np.pad(x, _HALF * apart, mode="reflect")
    found = np.empty_like(x)
    spare = np.empty(_CHUNK)
    for start in range(0, len(x), _CHUNK):
        size = min(_CHUNK, len(x) - start)
        p = [padded[start + k * apart : start + k * apart + size].copy() for k in range(2 * _HALF + 1)]
        low = spare[:size]
        for i, j in _NETWORK:
            np.minimum(p[i], p[j], out=low)
            np.maximum(p[i], p[j], out=p[j])
            p[i][:] = low
        found[start : start + size] = p[_HALF]
    return found


def _beyond_season(distance: Floats, rows: NDArray[np.int64], count: int, season: int) -> Floats:
    """Return how far each distance is from the median of those at the same phase of the seasons around it."""
    if count <= _HALF * season:
        return distance
    if len(rows) == count:
        return distance - running_median(distance, season)
    full = np.zeros(count)
    full[rows] = distance
    return distance - running_median(full, season)[rows]


def _nearer(one: Floats, other: Floats) -> Floats:
    return np.where(np.abs(other) < np.abs(one), other, one)


def _deviation(distance: Floats, mean: bool = True) -> Floats:
    """Return the robust deviation for each block of rows: of the whole series, or of the blocks near it if larger."""
    size = np.abs(distance)
    sample = size[:: max(1, len(size) // _SAMPLE)]
    moved = sample[sample > 0]
    if len(moved) > _SPARSE * len(sample):
        # Zeros of a series that mostly rests, such as rain, would make every burst stand out.
        sample = moved
    whole = max(1.4826 * float(np.median(sample)), 1.2533 * float(sample.mean()) * mean, 1e-12)
    blocks = -(-len(size) // _BLOCK)
    found = np.full(blocks, whole)
    full = len(size) // _BLOCK
    if full < 2:
        return found
    parts = size[: full * _BLOCK].reshape(full, _BLOCK)
    local = 1.4826 * np.partition(parts, _BLOCK // 2, axis=1)[:, _BLOCK // 2]
    if mean:
        local = np.maximum(local, 1.2533 * parts.mean(axis=1))
    near = np.pad(local, 1, mode="edge")
    found[:full] = np.maximum(whole, np.maximum(np.maximum(near[:-2], near[2:]), local))
    found[full:] = max(whole, float(local[-1]))
    return found
