"""Bands from several forecasts of the same windows: a network with dropout left on, or several seeds of one project."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from workbench.core.bands import Band, joined
from workbench.core.bundle import Bundle
from workbench.core.dataset import Dataset
from workbench.core.forecaster import Forecaster, meant
from workbench.core.forecasting import restored
from workbench.core.intervals import Forecast
from workbench.core.layers import RecurrentLayer
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.scoring import chunks

Values = NDArray[np.float64]
Starts = NDArray[np.int64]

NO_DROPOUT = ProblemKind(
    "no-dropout",
    "error",
    N_("The model was trained without dropout, so there is nothing to leave on."),
    N_("Train it with Dropout above 0, or ask for conformal bands."),
)
PASSES = 50
SEED = 11
"""The same windows give the same band."""

BATCH = 256


def with_dropout(bundle: Bundle, dataset: Dataset, share: float, passes: int = PASSES) -> Forecast:
    """Return the mean of `passes` forecasts with dropout left on, and the quantiles that hold `share` of them.

    Gal & Ghahramani 2016: each pass draws other masks. It tells what the weights are unsure of, not the noise of the
    series, so the band alone is usually too narrow; its coverage is to be measured.

    Raises
    ------
    WorkbenchError
        ``no-dropout``.
    """
    forecaster = restored(bundle)
    if not _dropping(forecaster):
        raise WorkbenchError(NO_DROPOUT)

    def forecast(start: Starts) -> Band:
        return joined([_band(_passed(forecaster, dataset, piece, passes), share) for piece in _pieces(start, dataset)])

    return forecast


def of_members(members: Sequence[Callable[[Starts], Band]], share: float) -> Forecast:
    """Return the mean of the forecasts of several models, and the quantiles of them that hold `share`."""

    def forecast(start: Starts) -> Band:
        return _band(np.stack([member(start)[0] for member in members]), share)

    return forecast


def _pieces(start: Starts, dataset: Dataset) -> list[Starts]:
    return [piece[first : first + BATCH] for piece in chunks(start, dataset) for first in range(0, len(piece), BATCH)]


def _passed(forecaster: Forecaster, dataset: Dataset, start: Starts, passes: int) -> Values:
    """Return forecasts (M, N, Q, C) in original units; neither the global generator nor the network is changed."""
    x = torch.tensor(dataset.x[start])
    known = torch.tensor(dataset.ahead[start + dataset.spec.origin]) if forecaster.known else None
    dropping = _dropping(forecaster)
    found = []
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(SEED + int(start[0]) if len(start) else SEED)
        for module in dropping:
            module.training = True
        for _ in range(passes):
            found.append(dataset.to_original(meant(forecaster, forecaster(x, known)).point, start))
        for module in dropping:
            module.training = False
    return np.stack(found)


def _dropping(forecaster: Forecaster) -> list[nn.Module]:
    """Return the parts of the network that drop something while it is trained."""
    return [
        module
        for module in forecaster.modules()
        if (isinstance(module, nn.Dropout) and module.p > 0)
        or (isinstance(module, RecurrentLayer) and module.options.recurrent_dropout > 0)
    ]


def _band(samples: Values, share: float) -> Band:
    low, high = np.quantile(samples, [(1.0 - share) / 2.0, (1.0 + share) / 2.0], axis=0)
    return samples.mean(axis=0), low, high
