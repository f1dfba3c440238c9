"""Whole weights of the epochs that were the best of their time: what can be operated on, and read exactly, later."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.core.events import Improved
from workbench.core.history import thinned

BUDGET_BYTES = 64_000_000
"""What they may take: those of 900 epochs of an LSTM with 64 units."""


class PastWeights:
    """Weights by epoch, each as exact as it was trained; past the budget every second goes, first and newest stay.

    They cost the training nothing: it tells them anyway, as the best weights so far.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget_bytes, self._stride = budget_bytes, 1
        self._kept: dict[int, Improved] = {}

    def add(self, event: Improved) -> None:
        """Keep the weights of an epoch."""
        self._kept[event.epoch] = event
        size = sum(array.nbytes for array in event.weights.values())
        stay = thinned(self._kept, self._stride)
        while len(stay) > 2 and len(stay) * size > self._budget_bytes:
            self._stride *= 2
            stay = thinned(stay, self._stride)
        self._kept = {epoch: self._kept[epoch] for epoch in stay}

    def at(self, epoch: int) -> Improved | None:
        """Return the weights after `epoch`, None if they were not kept."""
        return self._kept.get(epoch)

    def __contains__(self, epoch: object) -> bool:
        return epoch in self._kept

    def __iter__(self) -> Iterator[int]:
        return iter(self._kept)
