"""Train a network and tell what happens, as an iterator of events.

:class:`Training` knows nothing of pausing and stopping: it yields the name of a stride (``batch``, ``epoch``,
``chunk``) wherever it can be left, and :mod:`workbench.core.supervision` obeys the person at those places. All that it
goes on with is in parts that have a ``state()`` and a ``load()``, and :meth:`Training.state` is all of them.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.averaging import Average
from workbench.core.batches import Batches, Order
from workbench.core.classes import check_classes
from workbench.core.dataset import Dataset
from workbench.core.delivery import EVALUATION_BATCH, delivered
from workbench.core.devices import Place, as_set, device_bytes
from workbench.core.divergence import cause
from workbench.core.events import (
    Ended,
    EpochEnded,
    Event,
    Improved,
    Outcome,
    Part,
    Progressed,
    Scores,
    Started,
    Warned,
)
from workbench.core.fitting import check
from workbench.core.forecaster import Forecaster
from workbench.core.forecaster.losses import loss_of
from workbench.core.inspection import Inspection
from workbench.core.levers import Levers
from workbench.core.looking import looked
from workbench.core.memory import resident_bytes
from workbench.core.optimising import Optimiser
from workbench.core.pace import Pace
from workbench.core.precision import Precision
from workbench.core.problems import Problem
from workbench.core.project import Project
from workbench.core.schedules import Schedule
from workbench.core.scoring import baseline_losses
from workbench.core.steering import Steering, Stride
from workbench.core.stopwatch import Stopwatch
from workbench.core.weighing import weighed

Weights = Mapping[str, NDArray[np.generic]]
Pause = Stride | Literal["chunk"]
Stream = Generator[Event | Pause, None, None]


class Training:
    """One training from the first batch to the scores.

    Parameters
    ----------
    place
        Where to train, as :func:`workbench.core.placing.placed` finds it; by default as the settings say.
    origin
        Which model the weights in `start` are of, for the record.

    Attributes
    ----------
    outcome
        How :meth:`train` ended.
    epoch
        The running epoch, from 1, or the last one that was trained.
    since_best
        Epochs since the validation loss was best.
    """

    def __init__(
        self,
        project: Project,
        dataset: Dataset,
        steering: Steering,
        start: Weights | None = None,
        place: Place | None = None,
        origin: str = "",
    ) -> None:
        check(project)
        check_classes(project.model, dataset)
        self.project, self.dataset, self.steering = project, dataset, steering
        self.place = place or as_set(project)
        self.device = self.place.device
        torch.manual_seed(project.train.seed)
        self.levers = Levers(project, steering)
        self.forecaster = Forecaster.of(project.model, project.data).to(self.device)
        self._goes_on, self._origin = start is not None, origin
        if start is not None:
            self.forecaster.restore(start)
        self.forecaster.truncated = project.train.truncate // project.model.segment
        self._precision = Precision(project.train, self.device)
        self.optimiser = Optimiser(self.forecaster.parameters(), project.train, self._precision.scaler)
        self.schedule = Schedule(self.batches)
        self.average = Average(self.forecaster, project.train.average)
        self.order = Order(dataset.train.start, project.train.seed, self.device)
        self.batches_of = Batches(dataset, self.device, ahead=self.forecaster.known > 0)
        self.watch = Stopwatch()
        self._pace = Pace(self.batches, len(dataset.valid) / max(len(dataset.train), 1))
        self._loss = loss_of(project)
        self._total = torch.zeros((), device=self.device)
        self.delivering = False
        self.outcome: Outcome = "finished"
        self.problem: Problem | None = None
        self.best: Improved | None = None
        self.epoch = self.since_best = 0
        self._scores: tuple[Scores, ...] = ()
        self._norms: NDArray[np.floating] = np.zeros(0)
        self._inspection = Inspection(self.forecaster, dataset, steering, self.average, self._loss)
        self._trained_s = 0.0

    # -- the loop -----------------------------------------------------------------------------------------

    def train(self) -> Stream:
        """Train until the epochs, the patience or the numbers run out."""
        yield self._started()
        for found in self.place.warnings:
            yield Warned(found)
        if self._goes_on:  # what it had is kept, unless training finds something better
            yield from self._keep((yield from self._validate()))
        yield from self._take()
        if self.epoch == 0:
            self._inspection.begin()
        while self.order.open or self.epoch < self.levers.train.epochs:
            if not self.order.open:
                self._begin_epoch()
            yield from self._epoch()
            if self.outcome == "diverged":
                return
            yield from self._end_epoch((yield from self._validate()))
            if self.outcome != "finished":
                return
            yield "epoch"
            yield from self._take()

    @property
    def batches(self) -> int:
        """Training steps in an epoch."""
        return -(-len(self.dataset.train) // self.project.train.step_windows)

    @property
    def rate(self) -> float:
        """Learning rate of the running batch."""
        epochs = max(0, self.epoch - 1)
        return self.schedule.rate(self.levers.train, epochs + self.order.position / len(self.order))

    def _take(self) -> Iterator[Event]:
        """Put in force what was steered since the last batch."""
        first = not self.order.open
        done = 0 if first else -(-self.order.position // self.project.train.step_windows)
        told = self.levers.taken(self.epoch + first, done + 1)
        if told:
            self.forecaster.force(self.levers.forcing)
            yield from told

    def _started(self) -> Started:
        parts: tuple[Part, ...] = ("train", "valid", "test")
        return Started(
            project=self.project,
            at_s=time.time(),
            device=str(self.device),
            threads=self.place.threads,
            parameters=sum(weight.numel() for weight in self.forecaster.parameters()),
            batches=self.batches,
            windows={part: len(self.dataset.part(part)) for part in parts},
            baselines=baseline_losses(self.dataset, self.project),
            speeds=self.place.speeds,
            origin=self._origin or ("weights of another run" if self._goes_on else ""),
        )

    def _begin_epoch(self) -> None:
        self.epoch += 1
        self.order.begin()
        self.watch.begin_epoch()
        self._total.zero_()

    def _epoch(self) -> Stream:
        """Pass over the training windows that are left of the epoch."""
        self.forecaster.train()
        size = self.project.train.step_windows
        self._pace.begin(self.watch.elapsed_s, self.order.position // size)
        while self.order.position < len(self.order):
            yield from self._take()
            rate = self.rate
            rows = self.order.next(size)
            if self.order.position == len(self.order):
                self._inspection.note()
            loss = self._batch(rows, rate)
            self._total += loss * len(rows)
            self.watch.trained(loss, self.optimiser.norm, len(rows))
            if self.watch.due or self.order.position == len(self.order) or self.steering.watched:
                yield self._progress(rate)
                if self.outcome == "diverged":
                    return
                yield from self._inspection.within(self.epoch - 1, self.watch.elapsed_s)
            yield "batch"

    def step(self, rate: float) -> Tensor:
        """Take a step with the learning rate `rate` on the next windows, epoch after epoch; returns the mean loss."""
        if not self.order.open or self.order.position == len(self.order):
            self.order.begin()
        return self._batch(self.order.next(self.project.train.step_windows), rate)

    def _batch(self, rows: Tensor, rate: float) -> Tensor:
        """Take one training step on the windows at `rows`; returns their mean loss."""
        train = self.project.train
        self.optimiser.clear()
        total = None
        for piece in (rows,) if train.accumulate == 1 else rows.split(train.batch):
            x, ahead, y = self.batches_of.cut(piece)
            with self._precision.forwards():
                found = self.forecaster(x, ahead, y)
            loss = self._loss(found.float(), y)
            if len(piece) < len(rows):
                loss = loss * (len(piece) / len(rows))
            self.optimiser.backward(loss)
            total = loss.detach() if total is None else total + loss.detach()
        self.optimiser.step(self.levers.train, rate)
        self.average.update()
        assert total is not None
        return total

    def _validate(self) -> Generator[Event | Pause, None, float]:
        """Return the mean loss over all validation windows."""
        start = torch.from_numpy(self.dataset.valid.start).to(self.device)
        total = 0.0
        self.forecaster.eval()
        with self.average.applied():
            for rows in start.split(EVALUATION_BATCH):
                with torch.inference_mode():
                    x, ahead, y = self.batches_of.cut(rows)
                    total += float(self._loss(self.forecaster(x, ahead), y)) * len(rows)
                yield "chunk"
        return total / len(start)

    def _end_epoch(self, valid_loss: float) -> Iterator[Event]:
        """Keep the weights if they are the best so far, and tell of the epoch."""
        if not np.isfinite(valid_loss):
            self._diverge(self.batches, self.dataset.valid.start)
            return
        best = self.best is None or valid_loss < self.best.valid_loss
        self.since_best = 0 if best else self.since_best + 1
        self.schedule.validated(self.levers.train, better=best)
        if best:
            yield from self._keep(valid_loss)
        rate, seconds = self.optimiser.rate, self.watch.end_epoch()
        train_loss = float(self._total) / len(self.order)
        self.order.end()
        yield EpochEnded(self.epoch, train_loss, valid_loss, rate, seconds, best)
        yield from self._inspection.after(self.epoch, self.watch.elapsed_s)
        yield from self._take()
        if self.since_best >= self.levers.train.patience:
            self.outcome = "early"

    # -- what is told -------------------------------------------------------------------------------------

    def _progress(self, rate: float) -> Progressed:
        losses, norms, windows = self.watch.told()
        batch = -(-self.order.position // self.project.train.step_windows)
        broken = np.flatnonzero(~np.isfinite(losses))
        if len(broken):
            behind = int(broken[0]) + 1
            self._norms = np.append(self._norms, norms[:behind])
            first, size = batch - len(losses) + behind, self.project.train.step_windows
            self._diverge(first, self.order.trained((first - 1) * size, size))
        self._norms = norms
        epochs = self.levers.train.epochs
        speed, left_s = self._pace.told(self.watch.elapsed_s, windows, self.epoch, batch, epochs)
        return Progressed(
            epoch=self.epoch,
            epochs=epochs,
            batch=batch,
            batches=self.batches,
            losses=losses,
            gradient_norm=float(norms[-1]),
            learning_rate=rate,
            windows_per_s=speed,
            left_s=left_s,
            memory_bytes=resident_bytes(),
            device_bytes=device_bytes(self.device),
        )

    def _diverge(self, batch: int, starts: NDArray[np.int64]) -> None:
        """End the training because the windows at `starts` have a loss that is no number."""
        self.outcome = "diverged"
        self.problem = cause(self.levers.train, self.dataset, starts, self._norms, epoch=self.epoch, batch=batch)

    # -- the end ------------------------------------------------------------------------------------------

    def deliver(self) -> Stream:
        """Load the best weights, score them and the baselines, and show their forecasts."""
        self._trained_s, self.delivering = self.watch.elapsed_s, True
        if self.best is None and self.outcome == "finished" and self.watch.windows:  # told to finish at once
            yield from self._keep((yield from self._validate()))
        if self.best is None:
            return
        for event in self._inspection.back(self._trained_s):
            yield event
            yield "chunk"
        self.forecaster.restore(self.best.weights)
        self._scores = yield from delivered(self.forecaster, self.dataset, self.best.epoch)
        probe = self.steering.probe
        if probe is not None and self.dataset.readable(probe):
            best, target = self.best.epoch, self.steering.target
            weights = weighed(self.forecaster)
            yield looked(
                self.forecaster, self.dataset, probe, best, self._loss,
                live=True, target=target, deep=True, weights=weights,
            )  # fmt: skip

    def _keep(self, valid_loss: float) -> Iterator[Event]:
        """Keep the present weights as the best so far."""
        if np.isfinite(valid_loss):
            with self.average.applied():
                weights = self.forecaster.snapshot()
            self.best = Improved(self.epoch, valid_loss, weights)
            yield self.best

    def ended(self, outcome: Outcome, found: Problem | None = None, details: str = "") -> Ended:
        """Return the last event."""
        seconds = self._trained_s or self.watch.elapsed_s
        return Ended(
            outcome=outcome,
            epoch=self.epoch,
            best_epoch=self.best.epoch if self.best else 0,
            seconds=seconds,
            windows_per_s=self.watch.windows / seconds if seconds > 0 else 0.0,
            problem=found or self.problem,
            scores=self._scores,
            details=details,
        )

    # -- what it goes on with -----------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all that a training needs to go on with the same bits, taken wherever it can be left.

        Inside a validation it is that of the batch before. Tensors and plain numbers in dictionaries; the best weights
        so far are :attr:`best`, not part of it.
        """
        return {
            "network": self.average.live(self.forecaster.state_dict()),
            "optimiser": self.optimiser.state(),
            "schedule": self.schedule.state(),
            "average": self.average.state(),
            "levers": self.levers.state(),
            "order": self.order.state(),
            "watch": self.watch.state(),
            "random": torch.get_rng_state(),
            "loop": {"epoch": self.epoch, "since_best": self.since_best, "total": float(self._total)},
        }

    def load(self, state: Mapping[str, Any], best: Improved | None) -> None:
        """Go on where :meth:`state` was taken; :meth:`train` then trains what is left."""
        self.forecaster.load_state_dict(state["network"])
        self.optimiser.load(state["optimiser"])
        self.schedule.load(state["schedule"])
        self.average.load(state["average"])
        self.levers.load(state["levers"])
        self.forecaster.force(self.levers.forcing)
        self.order.load(state["order"])
        self.watch.load(state["watch"])
        torch.set_rng_state(state["random"])
        self.epoch, self.since_best = state["loop"]["epoch"], state["loop"]["since_best"]
        self._total.fill_(state["loop"]["total"])
        self.best = best
