"""Threads are tried and told, kept to while training, and given back; the same number gives the same bits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from series import ending, run_of, tiny_project, tiny_table, train
from workbench.core import devices, placing
from workbench.core.dataset import prepare
from workbench.core.devices import cores
from workbench.core.events import EpochEnded, Event, Progressed, Speed, Started
from workbench.core.fields import Spec
from workbench.core.keeping import Keeper
from workbench.core.placing import placed, rungs
from workbench.core.problems import WorkbenchError
from workbench.core.project import TrainSpec
from workbench.core.saved import newest
from workbench.core.steering import Steering
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """More cores than there may be: threads can always be had, only not always a gain."""
    monkeypatch.setattr(devices, "cores", lambda: 8)


def started(events: list[Event]) -> Started:
    found = [event for event in events if isinstance(event, Started)]
    assert len(found) == 1
    return found[0]


def weights_of(events: list[Event], project: Any) -> dict[str, np.ndarray]:
    best = run_of(events, project).best
    assert best is not None
    return {name: np.asarray(value) for name, value in best.weights.items()}


def test_that_a_core_is_left_to_the_window() -> None:
    assert [rungs(count) for count in (1, 2, 3, 4, 6, 8, 17)] == [
        (1,), (1,), (1, 2), (1, 2, 3), (1, 2, 4, 5), (1, 2, 4, 7), (1, 2, 4, 8, 16),
    ]  # fmt: skip
    assert cores() >= 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_that_the_threads_that_were_set_are_used_and_given_back(count: int) -> None:
    before = torch.get_num_threads()
    seen: set[int] = set()
    project = tiny_project(threads=str(count), cell="lstm", hidden=16)
    events = train(project, on=lambda _event, _steering: seen.add(torch.get_num_threads()))
    assert started(events).threads == count
    assert started(events).speeds == (), "nothing to choose, nothing measured"
    assert seen == {count, before}, "the last event comes when they were given back"
    assert torch.get_num_threads() == before


def test_that_the_threads_are_given_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()

    def broken(*_arguments: object) -> None:
        raise ValueError("on purpose")

    monkeypatch.setattr("workbench.core.training.Training._batch", broken)
    assert ending(train(tiny_project(threads="3"))).outcome == "failed"
    assert torch.get_num_threads() == before


def test_that_a_short_training_is_measured_once_and_stays_on_one_thread(eight_cores: None) -> None:
    events = train(tiny_project(threads="auto"))
    assert started(events).threads == 1
    assert [(speed.device, speed.threads) for speed in started(events).speeds] == [("cpu", 1)]


def test_that_a_long_training_is_measured_and_the_fastest_taken(
    eight_cores: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "WORTH_S", 0.0)
    project = tiny_project(threads="auto", cell="lstm", hidden=32, window=40, batch=32)
    before = torch.get_rng_state()
    place = placed(project, 10)
    assert torch.equal(torch.get_rng_state(), before)
    times = {speed.threads: speed.step_ms for speed in place.speeds}
    assert tuple(times) == rungs(8)[: len(times)]
    assert len(times) > 1
    assert all(ms is not None and 0.01 < ms < 60_000 for ms in times.values())
    chosen = times[place.threads]
    assert chosen is not None
    assert all(ms is None or count <= place.threads or chosen * placing.GAIN <= ms for count, ms in times.items())
    torch.set_num_threads(1)


def speeds(**ms: float | None) -> list[Speed]:
    return [Speed("cuda" if name == "gpu" else "cpu", 1 if name == "gpu" else int(name[1:]), value)
            for name, value in ms.items()]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "device", "threads"),
    [
        ({"t1": 10.0, "t2": 8.0, "t4": 7.9}, "cpu", 2),
        ({"t1": 10.0, "t2": 9.5}, "cpu", 1),
        ({"t1": 1.4, "gpu": 2.1}, "cpu", 1),
        ({"t1": 10.0, "t2": 6.0, "gpu": 5.9}, "cuda", 1),
        ({"t1": 10.0, "gpu": None}, "cpu", 1),
        ({"t1": 10.0, "t2": None}, "cpu", 1),
    ],
)
def test_that_the_fastest_place_is_the_best(told: dict[str, float | None], device: str, threads: int) -> None:
    best = placing._best(speeds(**told))
    assert (best.device, best.threads) == (device, threads)


def test_that_the_same_threads_give_the_same_bits(eight_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "WORTH_S", 0.0)
    settings: dict[str, Any] = {"cell": "lstm", "hidden": 48, "window": 40, "batch": 32, "dropout": 0.2, "layers": 2}
    project = tiny_project(threads="auto", **settings)
    first = train(project)
    again = tiny_project(threads=str(started(first).threads), **settings)
    one, two = weights_of(first, project), weights_of(train(again), again)
    assert all(np.array_equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    ("settings", "before", "threads"),
    [
        ({}, ("cpu", 3), 3),
        ({"threads": "1"}, ("cpu", 3), 3),
        ({"device": "auto", "threads": "2"}, ("cpu", 3), 3),
        ({"device": "auto", "threads": "2"}, ("cuda:0", 1), 2),
        ({"device": "cpu", "threads": "2"}, ("cuda:0", 1), 2),
        ({"device": "auto", "threads": "2"}, ("mps", 1), 2),
    ],
)
def test_that_a_run_goes_on_where_it_was_if_that_is_here(
    settings: dict[str, Any], before: tuple[str, int], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    place = placed(tiny_project(**settings), 5, before=before)
    assert (place.device.type, place.threads, place.speeds) == ("cpu", threads, ())
    torch.set_num_threads(1)


@pytest.mark.parametrize("value", ["0", "-1", "many", "257", "1.5", ""])
def test_that_a_number_of_threads_that_cannot_be_is_refused(value: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        TrainSpec().changed(threads=value)
    assert caught.value.problem.key == "invalid-setting"
    assert "Threads" in caught.value.problem.text()


def test_that_a_number_of_threads_has_one_form() -> None:
    spec: Spec = TrainSpec().changed(threads=" 04 ")
    assert spec == TrainSpec(threads="4")
    assert TrainSpec().changed(threads="AUTO") == TrainSpec()


@pytest.mark.parametrize(("device", "key"), [("cuda", "no-cuda"), ("mps", "no-mps")])
def test_that_a_device_that_is_not_there_is_refused_before_anything_is_tried(
    device: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    end = ending(train(tiny_project(device=device)))
    assert end.problem is not None
    assert end.problem.key == key
    assert end.problem.kind.action == "use-cpu"
    assert started(train(tiny_project(device="auto"))).device == "cpu"


def test_that_stopping_does_not_wait_for_the_measurement(eight_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "WORTH_S", 0.0)
    project = tiny_project(threads="auto")
    steering = Steering(project.train)
    steering.stop()
    events = train(project, steering=steering)
    assert ending(events).outcome == "stopped"
    assert len(started(events).speeds) == 1
    assert sum(isinstance(event, Progressed) for event in events) <= 1


def test_that_a_gpu_computes_in_full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn.rnn, "fp32_precision", "tf32")
    placed(tiny_project(), 5)
    assert torch.backends.cudnn.rnn.fp32_precision == "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"


def test_that_a_run_that_goes_on_has_the_threads_of_its_record(tmp_path: Path) -> None:
    project = tiny_project(threads="auto", epochs=3)
    dataset = prepare(tiny_table(), project.data)
    keeper = Keeper.begun(RunFolder(tmp_path / "run"), project, dataset)
    keeper.leaving = True
    steering = Steering(project.train)
    for event in supervised(project, dataset, steering, keeper=keeper):
        if isinstance(event, EpochEnded):
            steering.stop()
    found, _told = newest(RunFolder(tmp_path / "run"))
    assert found.facts.threads == 1
    elsewhere = replace(found, facts=found.facts.model_copy(update={"threads": 3}))
    seen: set[int] = set()
    events = []
    for event in supervised(project, dataset, Steering(project.train), checkpoint=elsewhere):
        events.append(event)
        seen.add(torch.get_num_threads())
    assert started(events).threads == 3
    assert 3 in seen
    assert ending(events).outcome == "finished"
