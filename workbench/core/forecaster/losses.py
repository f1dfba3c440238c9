"""What training makes small, of the parameters (B, Q, C, P) of an output and the truth (B, Q, C), in scaled units."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from workbench.core.project import Project

Loss = Callable[[Tensor, Tensor], Tensor]


def pinball(levels: tuple[float, ...]) -> Loss:
    """Return the mean pinball loss over `levels`: max(q (y - f), (q - 1) (y - f)) (Koenker & Bassett 1978)."""

    def loss(forecast: Tensor, truth: Tensor) -> Tensor:
        share = torch.tensor(levels, dtype=forecast.dtype, device=forecast.device)
        error = truth[..., None] - forecast
        return torch.maximum(share * error, (share - 1.0) * error).mean()

    return loss


def gaussian_nll(parameters: Tensor, truth: Tensor) -> Tensor:
    """Return the mean negative log-likelihood under a normal distribution, in nats."""
    mean, deviation = parameters.unbind(dim=-1)
    z = (truth - mean) / deviation
    return (0.5 * z * z + torch.log(deviation)).mean() + 0.5 * math.log(2.0 * math.pi)


def student_nll(parameters: Tensor, truth: Tensor) -> Tensor:
    """Return the mean negative log-likelihood under Student's t, in nats."""
    location, scale, degrees = parameters.unbind(dim=-1)
    z = (truth - location) / scale
    half = 0.5 * (degrees + 1.0)
    constant = torch.lgamma(0.5 * degrees) - torch.lgamma(half) + 0.5 * torch.log(degrees * math.pi)
    return (constant + torch.log(scale) + half * torch.log1p(z * z / degrees)).mean()


def cross_entropy(parameters: Tensor, truth: Tensor) -> Tensor:
    """Return the mean cross-entropy in nats; the truth holds numbers of classes."""
    return nn.functional.cross_entropy(parameters.flatten(0, -2), truth.round().long().flatten())


POINT_LOSSES: dict[str, Loss] = {
    "mae": nn.functional.l1_loss,
    "mse": nn.functional.mse_loss,
    "huber": nn.functional.huber_loss,
}


def loss_of(project: Project) -> Loss:
    """Return the loss of a project: of its output's parameters, (B, Q, C) for a point and (B, Q, C, P) else."""
    output = project.model.output
    if output == "quantiles":
        return pinball(project.model.levels)
    if output == "classes":
        return cross_entropy
    if output == "point":
        return POINT_LOSSES[project.train.loss]
    return gaussian_nll if output == "gaussian" else student_nll
