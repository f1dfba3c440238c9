"""Probe a network with one window of a dataset: what the pictures of gates, states and gradients show."""

from __future__ import annotations

import numpy as np
import torch

from workbench.core.dataset import Dataset
from workbench.core.events import Improved, Probed
from workbench.core.forecaster import Forecaster, Loss, blank
from workbench.core.project import Project


def looked(network: Forecaster, dataset: Dataset, start: int, epoch: int, loss: Loss, *, live: bool) -> Probed:
    """Probe the window of `dataset` that starts at row `start`; the forecast is in original units.

    Gradients are those of `loss` on this window; there are none where its targets are not known.
    """
    device = next(network.parameters()).device
    spec = dataset.spec
    answers = dataset.labels[start + spec.origin :][: spec.horizon]
    known = len(answers) == spec.horizon and bool(np.isfinite(answers).all())
    traces, scaled = network.trace(
        torch.tensor(dataset.x[start][None], device=device),
        torch.tensor(answers[None], device=device) if known else None,
        loss,
        before=False,
    )
    forecast = dataset.to_original(scaled.cpu().numpy(), np.array([start]))[0]
    return Probed(epoch, live, start, traces[0], forecast)


def probed(project: Project, best: Improved, dataset: Dataset, start: int) -> Probed:
    """Probe a window with the best weights of a run of `project`."""
    from workbench.core.training import LOSSES

    data = project.data
    network = blank(project.model, len(data.features), len(data.targets), data.horizon, levels=len(data.columns))
    network.restore(best.weights)
    return looked(network, dataset, start, best.epoch, LOSSES[project.train.loss], live=True)
