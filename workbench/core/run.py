"""All that is known of one training, built only from its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.events import (
    Ended,
    EpochEnded,
    Event,
    Forecasted,
    Improved,
    Part,
    Probed,
    Progressed,
    Scores,
    Started,
    Steered,
    Warned,
)
from workbench.core.history import History
from workbench.core.pastweights import PastWeights
from workbench.core.problems import Problem
from workbench.core.project import Project

if TYPE_CHECKING:
    from workbench.core.bundle import ModelFile

RunState = Literal["waiting", "running", "finished", "early", "stopped", "diverged", "failed"]

MOST_BATCH_LOSSES = 20_000
"""Per-batch losses kept for the haze behind the curves; past this only every second, then every fourth is kept."""

FRESH_BATCHES = 8
"""The first batches of a run are shown as soon as they are told."""


class Run:
    """One training as its events tell it. The only way to change it is :meth:`apply`.

    Parameters
    ----------
    model
        The file it comes from, if it is a trained model that is laid over data, and no training.
    """

    def __init__(self, number: int, project: Project, model: ModelFile | None = None) -> None:
        self.number = number
        self.project = project
        self.model = model
        self.state: RunState = "waiting"
        self.started: Started | None = None
        self.progress: Progressed | None = None
        self.epochs: list[EpochEnded] = []
        self.best: Improved | None = None
        self.kept = PastWeights()
        self.history = History()
        self.live_probe: Probed | None = None
        self.forecasts: dict[str, Forecasted] = {}
        self.warnings: list[Problem] = []
        self.steered: list[Steered] = []
        self.ended: Ended | None = None
        self._batch_positions: list[float] = []
        self._batch_losses: list[float] = []
        self._batches_told, self._batch_stride = 0, 1

    def apply(self, event: Event) -> None:
        """Take one event in.

        Raises
        ------
        ValueError
            If the run has ended: only looks at its model, Probed and Forecasted, may follow :class:`Ended`.
        """
        if self.ended is not None and not isinstance(event, Probed | Forecasted):
            raise ValueError(f"run {self.number} has ended; a {type(event).__name__} came after it")
        match event:
            case Started():
                self.started, self.state, self.project = event, "running", event.project
            case Progressed():
                self.progress = event
                self._keep_losses(event)
            case EpochEnded():
                self.epochs.append(event)
            case Probed():
                if event.live or self.live_probe is None or event.epoch >= self.live_probe.epoch:
                    self.live_probe = event  # others look back at epochs that were passed over
                if not event.live:
                    self.history.add(event)
            case Forecasted():
                self.forecasts[event.part] = event
            case Improved():
                self.best = event
                self.kept.add(event)
            case Steered():
                self.steered.append(event)
            case Warned():
                self.warnings.append(event.problem)
            case Ended():
                self.ended, self.state = event, event.outcome

    def _keep_losses(self, event: Progressed) -> None:
        first = event.epoch - 1 + (event.batch - len(event.losses)) / event.batches
        for index, loss in enumerate(event.losses):
            if self._batches_told % self._batch_stride == 0:
                self._batch_positions.append(first + (index + 1) / event.batches)
                self._batch_losses.append(float(loss))
            self._batches_told += 1
        if len(self._batch_losses) > MOST_BATCH_LOSSES:
            del self._batch_positions[1::2], self._batch_losses[1::2]
            self._batch_stride *= 2

    @property
    def probes(self) -> Mapping[int, Probed]:
        """Looks after epochs, by epoch; signals in float16. :meth:`probe` returns one to draw."""
        return self.history.looks

    @property
    def active(self) -> bool:
        """True from the first event until the last."""
        return self.state == "running"

    @property
    def fresh(self) -> bool:
        """True while so few batches are known that each of them is waited for."""
        return len(self._batch_losses) <= FRESH_BATCHES

    @property
    def future(self) -> Forecasted | None:
        """The forecast beyond the data, once asked for."""
        return self.forecasts.get("future")

    @property
    def batch_losses(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Positions in epochs, and training losses, of single batches."""
        return np.array(self._batch_positions), np.array(self._batch_losses)

    @property
    def curve(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Epochs, training losses and validation losses."""
        return (
            np.array([entry.epoch for entry in self.epochs], dtype=np.int64),
            np.array([entry.train_loss for entry in self.epochs]),
            np.array([entry.valid_loss for entry in self.epochs]),
        )

    def probe(self, epoch: int | None = None) -> Probed | None:
        """Return the newest probe, or the last one taken at or before `epoch`."""
        if epoch is None:
            return self.live_probe
        return self.history.at(epoch)

    def network(self, epoch: int | None = None) -> Improved | None:
        """Return the best weights, or those that made :meth:`probe` of `epoch`; None if they were not kept."""
        if epoch is None:
            return self.best
        probe = self.probe(epoch)
        return None if probe is None else self.kept.at(probe.epoch)

    def scores(self, part: Part = "test") -> Mapping[str, Scores]:
        """Scores on `part` by name; ``model`` is the network, the others are baselines."""
        found = self.ended.scores if self.ended else ()
        return {entry.name: entry for entry in found if entry.part == part}
