"""A moving average of the weights, which is validated and kept in place of the weights that go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, final

import torch
from torch import Tensor, nn


@final
class Average:
    """The exponential moving average of the weights over training steps.

    average ← d average + (1 - d) weights after each step (Polyak & Juditsky 1992; Tarvainen & Valpola 2017,
    arXiv 1703.01780), with d = min(share, (1 + t) / (10 + t)) at step t, so that the draw it starts from is soon
    forgotten (TensorFlow's ``ExponentialMovingAverage`` with ``num_updates``).

    Parameters
    ----------
    share
        Of the old average at each step, below 1; 0 averages nothing.
    """

    def __init__(self, network: nn.Module, share: float) -> None:
        self._share, self._steps = share, 0
        named = dict(network.named_parameters()) if share else {}
        self._names = tuple(named)
        self._weights = [weight.detach() for weight in named.values()]
        self._means = [weight.clone() for weight in self._weights]
        self._live: list[Tensor] = []

    @property
    def used(self) -> bool:
        """True if there is an average."""
        return bool(self._means)

    def update(self) -> None:
        """Take in the weights after a step."""
        if not self._means:
            return
        self._steps += 1
        share = min(self._share, (1.0 + self._steps) / (10.0 + self._steps))
        torch._foreach_lerp_(self._means, self._weights, 1.0 - share)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the average in the place of the weights, and take it away again."""
        if not self._means:
            yield
            return
        self._live = [weight.clone() for weight in self._weights]
        # Copied, not exchanged: kernels, and graphs of them, remember where the weights lie.
        torch._foreach_copy_(self._weights, self._means)
        try:
            yield
        finally:
            torch._foreach_copy_(self._weights, self._live)
            self._live = []

    def live(self, network: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the state of the network with the weights that go on, also while the average is in their place."""
        return {**network, **dict(zip(self._names, self._live, strict=False))}

    def state(self) -> dict[str, Any]:
        """Return what :meth:`load` needs."""
        means: dict[str, Tensor] = {str(place): mean for place, mean in enumerate(self._means)}
        return {"steps": self._steps, "means": means}

    def load(self, state: dict[str, Any]) -> None:
        """Go on where :meth:`state` was taken."""
        self._steps = int(state["steps"])
        for place, mean in enumerate(self._means):
            mean.copy_(state["means"][str(place)])
