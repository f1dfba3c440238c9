"""The levers of a running training, pulled from another thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from workbench.core.project import TrainSpec
from workbench.core.steering import Request, Steering, Stride


@pytest.fixture
def steering() -> Steering:
    return Steering(TrainSpec())


class Waiting:
    """A thread that asks for its turn once."""

    def __init__(self, steering: Steering, done: Stride | None) -> None:
        self.answer: tuple[Request, float] | None = None
        self._thread = threading.Thread(target=self._ask, args=(steering, done))
        self._thread.start()

    def _ask(self, steering: Steering, done: Stride | None) -> None:
        self.answer = steering.await_turn(done)

    @property
    def waits(self) -> bool:
        self._thread.join(0.05)
        return self._thread.is_alive()

    def result(self) -> tuple[Request, float]:
        self._thread.join(5)
        assert self.answer is not None
        return self.answer


@pytest.fixture
def waiting(steering: Steering) -> Iterator[Waiting]:
    steering.pause()
    thread = Waiting(steering, "batch")
    assert thread.waits
    yield thread
    steering.stop()
    thread.result()


def test_that_nothing_is_waited_for_while_nobody_asks(steering: Steering) -> None:
    assert steering.await_turn("batch") == ("run", 0.0)
    assert not steering.paused


def test_that_resume_ends_a_pause_and_the_wait_is_told(steering: Steering, waiting: Waiting) -> None:
    assert steering.paused
    time.sleep(0.1)
    steering.resume()
    request, waited = waiting.result()
    assert request == "run"
    assert waited >= 0.1
    assert not steering.paused


@pytest.mark.parametrize("verb", ["finish", "stop"])
def test_that_finish_and_stop_end_a_pause(steering: Steering, waiting: Waiting, verb: Request) -> None:
    {"finish": steering.finish, "stop": steering.stop}[verb]()
    assert waiting.result()[0] == verb


@pytest.mark.parametrize(("stride", "passed"), [("batch", []), ("epoch", ["batch", None, "batch"])])
def test_that_a_step_ends_behind_its_own_stride(
    steering: Steering, waiting: Waiting, stride: Stride, passed: list[Stride | None]
) -> None:
    steering.step(stride)
    assert waiting.result()[0] == "run"
    assert steering.paused
    for done in passed:
        request, waited = steering.await_turn(done)
        assert request == "run"
        assert waited < 0.05
    again = Waiting(steering, stride)
    assert again.waits
    steering.resume()
    assert again.result()[0] == "run"


def test_that_a_step_of_a_running_training_pauses_it_behind_the_step(steering: Steering) -> None:
    steering.step("batch")
    thread = Waiting(steering, "batch")
    assert thread.waits
    steering.stop()
    assert thread.result()[0] == "stop"


def test_that_a_pause_holds_in_the_middle_of_a_step_of_one_epoch(steering: Steering) -> None:
    steering.step("epoch")
    assert steering.await_turn("batch")[0] == "run"
    steering.pause()
    thread = Waiting(steering, "batch")
    assert thread.waits
    steering.stop()
    assert thread.result()[0] == "stop"


def test_that_nothing_takes_a_stop_back(steering: Steering) -> None:
    steering.stop()
    steering.finish()
    steering.resume()
    steering.pause()
    assert steering.await_turn("batch")[0] == "stop"


def test_that_stop_overrides_finish(steering: Steering) -> None:
    steering.finish()
    steering.stop()
    assert steering.await_turn(None)[0] == "stop"


def test_that_a_person_who_steps_by_batch_or_pauses_watches_and_one_who_steps_by_epoch_does_not(
    steering: Steering,
) -> None:
    seen = [steering.watched]
    for lever in (lambda: steering.step("batch"), lambda: steering.step("epoch"), steering.pause, steering.resume):
        lever()
        seen.append(steering.watched)
    assert seen == [False, True, False, True, False]


@pytest.mark.parametrize("stride", ["batch", "epoch"])
def test_that_a_step_asked_for_before_the_last_one_ended_is_not_lost(steering: Steering, stride: Stride) -> None:
    steering.step(stride)
    steering.step(stride)
    assert not Waiting(steering, stride).waits, "the first of two steps ended"
    second = Waiting(steering, stride)
    assert second.waits
    steering.stop()
    assert second.result()[0] == "stop"
