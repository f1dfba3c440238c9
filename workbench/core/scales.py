"""What scaled errors are divided by: how wrong the seasonal naive forecast is inside the training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.scaler import mase_scale

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """The scale of each of S series and C columns (Hyndman & Koehler 2006; squared: Hyndman 2006, as in M5).

    Attributes
    ----------
    season
        m: the naive forecast repeats the value m steps before.
    absolute, squared
        (S, C) mean of |y_t − y_(t−m)| and of its square over the training rows of each series; NaN where they hold no
        pair, 0 where they never change: errors of such a series have no scale and are left out.
    """

    season: int
    absolute: Values
    squared: Values


def scale_of(dataset: Dataset, season: int | None = None) -> Scale:
    """Work the scale out from the training rows of each series of `dataset`.

    Where there are no training rows, as in another file than the model was trained on, the absolute scale is the one
    that came with the model, and there is no squared one.

    Parameters
    ----------
    season
        By default that of the dataset.
    """
    season = season or dataset.season
    trained = dataset.split.of("train")
    sequence = dataset.sequence[trained]
    targets = dataset.values[trained, : dataset.targets]
    count = int(dataset.sequence[-1]) + 1 if len(dataset.sequence) else 1
    shape = (count, dataset.targets)
    if not len(targets) or dataset.spec.framing == "label":
        return Scale(season, np.broadcast_to(dataset.mase_scale, shape).copy(), np.full(shape, np.nan))
    absolute, squared = np.full(shape, np.nan), np.full(shape, np.nan)
    borders = np.flatnonzero(np.diff(sequence)) + 1
    for place, rows in zip(sequence[np.concatenate([[0], borders])], np.split(targets, borders), strict=True):
        absolute[place] = mase_scale(rows, season)
        squared[place] = _squared(rows, season)
    return Scale(season, absolute, squared)


def _squared(train: Values, season: int) -> Values:
    if len(train) <= season:
        return np.full(train.shape[1], np.nan)
    difference = (train[season:] - train[:-season]) ** 2
    seen = np.isfinite(difference)
    total = np.where(seen, difference, 0.0).sum(axis=0)
    return np.where(seen.any(axis=0), total / np.maximum(seen.sum(axis=0), 1), np.nan)
