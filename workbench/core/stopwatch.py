"""The clock of one training, and the losses that have not been told yet."""

from __future__ import annotations

import time
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

REPORT_S = 0.05
"""Progress is told at most this often."""

TOLD_AT_ONCE = 2
"""So many batches are told as soon as they are done: with the second, there is a curve to look at."""


@final
class Stopwatch:
    """Count seconds and windows of a training. Pauses are no training time and count in no speed.

    Attributes
    ----------
    waited_s
        Seconds spent paused since the training was made.
    windows
        Training windows over all epochs.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.waited_s = 0.0
        self.windows = 0
        self._before_s = self._epoch_began = 0.0
        self._told_s, self._told_windows, self._tellings = -np.inf, 0, 0
        self._losses: list[Tensor] = []
        self._norms: list[Tensor] = []

    @property
    def elapsed_s(self) -> float:
        """Seconds of training, with those before it was resumed."""
        return self._before_s + time.monotonic() - self._began - self.waited_s

    @property
    def due(self) -> bool:
        """True if progress was told long enough ago."""
        return self._tellings < TOLD_AT_ONCE or self.elapsed_s - self._told_s >= REPORT_S

    def trained(self, loss: Tensor, norm: Tensor, windows: int) -> None:
        """Take in loss and gradient norm of a batch, which stay on the device until they are told."""
        self._losses.append(loss)
        self._norms.append(norm)
        self.windows += windows

    def told(self) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
        """Return losses and norms (B,) of the batches since the last call, and how many windows were in them."""
        both = torch.stack((*self._losses, *self._norms)).cpu().numpy()
        losses, norms = np.split(both, 2)
        self._losses, self._norms = [], []
        windows = self.windows - self._told_windows
        self._told_s, self._told_windows = self.elapsed_s, self.windows
        self._tellings += 1
        return losses, norms, windows

    def begin_epoch(self) -> None:
        """Start the clock of an epoch."""
        self._epoch_began = self.elapsed_s

    def end_epoch(self) -> float:
        """Return the seconds of the epoch."""
        return self.elapsed_s - self._epoch_began

    def state(self) -> dict[str, float | int]:
        """Return what :meth:`load` needs."""
        elapsed = self.elapsed_s
        return {"elapsed_s": elapsed, "epoch_s": elapsed - self._epoch_began, "windows": self.windows}

    def load(self, state: dict[str, float | int]) -> None:
        """Go on where :meth:`state` was taken."""
        self._began, self.waited_s, self._before_s = time.monotonic(), 0.0, float(state["elapsed_s"])
        self._epoch_began = self._before_s - float(state["epoch_s"])
        self.windows, self._told_windows, self._told_s = int(state["windows"]), int(state["windows"]), -np.inf
