"""When a training looks at its network, and what it looks at: seldom enough that nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext

from torch import Tensor

from workbench.core.averaging import Average
from workbench.core.dataset import Dataset
from workbench.core.delivery import band_of, thinned
from workbench.core.events import Event, Forecasted, WeightFacts
from workbench.core.forecaster import Forecaster
from workbench.core.forecaster.losses import Loss
from workbench.core.insight.patterns import Patterns
from workbench.core.looking import looked
from workbench.core.postponed import Backlog, Postponed, in_place
from workbench.core.steering import Steering
from workbench.core.weighing import Matrices, matrices, weighed

LIVE_SHARE = 0.02
"""At most this share of the training time is spent on looks within epochs, which are shown and not kept."""

EPOCH_SHARE = 0.01
"""At most this share is spent on looks after epochs: of epochs below about 4 s only some are looked at."""

AUDIENCE = 5.0
"""Share and time for looks after epochs are this many times as large where somebody watches."""

FREE_S = 0.1
"""So much is spent in any case, so that the first epochs of a short training are there."""

BACK_SHARE, BACK_S = 0.04, 1.5
"""Where somebody watches, epochs that were passed over are looked at in the end: for this share of the training time,
and at least for these seconds."""

LIVE_EVERY_S = 0.25
"""Within an epoch the network is looked at this often, if the share allows."""

MOST_LIVE_WINDOWS = 128
"""Validation windows forecast after an epoch for the picture."""


class Inspection:
    """The looks of one training, after each epoch and within.

    Parameters
    ----------
    steering
        Says which window and target to look at.
    """

    def __init__(
        self, forecaster: Forecaster, dataset: Dataset, steering: Steering, average: Average, loss: Loss
    ) -> None:
        self._forecaster, self._dataset, self._steering = forecaster, dataset, steering
        self._average, self._loss = average, loss
        self._before: tuple[Matrices, ...] | None = None
        self._patterns: Patterns | None = None
        self._live_s = self._epochs_s = 0.0
        self._looked_s = 0.0  # the first batches are shown before the first look within an epoch
        self._first: list[Tensor] | None = None
        self._backlog = Backlog()

    def note(self) -> None:
        """Remember the weights before the last step of an epoch: how much it changes them is worth knowing."""
        self._before = matrices(self._forecaster)

    def begin(self) -> None:
        """Remember the weights before the first step: looked at is when the first losses are told."""
        self._first = [weight.clone() for weight in self._weights()]

    def within(self, epoch: int, elapsed_s: float) -> Iterator[Event]:
        """Look at the running epoch, if it is time to; `epoch` epochs are done."""
        rests = self._live_s > LIVE_SHARE * elapsed_s or elapsed_s - self._looked_s < LIVE_EVERY_S
        wanted = self._steering.audience and not rests
        if self._possible() and (self._steering.watched or wanted):
            yield from self._before_training(elapsed_s)
            yield from self._looks(epoch, elapsed_s, live=True)

    def after(self, epoch: int, elapsed_s: float) -> Iterator[Event]:
        """Look at what an epoch left, unless looking takes too much of the time."""
        if not self._possible():
            return
        yield from self._before_training(elapsed_s)
        most_s = max(EPOCH_SHARE * elapsed_s, FREE_S) * (AUDIENCE if self._steering.audience else 1.0)
        if self._steering.watched or self._epochs_s <= most_s:
            yield from self._looks(epoch, elapsed_s, live=False)
        elif self._steering.audience:
            weights = [weight.clone() for weight in self._weights()]
            with self._average.applied():
                average = [weight.clone() for weight in self._weights()] if self._average.used else weights
            self._backlog.add(Postponed(epoch, weights, average, self._before))

    def back(self, elapsed_s: float) -> Iterator[Event]:
        """Look at epochs that were passed over, after the last one."""
        ends = time.monotonic() + max(BACK_SHARE * elapsed_s, BACK_S)
        for later in self._backlog.taken():
            if not self._possible() or time.monotonic() > ends:
                return
            self._before = later.before
            with in_place(self._weights(), later.weights):
                weights = weighed(self._forecaster, self._before)
            with in_place(self._weights(), later.average):
                seen = list(self._looks(later.epoch, elapsed_s, live=False, averaged=False, weights=weights))
            yield from seen

    def _weights(self) -> list[Tensor]:
        return [weight.detach() for weight in self._forecaster.parameters()]

    def _before_training(self, elapsed_s: float) -> Iterator[Event]:
        """Look once at the network as it was before its first step."""
        first, self._first = self._first, None
        if first is None:
            return
        with in_place(self._weights(), first):
            seen = list(self._looks(0, elapsed_s, live=False, averaged=False))
        yield from seen

    def _possible(self) -> bool:
        start = self._steering.probe
        return start is not None and self._dataset.readable(start)

    def _looks(
        self, epoch: int, elapsed_s: float, *, live: bool, averaged: bool = True, weights: tuple[WeightFacts, ...] = ()
    ) -> Iterator[Event]:
        began = time.monotonic()
        start, target = self._steering.probe, self._steering.target
        assert start is not None
        patterns: Mapping[int, float] = {}
        seen: list[Event] = []
        if not live and not weights:  # before the average takes their place: a step is taken by the weights that go on
            weights = weighed(self._forecaster, self._before if epoch else None)
        with self._average.applied() if averaged else nullcontext():
            if not live:
                starts = thinned(self._dataset, "valid", MOST_LIVE_WINDOWS)
                values, low, high = band_of(self._forecaster, self._dataset, starts)
                if self._patterns is None:
                    self._patterns = Patterns.of(self._dataset)
                patterns = self._patterns.learned(values, starts)
                if averaged:
                    seen.append(Forecasted(epoch, "valid", starts, values, final=False, low=low, high=high))
            probe = looked(
                self._forecaster, self._dataset, start, epoch, self._loss,
                live=live, target=target, deep=not live, weights=weights, patterns=patterns,
            )  # fmt: skip
        self._looked_s = elapsed_s
        took = time.monotonic() - began
        self._live_s, self._epochs_s = self._live_s + live * took, self._epochs_s + (not live) * took
        yield from (probe, *seen)
