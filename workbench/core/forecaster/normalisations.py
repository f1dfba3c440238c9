"""Take each window's own level away before it is read, and give it back to the forecast.

Only the leading `levels` columns of (B, T, F) have a level; known-future inputs, marks and the calendar keep theirs.
"""

from __future__ import annotations

from typing import Protocol, final

import torch
from torch import Tensor, nn

Level = tuple[Tensor | None, Tensor | None]
"""Shift and scale (B, 1, C) of the targets of each window; None leaves them as they are."""

EPSILON = 1e-5


class Normalisation(Protocol):
    """Read windows (B, T, F) without their level."""

    def __call__(self, x: Tensor, targets: int) -> tuple[Tensor, Level]:
        """Return the windows without their level, and the level of the first `targets` columns."""


@final
class NoNormalisation(nn.Module):
    """Leave windows as they are."""

    def forward(self, x: Tensor, targets: int) -> tuple[Tensor, Level]:
        """Return `x` and no level."""
        return x, (None, None)


@final
class LastValue(nn.Module):
    """Subtract the window's last value: NLinear's normalisation (Zeng et al. 2023, arXiv 2205.13504)."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels

    def forward(self, x: Tensor, targets: int) -> tuple[Tensor, Level]:
        """Return x - x[last]; the shift is x[last] (B, 1, C)."""
        last = x[:, -1:, :]
        if self.levels < x.shape[-1]:
            last = nn.functional.pad(last[..., : self.levels], (0, x.shape[-1] - self.levels))
        return x - last, (last[..., :targets], None)


@final
class RevIN(nn.Module):
    """Reversible instance normalisation with a learnt affine map (Kim et al. 2022, ICLR).

    z = gain * (x - mean) / sqrt(var + 1e-5) + offset, each window and column by itself; mean and variance are not
    trained through.
    """

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels
        self.gain = nn.Parameter(torch.ones(levels))
        self.offset = nn.Parameter(torch.zeros(levels))

    def forward(self, x: Tensor, targets: int) -> tuple[Tensor, Level]:
        """Return z; y = shift + scale * z gives the targets' units back."""
        own = x[..., : self.levels]
        mean = own.mean(dim=1, keepdim=True).detach()
        spread = torch.sqrt(own.var(dim=1, keepdim=True, unbiased=False) + EPSILON).detach()
        z = (own - mean) / spread * self.gain + self.offset
        whole = z if self.levels == x.shape[-1] else torch.cat([z, x[..., self.levels :]], dim=-1)
        # A gain of 0 would make the way back infinite; Kim et al. add the square of epsilon.
        gain = self.gain[:targets]
        safe = gain + torch.where(gain < 0, -1.0, 1.0) * EPSILON**2
        scale = spread[..., :targets] / safe
        return whole, (mean[..., :targets] - self.offset[:targets] * scale, scale)


def normalisation(key: str, levels: int) -> nn.Module:
    """Return the normalisation called `key`."""
    if key == "last":
        return LastValue(levels)
    return RevIN(levels) if key == "revin" else NoNormalisation()
