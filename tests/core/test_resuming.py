"""A training that goes on from its checkpoint ends with the bits of one that was never interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from series import ending, tiny_project, tiny_table, train
from workbench.core import keeping
from workbench.core.cells import CELLS
from workbench.core.checkpoint import captured
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Ended, EpochEnded, Event, Improved, Progressed, Warned
from workbench.core.fields import settings_of
from workbench.core.keeping import Keeper
from workbench.core.project import Project, TrainSpec
from workbench.core.saved import newest
from workbench.core.steering import Steering
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised
from workbench.core.training import Training

EPOCHS = 4
BATCHES = 5
"""Of the tiny project, in an epoch."""

Place = Callable[[Event], bool]


def batch(epoch: int, number: int) -> Place:
    return lambda event: isinstance(event, Progressed) and (event.epoch, event.batch) == (epoch, number)


def edge(epoch: int) -> Place:
    return lambda event: isinstance(event, EpochEnded) and event.epoch == epoch


PLACES: dict[str, Place] = {
    "before-the-first-validation": batch(1, 2),
    "in-an-epoch": batch(2, 3),
    "before-a-validation": batch(2, BATCHES),
    "between-two-epochs": edge(2),
}
"""What happens when the training is told to leave."""


@pytest.fixture(autouse=True)
def _at_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "EPOCH_APART_S", 0.0)
    monkeypatch.setattr(keeping, "MOST_SHARE", 1.0)


STALLING: dict[str, Any] = {"epochs": 60, "patience": 8, "learning_rate": 0.5, "cell": "lstm", "dropout": 0.3}
"""Settings with which the validation loss soon gets no better."""


def choices(name: str) -> list[str]:
    """Return the values of a training setting that is a choice."""
    (setting,) = (entry for entry in settings_of(TrainSpec) if entry.name == name)
    return [value for value, _label in setting.choices]


def data_of(project: Project) -> Dataset:
    return prepare(tiny_table(), project.data)


def left(folder: RunFolder, project: Project, place: Place, dataset: Dataset | None = None) -> None:
    """Train in `folder` until `place`, and leave it as a program does that closes."""
    dataset = dataset or data_of(project)
    steering = Steering(project.train)
    steering.step("batch")  # tells of every batch
    keeper = Keeper.begun(folder, project, dataset)
    keeper.leaving = True
    for event in supervised(project, dataset, steering, keeper=keeper):
        if place(event):
            steering.stop()
        elif not isinstance(event, Ended):
            steering.step("batch")
    assert folder.status == "interrupted"


def went_on(folder: RunFolder, project: Project, dataset: Dataset | None = None) -> list[Event]:
    checkpoint, told = newest(folder)
    assert told is None
    dataset = dataset or data_of(project)
    keeper = Keeper.gone_on(folder, dataset, checkpoint.facts.log_bytes)
    steering = Steering(checkpoint.facts.train)
    return list(supervised(project, dataset, steering, keeper=keeper, checkpoint=checkpoint))


def told(events: list[Event]) -> dict[int, tuple[float, float, float, bool]]:
    found = [event for event in events if isinstance(event, EpochEnded)]
    return {entry.epoch: (entry.train_loss, entry.valid_loss, entry.learning_rate, entry.best) for entry in found}


def weights(events: list[Event]) -> dict[int, list[bytes]]:
    found = [event for event in events if isinstance(event, Improved)]
    return {event.epoch: [value.tobytes() for value in event.weights.values()] for event in found}


def same(one: list[Event], other: list[Event]) -> bool:
    """Return whether `other` ends as `one` does, and tells of its epochs what `one` tells."""
    ends = ending(one), ending(other)
    if len({(end.outcome, end.epoch, end.best_epoch) for end in ends}) > 1:
        return False
    epochs, kept = told(other), weights(other)
    if any(told(one).get(epoch) != entry for epoch, entry in epochs.items()):
        return False
    if any(weights(one).get(epoch) != entry for epoch, entry in kept.items()):
        return False
    scores = [[(score.mae, score.rmse) for score in end.scores] for end in ends]
    return scores[0] == scores[1]


VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropout": {"dropout": 0.4, "layers": 2},
    "recurrent_dropout": {"options": {"recurrent_dropout": 0.3}},
    "zoneout": {"options": {"zoneout": 0.2}},
}

OPTIMISERS: dict[str, dict[str, Any]] = {
    "sgd, stalling": {"optimiser": "sgd", "schedule": "plateau", "rate_stall": 1, "weight_decay": 0.1},
    "rmsprop, cosine": {"optimiser": "rmsprop", "schedule": "cosine", "warm_up": 1.5},
    "adamw, averaged": {"optimiser": "adamw", "weight_decay": 0.1, "average": 0.9},
    "accumulated": {"batch": 4, "accumulate": 4, "clip_value": 0.01},
}


def cases() -> Iterator[Any]:
    """Every cell with every way of dropping it has, left at two places, and one cell left at all of them."""
    for cell in CELLS:
        for name, settings in VARIANTS.items():
            if not set(settings.get("options", ())) <= set(cell.Options.model_fields):
                continue
            for where, place in PLACES.items():
                if cell.key == "lstm" or where in ("in-an-epoch", "between-two-epochs"):
                    yield pytest.param({"cell": cell.key, **settings}, place, id=f"{cell.key} {name} {where}")
    for name, settings in OPTIMISERS.items():
        for where, place in PLACES.items():
            yield pytest.param({"cell": "gru", **settings}, place, id=f"{name} {where}")


@pytest.mark.parametrize(("settings", "place"), list(cases()))
def test_that_going_on_gives_the_same_bits(tmp_path: Path, settings: dict[str, Any], place: Place) -> None:
    project = tiny_project(epochs=EPOCHS, learning_rate=0.02, **settings)
    whole = train(project, data_of(project))
    folder = RunFolder(tmp_path / "run")
    left(folder, project, place)
    rest = went_on(folder, project)
    assert same(whole, rest)
    assert 0 < len(told(rest)) < EPOCHS or place is PLACES["before-the-first-validation"]
    assert folder.status == ending(whole).outcome
    logged = [event.epoch for event in folder.replayed().events if isinstance(event, EpochEnded)]
    assert logged == list(told(whole)), "the log tells every epoch once"
    assert batches(folder) == [(epoch, number) for epoch in told(whole) for number in range(1, BATCHES + 1)]


def batches(folder: RunFolder) -> list[tuple[int, int]]:
    """Return epoch and number of each batch whose loss the log tells."""
    found = [event for event in folder.replayed().events if isinstance(event, Progressed)]
    return [(event.epoch, event.batch - back) for event in found for back in range(len(event.losses))[::-1]]


HOW: dict[str, dict[str, Any]] = {
    **{name: {"optimiser": name} for name in choices("optimiser")},
    **{f"{name} rate": {"schedule": name, "rate_every": 2.0, "warm_up": 0.5} for name in choices("schedule")},
    "momentum": {"optimiser": "sgd", "momentum": 0.9},
    "accumulated": {"accumulate": 2, "batch": 8},
    "averaged": {"average": 0.9},
    "value clipped": {"clip_value": 0.01},
}


@pytest.mark.parametrize("where", ["in-an-epoch", "before-a-validation", "between-two-epochs"])
@pytest.mark.parametrize("how", HOW)
def test_that_every_way_of_training_goes_on_the_same(tmp_path: Path, how: str, where: str) -> None:
    project = tiny_project(epochs=EPOCHS, cell="gru", dropout=0.2, learning_rate=0.02, **HOW[how])
    whole = train(project, data_of(project))
    folder = RunFolder(tmp_path / "run")
    left(folder, project, PLACES[where])
    assert same(whole, went_on(folder, project))


@pytest.mark.parametrize("schedule", ["step", "plateau"])
def test_that_the_learning_rate_drops_where_it_would_have(tmp_path: Path, schedule: str) -> None:
    project = tiny_project(**STALLING, schedule=schedule, rate_every=5.0, rate_stall=2, rate_factor=0.1)
    whole = train(project, data_of(project))
    rates = {epoch: entry[2] for epoch, entry in told(whole).items()}
    drop = min(epoch for epoch in rates if epoch > 1 and rates[epoch] < 0.5 * rates[epoch - 1])
    for place in (edge(drop - 1), batch(drop - 1, BATCHES), batch(drop - 1, 2)):
        folder = RunFolder(tmp_path / f"run{id(place)}")
        left(folder, project, place)
        rest = went_on(folder, project)
        assert same(whole, rest)
        assert told(rest)[drop][2] == rates[drop]


def test_that_patience_counts_on_and_the_best_weights_stay(tmp_path: Path) -> None:
    project = tiny_project(epochs=200, patience=4, learning_rate=0.5, cell="lstm")
    whole = train(project, data_of(project))
    best = ending(whole).best_epoch
    assert ending(whole).outcome == "early"
    folder = RunFolder(tmp_path / "run")
    left(folder, project, batch(best + 2, 3))
    rest = went_on(folder, project)
    assert same(whole, rest)
    assert best not in weights(rest), "they are those of the checkpoint"


def test_that_a_run_can_be_interrupted_again_and_again(tmp_path: Path) -> None:
    project = tiny_project(epochs=EPOCHS, dropout=0.3)
    whole = train(project, data_of(project))
    folder = RunFolder(tmp_path / "run")
    left(folder, project, batch(1, 3))
    for epoch, number in ((1, 4), (2, 1), (2, 5), (4, 2)):
        checkpoint, _told = newest(folder)
        dataset, steering = data_of(project), Steering(project.train)
        steering.step("batch")
        keeper = Keeper.gone_on(folder, dataset, checkpoint.facts.log_bytes)
        keeper.leaving = True
        for event in supervised(project, dataset, steering, keeper=keeper, checkpoint=checkpoint):
            if batch(epoch, number)(event):
                steering.stop()
            else:
                steering.step("batch")
    assert same(whole, went_on(folder, project))
    assert batches(folder) == [(epoch, number) for epoch in told(whole) for number in range(1, BATCHES + 1)]


def test_that_what_was_steered_stays_in_force(tmp_path: Path) -> None:
    project = tiny_project(epochs=EPOCHS)
    changed = project.train.changed(learning_rate=0.07, epochs=6)

    def change(event: Event, steering: Steering) -> None:
        if edge(1)(event):
            steering.train = changed

    whole = train(project, data_of(project), on=change)
    folder, dataset = RunFolder(tmp_path / "run"), data_of(project)
    steering, keeper = Steering(project.train), Keeper.begun(folder, project, dataset)
    keeper.leaving = True
    for event in supervised(project, dataset, steering, keeper=keeper):
        change(event, steering)
        if edge(3)(event):
            steering.stop()
    assert newest(folder)[0].facts.train == changed
    rest = went_on(folder, project)
    assert same(whole, rest)
    assert max(told(rest)) == 6


# -- what a checkpoint must not leave out ---------------------------------------------------------------------

Change = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]

OMISSIONS: dict[str, Change] = {
    "optimiser": lambda _state, fresh: {"optimiser": fresh["optimiser"]},
    "random numbers": lambda _state, fresh: {"random": fresh["random"]},
    "order": lambda state, _fresh: {"order": {**state["order"], "position": 0}},
    "order's generator": lambda state, fresh: {"order": {**state["order"], "generator": fresh["order"]["generator"]}},
    "patience": lambda state, _fresh: {"loop": {**state["loop"], "since_best": 0}},
    "running loss": lambda state, _fresh: {"loop": {**state["loop"], "total": 0.0}},
    "schedule": lambda _state, fresh: {"schedule": fresh["schedule"]},
    "average": lambda _state, fresh: {"average": fresh["average"]},
}


@pytest.mark.parametrize("omitted", [*OMISSIONS, "best weights", "nothing"])
def test_that_a_checkpoint_without_one_piece_does_not_go_on_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, omitted: str
) -> None:
    project = tiny_project(**STALLING, schedule="plateau", rate_stall=1, average=0.5)
    dataset = data_of(project)
    whole = train(project, dataset)
    best = ending(whole).best_epoch
    assert ending(whole).outcome == "early"
    fresh = captured(Training(project, dataset, Steering(project.train))).state

    def lacking(training: Training) -> Any:
        snapshot = captured(training)
        if omitted == "best weights":
            return replace(snapshot, best=None)
        change = OMISSIONS.get(omitted)
        return (
            snapshot if change is None else replace(snapshot, state={**snapshot.state, **change(snapshot.state, fresh)})
        )

    monkeypatch.setattr("workbench.core.checkpoint.captured", lacking)
    folder = RunFolder(tmp_path / "run")
    left(folder, project, batch(best + 2, 3))
    assert same(whole, went_on(folder, project)) == (omitted == "nothing")


def test_that_a_run_of_a_gpu_goes_on_on_a_machine_without_one(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    project = tiny_project(epochs=EPOCHS)
    folder = RunFolder(tmp_path / "run")
    left(folder, project, edge(2))
    checkpoint, _told = newest(folder)
    made_there = project.model_copy(update={"train": project.train.changed(device="cuda", precision="bfloat16")})
    facts = checkpoint.facts.model_copy(update={"project": made_there, "device": "cuda:0"})
    moved = replace(checkpoint, facts=facts)
    events = list(supervised(made_there, data_of(project), Steering(made_there.train), checkpoint=moved))
    assert ending(events).outcome == "finished"
    assert [event.problem.key for event in events if isinstance(event, Warned)] == ["on-cpu-instead"]
    assert same(train(project, data_of(project)), events), "its tensors are those of any device"
    chosen = made_there.model_copy(update={"train": made_there.train.changed(device="auto")})
    facts = facts.model_copy(update={"project": chosen})
    moved = replace(checkpoint, facts=facts)
    assert ending(list(supervised(chosen, data_of(project), Steering(chosen.train), checkpoint=moved))).problem is None
