"""What one training step does to the weights: clip the gradient, then let the optimiser move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

import torch
from torch import Tensor, nn

from workbench.core.project import TrainSpec


@final
class Optimiser:
    """The optimiser of one training, with the clipping before it.

    Attributes
    ----------
    norm
        Norm of the last gradient before clipping, on the device; None before the first step.
    """

    def __init__(self, weights: Iterable[nn.Parameter], spec: TrainSpec) -> None:
        self._weights = list(weights)
        self._torchs = torch.optim.Adam(self._weights, lr=spec.learning_rate, fused=True)
        self.norm: Tensor | None = None

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return float(self._torchs.param_groups[0]["lr"])

    def clear(self) -> None:
        """Forget the gradient."""
        self._torchs.zero_grad(set_to_none=True)

    def step(self, settings: TrainSpec, rate: float) -> None:
        """Clip the gradient as `settings` say and move the weights with the learning rate `rate`."""
        for group in self._torchs.param_groups:
            group["lr"] = rate
        self.norm = nn.utils.clip_grad_norm_(self._weights, settings.clip or float("inf"))
        self._torchs.step()

    def state(self) -> dict[str, Any]:
        """Return the moments and counts, by number of the weight."""
        return {"torch": self._torchs.state_dict()["state"]}

    def load(self, state: dict[str, Any]) -> None:
        """Go on where :meth:`state` was taken; tensors move to where the weights are."""
        whole = self._torchs.state_dict()
        self._torchs.load_state_dict({**whole, "state": state["torch"]})
