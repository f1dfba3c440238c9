"""Which settings are in force while a training runs: those it began with, but for what was steered since."""

from __future__ import annotations

from typing import Any, final

from workbench.core.events import Steered
from workbench.core.fields import settings_of
from workbench.core.project import Project, TrainSpec
from workbench.core.steering import Steering

LIVE = tuple(entry.name for entry in settings_of(TrainSpec) if entry.live)
"""Settings of the training that can be steered; another change waits for the next training."""

FORCING = "teacher_forcing"


@final
class Levers:
    """Take what was steered into force between two batches, and tell it.

    Attributes
    ----------
    train
        Settings in force: of those that were asked for, only the live ones count.
    forcing
        Share of teacher forcing in force.
    """

    def __init__(self, project: Project, steering: Steering) -> None:
        self._steering, self._project = steering, project
        self.train: TrainSpec = self._asked(steering.train)
        self.forcing = project.model.teacher_forcing if steering.forcing is None else steering.forcing
        self._seen = steering.train, steering.forcing

    def _asked(self, train: TrainSpec) -> TrainSpec:
        asked: TrainSpec = self._project.train.with_live(train)
        return asked

    def taken(self, epoch: int, batch: int) -> tuple[Steered, ...]:
        """Take in what was asked for since the last call; it is in force from batch `batch` of `epoch` on."""
        train, forcing = self._steering.train, self._steering.forcing
        if train is self._seen[0] and forcing is self._seen[1]:
            return ()
        self._seen = train, forcing
        before, after = vars(self.train), vars(train)
        told = [
            Steered(epoch, batch, name, float(before[name]), float(after[name]))
            for name in LIVE
            if before[name] != after[name]
        ]
        self.train = self._asked(train)
        if forcing is not None and forcing != self.forcing:
            if self._project.model.decoder == "recursive":  # no other forces
                told.append(Steered(epoch, batch, FORCING, self.forcing, forcing))
            self.forcing = forcing
        return tuple(told)

    def state(self) -> dict[str, Any]:
        """Return what is in force."""
        return {FORCING: self.forcing, **{name: vars(self.train)[name] for name in LIVE}}

    def load(self, state: dict[str, Any]) -> None:
        """Go on with what was in force when :meth:`state` was taken; what is asked for now is taken next."""
        self.train = self._project.train.changed(**{name: state[name] for name in LIVE})
        if self._steering.forcing is None:
            self._steering.forcing = float(state[FORCING])
        self.forcing = float(state[FORCING])
        self._seen = self.train, None
