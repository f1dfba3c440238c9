"""Train a network and tell what happens, as an iterator of events.

:class:`Training` knows nothing of pausing and stopping: it yields the name of a stride (``batch``, ``epoch``,
``chunk``) wherever it can be left, and :mod:`workbench.core.supervision` obeys the person at those places.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.bands import Band, in_original_units, joined, of_windows
from workbench.core.classes import check_classes
from workbench.core.dataset import Dataset
from workbench.core.devices import Place, as_set, device_bytes
from workbench.core.events import (
    Ended,
    EpochEnded,
    Event,
    Forecasted,
    Improved,
    Outcome,
    Part,
    Progressed,
    Scores,
    Started,
    Warned,
)
from workbench.core.fitting import check
from workbench.core.forecaster import Forecaster, foreseen
from workbench.core.forecaster.losses import loss_of
from workbench.core.looking import looked
from workbench.core.memory import resident_bytes
from workbench.core.pace import Pace
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.project import Project
from workbench.core.scoring import Tally, baseline_losses, baseline_scores, chunks
from workbench.core.steering import Steering, Stride

REPORT_S = 0.05
"""Progress is told at most this often."""

PROBE_SHARE = 0.05
"""At most this share of the training time is spent on looking at the network."""

PROBE_EVERY_S = 0.25
"""Within an epoch the network is looked at this often, if the share allows."""

MOST_FORECASTS = 400_000
"""Values in the final :class:`Forecasted` of a part; windows are thinned evenly to stay below."""

MOST_LIVE_WINDOWS = 128
"""Validation windows forecast after an epoch for the picture."""

EVALUATION_BATCH = 256

Weights = Mapping[str, NDArray[np.generic]]
Pause = Stride | Literal["chunk"]
Stream = Generator[Event | Pause, None, None]

RATE_TOO_LARGE = ProblemKind(
    "diverged-rate",
    "error",
    N_(
        "The loss was no longer a number at epoch {epoch}, batch {batch}: a learning rate of {rate} is too large "
        "here. The best weights before it are kept."
    ),
    N_("Train again with a learning rate of {learning_rate:g}."),
    action="lower-rate",
)
GRADIENT_EXPLODED = ProblemKind(
    "diverged-gradient",
    "error",
    N_(
        "The loss was no longer a number at epoch {epoch}, batch {batch}: the gradient exploded, and nothing "
        "clips it. The best weights before it are kept."
    ),
    N_("Train again with Clip set to {clip:g} and a learning rate of {learning_rate:g}."),
    action="lower-rate",
)


class Training:
    """One training from the first batch to the scores.

    Parameters
    ----------
    place
        Where to train, as :func:`workbench.core.placing.placed` finds it; by default as the settings say.

    Attributes
    ----------
    waited_s
        Seconds spent paused; they count neither as training time nor in any speed.
    outcome
        How :meth:`train` ended.
    """

    def __init__(
        self,
        project: Project,
        dataset: Dataset,
        steering: Steering,
        start: Weights | None = None,
        place: Place | None = None,
    ) -> None:
        check(project)
        check_classes(project.model, dataset)
        self.project, self.dataset, self.steering = project, dataset, steering
        self.place = place or as_set(project)
        self.device = self.place.device
        torch.manual_seed(project.train.seed)
        self.shuffler = torch.Generator().manual_seed(project.train.seed)
        spec = project.data
        self.forecaster = Forecaster.of(project.model, spec).to(self.device)
        self._goes_on = start is not None
        if start is not None:
            self.forecaster.restore(start)
        self.optimiser = torch.optim.Adam(self.forecaster.parameters(), lr=project.train.learning_rate, fused=True)
        # (R-T+1, F, T) and (R-Q+1, C, Q): every window and every target, views on one copy of the series.
        self._inputs = torch.from_numpy(dataset.scaled).to(self.device).unfold(0, spec.window, 1)
        self._labels = torch.from_numpy(dataset.labels).to(self.device).unfold(0, spec.horizon, 1)
        # (R+1, K, Q): what is known of the steps ahead, if the network reads it.
        self._ahead = torch.from_numpy(dataset.known).to(self.device).unfold(0, spec.horizon, 1)
        self._loss = loss_of(project)
        self.waited_s = 0.0
        self.delivering = False
        self.outcome: Outcome = "finished"
        self.problem: Problem | None = None
        self.best: Improved | None = None
        self.epoch = 0
        self._began = time.monotonic()
        self._scores: tuple[Scores, ...] = ()
        self._windows_done = 0
        self._pace = Pace(self.batches, len(dataset.valid) / max(len(dataset.train), 1))
        self._probing_s = 0.0
        self._looked_s = -np.inf
        self._trained_s = 0.0
        self._pending: list[Tensor] = []
        self._norm: Tensor | None = None
        self._reported = (-np.inf, 0)

    # -- the loop -----------------------------------------------------------------------------------------

    def train(self) -> Stream:
        """Train until the epochs, the patience or the numbers run out."""
        yield self._started()
        for found in self.place.warnings:
            yield Warned(found)
        if self._goes_on:  # what it had is kept, unless training finds something better
            yield from self._keep((yield from self._validate()))
        since_best = 0
        while self.epoch < self.steering.train.epochs:
            began, waited = time.monotonic(), self.waited_s
            self.epoch += 1
            train_loss = yield from self._epoch()
            if self.outcome == "diverged":
                return
            valid_loss = yield from self._validate()
            if not np.isfinite(valid_loss):
                self._diverge(self.batches)
                return
            best = self.best is None or valid_loss < self.best.valid_loss
            since_best = 0 if best else since_best + 1
            if best:
                self.best = Improved(self.epoch, valid_loss, self.forecaster.snapshot())
                yield self.best
            seconds = time.monotonic() - began - (self.waited_s - waited)
            rate = self.steering.train.rate(self.epoch)
            yield EpochEnded(self.epoch, train_loss, valid_loss, rate, seconds, best)
            yield from self._look(live=False)
            if since_best >= self.steering.train.patience:
                self.outcome = "early"
                return
            yield "epoch"

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.dataset.train) // self.project.train.batch)

    def _started(self) -> Started:
        parts: tuple[Part, ...] = ("train", "valid", "test")
        return Started(
            project=self.project,
            at_s=time.time(),
            device=str(self.device),
            threads=torch.get_num_threads(),
            parameters=sum(weight.numel() for weight in self.forecaster.parameters()),
            batches=self.batches,
            windows={part: len(self.dataset.part(part)) for part in parts},
            baselines=baseline_losses(self.dataset, self.project),
            speeds=self.place.speeds,
        )

    def _epoch(self) -> Generator[Event | Pause, None, float]:
        """Pass once over the training windows; returns the mean loss."""
        start = torch.from_numpy(self.dataset.train.start)
        order = start[torch.randperm(len(start), generator=self.shuffler)].to(self.device)
        total = torch.zeros((), device=self.device)
        self.forecaster.train()
        self._pace.begin(time.monotonic() - self.waited_s)
        for batch, chosen_rows in enumerate(order.split(self.project.train.batch), start=1):
            loss = self._batch(chosen_rows)
            total += loss * len(chosen_rows)
            self._windows_done += len(chosen_rows)
            self._pending.append(loss)
            now = time.monotonic() - self.waited_s
            if now - self._reported[0] >= REPORT_S or batch == self.batches or self.steering.watched:
                yield self._progress(batch, now)
                if self.outcome == "diverged":
                    return float("nan")
                yield from self._look(live=True)
            yield "batch"
        return float(total) / len(start)

    def _batch(self, rows: Tensor) -> Tensor:
        settings = self.steering.train
        for group in self.optimiser.param_groups:
            group["lr"] = settings.rate(self.epoch)
        x, ahead, y = self._cut(rows)
        self.optimiser.zero_grad(set_to_none=True)
        loss = self._loss(self.forecaster(x, ahead, y), y)
        loss.backward()
        limit = settings.clip or float("inf")
        self._norm = nn.utils.clip_grad_norm_(self.forecaster.parameters(), limit)
        self.optimiser.step()
        return loss.detach()

    def _cut(self, rows: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
        """Return inputs (B, T, F), what is known ahead (B, Q, K) and targets (B, Q, C) of the windows at `rows`."""
        origins = rows + self.project.data.origin
        ahead = self._ahead[origins].transpose(1, 2) if self.forecaster.known else None
        return self._inputs[rows].transpose(1, 2), ahead, self._labels[origins].transpose(1, 2)

    def _validate(self) -> Generator[Event | Pause, None, float]:
        """Return the mean loss over all validation windows, and show their forecasts now and then."""
        start = torch.from_numpy(self.dataset.valid.start).to(self.device)
        total = 0.0
        self.forecaster.eval()
        for rows in start.split(EVALUATION_BATCH):
            with torch.inference_mode():
                x, ahead, y = self._cut(rows)
                total += float(self._loss(self.forecaster(x, ahead), y)) * len(rows)
            yield "chunk"
        return total / len(start)

    # -- what is told -------------------------------------------------------------------------------------

    def _progress(self, batch: int, now: float) -> Progressed:
        losses = torch.stack(self._pending).cpu().numpy()
        self._pending = []
        windows = self._windows_done - self._reported[1]
        self._reported = (now, self._windows_done)
        broken = np.flatnonzero(~np.isfinite(losses))
        if len(broken):
            self._diverge(batch - len(losses) + 1 + int(broken[0]))
        settings = self.steering.train
        speed, left_s = self._pace.told(now, windows, self.epoch, batch, settings.epochs)
        norm = float(self._norm) if self._norm is not None else 0.0
        return Progressed(
            self.epoch,
            settings.epochs,
            batch,
            self.batches,
            losses,
            norm,
            settings.rate(self.epoch),
            speed,
            left_s,
            resident_bytes(),
            device_bytes(self.device),
        )

    def _diverge(self, batch: int) -> None:
        settings = self.steering.train
        self.outcome = "diverged"
        self.problem = problem(
            RATE_TOO_LARGE if settings.clip else GRADIENT_EXPLODED,
            epoch=self.epoch,
            batch=batch,
            rate=f"{settings.learning_rate:g}",
            learning_rate=settings.learning_rate / 10,
            clip=settings.clip or 1.0,
        )

    def _look(self, *, live: bool) -> Iterator[Event]:
        """Probe the wished window at the first epoch, and whenever looking costs no more than its share of the time."""
        start = self.steering.probe
        if start is None or not self.dataset.readable(start):
            return
        spent, elapsed = self._probing_s, self.elapsed_s
        rests = spent > PROBE_SHARE * elapsed or (live and elapsed - self._looked_s < PROBE_EVERY_S)
        first = not live and self.epoch == 1
        if rests and not (first or self.steering.watched):
            return
        began = time.monotonic()
        epoch = self.epoch - 1 if live else self.epoch
        target = self.steering.target
        seen: list[Event] = [looked(self.forecaster, self.dataset, start, epoch, self._loss, live=live, target=target)]
        if not live:
            starts = self._thinned("valid", MOST_LIVE_WINDOWS)
            values, low, high = self._forecast(starts)
            seen.append(Forecasted(self.epoch, "valid", starts, values, final=False, low=low, high=high))
        self._looked_s = elapsed
        self._probing_s += time.monotonic() - began
        yield from seen

    def _thinned(self, part: Part, most: int) -> NDArray[np.int64]:
        """Return at most `most` windows of `part`, evenly taken."""
        start = self.dataset.part(part).start
        return start[np.linspace(0, len(start) - 1, min(len(start), most)).round().astype(np.int64)]

    def _forecast(self, start: NDArray[np.int64]) -> Band:
        """Return forecasts (N, Q, C) in original units and their band, as :func:`in_original_units` does."""
        ahead = self.dataset.ahead[start + self.project.data.origin]
        found = foreseen(self.forecaster, self.dataset.x[start], ahead, EVALUATION_BATCH)
        return in_original_units(self.dataset, start, *found)

    # -- the end ------------------------------------------------------------------------------------------

    @property
    def elapsed_s(self) -> float:
        """Seconds of training, pauses left out."""
        return time.monotonic() - self._began - self.waited_s

    def deliver(self) -> Stream:
        """Load the best weights, score them and the baselines, and show their forecasts."""
        self._trained_s, self.delivering = self.elapsed_s, True
        if self.best is None:
            yield from self._improve_early()
        if self.best is None:
            return
        self.forecaster.restore(self.best.weights)
        parts: tuple[Part, ...] = ("valid", "test")
        classes = self.project.model.output == "classes"
        scores: tuple[Scores, ...] = ()
        for part in parts:
            if not len(self.dataset.part(part)):
                continue
            tally, kept = Tally(self.dataset, classes=classes), []
            shown = self._thinned(part, max(1, MOST_FORECASTS // (self.project.data.horizon * self.dataset.targets)))
            for start in self._pieces(part):
                band = self._forecast(start)
                tally.add(self.dataset.truth(start), *band)
                kept.append(of_windows(band, np.isin(start, shown)))
                yield "chunk"
            scores += (tally.scores("model", part), *baseline_scores(self.dataset, part, classes=classes))
            values, low, high = joined(kept)
            yield Forecasted(self.best.epoch, part, shown, values, final=True, low=low, high=high)
        self._scores = scores
        probe = self.steering.probe
        if probe is not None and self.dataset.readable(probe):
            best, target = self.best.epoch, self.steering.target
            yield looked(self.forecaster, self.dataset, probe, best, self._loss, live=True, target=target)

    def _improve_early(self) -> Stream:
        """Keep the weights of a training that was told to finish inside its first epoch."""
        if self.outcome != "finished" or not self._windows_done:
            return
        yield from self._keep((yield from self._validate()))

    def _keep(self, valid_loss: float) -> Iterator[Event]:
        """Keep the present weights as the best so far."""
        if np.isfinite(valid_loss):
            self.best = Improved(self.epoch, valid_loss, self.forecaster.snapshot())
            yield self.best

    def _pieces(self, part: Part) -> Iterator[NDArray[np.int64]]:
        for start in chunks(self.dataset.part(part).start, self.dataset):
            for first in range(0, len(start), EVALUATION_BATCH):
                yield start[first : first + EVALUATION_BATCH]

    def ended(self, outcome: Outcome, found: Problem | None = None, details: str = "") -> Ended:
        """Return the last event."""
        seconds = self._trained_s or self.elapsed_s
        return Ended(
            outcome=outcome,
            epoch=self.epoch,
            best_epoch=self.best.epoch if self.best else 0,
            seconds=seconds,
            windows_per_s=self._windows_done / seconds if seconds > 0 else 0.0,
            problem=found or self.problem,
            scores=self._scores,
            details=details,
        )
