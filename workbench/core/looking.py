"""Probe a network with one window of a dataset: what the pictures of gates, states and gradients show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.bands import in_original_units
from workbench.core.dataset import Dataset
from workbench.core.delivery import thinned
from workbench.core.events import Improved, Probed, Trace, WeightFacts
from workbench.core.forecaster import Forecaster, blank, meant
from workbench.core.forecaster.losses import Loss, loss_of
from workbench.core.project import Project
from workbench.core.weighing import weighed

FLOW_WINDOWS = 8
"""Validation windows over which gradients are averaged after an epoch: the same for every run on the data."""


def looked(
    network: Forecaster,
    dataset: Dataset,
    start: int,
    epoch: int,
    loss: Loss | None,
    *,
    live: bool,
    target: int = 0,
    window: NDArray[np.float32] | None = None,
    deep: bool = False,
    weights: tuple[WeightFacts, ...] = (),
    patterns: Mapping[int, float] | None = None,
) -> Probed:
    """Probe the window of `dataset` that starts at row `start`; the forecast is in original units.

    Gradients are those of `loss` on this window; there are none where its targets are not known. Where the network
    reads every target by itself, the traces are those of `target`. A `deep` look also tells half-lives, and gradients
    over a batch of validation windows. Instead of what the dataset holds, a scaled `window` (T, F) may be read.
    """
    batch = thinned(dataset, "valid", FLOW_WINDOWS) if deep and window is None else np.zeros(0, np.int64)
    target = min(target, dataset.targets - 1)
    own = np.array([start], dtype=np.int64)
    known = loss is not None and _known(dataset, start)
    together = np.concatenate([own, batch]) if known else own  # one pass costs hardly more than that of one window
    x = dataset.x[together] if window is None else window[None]
    traces, parameters = _traced(network, dataset, together, x, loss if known else None, target, memory=deep)
    seen, flowing, parameters = traces[0], traces[1:], parameters[:1]
    if len(batch) and not known:
        flowing, _others = _traced(network, dataset, batch, dataset.x[batch], loss, target, memory=False)
    if flowing:
        seen = tuple(replace(trace, flows=_mean([one[trace.layer] for one in flowing])) for trace in seen)
    point, low, high = in_original_units(dataset, own, *meant(network, parameters))
    return Probed(
        epoch, live, start, seen, point[0], target,
        None if low is None else low[0], None if high is None else high[0], weights, patterns or {},
    )  # fmt: skip


def _known(dataset: Dataset, start: int) -> bool:
    answers = dataset.labels[start + dataset.spec.origin :][: dataset.spec.horizon]
    return len(answers) == dataset.spec.horizon and bool(np.isfinite(answers).all())


def _traced(
    network: Forecaster,
    dataset: Dataset,
    starts: NDArray[np.int64],
    x: NDArray[np.float32],
    loss: Loss | None,
    target: int,
    *,
    memory: bool,
) -> tuple[tuple[tuple[Trace, ...], ...], Tensor]:
    device = next(network.parameters()).device
    origins = starts + dataset.spec.origin
    answers = None
    if loss is not None:
        rows = origins[:, None] + np.arange(dataset.spec.horizon)
        answers = torch.tensor(dataset.labels[rows], device=device)
    ahead = torch.tensor(dataset.ahead[origins], device=device) if network.known else None
    return network.trace(
        torch.tensor(x, device=device), answers, loss, ahead=ahead, target=target, before=False, memory=memory
    )


def _mean(traces: list[Trace]) -> dict[str, NDArray[np.floating]]:
    """Return the root mean squares of the norms over some windows, in double precision: tiny squares are not 0."""
    found = {}
    for key in traces[0].gradients:
        norms = np.stack([trace.gradients[key] for trace in traces]).astype(np.float64)
        found[key] = np.sqrt(np.square(norms).mean(axis=0)).astype(np.float32)
    return found


def probed(project: Project, best: Improved, dataset: Dataset, start: int, target: int = 0) -> Probed:
    """Probe a window with the best weights of a run of `project`."""
    network = blank(project.model, project.data)
    network.restore(best.weights)
    loss, weights = loss_of(project), weighed(network)
    return looked(network, dataset, start, best.epoch, loss, live=True, target=target, deep=True, weights=weights)
