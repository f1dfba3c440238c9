"""What one unit does: how much of its course a season explains. T steps, H units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.insight.periods import found_periods

Floats = NDArray[np.floating]

HARMONICS = 3
LEAST_PERIODS = 1.5
"""A window shorter than this many periods cannot tell a season from a drift."""


def season_within(dataset: Dataset) -> int:
    """Return the longest period of the training rows that a window of `dataset` can tell from a drift, 1 for none."""
    train = dataset.values[: dataset.split.train, 0]
    periods = {dataset.season, *(() if dataset.spec.series else found_periods(train, dataset.clock.step))}
    return max((period for period in periods if LEAST_PERIODS * period <= dataset.spec.window), default=1)


def seasonal_shares(values: Floats, period: int) -> NDArray[np.float64]:
    """Return the share of the variance of each unit (T, H) that a season of `period` steps explains, 0 to 1.

    Least squares on the first three harmonics of the period, mean and drift taken away from unit and harmonics alike
    (partial R²). NaN where the window holds less than one and a half periods; 0 for a unit that does not move.
    """
    steps, units = values.shape
    if period < 2 or steps < LEAST_PERIODS * period:
        return np.full(units, np.nan)
    time = np.arange(steps, dtype=np.float64)
    drift = np.column_stack([np.ones(steps), time - time.mean()])
    turns = [2.0 * np.pi * k * time / period for k in range(1, min(HARMONICS, period // 2) + 1)]
    waves = np.column_stack([wave for turn in turns for wave in (np.cos(turn), np.sin(turn))])
    course = _without(drift, np.asarray(values, dtype=np.float64))
    left = _without(_without(drift, waves), course)
    whole, rest = np.square(course).sum(axis=0), np.square(left).sum(axis=0)
    moves = whole > 1e-12 * steps
    return np.where(moves, 1.0 - rest / np.where(moves, whole, 1.0), 0.0)


def _without(known: Floats, values: Floats) -> Floats:
    """Return what least squares on the columns of `known` leaves of `values`."""
    found: Floats = values - known @ np.linalg.lstsq(known, values, rcond=None)[0]
    return found
