"""The states of a network along a whole series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.events import Improved
from workbench.core.forecaster import blank
from workbench.core.project import Project

BATCH = 32
MOST_ROWS = 40_000
"""The newest rows that are read; states of 64 units over them take 5 MB."""


def states_along(
    project: Project,
    best: Improved,
    dataset: Dataset,
    layer: int,
    key: str,
    target: int = 0,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[int, NDArray[np.float16]]:
    """Return the first row, and a signal (R, H) of a layer from there on; NaN where no window reads a row.

    A window is read at every half of its length, and its later half is kept, so that each state has at least half a
    window behind it, as it would at a forecast.
    """
    network = blank(project.model, project.data)
    network.restore(best.weights)
    window = project.data.window
    rows = len(dataset.scaled)
    first = max(0, rows - MOST_ROWS)
    half = max(window // 2, 1)
    starts = [start for start in range(first, rows - window + 1, half) if dataset.readable(start)]
    width = project.model.width
    found = np.full((rows - first, width), np.nan, dtype=np.float16)
    for place in range(0, len(starts), BATCH):
        if cancelled():
            break
        some = np.array(starts[place : place + BATCH], dtype=np.int64)
        ahead = torch.tensor(dataset.ahead[some + dataset.spec.origin]) if network.known else None
        traces, _forecasts = network.trace(torch.tensor(dataset.x[some]), ahead=ahead, target=target, before=False)
        for start, one in zip(some, traces, strict=True):
            values = one[layer].values[key]
            fresh = np.isnan(found[start - first : start - first + window, 0])
            fresh[half:] = True  # what an earlier window has read less of
            part = found[start - first : start - first + window]
            part[fresh] = values[fresh].astype(np.float16)
    return first, found
