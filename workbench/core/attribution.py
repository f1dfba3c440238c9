"""Which inputs a forecast hangs on: its gradient at every step of the window, plain and integrated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.dataset import Dataset
from workbench.core.events import Improved
from workbench.core.forecaster import Forecaster, blank
from workbench.core.insight.attribution import Attribution
from workbench.core.project import Project

FEWEST, MOST = 64, 512
"""Places on the way from the baseline at which gradients are taken, by the rule of Gauss and Legendre."""

CLOSE = 0.01
"""Twice as many places are taken until the integrated gradients add up but for this share of the difference."""

BATCH = 64

Ask = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor]]


def attributed(
    project: Project,
    best: Improved,
    dataset: Dataset,
    start: int,
    step: int,
    target: int = 0,
    *,
    integrate: bool = True,
) -> Attribution:
    """Ask what the forecast of `step` (from 0) of `target` hangs on, for the window that starts at row `start`.

    Integrated gradients (Sundararajan, Taly & Yan 2017, eq. 1) go in a straight line from the mean of the training
    rows, 0 on the scale the network reads, to the window; they add up to the difference of the forecasts at both ends
    but for the error of the rule, which is returned. What is known ahead is held as it is.
    """
    network = blank(project.model, project.data)
    network.restore(best.weights)
    network.eval()
    window = torch.tensor(dataset.x[start][None])
    known = torch.tensor(dataset.ahead[start + dataset.spec.origin][None]) if network.known else None
    step, target = min(step, network.horizon - 1), min(target, network.targets - 1)
    kind = _class(network, window, known, step, target)
    ask = lambda x, ahead: _slope(network, x, ahead, step, target, kind)  # noqa: E731
    plain, value = ask(window, known)
    _at_base, low = ask(torch.zeros_like(window), known)
    difference = float(value[0] - low[0])
    return Attribution(
        start=start,
        step=step,
        target=target,
        epoch=best.epoch,
        columns=tuple(project.data.features),
        gradient=_array(plain[0]),
        integrated=_array(_integrated(ask, window, known, difference)) if integrate else None,
        difference=difference,
    )


def _integrated(ask: Ask, window: Tensor, known: Tensor | None, difference: float) -> Tensor:
    """Return integrated gradients (T, F) from 0 to `window`, at more places until they add up to `difference`."""
    points = FEWEST
    while True:
        mean = torch.zeros_like(window[0])
        places, parts = np.polynomial.legendre.leggauss(points)
        for first in range(0, points, BATCH):
            shares = torch.tensor((places[first : first + BATCH] + 1.0) / 2.0, dtype=window.dtype)[:, None, None]
            several = None if known is None else known.expand(len(shares), *known.shape[1:])
            slopes, _values = ask(shares * window, several)
            weights = torch.tensor(parts[first : first + BATCH] / 2.0, dtype=window.dtype)[:, None, None]
            mean += (weights * slopes).sum(dim=0)
        integrated = window[0] * mean
        size = max(abs(difference), CLOSE * float(integrated.abs().sum()))
        if points >= MOST or abs(float(integrated.sum()) - difference) <= CLOSE * size:
            return integrated
        points *= 2


def _class(network: Forecaster, window: Tensor, known: Tensor | None, step: int, target: int) -> int | None:
    """Return the class the network decides for, None if its answer is a number."""
    if network.model.output != "classes":
        return None
    with torch.no_grad():
        return int(network(window, known)[0, step, target].argmax())


def _slope(
    network: Forecaster, windows: Tensor, known: Tensor | None, step: int, target: int, kind: int | None
) -> tuple[Tensor, Tensor]:
    """Return the gradients (N, T, F) of one scaled forecast at scaled windows, and the forecasts (N,).

    Of classes it is the logit of one of them.
    """
    windows = windows.detach().requires_grad_()
    with torch.enable_grad():
        found = network(windows, known)
        if kind is not None:
            values = found[:, step, target, kind]
        elif network.model.output == "point":
            values = found[:, step, target]
        else:
            values = network.output.point(found)[:, step, target]
        (slopes,) = torch.autograd.grad(values.sum(), windows)
    return slopes.detach(), values.detach()


def _array(value: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = value.cpu().numpy()
    return found
