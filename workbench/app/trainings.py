"""The training that runs: its thread, the timer that fetches its events, and what a person does to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, QTimer

from workbench.app.trainer import TrainerThread
from workbench.core.events import Event
from workbench.core.steering import Steering

DRAIN_MS = 33
"""Events are applied and shown at most 30 times a second, however fast the training is."""

TrainingState = Literal["idle", "running", "paused"]


class Trainings(QObject):
    """At most one training at a time.

    Parameters
    ----------
    take
        Receives the events that have arrived.
    ended
        Receives the thread once its last event was taken.
    """

    def __init__(
        self,
        take: Callable[[list[Event]], object],
        ended: Callable[[TrainerThread], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._take, self._ended = take, ended
        self._trainer: TrainerThread | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self._drain)

    @property
    def state(self) -> TrainingState:
        """What the trainer is doing."""
        if self._trainer is None:
            return "idle"
        return "paused" if self._trainer.steering.paused else "running"

    @property
    def steering(self) -> Steering | None:
        """The levers of the training that runs."""
        return self._trainer.steering if self._trainer is not None else None

    def launch(self, trainer: TrainerThread) -> None:
        """Start `trainer`; there must be no other."""
        self._trainer = trainer
        trainer.start()
        self._timer.start()

    def _drain(self) -> None:
        trainer = self._trainer
        if trainer is None:
            return
        finished = trainer.isFinished()
        self._take(trainer.drain())
        if finished:
            self._timer.stop()
            self._trainer = None
            self._ended(trainer)

    def leave(self) -> None:
        """Stop the training so that it can go on at the next start, and wait for its thread."""
        self._timer.stop()
        if self._trainer is not None:
            self._trainer.leave()
            self._take(self._trainer.drain())
            self._trainer = None
