"""What one training step does to the weights: clip the gradient, then let the optimiser move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

import torch
from torch import Tensor, nn

from workbench.core.project import TrainSpec


def _made(weights: list[nn.Parameter], spec: TrainSpec) -> torch.optim.Optimizer:
    rate, decay = spec.learning_rate, spec.weight_decay
    match spec.optimiser:
        case "adamw":  # Loshchilov & Hutter 2019, arXiv 1711.05101
            return torch.optim.AdamW(weights, lr=rate, weight_decay=decay, fused=True)
        case "rmsprop":  # Hinton 2012, lecture 6e; alpha 0.99 as torch has it
            return torch.optim.RMSprop(weights, lr=rate, weight_decay=decay, foreach=True)
        case "sgd":  # Sutskever et al. 2013, without Nesterov's correction
            return torch.optim.SGD(weights, lr=rate, weight_decay=decay, momentum=spec.momentum, fused=True)
    return torch.optim.Adam(weights, lr=rate, weight_decay=decay, fused=True)  # Kingma & Ba 2015, arXiv 1412.6980


@final
class Optimiser:
    """The optimiser of one training, with the clipping before it.

    Parameters
    ----------
    scaler
        Of the loss, where training is in half precision.

    Attributes
    ----------
    norm
        Norm of the last gradient before clipping, on the device; 0 before the first step.
    """

    def __init__(
        self, weights: Iterable[nn.Parameter], spec: TrainSpec, scaler: torch.amp.GradScaler | None = None
    ) -> None:
        self._weights, self._scaler = list(weights), scaler
        self._torchs = _made(self._weights, spec)
        self.norm = torch.zeros(())

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return float(self._torchs.param_groups[0]["lr"])

    def clear(self) -> None:
        """Forget the gradient."""
        self._torchs.zero_grad(set_to_none=True)

    def backward(self, loss: Tensor) -> None:
        """Add the gradient of `loss` to what there is."""
        (loss if self._scaler is None else self._scaler.scale(loss)).backward()

    def step(self, settings: TrainSpec, rate: float) -> None:
        """Clip the gradient as `settings` say and move the weights with the learning rate `rate`.

        Single values are clipped first, so that the norm is that of what is left; the norm that is told is the one
        before any clipping.
        """
        for group in self._torchs.param_groups:
            group["lr"], group["weight_decay"] = rate, settings.weight_decay
        if self._scaler is not None:
            self._scaler.unscale_(self._torchs)
        limit = settings.clip or float("inf")
        if settings.clip_value:
            grads = [weight.grad for weight in self._weights if weight.grad is not None]
            self.norm = nn.utils.get_total_norm(grads)
            nn.utils.clip_grad_value_(self._weights, settings.clip_value)
            if settings.clip:
                nn.utils.clip_grad_norm_(self._weights, limit)
        else:
            self.norm = nn.utils.clip_grad_norm_(self._weights, limit)
        if self._scaler is None:
            self._torchs.step()
        else:
            self._scaler.step(self._torchs)
            self._scaler.update()

    def state(self) -> dict[str, Any]:
        """Return the moments and counts, by number of the weight, and the last learning rate."""
        scaler = {} if self._scaler is None else self._scaler.state_dict()
        return {"torch": self._torchs.state_dict()["state"], "rate": self.rate, "scaler": scaler}

    def load(self, state: dict[str, Any]) -> None:
        """Go on where :meth:`state` was taken; tensors move to where the weights are."""
        whole = self._torchs.state_dict()
        self._torchs.load_state_dict({**whole, "state": state["torch"]})
        for group in self._torchs.param_groups:
            group["lr"] = float(state["rate"])
        if self._scaler is not None and state["scaler"]:
            self._scaler.load_state_dict(state["scaler"])
