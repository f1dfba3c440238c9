"""The learning-rate range test: train a little with a rate that grows from batch to batch, and see where it learns.

After Smith 2017, "Cyclical learning rates for training neural networks" (arXiv 1506.01186, section 3.3): the rate grows
exponentially over one short training; the loss first stays, then falls, then grows. The weights are thrown away.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.dataset import Dataset
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import Project
from workbench.core.steering import Steering
from workbench.core.training import Training, Weights

SMOOTHING = 0.9
"""Share of the old loss in the smoothed one at each batch."""

DIVERGED = 4.0
"""The test ends where the smoothed loss is this many times its smallest."""

WARM = 10
"""Batches before which nothing is judged."""

BAD_RANGE = ProblemKind(
    "bad-range",
    "error",
    N_("A range of rates from {low:g} to {high:g} in {steps} batches cannot be tested."),
    N_("Choose a lowest rate above 0, a higher highest rate of at most 10, and 20 to 10000 batches."),
)


@dataclass(frozen=True, slots=True)
class RangePoint:
    """One batch of the test.

    Attributes
    ----------
    step, steps
        Number of the batch, from 1, and of all.
    loss, smoothed
        Of this batch before its step was taken, and smoothed over those before it.
    """

    step: int
    steps: int
    rate: float
    loss: float
    smoothed: float


@dataclass(frozen=True, slots=True, eq=False)
class RangeResult:
    """What the test found.

    Attributes
    ----------
    rates, losses, smoothed
        (B,) of the batches that were trained.
    steepest
        Rate at which the smoothed loss falls fastest; None if it never fell.
    tenth
        A tenth of the rate at which it was smallest; None if it never fell.
    suggestion
        The smaller of the two, so that a training has room on both sides; None if the loss never fell.
    outcome
        ``diverged`` where the loss grew, as it should; ``end`` if the highest rate was reached before.
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    steepest: float | None
    tenth: float | None
    suggestion: float | None
    outcome: Literal["diverged", "end"]


def range_test(
    project: Project,
    dataset: Dataset,
    *,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 150,
    start: Weights | None = None,
) -> Generator[RangePoint, None, RangeResult]:
    """Train a throw-away network with rates from `low` to `high`, with the project's other settings.

    Yields each batch; closing the generator ends the test. It draws what a training of the project would draw, and puts
    the random numbers of others back whenever it yields; only a training in another thread must not run beside it.

    Parameters
    ----------
    start
        Weights to begin with; by default they are drawn.

    Raises
    ------
    WorkbenchError
        ``bad-range``, or whatever refuses a training of the project.
    """
    if not (0.0 < low < high <= 10.0 and 20 <= steps <= 10_000):
        raise WorkbenchError(BAD_RANGE, low=low, high=high, steps=steps)
    random = [torch.get_rng_state()]
    with _own(random):
        training = Training(project, dataset, Steering(project.train), start)
        training.forecaster.train()
    points: list[RangePoint] = []
    mean, outcome = 0.0, "end"
    for step in range(1, steps + 1):
        rate = low * (high / low) ** ((step - 1) / (steps - 1))
        with _own(random):
            loss = float(training.step(rate))
        mean = SMOOTHING * mean + (1.0 - SMOOTHING) * loss
        points.append(RangePoint(step, steps, rate, loss, mean / (1.0 - SMOOTHING**step)))
        if not np.isfinite(loss) or _diverges(points):
            outcome = "diverged"
            break
        yield points[-1]
    return _judged(points, diverged=outcome == "diverged")


@contextmanager
def _own(state: list[Tensor]) -> Iterator[None]:
    """Draw from the test's own random numbers, and put those of everybody else back."""
    theirs = torch.get_rng_state()
    torch.set_rng_state(state[0])
    try:
        yield
    finally:
        state[0] = torch.get_rng_state()
        torch.set_rng_state(theirs)


def _diverges(points: list[RangePoint]) -> bool:
    if len(points) <= WARM:
        return False
    smoothed = [point.smoothed for point in points]
    best, first = min(smoothed), smoothed[0]
    # A likelihood may be negative; its fall so far is then the measure.
    return smoothed[-1] - best > (DIVERGED - 1.0) * max(abs(best), first - best)


def _judged(points: list[RangePoint], *, diverged: bool) -> RangeResult:
    rates, losses, smoothed = (
        np.array(list(values))
        for values in zip(*((point.rate, point.loss, point.smoothed) for point in points), strict=True)
    )
    known = int(np.isfinite(smoothed).sum())
    steepest = tenth = None
    if known > WARM:
        lowest = WARM + int(np.argmin(smoothed[WARM:known]))
        slope = np.gradient(smoothed[: lowest + 1], np.log(rates[: lowest + 1])) if lowest > WARM else np.zeros(0)
        if len(slope) and slope[WARM:].min() < 0:
            steepest, tenth = float(rates[WARM + int(np.argmin(slope[WARM:]))]), float(rates[lowest] / 10)
    suggestion = None if steepest is None or tenth is None else min(steepest, tenth)
    return RangeResult(rates, losses, smoothed, steepest, tenth, suggestion, "diverged" if diverged else "end")
