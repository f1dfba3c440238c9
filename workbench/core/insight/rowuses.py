"""Which rows of the data each number was made from: nothing that is fitted sees a row that is scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.events import Part
from workbench.core.problems import N_

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Use:
    """Numbers that are made from the same rows.

    Attributes
    ----------
    part
        The part whose colour they have.
    """

    key: str
    label: str
    part: Part


USES = (
    Use("scaler", N_("scaler, season, MASE scale"), "train"),
    Use("weights", N_("weights, closed-form linear"), "train"),
    Use("stop", N_("best epoch, calibrated bands"), "valid"),
    Use("scores", N_("scores, verdict, residuals, coverage"), "test"),
    Use("read", N_("read by the scored forecasts"), "test"),
)


def used_rows(dataset: Dataset, use: Use) -> Bools:
    """Return which rows (R,) the numbers of `use` are made from.

    Of a window, its targets are what is compared: early stopping and scores count those. Weights are made from inputs
    and targets of the training windows; a scored forecast may read rows of the part before, as it would in life.
    """
    spec, rows = dataset.spec, len(dataset.values)
    windows = dataset.part(use.part).start
    match use.key:
        case "scaler":
            return dataset.split.of("train")
        case "weights":
            return _spans(windows, 0, spec.window, rows) | _spans(windows, spec.origin, spec.horizon, rows)
        case "read":
            return _spans(windows, 0, spec.window, rows)
        case _:
            return _spans(windows, spec.origin, spec.horizon, rows)


def _spans(start: NDArray[np.int64], offset: int, length: int, rows: int) -> Bools:
    """Return which rows lie in the `length` rows behind `start` + `offset` of any window."""
    change = np.zeros(rows + 1, dtype=np.int64)
    np.add.at(change, np.minimum(start + offset, rows), 1)
    np.add.at(change, np.minimum(start + offset + length, rows), -1)
    found: Bools = np.cumsum(change[:-1]) > 0
    return found


def runs(used: Bools) -> NDArray[np.int64]:
    """Return first row and row behind the last (K, 2) of each run of used rows."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], used, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)
