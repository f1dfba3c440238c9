"""What a person may do to a running training: pause, step, finish, stop, and change live settings.

Thread-safe. The front end calls the verbs; :func:`workbench.core.supervision.supervised` obeys them between two
batches; the training itself only reads :attr:`Steering.train` and :attr:`Steering.probe`.
"""

from __future__ import annotations

import threading
import time
from typing import Literal

from workbench.core.project import TrainSpec

Stride = Literal["batch", "epoch"]
Request = Literal["run", "finish", "stop"]


class Steering:
    """The levers of one training.

    Attributes
    ----------
    train
        Settings asked for; replace it to change the live ones, such as the learning rate, at the next batch.
    forcing
        Share of teacher forcing asked for; None leaves it as it is.
    probe
        Row at which the probed window starts, or None to probe nothing; a window that cannot be read is not probed.
    target
        Which target is probed, where the network reads each by itself.
    audience
        True where somebody sees what the looks at the network find while it trains; else fewer are worth their time.
    """

    def __init__(self, train: TrainSpec, probe: int | None = None, target: int = 0, *, audience: bool = False) -> None:
        self.train = train
        self.forcing: float | None = None
        self.probe, self.target, self.audience = probe, target, audience
        self._condition = threading.Condition()
        self._request: Request = "run"
        self._paused = False
        self._stride: Stride | None = None
        self._steps = 0

    @property
    def paused(self) -> bool:
        """True while the training waits, or will wait at the end of the step it was told to take."""
        return self._paused

    @property
    def watched(self) -> bool:
        """True if the training waits behind the running batch, so that the person wants to see what it did."""
        return self._paused and self._stride != "epoch"

    @property
    def ending(self) -> bool:
        """True once the training was asked to finish or to stop."""
        return self._request != "run"

    def pause(self) -> None:
        """Wait before the next batch, also in the middle of a step."""
        with self._condition:
            self._paused, self._stride = True, None

    def resume(self) -> None:
        """Go on until told otherwise."""
        with self._condition:
            self._paused, self._stride = False, None
            self._condition.notify_all()

    def step(self, stride: Stride, count: int = 1) -> None:
        """Go on to the end of `count` batches or epochs, then wait. Asked again before that end, go on by as many."""
        with self._condition:
            self._steps = self._steps + count if self._stride == stride else count
            self._paused, self._stride = True, stride
            self._condition.notify_all()

    def finish(self) -> None:
        """End now and deliver the best weights with their scores."""
        self._ask("finish")

    def stop(self) -> None:
        """End now; the best weights so far are kept, nothing more is computed."""
        self._ask("stop")

    def _ask(self, request: Request) -> None:
        with self._condition:
            if self._request != "stop":
                self._request = request
            self._condition.notify_all()

    def await_turn(self, done: Stride | None) -> tuple[Request, float]:
        """Block while paused; `done` says which stride has just ended.

        Returns
        -------
        What to do next, and how many seconds were spent waiting.
        """
        if not self._paused and self._request == "run":
            return "run", 0.0
        with self._condition:
            if self._stride is not None and done == self._stride:
                self._steps -= 1
                self._stride = self._stride if self._steps else None
            return self._wait()

    def _wait(self) -> tuple[Request, float]:
        began = time.monotonic()
        while self._paused and self._stride is None and self._request == "run":
            self._condition.wait()
        return self._request, time.monotonic() - began
