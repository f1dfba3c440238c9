"""What is learnt from the training rows before any training: scaler, season, MASE scale."""

from __future__ import annotations

from collections.abc import Sequence
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
        (F,) float64, fitted on training rows; scale is never 0. (N, 1, F) for N windows of series of their own scale.
    """

    shift: NDArray[np.float64]
    scale: NDArray[np.float64]

    def forward(self, values: Floats) -> NDArray[np.float64]:
        """Scale (..., C) original values of the first C columns."""
        count = values.shape[-1]
        return (values - self.shift[..., :count]) / self.scale[..., :count]

    def inverse(self, values: Floats) -> NDArray[np.float64]:
        """Return original units for (..., C) scaled values of the first C columns."""
        count = values.shape[-1]
        return values * self.scale[..., :count] + self.shift[..., :count]


@dataclass(frozen=True, slots=True, eq=False)
class SeriesScaler:
    """Scale every series by what its own training rows say.

    Attributes
    ----------
    names
        What the file calls each of the S series.
    shift, scale
        (S, F) float64; scale is never 0.
    """

    names: tuple[str, ...]
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def fitted(
        cls, train: Floats, sequence: NDArray[np.int64], names: tuple[str, ...], kind: str, whole: Scaler
    ) -> SeriesScaler:
        """Fit on training rows (R, F) of the series numbered by `sequence` (R,).

        A column that is constant in a series gets the spread of all series (`whole`): a scale of 1 would blow up
        whatever comes later. A series without training rows is scaled as all.
        """
        shift, scale = (np.tile(values, (len(names), 1)) for values in (whole.shift, whole.scale))
        for place in np.unique(sequence).tolist():
            rows = train[sequence == place]
            found = fitted(rows, kind)
            seen = np.isfinite(rows)
            shift[place] = np.where(seen.any(axis=0), found.shift, whole.shift)
            varies = np.nanmax(rows, axis=0, initial=-np.inf) > np.nanmin(rows, axis=0, initial=np.inf)
            scale[place] = np.where(varies, found.scale, whole.scale)
        return cls(names, shift, scale)

    def of(self, names: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return shift and scale (N, F) of the series called `names`, NaN for those that were not trained on."""
        places = {name: place for place, name in enumerate(self.names)}
        chosen = np.array([places.get(name, -1) for name in names], dtype=np.int64)
        known = (chosen >= 0)[:, None]
        return np.where(known, self.shift[chosen], np.nan), np.where(known, self.scale[chosen], np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was learnt from the training rows before any training, and travels with the model."""

    scaler: Scaler
    transform: Transform
    season: int
    mase_scale: NDArray[np.float64]
    each: SeriesScaler | None = None

    def of(self, names: Sequence[str]) -> Scaler:
        """Return the scaler of N windows of the series called `names`, or that of all if none has its own."""
        if self.each is None:
            return self.scaler
        shift, scale = self.each.of(names)
        return Scaler(shift[:, None], scale[:, None])

    def scaled(self, columns: Floats, sequence: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.float64]:
        """Scale transformed rows (R, F) of the series numbered by `sequence` (R,) and called `names`."""
        if self.each is None:
            return self.scaler.forward(columns)
        shift, scale = self.each.of(names)
        return Scaler(shift[sequence], scale[sequence]).forward(columns)


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
