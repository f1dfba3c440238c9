"""One network for all columns together, or one network that reads every column by itself.

Shared: each of the C targets of a window becomes a row of the batch, (B * C, T, 1 + E), beside the E other inputs,
so all columns train the same weights and a learnt vector tells them apart (channel independence: Nie et al. 2023,
arXiv 2211.14730; channel embedding: Lin et al. 2023, arXiv 2308.11200).
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn


@final
class JointChannels(nn.Module):
    """Read all columns at once; every column can tell about every other."""

    def __init__(self, inputs: int, targets: int) -> None:
        super().__init__()
        self.width, self.outputs, self.count = inputs, targets, 1

    def split(self, x: Tensor) -> Tensor:
        """Return (B, T, F) as it is."""
        return x

    def split_targets(self, y: Tensor) -> Tensor:
        """Return targets (B, Q, C) as they are."""
        return y

    def repeated(self, known: Tensor | None) -> Tensor | None:
        """Return what is known ahead (B, Q, K) as it is."""
        return known

    def join(self, forecast: Tensor) -> Tensor:
        """Return (B, Q, C, P) as it is."""
        return forecast


@final
class SharedChannels(nn.Module):
    """Read every target by itself, beside the other inputs, with the same weights."""

    def __init__(self, inputs: int, targets: int) -> None:
        super().__init__()
        self.others, self.count = inputs - targets, targets
        self.width, self.outputs = 1 + self.others, 1

    def split(self, x: Tensor) -> Tensor:
        """Map (B, T, F) to (B * C, T, 1 + E)."""
        batch, steps, _inputs = x.shape
        # Batches are cut column by column, so this is a view where there is nothing beside the targets.
        own = x[..., : self.count].transpose(1, 2).reshape(batch * self.count, steps, 1)
        if not self.others:
            return own
        return torch.cat([own, self._repeated(x[..., self.count :])], dim=-1)

    def split_targets(self, y: Tensor) -> Tensor:
        """Map targets (B, Q, C) to (B * C, Q, 1)."""
        return y.transpose(1, 2).reshape(-1, y.shape[1], 1)

    def repeated(self, known: Tensor | None) -> Tensor | None:
        """Map what is known ahead (B, Q, K) to (B * C, Q, K)."""
        return None if known is None else self._repeated(known)

    def _repeated(self, x: Tensor) -> Tensor:
        return x.repeat_interleave(self.count, dim=0) if self.count > 1 else x

    def join(self, forecast: Tensor) -> Tensor:
        """Map (B * C, Q, 1, P) to (B, Q, C, P)."""
        _rows, horizon, _one, parameters = forecast.shape
        return forecast.view(-1, self.count, horizon, parameters).transpose(1, 2)
