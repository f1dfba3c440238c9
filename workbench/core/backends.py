"""Does a device compute this very network rightly? It is asked before a training, and refused if it does not."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.core.forecaster import Forecaster
from workbench.core.layers import RecurrentLayer
from workbench.core.measuring import rehearsed
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.project import Project

MOST_FORWARD, MOST_GRADIENT = 1e-5, 1e-4
"""Largest differences that rounding to single precision explains; see decision 069 for what was measured."""

SMALL_GRADIENT = 1e-3
"""Gradients of one weight matrix are compared by their own size, but no finer than this share of the largest."""

LOOPED = 8
"""Steps over which the kernel is held to the loop: the loop is slow, and a kernel that is wrong is wrong early."""

WRONG_GPU = ProblemKind(
    "wrong-gpu",
    "error",
    N_(
        "{device} computes this network wrongly: compared with double precision on the CPU its forecasts are off by "
        "{forward:.1e} of their size (rounding explains {most_forward:.0e}), its gradients by {gradient:.1e} "
        "({most_gradient:.0e}). Nothing was trained on it."
    ),
    N_("Train on the CPU. A newer driver, another cell or plain options of the cell may be computed rightly."),
    action="use-cpu",
)
WRONG_CPU = ProblemKind(
    "wrong-cpu",
    "error",
    N_(
        "This computer computes this network wrongly: compared with double precision its forecasts are off by "
        "{forward:.1e} of their size (rounding explains {most_forward:.0e}), its gradients by {gradient:.1e} "
        "({most_gradient:.0e}). Nothing was trained."
    ),
    N_("Choose another cell or plain options of it, and report what `python -m workbench check` says."),
)


@dataclass(frozen=True, slots=True)
class BackendCheck:
    """How far a device is from double precision, as shares of the size of what is compared.

    Attributes
    ----------
    forward, gradient
        Largest difference of the forecasts, and of the gradients of any weights; infinite if one is no number.
    """

    device: str
    forward: float
    gradient: float

    @property
    def passed(self) -> bool:
        """True if rounding explains both."""
        return self.forward <= MOST_FORWARD and self.gradient <= MOST_GRADIENT

    def refusal(self) -> Problem:
        """Say why nothing is trained on this device."""
        return problem(
            WRONG_CPU if self.device == "cpu" else WRONG_GPU,
            device={"cuda": "CUDA", "mps": "MPS"}.get(self.device, self.device),
            forward=self.forward,
            gradient=self.gradient,
            most_forward=MOST_FORWARD,
            most_gradient=MOST_GRADIENT,
        )


def check_backend(project: Project, device: torch.device) -> BackendCheck:
    """Compare forecasts and gradients of the network of `project` on `device` with double precision on the CPU.

    The device reads a whole batch in single precision, with the kernel that trains; of its first, middle and last
    window the same is computed in double precision. That kernel in double precision is in turn held to a loop over the
    cell's own step, on the first :data:`LOOPED` steps of the window. No random numbers are drawn.
    """
    made = rehearsed(project)
    rows = sorted({0, len(made.x) // 2, len(made.x) - 1})
    x, ahead = made.x[rows].double(), made.ahead[rows].double()
    exact = copy.deepcopy(made.network).double().eval()
    looped = copy.deepcopy(exact)
    for layer in looped.layers:
        assert isinstance(layer, RecurrentLayer)
        layer.run_step_by_step()
    short = x[:, : LOOPED * project.model.segment]
    offs = [_off(_computed(exact, short, ahead), _computed(looped, short, ahead))]
    network = made.network.to(device).train(made.training)
    found = _computed(network, made.x.to(device), made.ahead.to(device), rows)
    offs.append(_off(found, _computed(exact, x, ahead)))
    forward, gradient = (max(off[side] for off in offs) for side in (0, 1))
    return BackendCheck(device.type, forward, gradient)


def _computed(network: Forecaster, x: Tensor, ahead: Tensor, rows: list[int] | None = None) -> list[Tensor]:
    """Return the forecasts (N, Q, C) of the windows at `rows`, and the gradients of their sum of squares."""
    forecasts = network(x, ahead)
    whole = bool(torch.isfinite(forecasts).all())
    if rows is not None:
        forecasts = forecasts[torch.tensor(rows, device=x.device)]
    weights = list(network.parameters())
    gradients = torch.autograd.grad(forecasts.square().sum(), weights, allow_unused=True)
    forecasts = forecasts.detach() if whole else torch.full_like(forecasts, math.nan)
    # A weight that takes no part has no gradient that could be wrong.
    return [forecasts, *(torch.zeros(1) if gradient is None else gradient for gradient in gradients)]


def _off(found: list[Tensor], exact: list[Tensor]) -> tuple[float, float]:
    """Return the largest differences of forecasts and of gradients."""
    least = SMALL_GRADIENT * max(float(value.abs().max()) for value in exact[1:])
    gradients = [_share(one, other, least) for one, other in zip(found[1:], exact[1:], strict=True)]
    return _share(found[0], exact[0]), max(gradients)


def _share(found: Tensor, exact: Tensor, least: float = 0.0) -> float:
    """Return the largest difference as a share of the largest value, infinite if one is no number."""
    if found.shape != exact.shape or not torch.isfinite(found).all():
        return math.inf
    difference = float((found.cpu().double() - exact).abs().max())
    return difference / max(float(exact.abs().max()), least, 1e-30)
