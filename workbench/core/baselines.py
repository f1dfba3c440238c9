"""Forecasts that need no training. A network that does not beat them is worth nothing, and must be told so.

All take row numbers `start` of windows and return (N, Q, C) in original units. They see nothing behind the
window's last row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.problems import N_

Values = NDArray[np.float64]
Starts = NDArray[np.int64]

LABELS: Mapping[str, str] = {
    "last": N_("last value"),
    "seasonal": N_("seasonal naive"),
    "drift": N_("drift"),
    "mean": N_("mean answer"),
    "common": N_("common answer"),
    "model": N_("network"),
}


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


def baselines(dataset: Dataset, *, classes: bool = False) -> dict[str, Callable[[Dataset, Starts], Values]]:
    """Return the baselines that make sense for `dataset`, by key of :data:`LABELS`."""
    if classes:
        return {"common": common_answer} if len(dataset.train) else {}
    if dataset.spec.framing == "label":
        return {"mean": mean_answer} if len(dataset.train) else {}
    found: dict[str, Callable[[Dataset, Starts], Values]] = {"last": last_value}
    if dataset.season > 1:
        found["seasonal"] = seasonal_naive
    if dataset.spec.window > 1:
        found["drift"] = drift
    return found
