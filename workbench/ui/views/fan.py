"""The forecasts of a backtest over the series, as lines: computed without a widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.backtest import Backtest
from workbench.core.dataset import Dataset
from workbench.core.plan import Plan

Line = tuple[NDArray[np.float64], NDArray[np.float64]]

MOST_ORIGINS = 200
"""Forecasts that are drawn, the newest."""

MOST_ROWS = 20_000
"""Rows that are drawn, the newest."""


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
    """What is drawn of one series; lines are rows and values.

    Attributes
    ----------
    forecasts
        By forecaster, one after the other, with a break behind each.
    origins
        (K,) rows of the first step that is forecast, of those that are drawn.
    refits
        Those of them at which everything was fitted anew.
    """

    truth: Line
    forecasts: Mapping[str, Line]
    origins: NDArray[np.float64]
    refits: NDArray[np.float64]

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value."""
        every = np.concatenate([self.truth[1], *(line[1] for line in self.forecasts.values())])
        every = every[np.isfinite(every)]
        return (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)


def fan(found: Backtest, names: tuple[str, ...], series: int, target: int) -> Fan:
    """Return the forecasts of `names` from the newest origins of a series."""
    spec, dataset = found.dataset.spec, found.dataset
    own = np.flatnonzero(dataset.sequence[found.start] == series)
    rows = found.start + spec.origin
    own = own[rows[own] > rows[own].max() - MOST_ROWS][-MOST_ORIGINS:] if len(own) else own
    forecasts = {}
    for name in names:
        x = rows[own][:, None] + np.arange(spec.horizon + 1)
        y = np.concatenate([found.forecasts[name][own, :, target], np.full((len(own), 1), np.nan)], axis=1)
        forecasts[name] = (x.ravel().astype(np.float64), y.ravel())
    refitted = np.isin(found.origin[own], found.refits)
    first, last = (int(rows[own[0]]), int(rows[own[-1]])) if len(own) else (spec.origin, spec.origin)
    truth = _truth(dataset, first, last, target)
    return Fan(truth, forecasts, rows[own].astype(np.float64), rows[own][refitted].astype(np.float64))


def preview(dataset: Dataset, plan: Plan, series: int, target: int) -> Fan:
    """Return where the origins of `plan` would lie at the end of a series; whether each is usable is not asked."""
    spec = dataset.spec
    first, behind = (int(row) for row in np.searchsorted(dataset.sequence, [series, series + 1]))
    stride = plan.stride or spec.horizon
    count = min(plan.origins, MOST_ORIGINS, MOST_ROWS // stride + 1)
    origins = behind - spec.horizon - stride * np.arange(count)[::-1]
    least = first + spec.origin
    if not plan.refit and len(dataset.test):
        of_series = dataset.test.start[dataset.sequence[dataset.test.start] == series]
        least = int(of_series[0]) + spec.origin if len(of_series) else behind
    origins = origins[origins >= least]
    begin, end = (int(origins[0]), int(origins[-1])) if len(origins) else (least, max(behind - spec.horizon, least))
    refits = origins[:: plan.refit] if plan.refit else origins[:0]
    return Fan(_truth(dataset, begin, end, target), {}, origins.astype(np.float64), refits.astype(np.float64))


def _truth(dataset: Dataset, first: int, last: int, target: int) -> Line:
    """Return the truth from one window before the origin in row `first` to the end of the last forecast."""
    spec, series = dataset.spec, dataset.sequence[min(first, len(dataset.sequence) - 1)]
    rows = np.arange(max(first - spec.window, 0), min(last + spec.horizon, len(dataset.values)))
    rows = rows[dataset.sequence[rows] == series][-MOST_ROWS:]
    return rows.astype(np.float64), dataset.values[rows, target]
