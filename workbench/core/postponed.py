"""Networks of past epochs that there was no time to look at: looked at once the training is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.core.history import thinned
from workbench.core.weighing import Matrices

BUDGET_BYTES = 32_000_000
"""What they may take: those of 200 epochs of an LSTM with 64 units."""


@dataclass(frozen=True, slots=True, eq=False)
class Postponed:
    """The network after an epoch.

    Attributes
    ----------
    weights, average
        Copies of all weights with which the training went on, and of their moving average, which is what is looked at.
    before
        Matrices before the last step.
    """

    epoch: int
    weights: Sequence[Tensor]
    average: Sequence[Tensor]
    before: tuple[Matrices, ...] | None

    @property
    def bytes(self) -> int:
        """What it takes, about."""
        return 3 * sum(weight.numel() * weight.element_size() for weight in self.weights)


class Backlog:
    """Networks to look at later; past the budget every second goes."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget_bytes, self._stride = budget_bytes, 1
        self._waiting: dict[int, Postponed] = {}

    def add(self, later: Postponed) -> None:
        """Let a network wait, if its epoch is one of those that stay."""
        if later.epoch % self._stride:
            return
        self._waiting[later.epoch] = later
        while len(self._waiting) > 2 and len(self._waiting) * later.bytes > self._budget_bytes:
            self._stride *= 2
            self._waiting = {epoch: self._waiting[epoch] for epoch in thinned(self._waiting, self._stride)}

    def taken(self) -> Iterator[Postponed]:
        """Take all out, so that those looked at lie evenly in the training wherever one stops: a half, quarters, …"""
        waiting, self._waiting = list(self._waiting.values()), {}
        for place in sorted(range(1, len(waiting) + 1), key=lambda place: -(place & -place)):
            yield waiting[place - 1]


@contextmanager
def in_place(weights: Sequence[Tensor], others: Sequence[Tensor]) -> Iterator[None]:
    """Put `others` in the place of the weights of a network, and take them away again."""
    now = [weight.clone() for weight in weights]
    # Copied, not exchanged: kernels, and graphs of them, remember where the weights lie.
    torch._foreach_copy_(list(weights), list(others))
    try:
        yield
    finally:
        torch._foreach_copy_(list(weights), now)
