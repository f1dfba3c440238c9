"""The learning rate follows the formula of its schedule, and torch's own schedulers."""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any

import pytest
import torch

from series import run_of, tiny_project, train
from workbench.core.events import EpochEnded
from workbench.core.project import TrainSpec, project_from_json
from workbench.core.schedules import Schedule

BATCHES, EPOCHS = 8, 12


def rates(**settings: Any) -> list[float]:
    """Return the rate of every batch of a training whose loss always gets better."""
    spec = TrainSpec(epochs=EPOCHS, learning_rate=0.1, **settings)
    schedule = Schedule(BATCHES)
    return [schedule.rate(spec, step / BATCHES) for step in range(BATCHES * EPOCHS)]


def torchs(make: Any, *, each_batch: bool) -> list[float]:
    """Return the rate that a scheduler of torch gives to every batch."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=0.1)
    scheduler, found = make(optimiser), []
    for step in range(BATCHES * EPOCHS):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        if each_batch or step % BATCHES == BATCHES - 1:
            scheduler.step()
    return found


torch_schedules = torch.optim.lr_scheduler


def test_that_a_schedule_in_steps_is_torchs() -> None:
    expected = torchs(lambda opt: torch_schedules.StepLR(opt, 3, 0.3), each_batch=False)
    assert rates(schedule="step", rate_every=3, rate_factor=0.3) == pytest.approx(expected, rel=1e-12)


def test_that_an_exponential_schedule_is_torchs_batch_by_batch() -> None:
    factor = 0.5 ** (1 / (3 * BATCHES))
    expected = torchs(lambda opt: torch_schedules.ExponentialLR(opt, factor), each_batch=True)
    assert rates(schedule="exponential", rate_every=3, rate_factor=0.5) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("floor", [0.0, 0.25])
def test_that_a_cosine_is_torchs(floor: float) -> None:
    expected = torchs(
        lambda opt: torch_schedules.CosineAnnealingLR(opt, BATCHES * EPOCHS, 0.1 * floor), each_batch=True
    )
    assert rates(schedule="cosine", rate_floor=floor) == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_that_warm_up_is_torchs_and_the_cosine_follows_it() -> None:
    steps = 2 * BATCHES  # the last of them, number 15, has the full rate

    def both(opt: torch.optim.Optimizer) -> Any:
        up = torch_schedules.LinearLR(opt, 1 / steps, 1.0, steps - 1)
        down = torch_schedules.CosineAnnealingLR(opt, BATCHES * EPOCHS - steps)
        return torch_schedules.SequentialLR(opt, [up, down], [steps])

    expected = torchs(both, each_batch=True)
    assert rates(schedule="cosine", warm_up=2) == pytest.approx(expected, rel=1e-9, abs=1e-15)
    assert expected[steps - 1] == pytest.approx(0.1)


@pytest.mark.parametrize("schedule", ["step", "exponential", "cosine"])
def test_that_a_held_rate_is_full_and_then_as_if_it_began(schedule: str) -> None:
    held = rates(schedule=schedule, rate_every=2, rate_hold=3, warm_up=1)
    assert held[BATCHES - 1 : 4 * BATCHES] == pytest.approx([0.1] * (3 * BATCHES + 1))
    assert held[-1] < 0.09


@pytest.mark.parametrize("schedule", ["step", "exponential", "cosine"])
def test_that_no_schedule_goes_below_its_floor_nor_stays_above_it(schedule: str) -> None:
    found = rates(schedule=schedule, rate_every=0.25, rate_factor=0.1, rate_floor=0.2)
    assert min(found) == pytest.approx(0.02, rel=0.03)
    assert min(found) >= 0.02


@pytest.mark.parametrize("stall", [1, 2, 3])
def test_that_a_stalled_rate_is_torchs(stall: int) -> None:
    losses = [5.0, 4.0, 4.1, 4.2, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0, 2.5, 2.5, 2.5, 2.5]
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    theirs = torch_schedules.ReduceLROnPlateau(optimiser, factor=0.3, patience=stall - 1, threshold=0.0)
    spec, ours, best = TrainSpec(learning_rate=0.1, schedule="plateau", rate_stall=stall, rate_factor=0.3), [], math.inf
    schedule, expected = Schedule(BATCHES), []
    for epoch, loss in enumerate(losses):
        theirs.step(loss)
        schedule.validated(spec, better=loss < best)
        best = min(best, loss)
        expected.append(optimiser.param_groups[0]["lr"])
        ours.append(schedule.rate(spec, epoch + 1.0))
    assert ours == pytest.approx(expected, rel=1e-12)
    assert len(set(ours)) > 2
    other = Schedule(BATCHES)
    other.load(copy.deepcopy(schedule.state()))
    assert other.rate(spec, 15.0) == ours[-1]


def test_that_a_training_that_stalls_lowers_its_rate() -> None:
    settings = {"learning_rate": 0.5, "epochs": 40, "patience": 40, "rate_stall": 2, "rate_factor": 0.1}
    events = train(tiny_project(schedule="plateau", **settings))
    ended = [event for event in events if isinstance(event, EpochEnded)]
    expected, waited = 0.5, 0
    for before, after in itertools.pairwise(ended):
        waited = 0 if before.best else waited + 1
        if waited == 2:
            waited, expected = 0, expected * 0.1
        assert after.learning_rate == pytest.approx(expected, rel=1e-9)
    assert expected < 0.5


def test_that_the_decay_of_old_projects_is_a_schedule_in_steps() -> None:
    old = TrainSpec.model_validate({"schedule": "decay", "learning_rate": 0.01})
    assert (old.schedule, old.rate_factor, old.rate_every, old.rate_hold) == ("step", 0.8, 1.0, 1.0)
    project = tiny_project(schedule="decay")
    text = project.to_json().replace('"schedule": "step"', '"schedule": "decay"')
    assert project_from_json(text) == project
    events = train(tiny_project(schedule="decay", learning_rate=0.01, epochs=5, patience=9))
    run = run_of(events, project)
    assert [entry.learning_rate for entry in run.epochs] == pytest.approx(
        [0.01 * 0.8 ** max(0, e - 2) for e in range(1, 6)]
    )
