"""A forecast in original units, with the band around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.transforms import Transform

Floats = NDArray[np.floating]
Values = NDArray[np.float64]
Band = tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64] | None]
"""Forecast, lower and upper edge, (N, Q, C) each; no edges for a point forecast."""


def in_original_units(
    dataset: Dataset, start: NDArray[np.int64], point: Floats, low: Floats | None = None, high: Floats | None = None
) -> Band:
    """Return original units of scaled forecasts (N, Q, C) of the windows that start at `start`.

    float64: a level of 1e9 leaves float32 no decimals. Scalers and powers keep the order of values, so the edges go
    through them as they are. Where differences are learnt, edges of sums are not sums of edges: the errors of the
    steps that are summed are taken to be independent, and their distances from the forecast add as squares.
    """
    middle, *edges = (None if edge is None else dataset.unscaled(edge, start) for edge in (point, low, high))
    assert middle is not None
    transform = dataset.fit.transform
    return undone(transform, None if transform.plain else dataset.before(start), middle, *edges)


def undone(
    transform: Transform,
    before: Values | None,
    middle: Values,
    down: Values | None = None,
    up: Values | None = None,
) -> Band:
    """Return original units of forecasts (N, Q, C) that follow the values `before` (N, lag, C); see above.

    `before` is needed where something was transformed.
    """
    values = middle if before is None else transform.inverse_at(middle, before)
    if down is None or up is None:
        return values, None, None
    if transform.lag == 0:
        return values, transform.unpower(down), transform.unpower(up)
    z = transform.power(values)
    return (
        values,
        transform.unpower(z - _summed(middle - down, transform.lag)),
        transform.unpower(z + _summed(up - middle, transform.lag)),
    )


def _summed(distance: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    """Return the distances (N, Q, C) of sums of differences that are `lag` steps apart."""
    squares = np.maximum(distance, 0.0) ** 2
    for step in range(lag, squares.shape[1]):
        squares[:, step] += squares[:, step - lag]
    return np.sqrt(squares)


def joined(bands: list[Band]) -> Band:
    """Return the bands of several groups of windows as one."""
    point, low, high = zip(*bands, strict=True)
    if any(edge is None for edge in low):
        return np.concatenate(point), None, None
    return np.concatenate(point), np.concatenate(low), np.concatenate(high)


def of_windows(band: Band, windows: NDArray[np.bool_]) -> Band:
    """Return the band of some of its windows (N,)."""
    point, low, high = band
    if low is None or high is None:
        return point[windows], None, None
    return point[windows], low[windows], high[windows]
