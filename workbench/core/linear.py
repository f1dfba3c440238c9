"""The closed-form linear forecast: one ridge regression from the last T values to the next Q, fitted in a second.

NLinear (Zeng et al. 2023) without gradient descent: the last value of the window is taken away, a linear map common to
all series and targets forecasts the rest, and the last value is added again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset

Values = NDArray[np.float64]
Floats = NDArray[np.float32]
Starts = NDArray[np.int64]

STRENGTHS = (0.07, 7e-4, 7e-6, 7.0)
"""Ridge penalties for each training window, tried on the validation windows; the first where there are none."""

MOST_PRODUCTS = 3.4e9
"""Multiplications of the normal equations, about a second; training windows are thinned evenly to stay below."""

MOST_WINDOWS = 4_000
"""Windows and targets that choose between the penalties."""

LEAST_WINDOWS = 8
LONGEST = 1_024
"""Of longer windows the map reads only so many of the last values: its solution takes the cube of them."""


@dataclass(frozen=True, slots=True, eq=False)
class ClosedForm:
    """A fitted linear map.

    Attributes
    ----------
    weights
        (T - 1, Q): from the values of the window but the last to the steps ahead, the last value taken away from both.
    scale
        (S, C) spread of the training rows of each series, which makes them alike.
    strength
        The penalty for each training window that was chosen.
    windows
        Windows and targets it was fitted on.
    """

    weights: Values
    scale: Values
    strength: float
    windows: int

    def __call__(self, dataset: Dataset, start: Starts) -> Values:
        """Forecast (N, Q, C) in original units from the windows that start at `start`."""
        past, last = _read(dataset, np.asarray(start), len(self.weights) + 1)
        scale = self.scale[dataset.sequence[np.asarray(start)]][:, :, None]
        ahead = (past / scale) @ self.weights * scale + last
        return np.ascontiguousarray(ahead.transpose(0, 2, 1))


def linear_fit(dataset: Dataset) -> ClosedForm | None:
    """Fit the map on the training windows of `dataset`; None where there are too few, or windows of one row.

    Nothing but training windows decides about the weights. The validation windows choose the penalty, as they choose
    the epoch of a network.
    """
    length = min(dataset.spec.window, LONGEST)
    train = dataset.train.start
    if length < 2 or len(train) < LEAST_WINDOWS or dataset.spec.framing == "label":
        return None
    scale = _spread(dataset)
    most = max(int(MOST_PRODUCTS / (2 * length**2)), 4 * length) // dataset.targets
    thinned = train[:: max(1, -(-len(train) // max(most, LEAST_WINDOWS)))]
    x, y = _pairs(dataset, thinned, length, scale)
    square, product = (x.T @ x).astype(np.float64), (x.T @ y).astype(np.float64)
    valid = dataset.valid.start
    few = min(len(valid), max(1, MOST_WINDOWS // dataset.targets))
    valid = valid[np.linspace(0, len(valid) - 1, few).astype(np.int64)] if len(valid) else valid
    strengths = STRENGTHS if len(valid) else STRENGTHS[:1]
    tried = {strength: _solved(square, product, strength * len(x)) for strength in strengths}
    strength = _best(tried, *_pairs(dataset, valid, length, scale)) if len(tried) > 1 else STRENGTHS[0]
    return ClosedForm(tried[strength], scale, strength, len(x))


def _best(tried: Mapping[float, Values], x: Floats, y: Floats) -> float:
    """Return the penalty whose weights have the least squared error."""
    errors = {strength: float(((x @ weights - y) ** 2).mean()) for strength, weights in tried.items()}
    return min(errors, key=lambda strength: errors[strength])


def _solved(square: Values, product: Values, penalty: float) -> Values:
    """Return the weights (T - 1, Q) of the ridge regression with the normal equations `square` and `product`."""
    damped = square + max(penalty, 1e-9) * np.eye(len(square))
    return np.asarray(np.linalg.solve(damped, product), dtype=np.float64)


def _pairs(dataset: Dataset, start: Starts, length: int, scale: Values) -> tuple[Floats, Floats]:
    """Return scaled inputs (N C, T - 1) and answers (N C, Q), the last value taken away; without missing values."""
    past, last = _read(dataset, start, length)
    own = scale[dataset.sequence[start]][:, :, None]
    ahead = (dataset.truth(start).transpose(0, 2, 1) - last) / own
    x, y = (past / own).reshape(-1, length - 1), ahead.reshape(-1, dataset.spec.horizon)
    whole = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1)
    return x[whole].astype(np.float32), y[whole].astype(np.float32)


def _read(dataset: Dataset, start: Starts, length: int) -> tuple[Values, Values]:
    """Return the last `length` values before the origin but the last (N, C, T - 1), less the last (N, C, 1)."""
    rows = start[:, None] + dataset.spec.window - length + np.arange(length)
    read = dataset.carried[rows].transpose(0, 2, 1)
    return read[..., :-1] - read[..., -1:], read[..., -1:]


def _spread(dataset: Dataset) -> Values:
    """Return the standard deviation (S, C) of the training rows of each series, else that of all."""
    trained = dataset.split.of("train")
    targets, sequence = dataset.values[trained, : dataset.targets], dataset.sequence[trained]
    rows = int(dataset.sequence[-1]) + 1
    whole = _deviation(targets)
    scale = np.tile(np.where(whole > 0, whole, 1.0), (rows, 1))
    borders = np.flatnonzero(np.diff(sequence)) + 1
    for place, own in zip(sequence[np.concatenate([[0], borders])], np.split(targets, borders), strict=True):
        found = _deviation(own)
        scale[place] = np.where(found > 0, found, scale[place])
    return scale


def _deviation(values: Values) -> Values:
    """Return the standard deviation (C,) of what is seen of each column, 0 where nothing is."""
    seen = np.isfinite(values)
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, values, 0.0).sum(axis=0) / count
    return np.sqrt((np.where(seen, values - mean, 0.0) ** 2).sum(axis=0) / count)
