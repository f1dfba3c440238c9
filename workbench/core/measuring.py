"""How long does one training step of a network take on this machine?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.core.devices import chosen
from workbench.core.forecaster import Forecaster, blank
from workbench.core.optimising import Optimiser
from workbench.core.project import ModelSpec, Project

MOST_S = 0.4
MOST_STEPS = 9
LEAST_LOOP = 1e-6
"""A zoneout too small to matter, which still makes a cell run step by step."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A project's network with made-up weights and windows, on the CPU.

    Nothing of it is drawn from torch's own generator, so that a training draws what it would have drawn: dropout is
    left out, and dropout between steps is played by the loop it needs.

    Attributes
    ----------
    x, ahead
        A whole batch of windows (B, T, F), and what is known of the steps ahead (B, Q, K).
    training
        Whether the network runs as in training; one with zoneout would draw, and runs as it is evaluated.
    """

    network: Forecaster
    x: Tensor
    ahead: Tensor
    training: bool


def rehearsed(project: Project) -> Rehearsal:
    """Return the network of `project` with made-up weights and a batch of windows, always the same."""
    model, looped = _without_draws(project)
    data, batch = project.data, project.train.batch
    generator = torch.Generator().manual_seed(0)
    network = blank(model, data).to_empty(device="cpu")
    for weight in network.parameters():
        weight.data.uniform_(-0.1, 0.1, generator=generator)
    x = torch.randn(batch, data.window, len(data.features), generator=generator)
    return Rehearsal(network, x, torch.zeros(batch, data.horizon, network.known), not looped)


class Stepper:
    """Trains a project's network on a made-up batch on one device, step by step."""

    def __init__(self, project: Project, device: torch.device) -> None:
        made = rehearsed(project)
        self._device, self._settings = device, project.train
        self._network = made.network.to(device).train(made.training)
        self._x, self._ahead = made.x.to(device), made.ahead.to(device)
        self._optimiser = Optimiser(self._network.parameters(), project.train)

    def step(self) -> None:
        """Train one step and wait until it is done."""
        self._optimiser.clear()
        self._network(self._x, self._ahead).square().mean().backward()
        self._optimiser.step(self._settings, self._settings.learning_rate)
        wait_for(self._device)


def wait_for(device: torch.device) -> None:
    """Wait until a GPU has done all it was told to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def step_ms(project: Project, cancelled: Callable[[], bool] = lambda: False) -> float | None:
    """Return the milliseconds of one batch: forwards, backwards, and the optimiser's step; None if it was cancelled.

    The fastest of a few steps on made-up windows: whatever else the machine does only adds to it.
    """
    device = chosen(project.train.device)
    stepper = Stepper(project, device)
    # With one thread all work is the thread's own, and its CPU time is what a quiet machine would show.
    clock = time.thread_time if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < 2 + MOST_STEPS and (len(taken) < 3 or time.perf_counter() - began < MOST_S):
        if cancelled():
            return None
        start = clock()
        stepper.step()
        taken.append((clock() - start) * 1e3)
    return min(taken[2:])


def _without_draws(project: Project) -> tuple[ModelSpec, bool]:
    """Return the model without dropout, and whether it has to be run as it is evaluated."""
    options = dict(project.model.options)
    if options.get("recurrent_dropout"):
        options["zoneout"] = options.get("zoneout") or LEAST_LOOP
        options["recurrent_dropout"] = 0.0
    return project.model.changed(dropout=0.0, options=options), bool(options.get("zoneout"))
