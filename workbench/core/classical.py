"""Classical forecasts by statsmodels, an optional package: ETS, Theta, ARIMA and STL.

Each target of each series is fitted once, on its newest training rows, after a seasonal pattern found there by STL is
taken away. With the parameters held, one pass over all rows then tells what would have been forecast from every origin,
so they are scored on the same windows as everything else. Statsmodels is imported when something is fitted.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.baselines import Method, baselines
from workbench.core.dataset import Dataset

Values = NDArray[np.float64]
Starts = NDArray[np.int64]
States = Callable[[Values, int], Values]
"""From adjusted rows (R,) and the horizon to forecasts (R + 1, Q): row r tells what rows before r foretell."""

MOST_ROWS = 600
"""Newest training rows that are fitted: more cost seconds and change little."""

MOST_FITS = 24
"""Series and targets together; of more there would be nothing to see for minutes."""

LEAST_ROWS = 24
ORDERS = ((1, 0, 0), (2, 0, 0), (0, 1, 1), (1, 1, 1), (2, 1, 2))
"""ARIMA orders tried; the lowest AICc counts."""


def has_statsmodels() -> bool:
    """Return whether the package is installed; it is not imported."""
    return importlib.util.find_spec("statsmodels") is not None


@dataclass(frozen=True, slots=True, eq=False)
class Classical:
    """One method, fitted on every target of every series.

    Attributes
    ----------
    ahead
        (R + 1, Q, C) forecasts by origin row; NaN where none can be made.
    """

    ahead: Values

    def __call__(self, dataset: Dataset, start: Starts) -> Values:
        """Return forecasts (N, Q, C) in original units; the last value where the method has none."""
        origin = np.asarray(start) + dataset.spec.window
        found = self.ahead[origin]
        return np.where(np.isfinite(found), found, dataset.carried[origin - 1][:, None, :])


def classical(dataset: Dataset) -> dict[str, Classical]:
    """Fit ETS, Theta, ARIMA and STL; nothing where statsmodels is missing or there is too much or too little to fit.

    Only training rows are fitted; a forecast from an origin reads no row from it on.
    """
    count = int(dataset.sequence[-1]) + 1 if len(dataset.sequence) else 0
    if not has_statsmodels() or dataset.spec.framing != "forecast" or count * dataset.targets > MOST_FITS:
        return {}
    rows, horizon = len(dataset.values), dataset.spec.horizon
    trained = dataset.split.of("train")
    ahead = {name: np.full((rows + 1, horizon, dataset.targets), np.nan) for name in METHODS}
    for series in range(count):
        own = np.flatnonzero(dataset.sequence == series)
        known = int(trained[own].sum())
        for column in range(dataset.targets):
            values = dataset.carried[own, column]
            first = max(int(np.argmax(np.isfinite(values))), known - MOST_ROWS)
            if known - first < LEAST_ROWS:
                continue
            found = _of_one(values[first:], known - first, dataset.season, horizon)
            for name, forecasts in found.items():
                # The row behind a series is the first of the next one, whose own forecasts come later.
                ahead[name][own[0] + first : own[-1] + 2, :, column] = forecasts
    return {name: Classical(values) for name, values in ahead.items() if np.isfinite(values).any()}


def methods_of(dataset: Dataset, names: Collection[str] | None = None) -> dict[str, Method]:
    """Return the baselines that are called `names`, by default all plain ones; what nobody asks for is not fitted."""
    found: dict[str, Method] = dict(baselines(dataset))
    if names is not None and set(METHODS) & set(names):
        found |= classical(dataset)
    return {name: method for name, method in found.items() if names is None or name in names}


def _of_one(values: Values, known: int, season: int, horizon: int) -> dict[str, Values]:
    """Return the forecasts (R + 1, Q) of each method for rows (R,), of which the first `known` are fitted."""
    pattern, found = _pattern(values[:known], season), {}
    steps = np.arange(len(values) + horizon) % len(pattern)
    adjusted = values - pattern[steps[: len(values)]]
    around = pattern[(np.arange(len(values) + 1)[:, None] + np.arange(horizon)) % len(pattern)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about convergence; a poor fit shows in its scores
        for name, fit in METHODS.items():
            try:
                states = fit(adjusted[:known])
            except (ValueError, np.linalg.LinAlgError):
                continue  # what cannot be fitted is not compared
            found[name] = states(adjusted, horizon) + around
    return found


def _pattern(train: Values, season: int) -> Values:
    """Return the last seasonal cycle of an STL decomposition (Cleveland et al. 1990), by phase; 0 without a season."""
    if season < 2 or len(train) < 2 * season + 1:
        return np.zeros(1)
    from statsmodels.tsa.seasonal import STL

    seasonal = np.asarray(STL(train, period=season, robust=True).fit().seasonal)
    pattern = np.zeros(season)
    last = np.arange(len(train) - season, len(train))
    pattern[last % season] = seasonal[last]
    return pattern


def _ets(train: Values) -> States:
    """Fit exponential smoothing with additive errors and a damped trend (Hyndman et al. 2008)."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    found = ETSModel(train, error="add", trend="add", damped_trend=True).fit(disp=False, maxiter=200)
    p = dict(zip(found.param_names, np.asarray(found.params), strict=True))
    return lambda z, horizon: _smoothed(
        z, horizon, p["smoothing_level"], p["smoothing_trend"], p["damping_trend"],
        p["initial_level"], p["initial_trend"],
    )  # fmt: skip


def _stl(train: Values) -> States:
    """Fit simple exponential smoothing to what STL leaves."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    found = ETSModel(train, error="add").fit(disp=False, maxiter=200)
    p = dict(zip(found.param_names, np.asarray(found.params), strict=True))
    return lambda z, horizon: _smoothed(z, horizon, p["smoothing_level"], 0.0, 1.0, p["initial_level"], 0.0)


def _theta(train: Values) -> States:
    """Fit the Theta method (Assimakopoulos & Nikolopoulos 2000): smoothing with half the slope of the line."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    found = ThetaModel(train, deseasonalize=False, use_test=False, period=1).fit()
    slope, alpha = (float(found.params[name]) for name in ("b0", "alpha"))

    def states(z: Values, horizon: int) -> Values:
        level = _smoothed(z, horizon, alpha, 0.0, 1.0, float(z[0]), 0.0)
        rows, steps = np.arange(len(z) + 1)[:, None], np.arange(horizon)[None, :]
        # Hyndman & Billah 2003, with n = the rows that are known.
        return level + 0.5 * slope * (steps + (1.0 - (1.0 - alpha) ** rows) / max(alpha, 1e-6))

    return states


def _arima(train: Values) -> States:
    """Fit ARIMA of the best of a few orders by AICc; the Kalman filter then tells the state at every row."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    level = float(train.mean())
    tried = [(order, SARIMAX(train - level, order=order).fit(disp=False, maxiter=50)) for order in ORDERS]
    order, best = min(tried, key=lambda entry: float(entry[1].aicc))

    def states(z: Values, horizon: int) -> Values:
        passed = SARIMAX(z - level, order=order).filter(best.params).filter_results
        state = passed.predicted_state.T  # (R + 1, states)
        design, transition = passed.design[0, :, 0], passed.transition[:, :, 0]
        found = np.empty((len(z) + 1, horizon))
        for step in range(horizon):
            found[:, step] = state @ design
            state = state @ transition.T
        return found + level

    return states


def _smoothed(z: Values, horizon: int, alpha: float, beta: float, phi: float, level: float, trend: float) -> Values:
    """Return what additive smoothing forecasts (R + 1, Q) before each row, and behind the last."""
    levels, trends = np.empty(len(z) + 1), np.empty(len(z) + 1)
    for row in range(len(z) + 1):
        levels[row], trends[row] = level, trend
        if row < len(z):
            error = z[row] - (level + phi * trend)
            level, trend = level + phi * trend + alpha * error, phi * trend + beta * error
    return levels[:, None] + trends[:, None] * np.cumsum(phi ** np.arange(1, horizon + 1))[None, :]


METHODS: Mapping[str, Callable[[Values], States]] = {"ets": _ets, "theta": _theta, "arima": _arima, "stl": _stl}
