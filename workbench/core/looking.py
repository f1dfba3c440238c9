"""Probe a network with one window of a dataset: what the pictures of gates, states and gradients show."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core.bands import in_original_units
from workbench.core.dataset import Dataset
from workbench.core.events import Improved, Probed
from workbench.core.forecaster import Forecaster, blank, meant
from workbench.core.forecaster.losses import Loss, loss_of
from workbench.core.project import Project


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
) -> Probed:
    """Probe the window of `dataset` that starts at row `start`; the forecast is in original units.

    Gradients are those of `loss` on this window; there are none where its targets are not known. Where the network
    reads every target by itself, the traces are those of `target`. Instead of what the dataset holds, a scaled `window`
    (T, F) may be read.
    """
    device = next(network.parameters()).device
    spec = dataset.spec
    origin = start + spec.origin
    answers = dataset.labels[origin:][: spec.horizon]
    known = loss is not None and len(answers) == spec.horizon and bool(np.isfinite(answers).all())
    target = min(target, dataset.targets - 1)
    traces, parameters = network.trace(
        torch.tensor((dataset.x[start] if window is None else window)[None], device=device),
        torch.tensor(answers[None], device=device) if known else None,
        loss,
        ahead=torch.tensor(dataset.ahead[origin][None], device=device) if network.known else None,
        target=target,
        before=False,
    )
    point, low, high = in_original_units(dataset, np.array([start]), *meant(network, parameters))
    if low is None or high is None:
        return Probed(epoch, live, start, traces[0], point[0], target)
    return Probed(epoch, live, start, traces[0], point[0], target, low[0], high[0])


def probed(project: Project, best: Improved, dataset: Dataset, start: int, target: int = 0) -> Probed:
    """Probe a window with the best weights of a run of `project`."""
    network = blank(project.model, project.data)
    network.restore(best.weights)
    return looked(network, dataset, start, best.epoch, loss_of(project), live=True, target=target)
