"""How long does one training step of a network take on this machine?"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import nn

from workbench.core.devices import chosen
from workbench.core.forecaster import blank
from workbench.core.project import ModelSpec, Project

MOST_S = 0.4
MOST_STEPS = 9
LEAST_LOOP = 1e-6
"""A zoneout too small to matter, which still makes a cell run step by step."""


def step_ms(project: Project, cancelled: Callable[[], bool] = lambda: False) -> float | None:
    """Return the milliseconds of one batch: forwards, backwards, and the optimiser's step; None if it was cancelled.

    The fastest of a few steps on made-up windows: whatever else the machine does only adds to it. Nothing is drawn from
    torch's own generator, so that a training which begins meanwhile draws what it would have drawn: dropout is left
    out, and dropout between steps is measured by the loop it needs.
    """
    model, looped = _without_draws(project)
    data, device = project.data, chosen(project.train.device)
    generator = torch.Generator().manual_seed(0)
    network = blank(model, data)
    network = network.to_empty(device="cpu")
    for weight in network.parameters():
        weight.data.uniform_(-0.1, 0.1, generator=generator)
    network = network.to(device).train(not looped)
    optimiser = torch.optim.Adam(network.parameters(), fused=True)
    x = torch.randn(project.train.batch, data.window, len(data.features), generator=generator).to(device)
    ahead = torch.zeros(project.train.batch, data.horizon, network.known, device=device)
    # With one thread all work is the thread's own, and its CPU time is what a quiet machine would show.
    clock = time.thread_time if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < 2 + MOST_STEPS and (len(taken) < 3 or time.perf_counter() - began < MOST_S):
        if cancelled():
            return None
        start = clock()
        optimiser.zero_grad(set_to_none=True)
        network(x, ahead).square().mean().backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append((clock() - start) * 1e3)
    return min(taken[2:])


def _without_draws(project: Project) -> tuple[ModelSpec, bool]:
    """Return the model without dropout, and whether it has to be run as it is evaluated."""
    options = dict(project.model.options)
    if options.get("recurrent_dropout"):
        options["zoneout"] = options.get("zoneout") or LEAST_LOOP
        options["recurrent_dropout"] = 0.0
    return project.model.changed(dropout=0.0, options=options), bool(options.get("zoneout"))
