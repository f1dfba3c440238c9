"""Forecasts that need no training. A network that does not beat them is worth nothing, and must be told so.

All take row numbers `start` of windows and return (N, Q, C) in original units. They see nothing behind the
window's last row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.insight.seasonality import detected_seasons
from workbench.core.linear import linear_fit
from workbench.core.problems import N_

Values = NDArray[np.float64]
Starts = NDArray[np.int64]
Method = Callable[[Dataset, Starts], Values]

LABELS: Mapping[str, str] = {
    "last": N_("last value"),
    "seasonal": N_("seasonal naive"),
    "period": N_("seasonal naive, another period"),
    "drift": N_("drift"),
    "average": N_("moving average"),
    "linear": N_("closed-form linear"),
    "ets": N_("ETS"),
    "theta": N_("Theta"),
    "arima": N_("ARIMA"),
    "stl": N_("STL and smoothing"),
    "mean": N_("mean answer"),
    "common": N_("common answer"),
    "model": N_("network"),
}


MOST_READ = 2_000_000
"""Values averaged at a time."""

MOST_COMPARED = 500
"""Training windows on which periods are compared."""

WORTH = 0.98
"""Another period must bring the error below this share of that of the season."""


def last_value(dataset: Dataset, start: Starts) -> Values:
    """Repeat the last value of each window."""
    last = dataset.carried[np.asarray(start) + dataset.spec.window - 1]
    return np.repeat(last[:, None, :], dataset.spec.horizon, axis=1)


def seasonal_naive(dataset: Dataset, start: Starts, season: int | None = None) -> Values:
    """Repeat the last season: the value of the same phase, `season` steps (by default the dataset's) before."""
    season = season or dataset.season
    origin = np.asarray(start) + dataset.spec.window
    ahead = np.arange(dataset.spec.horizon) % season
    rows = origin[:, None] - season + ahead[None, :]
    values = dataset.carried[np.maximum(rows, 0)]
    own = dataset.sequence[np.maximum(rows, 0)] == dataset.sequence[np.asarray(start)][:, None]
    usable = ((rows >= 0) & own)[..., None] & np.isfinite(values)
    return np.where(usable, values, last_value(dataset, start))


def moving_average(dataset: Dataset, start: Starts) -> Values:
    """Repeat the mean of the last season, or of the window where there is no season."""
    start = np.asarray(start)
    width = dataset.season if dataset.season > 1 else dataset.spec.window
    pieces = np.array_split(start, max(1, len(start) * width * dataset.targets // MOST_READ))
    mean = np.concatenate([_mean_before(dataset, piece, width) for piece in pieces])
    return np.repeat(mean[:, None, :], dataset.spec.horizon, axis=1)


def _mean_before(dataset: Dataset, start: Starts, width: int) -> Values:
    """Return the mean (N, C) of what is seen of the last `width` rows of each window's own series."""
    rows = start[:, None] + dataset.spec.window - width + np.arange(width)
    own = (rows >= 0) & (dataset.sequence[np.maximum(rows, 0)] == dataset.sequence[start][:, None])
    values = dataset.carried[np.maximum(rows, 0)]
    seen = own[..., None] & np.isfinite(values)
    mean: Values = np.where(seen, values, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return mean


def another_period(dataset: Dataset) -> int | None:
    """Return the detected period that the seasonal naive forecast is better with than with the season; None if none.

    Compared are the errors on training windows: no later row decides.
    """
    if dataset.season < 2 or dataset.spec.season or not len(dataset.train):
        return None
    trained = dataset.split.of("train") & (dataset.sequence == dataset.sequence[dataset.train.start[0]])
    found = detected_seasons(dataset.values[trained, 0], dataset.clock.step)
    start = dataset.train.start
    start = start[start + dataset.spec.window >= max(found, default=0)]
    start = start[np.linspace(0, len(start) - 1, min(len(start), MOST_COMPARED)).astype(np.int64)]
    if not len(start) or set(found) <= {dataset.season}:
        return None
    truth = dataset.truth(start)
    errors = {
        season: float(np.abs(seasonal_naive(dataset, start, season) - truth).mean())
        for season in {*found, dataset.season}
    }
    best = min(errors, key=lambda season: errors[season])
    return best if errors[best] < WORTH * errors[dataset.season] else None


def drift(dataset: Dataset, start: Starts) -> Values:
    """Continue the straight line from the first to the last value of each window."""
    start = np.asarray(start)
    first, last = dataset.carried[start], dataset.carried[start + dataset.spec.window - 1]
    slope = (last - first) / max(dataset.spec.window - 1, 1)
    ahead = np.arange(1, dataset.spec.horizon + 1)
    return last[:, None, :] + slope[:, None, :] * ahead[None, :, None]


def mean_answer(dataset: Dataset, start: Starts) -> Values:
    """Answer with the mean of the training answers: what is left without any memory."""
    mean = dataset.truth(dataset.train.start).mean(axis=0)
    return np.broadcast_to(mean, (len(np.asarray(start)), *mean.shape)).copy()


def common_answer(dataset: Dataset, start: Starts) -> Values:
    """Answer with the class that is most common among the training answers, at each step by itself."""
    answers = dataset.truth(dataset.train.start).astype(np.int64)
    common = np.array(
        [np.bincount(column).argmax() for column in answers.reshape(len(answers), -1).T], dtype=np.float64
    )
    return np.broadcast_to(common.reshape(answers.shape[1:]), (len(np.asarray(start)), *answers.shape[1:])).copy()


def baselines(dataset: Dataset, *, classes: bool = False) -> dict[str, Method]:
    """Return the baselines that make sense for `dataset`, by key of :data:`LABELS`.

    What has to be fitted is fitted at once, on training rows: ask once, and use the methods for every part.
    """
    if classes:
        return {"common": common_answer} if len(dataset.train) else {}
    if dataset.spec.framing == "label":
        return {"mean": mean_answer} if len(dataset.train) else {}
    found: dict[str, Method] = {"last": last_value}
    if dataset.season > 1:
        found["seasonal"] = seasonal_naive
    period = another_period(dataset)
    if period is not None:
        found["period"] = partial(seasonal_naive, season=period)
    if dataset.spec.window > 1:
        found["drift"] = drift
    if dataset.season > 1 or dataset.spec.window > 1:
        found["average"] = moving_average
    linear = linear_fit(dataset)
    if linear is not None:
        found["linear"] = linear
    return found
