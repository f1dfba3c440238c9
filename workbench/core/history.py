"""What was seen inside a network, epoch by epoch: small enough to keep, and thinned where there is too much of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from workbench.core.events import Floats, Probed, Trace, WeightFacts

BUDGET_BYTES = 256_000_000
"""What the looks of one run may take in memory, and again on disk, unless a person chooses otherwise."""

MOST_HALF = 60_000.0
"""Beyond this float16 has no numbers."""


def compact(event: Probed) -> Probed:
    """Return a look with signals in float16, as far as they fit, and weights as codes: errors below 0.05 and 0.4 %.

    Gradients stay as they are: far back in time they are smaller than anything float16 knows.
    """
    weights = tuple(replace(layer, exact={}) for layer in event.weights)
    return replace(event, traces=tuple(_halved(trace) for trace in event.traces), weights=weights)


def _halved(trace: Trace) -> Trace:
    return replace(trace, values={key: _half(value) for key, value in trace.values.items()}, before={})


def _half(values: Floats) -> Floats:
    fits = values.dtype == np.float32 and bool(np.abs(np.nan_to_num(values)).max(initial=0.0) < MOST_HALF)
    return values.astype(np.float16) if fits else values


def widened(event: Probed) -> Probed:
    """Return a look with its signals in float32, as a live one has them: sums of float16 overflow."""
    if all(value.dtype != np.float16 for trace in event.traces for value in trace.values.values()):
        return event
    traces = [
        replace(trace, values={key: value.astype(np.float32) for key, value in trace.values.items()})
        for trace in event.traces
    ]
    return replace(event, traces=tuple(traces))


def size_of(event: Probed) -> int:
    """Return about how many bytes a look takes."""
    arrays: list[np.ndarray] = [event.forecast]
    for trace in event.traces:
        arrays += [*trace.values.values(), *trace.gradients.values(), *trace.flows.values()]
    for layer in event.weights:
        arrays += [*layer.codes.values(), *layer.counts.values()]
    return sum(array.nbytes for array in arrays)


def thinned(epochs: Iterable[int], stride: int) -> list[int]:
    """Return which of some epochs stay: multiples of `stride`, the first, and the newest."""
    ordered = sorted(epochs)
    return [epoch for epoch in ordered if epoch % stride == 0 or epoch in (ordered[0], ordered[-1])]


class History:
    """The looks after the epochs of one run, in order; past its budget only every second, then every fourth stays.

    Attributes
    ----------
    stride
        Epochs that are multiples of it are kept, with the first and the newest.
    budget_bytes
        What all of them may take.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self.budget_bytes, self.stride = budget_bytes, 1
        self._looks: dict[int, Probed] = {}
        self._sizes: dict[int, int] = {}
        self._wide: tuple[int, Probed] | None = None
        self._newest: tuple[int, tuple[WeightFacts, ...]] = (-1, ())

    def add(self, event: Probed) -> list[int]:
        """Keep a look; returns the epochs whose looks had to go for it."""
        kept = compact(event)
        self._looks[event.epoch], self._sizes[event.epoch] = kept, size_of(kept)
        self._wide = None
        if event.epoch >= self._newest[0]:
            self._newest = event.epoch, event.weights
        return self._thin()

    def limit(self, budget_bytes: int) -> None:
        """Set another budget; what is gone stays gone."""
        self.budget_bytes = budget_bytes
        self._thin()

    def _thin(self) -> list[int]:
        before = list(self._looks)
        stay = set(thinned(self._looks, self.stride))
        while sum(self._sizes[epoch] for epoch in stay) > self.budget_bytes and len(stay) > 2:
            self.stride *= 2
            stay = set(thinned(self._looks, self.stride))
        gone = [epoch for epoch in before if epoch not in stay]
        for epoch in gone:
            del self._looks[epoch], self._sizes[epoch]
        return gone

    def at(self, epoch: int) -> Probed | None:
        """Return the last look at or before `epoch`, its signals in float32; the newest has its exact weights."""
        taken = [recorded for recorded in self._looks if recorded <= epoch]
        if not taken:
            return None
        found = max(taken)
        if self._wide is None or self._wide[0] != found:
            look = self._looks[found]
            weights = self._newest[1] if self._newest[0] == found else look.weights
            self._wide = found, replace(widened(look), weights=weights)
        return self._wide[1]

    @property
    def looks(self) -> Mapping[int, Probed]:
        """What is kept, by epoch; signals in float16."""
        return self._looks

    @property
    def bytes(self) -> int:
        """What it takes."""
        return sum(self._sizes.values())

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._looks))

    def __len__(self) -> int:
        return len(self._looks)
