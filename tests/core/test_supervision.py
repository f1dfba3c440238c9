"""Whatever happens, a training ends in exactly one Ended, and the person is obeyed at once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from series import ending, run_of, tiny_project, tiny_table, train
from workbench.core import delivery, training
from workbench.core.dataset import prepare
from workbench.core.devices import NO_CUDA
from workbench.core.events import Ended, EpochEnded, Event, Forecasted, Improved, Probed, Progressed, Started
from workbench.core.problems import WorkbenchError
from workbench.core.steering import Steering
from workbench.core.supervision import supervised

LONG = {"epochs": 100_000, "patience": 100_000}


class Thread:
    """A training in a thread of its own, as the window runs it."""

    def __init__(self, steering: Steering | None = None, **settings: Any) -> None:
        self.project = tiny_project(**{**LONG, **settings})
        self.steering = steering or Steering(self.project.train)
        self.events: list[Event] = []
        self._dataset = prepare(tiny_table(), self.project.data)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for event in supervised(self.project, self._dataset, self.steering):
            self.events.append(event)

    def until(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not happened():
            assert time.monotonic() < end, "nothing happened"
            time.sleep(0.002)

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def rests(self) -> bool:
        """Return whether nothing arrives for a while."""
        before = len(self.events)
        time.sleep(0.15)
        return len(self.events) == before

    def end(self) -> Ended:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return ending(self.events)


@pytest.fixture
def running() -> Iterator[Thread]:
    thread = Thread()
    thread.until(lambda: thread.count(Improved) > 0)
    yield thread
    thread.steering.stop()
    thread.end()


def test_that_stop_ends_the_training_at_once_with_the_best_weights(running: Thread) -> None:
    began = time.monotonic()
    running.steering.stop()
    end = running.end()
    assert time.monotonic() - began < 1.0
    assert (end.outcome, end.problem, end.scores) == ("stopped", None, ())
    assert run_of(running.events, running.project).best is not None


def test_that_finish_delivers_the_scores_of_the_best_weights(running: Thread) -> None:
    running.steering.finish()
    end = running.end()
    assert end.outcome == "finished"
    assert {entry.part for entry in end.scores} == {"valid", "test"}
    assert end.best_epoch >= 1


def test_that_a_paused_training_does_nothing_and_goes_on_when_told(running: Thread) -> None:
    running.steering.pause()
    running.until(running.rests)
    assert running.rests()
    epochs = running.count(EpochEnded)
    running.steering.resume()
    running.until(lambda: running.count(EpochEnded) > epochs + 2)


@pytest.mark.parametrize("verb", ["stop", "finish"])
def test_that_a_paused_training_can_be_ended(running: Thread, verb: str) -> None:
    running.steering.pause()
    running.until(running.rests)
    {"stop": running.steering.stop, "finish": running.steering.finish}[verb]()
    assert running.end().outcome == {"stop": "stopped", "finish": "finished"}[verb]


def test_that_a_step_of_one_epoch_ends_behind_exactly_one(running: Thread) -> None:
    running.steering.pause()
    running.until(running.rests)
    for _ in range(3):
        epochs = running.count(EpochEnded)
        running.steering.step("epoch")
        running.until(lambda before=epochs: running.count(EpochEnded) > before)  # type: ignore[misc]
        assert running.rests()
        assert running.count(EpochEnded) <= epochs + 1


def test_that_each_step_of_one_batch_is_told_with_its_loss_and_a_look() -> None:
    project = tiny_project(batch=8, **LONG)
    steering = Steering(project.train, probe=60)
    steering.pause()
    thread = Thread(steering, batch=8)
    thread.until(lambda: thread.count(Started) > 0)
    thread.until(thread.rests)
    for _ in range(5):
        told, looked = thread.count(Progressed), thread.count(Probed)
        steering.step("batch")
        thread.until(lambda before=looked: thread.count(Probed) > before)  # type: ignore[misc]
        assert thread.rests()
        assert thread.count(Progressed) == told + 1
        assert thread.count(Probed) == looked + 1
        last = [event for event in thread.events if isinstance(event, Progressed)][-1]
        assert len(last.losses) == 1
    steering.stop()
    thread.end()


def test_that_finish_before_the_first_epoch_is_over_still_delivers_a_model() -> None:
    thread = Thread(batch=1)
    thread.until(lambda: thread.count(Progressed) > 0)
    thread.steering.finish()
    end = thread.end()
    assert end.outcome == "finished"
    assert end.best_epoch == 1
    assert {entry.part for entry in end.scores} == {"valid", "test"}


def test_that_finish_before_the_first_batch_delivers_nothing() -> None:
    steering = Steering(tiny_project().train)
    steering.pause()
    steering.finish()

    class Idle(training.Training):
        def train(self) -> training.Stream:
            yield self._started()
            yield "batch"

    found = list(_steered_by(Idle, steering))
    assert ending(found).scores == ()
    assert not any(isinstance(event, Improved) for event in found)


def _steered_by(kind: type[training.Training], steering: Steering) -> Iterator[Event]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.core.supervision.Training", kind)
        project = tiny_project()
        yield from supervised(project, prepare(tiny_table(), project.data), steering)


def test_that_pauses_count_neither_as_training_time_nor_in_any_speed() -> None:
    project = tiny_project(epochs=3, batch=16)
    steering = Steering(project.train)

    def wait(event: Event, levers: Steering) -> None:
        if isinstance(event, Started) or (isinstance(event, EpochEnded) and event.epoch == 1):
            levers.pause()
            threading.Timer(0.4, levers.resume).start()

    began = time.monotonic()
    events = train(project, steering=steering, on=wait)
    assert time.monotonic() - began > 0.8
    end = ending(events)
    assert end.seconds < 0.4
    assert all(event.seconds < 0.4 for event in events if isinstance(event, EpochEnded))
    assert all(event.left_s < 1.0 for event in events if isinstance(event, Progressed))


def test_that_the_learning_rate_can_be_changed_from_another_thread(running: Thread) -> None:
    running.steering.train = running.steering.train.changed(learning_rate=0.0625)
    running.until(lambda: any(isinstance(e, EpochEnded) and e.learning_rate == 0.0625 for e in running.events))


@pytest.mark.parametrize("seed", range(50))
def test_that_a_stop_at_any_moment_ends_in_one_end(seed: int) -> None:
    chance = random.Random(seed)
    verb = chance.choice(["stop", "stop", "finish", "pause", "close"])
    moment = chance.randrange(1, 30)
    project = tiny_project(epochs=3, batch=chance.choice([4, 16]))
    dataset = prepare(tiny_table(), project.data)
    steering = Steering(project.train, probe=int(dataset.valid.start[0]) if chance.random() < 0.5 else None)
    stream, events = supervised(project, dataset, steering), []
    for number, event in enumerate(stream, start=1):
        events.append(event)
        if number != moment:
            continue
        if verb == "close":
            stream.close()  # type: ignore[attr-defined]
            assert not any(isinstance(entry, Ended) for entry in events[:-1])
            return
        if verb == "pause":
            steering.pause()
            threading.Timer(0.01, steering.stop).start()
        else:
            {"stop": steering.stop, "finish": steering.finish}[verb]()
    end = ending(events)
    assert end.outcome in ("finished", "stopped")
    run_of(events, project)
    improved = [event.epoch for event in events if isinstance(event, Improved)]
    assert end.best_epoch == (improved[-1] if improved else 0)


def test_that_a_stop_while_scores_are_made_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "EVALUATION_BATCH", 2)

    def stop(event: Event, steering: Steering) -> None:
        if isinstance(event, Forecasted) and event.final:
            steering.stop()

    end = ending(train(tiny_project(), on=stop))
    assert end.outcome == "stopped"
    assert end.scores == ()
    assert end.best_epoch > 0


def test_that_finish_while_scores_are_made_changes_nothing() -> None:
    def finish(event: Event, steering: Steering) -> None:
        if isinstance(event, Forecasted) and event.final:
            steering.finish()

    end = ending(train(tiny_project(), on=finish))
    assert end.outcome == "finished"
    assert end.scores


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_that_poisoned_data_end_as_diverged(cell: str) -> None:
    project = tiny_project(cell=cell)
    dataset = prepare(tiny_table(), project.data)
    scaled = dataset.scaled.copy()
    scaled[50] = np.nan
    events = train(project, replace(dataset, scaled=scaled), Steering(project.train, probe=100))
    end = ending(events)
    assert end.outcome == "diverged"
    assert end.problem is not None
    assert end.problem.remedy()
    assert end.best_epoch == 0


def test_that_poisoned_validation_data_end_as_diverged() -> None:
    project = tiny_project()
    dataset = prepare(tiny_table(), project.data)
    scaled = dataset.scaled.copy()
    scaled[dataset.split.train + 1] = np.nan
    assert ending(train(project, replace(dataset, scaled=scaled))).outcome == "diverged"


def failing(error: BaseException, at: str) -> type[training.Training]:
    class Failing(training.Training):
        def _fail(self, *_arguments: object) -> Any:
            raise error

    setattr(Failing, at, Failing._fail)
    return Failing


@pytest.mark.parametrize("at", ["__init__", "_started", "_batch", "_validate", "_end_epoch", "deliver"])
@pytest.mark.parametrize(
    ("error", "key"),
    [
        (ValueError("no {braces} here"), "failed"),
        (RuntimeError("wrapped C++ object"), "failed"),
        (MemoryError(), "out-of-memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), "gpu-out-of-memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:116] DefaultCPUAllocator: can't allocate memory"),
            "out-of-memory",
        ),
        (WorkbenchError(NO_CUDA), "no-cuda"),
        (RecursionError("too deep"), "failed"),
    ],
    ids=["value", "runtime", "memory", "cuda-memory", "cpu-memory", "problem", "recursion"],
)
def test_that_whatever_breaks_is_one_end_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, at: str, error: Exception, key: str
) -> None:
    monkeypatch.setattr("workbench.core.supervision.Training", failing(error, at))
    end = ending(train(tiny_project()))
    assert end.outcome == "failed"
    assert end.problem is not None
    assert end.problem.key == key
    assert end.problem.text()
    assert end.problem.remedy()
    assert ("Traceback" in end.details) == (key == "failed")
    assert end.best_epoch == (2 if at == "deliver" else 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
def test_that_an_order_to_leave_the_program_is_not_swallowed(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr("workbench.core.supervision.Training", failing(error, "_batch"))
    with pytest.raises(type(error)):
        train(tiny_project())


def test_that_a_device_that_is_not_there_is_a_problem_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    end = ending(train(tiny_project(device="cuda")))
    assert end.outcome == "failed"
    assert end.problem is not None
    assert end.problem.key == "no-cuda"
    assert ending(train(tiny_project(device="auto"))).outcome == "finished"


def test_that_a_model_that_gives_nonsense_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(torch.nn.Module):
        known = 0

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        @classmethod
        def of(cls, *_arguments: object) -> Broken:
            return cls()

        def forward(self, x: torch.Tensor, *_others: object) -> torch.Tensor:
            return self.weight.expand(len(x), 5)

    monkeypatch.setattr(training, "Forecaster", Broken)
    assert ending(train(tiny_project())).outcome == "failed"
