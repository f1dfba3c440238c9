"""What is steered is in force at the next batch, is told once, and a training that goes on goes on with it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from series import ending, run_of, tiny_project, tiny_table, train
from workbench.core import stopwatch
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import EpochEnded, Event, Improved, Probed, Progressed, Steered
from workbench.core.levers import LIVE
from workbench.core.project import Project
from workbench.core.steering import Steering
from workbench.core.training import Training

CHANGES: dict[str, tuple[float, dict[str, Any]]] = {
    "learning_rate": (0.123, {}),
    "weight_decay": (5.0, {}),
    "clip": (1e-4, {"optimiser": "sgd", "learning_rate": 0.1}),
    "clip_value": (1e-4, {"optimiser": "sgd", "learning_rate": 0.1}),
    "teacher_forcing": (0.0, {"decoder": "recursive", "teacher_forcing": 1.0}),
}
"""What is changed to what, in a training with these settings, whose weights tell at once."""


def project_of(**settings: Any) -> Project:
    return tiny_project(**{"batch": 8, "epochs": 3, **settings})


def steer(steering: Steering, name: str, value: float) -> None:
    if name == "teacher_forcing":
        steering.forcing = value
    else:
        steering.train = steering.train.changed(**{name: value})


def weights_by_batch(
    project: Project, dataset: Dataset, act: Callable[[int, Steering], None] = lambda _batch, _steering: None
) -> tuple[list[bytes], list[Event]]:
    """Train; `act` is called behind each batch, as a person acts at a pause. Returns the weights after each."""
    steering = Steering(project.train)
    made, found, events = Training(project, dataset, steering), [], []
    for item in made.train():
        if not isinstance(item, str):
            events.append(item)
        elif item == "batch":
            found.append(b"".join(value.tobytes() for value in made.forecaster.snapshot().values()))
            act(len(found), steering)
    return found, events


@pytest.mark.parametrize("name", CHANGES)
def test_that_a_change_is_in_force_at_the_next_batch_and_told_once(name: str) -> None:
    value, settings = CHANGES[name]
    project = project_of(**settings)
    dataset = prepare(tiny_table(), project.data)
    before, told = weights_by_batch(project, dataset)
    assert not [event for event in told if isinstance(event, Steered)]
    per_epoch = len(before) // 3
    moment = per_epoch + 2  # in the second epoch
    after, told = weights_by_batch(
        project, dataset, lambda batch, steering: steer(steering, name, value) if batch == moment else None
    )
    assert after[:moment] == before[:moment]
    assert all(one != two for one, two in zip(after[moment:], before[moment:], strict=True))
    (steered,) = [event for event in told if isinstance(event, Steered)]
    old = {**project.train.model_dump(), **project.model.model_dump()}[name]
    assert (steered.epoch, steered.batch, steered.setting) == (2, 3, name)
    assert (steered.before, steered.after) == (old, value)
    assert run_of(told, project).steered == [steered]


def test_that_a_changed_rate_is_the_rate_of_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "REPORT_S", 0.0)
    project = project_of()
    _weights, told = weights_by_batch(
        project,
        prepare(tiny_table(), project.data),
        lambda batch, steering: steer(steering, "learning_rate", 0.5) if batch == 4 else None,
    )
    rates = [event.learning_rate for event in told if isinstance(event, Progressed)]
    assert rates[:4] == [project.train.learning_rate] * 4
    assert set(rates[4:]) == {0.5}


def test_that_nothing_but_live_settings_can_be_steered() -> None:
    assert LIVE == ("epochs", "learning_rate", "patience", "weight_decay", "clip", "clip_value")
    project = project_of()
    other = project.train.changed(batch=3, optimiser="sgd", schedule="step", accumulate=4, seed=9)

    def change(_batch: int, steering: Steering) -> None:
        steering.train = other

    dataset = prepare(tiny_table(), project.data)
    plain, _told = weights_by_batch(project, dataset)
    steered, told = weights_by_batch(project, dataset, change)
    assert steered == plain
    assert not [event for event in told if isinstance(event, Steered)]


def test_that_teacher_forcing_of_a_decoder_without_it_is_not_told() -> None:
    project = project_of()
    dataset = prepare(tiny_table(), project.data)
    _weights, told = weights_by_batch(project, dataset, lambda _b, steering: steer(steering, "teacher_forcing", 0.0))
    assert not [event for event in told if isinstance(event, Steered)]


def test_that_more_epochs_are_trained_and_fewer_end_the_training_where_it_is() -> None:
    def at(epoch: int, **change: int) -> Callable[[Event, Steering], None]:
        def act(event: Event, steering: Steering) -> None:
            if isinstance(event, EpochEnded) and event.epoch == epoch:
                steering.train = steering.train.changed(**change)

        return act

    events = train(tiny_project(epochs=2, patience=50), on=at(2, epochs=5))
    assert ending(events).epoch == 5
    (steered,) = [event for event in events if isinstance(event, Steered)]
    assert (steered.epoch, steered.batch, steered.setting, steered.before, steered.after) == (3, 1, "epochs", 2, 5)
    events = train(tiny_project(epochs=9, patience=50), on=at(3, epochs=1))
    assert ending(events).epoch == 3


def test_that_patience_counts_at_the_end_of_the_epoch() -> None:
    def act(event: Event, steering: Steering) -> None:
        if isinstance(event, EpochEnded) and not event.best:
            steering.train = steering.train.changed(patience=1)

    events = train(tiny_project(epochs=200, patience=200, learning_rate=0.5), on=act)
    end = ending(events)
    assert end.outcome == "early"
    assert end.epoch == next(event.epoch for event in events if isinstance(event, EpochEnded) and not event.best)
    assert [event.setting for event in events if isinstance(event, Steered)] == ["patience"]


def test_that_another_window_is_probed_after_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "REPORT_S", 0.0)
    monkeypatch.setattr("workbench.core.inspection.LIVE_EVERY_S", 0.0)
    monkeypatch.setattr("workbench.core.inspection.LIVE_SHARE", 1e9)
    project = project_of()
    dataset = prepare(tiny_table(), project.data)
    steering = Steering(project.train, probe=int(dataset.valid.start[0]), audience=True)
    batches, probed = 0, []
    for item in Training(project, dataset, steering).train():
        batches += item == "batch"
        if item == "batch" and batches == 3:
            steering.probe = int(dataset.valid.start[4])
        if isinstance(item, Probed):
            probed.append((batches, item.start))
    assert [start for batch, start in probed if batch < 3] == [int(dataset.valid.start[0])] * 4  # one before training
    assert {start for batch, start in probed if batch >= 3} == {int(dataset.valid.start[4])}


@pytest.mark.parametrize("moment", [3, 14])
def test_that_a_training_that_goes_on_goes_on_with_what_was_steered(moment: int) -> None:
    project = project_of(cell="gru", decoder="recursive", epochs=4)
    dataset = prepare(tiny_table(), project.data)

    def steered(batch: int, steering: Steering) -> None:
        if batch == 2:
            steer(steering, "learning_rate", 0.05)
            steer(steering, "teacher_forcing", 1.0)

    expected, told = weights_by_batch(project, dataset, steered)
    assert len([event for event in told if isinstance(event, Steered)]) == 2

    levers = Steering(project.train)
    first, batches = Training(project, dataset, levers), 0
    for item in first.train():
        batches += item == "batch"
        if item == "batch":
            steered(batches, levers)
            if batches == moment:
                break
    state = copy.deepcopy(first.state())
    second = Training(project, dataset, Steering(levers.train))  # as a checkpoint keeps it
    second.load(state, first.best)
    rest, told = [], []
    for item in second.train():
        if item == "batch":
            rest.append(b"".join(value.tobytes() for value in second.forecaster.snapshot().values()))
        elif isinstance(item, Steered):
            told.append(item)
    assert rest == expected[moment:]
    assert told == [], "it was told before"


def test_that_what_was_steered_just_before_a_training_was_left_is_told_when_it_goes_on() -> None:
    project = project_of()
    dataset = prepare(tiny_table(), project.data)
    first = Training(project, dataset, Steering(project.train))
    for item in first.train():
        if item == "batch":
            break
    second = Training(project, dataset, Steering(project.train.changed(learning_rate=0.5)))
    second.load(copy.deepcopy(first.state()), None)
    told = [item for item in second.train() if isinstance(item, Steered)]
    assert [(event.epoch, event.batch, event.setting, event.after) for event in told] == [(1, 2, "learning_rate", 0.5)]


def test_that_a_step_of_several_epochs_ends_behind_the_last_of_them() -> None:
    steering = Steering(tiny_project().train)
    steering.step("epoch", 3)
    for done in ("batch", "epoch", "batch", "epoch", None, "batch"):
        assert steering.await_turn(done)[0] == "run"  # type: ignore[arg-type]
        assert steering.paused
    steering.stop()
    assert steering.await_turn("epoch")[0] == "stop"
    assert steering.watched, "the third epoch was the last of the step"


def test_that_the_same_events_are_told_whoever_steers_to_what_is_in_force() -> None:
    project = project_of()
    dataset = prepare(tiny_table(), project.data)

    def same(_batch: int, steering: Steering) -> None:
        steering.train = copy.copy(steering.train)  # as an edit of something else does

    _weights, told = weights_by_batch(project, dataset, same)
    assert not [event for event in told if isinstance(event, Steered)]
    assert [event for event in told if isinstance(event, Improved)]
