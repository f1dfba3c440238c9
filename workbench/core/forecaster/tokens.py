"""What the recurrent layers read at one of their steps: one row of the window, or a segment of several."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn


@final
class EveryStep(nn.Module):
    """One row at a step, as it is."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.segment, self.width = 1, width

    def forward(self, series: Tensor) -> Tensor:
        """Return (N, T, W) as it is."""
        return series


@final
class Segments(nn.Module):
    """A segment of p rows at a step, through a linear map and a ReLU (SegRNN: Lin et al. 2023, arXiv 2308.11200)."""

    def __init__(self, segment: int, width: int, hidden: int) -> None:
        super().__init__()
        self.segment, self.width = segment, hidden
        self.embedding = nn.Linear(segment * width, hidden)

    def forward(self, series: Tensor) -> Tensor:
        """Map (N, T, W) to (N, T / p, H)."""
        rows, steps, width = series.shape
        return torch.relu(self.embedding(series.reshape(rows, steps // self.segment, self.segment * width)))
