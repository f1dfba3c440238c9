"""What is learnt from the training rows before any training: scaler, season, MASE scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.transforms import Transform

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """Scale each column: (value - shift) / scale.

    Attributes
    ----------
    shift, scale
        (F,) float64, fitted on training rows; scale is never 0.
    """

    shift: NDArray[np.float64]
    scale: NDArray[np.float64]

    def forward(self, values: Floats) -> NDArray[np.float64]:
        """Scale (..., F) original values."""
        return (values - self.shift) / self.scale

    def inverse(self, values: Floats) -> NDArray[np.float64]:
        """Return original units for (..., C) scaled values of the first C columns."""
        count = values.shape[-1]
        return values * self.scale[:count] + self.shift[:count]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was learnt from the training rows before any training, and travels with the model."""

    scaler: Scaler
    transform: Transform
    season: int
    mase_scale: NDArray[np.float64]


def fitted(train: Floats, kind: str) -> Scaler:
    """Fit a scaler on the training rows (R, F), ignoring NaN; constant columns get scale 1."""
    count = train.shape[1]
    if kind == "none":
        return Scaler(np.zeros(count), np.ones(count))
    shift, scale = np.zeros(count), np.ones(count)
    for column in range(count):
        seen = train[:, column][np.isfinite(train[:, column])]
        if not len(seen):
            continue
        low, spread = _centre_and_spread(seen, kind)
        shift[column], scale[column] = low, spread if spread > 1e-12 * max(abs(low), 1e-300) else 1.0
    return Scaler(shift, scale)


def _centre_and_spread(seen: Floats, kind: str) -> tuple[float, float]:
    if kind == "minmax":
        return float(seen.min()), float(np.ptp(seen))
    if kind == "robust":
        low, middle, high = np.quantile(seen, (0.25, 0.5, 0.75))
        # Where more than half of the rows are equal, the quartiles say nothing about the spread.
        return float(middle), float(high - low) if high > low else float(seen.std())
    return float(seen.mean()), float(seen.std())


def mase_scale(train: Floats, season: int) -> NDArray[np.float64]:
    """Return the mean absolute seasonal difference of each column of (R, C); NaN if there is no pair of rows."""
    if len(train) <= season:
        return np.full(train.shape[1], np.nan)
    difference = np.abs(train[season:] - train[:-season])
    seen = np.isfinite(difference)
    total = np.where(seen, difference, 0.0).sum(axis=0)
    return np.where(seen.any(axis=0), total / np.maximum(seen.sum(axis=0), 1), np.nan)
