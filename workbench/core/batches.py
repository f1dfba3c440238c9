"""The windows of a dataset on the device that trains, and the order in which they are read."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.dataset import Dataset

Cut = tuple[Tensor, Tensor | None, Tensor]
"""Inputs (B, T, F), what is known ahead (B, Q, K) and targets (B, Q, C)."""


@final
class Batches:
    """Every window and every target, as views on one copy of the series on `device`.

    Parameters
    ----------
    ahead
        Whether the network reads what is known of the steps ahead.
    """

    def __init__(self, dataset: Dataset, device: torch.device, *, ahead: bool) -> None:
        spec = dataset.spec
        self._origin = spec.origin
        # (R-T+1, F, T) and (R-Q+1, C, Q).
        self._inputs = torch.from_numpy(dataset.scaled).to(device).unfold(0, spec.window, 1)
        self._labels = torch.from_numpy(dataset.labels).to(device).unfold(0, spec.horizon, 1)
        # What is known of the steps ahead is (R+1, K, Q).
        self._ahead = torch.from_numpy(dataset.known).to(device).unfold(0, spec.horizon, 1) if ahead else None

    def cut(self, rows: Tensor) -> Cut:
        """Return inputs, what is known ahead and targets of the windows that start at `rows` (B,)."""
        origins = rows + self._origin
        ahead = None if self._ahead is None else self._ahead[origins].transpose(1, 2)
        return self._inputs[rows].transpose(1, 2), ahead, self._labels[origins].transpose(1, 2)


@final
class Order:
    """The order in which the windows are trained, drawn anew for each epoch from a generator of its own.

    Attributes
    ----------
    position
        Windows of the running epoch that have been trained.
    """

    def __init__(self, start: NDArray[np.int64], seed: int, device: torch.device) -> None:
        self._start, self._device = torch.from_numpy(start), device
        self._generator = torch.Generator().manual_seed(seed)
        self._before = self._generator.get_state()
        self._rows: Tensor | None = None
        self.position = 0

    def __len__(self) -> int:
        return len(self._start)

    @property
    def open(self) -> bool:
        """True from :meth:`begin` to :meth:`end` of an epoch."""
        return self._rows is not None

    def begin(self) -> None:
        """Draw the order of another epoch."""
        self._before = self._generator.get_state()
        self._rows = self._start[torch.randperm(len(self._start), generator=self._generator)].to(self._device)
        self.position = 0

    def next(self, count: int) -> Tensor:
        """Return the rows (B,) of the next `count` windows, fewer at the end of the epoch."""
        assert self._rows is not None
        rows = self._rows[self.position : self.position + count]
        self.position += len(rows)
        return rows

    def trained(self, first: int, count: int) -> NDArray[np.int64]:
        """Return the rows of `count` windows of the running epoch from the place `first` on."""
        assert self._rows is not None
        return self._rows[first : first + count].cpu().numpy()

    def end(self) -> None:
        """Close the epoch."""
        self._rows, self.position = None, 0

    def state(self) -> dict[str, Tensor | int]:
        """Return what :meth:`load` needs to go on with the same windows."""
        generator = self._before if self.open else self._generator.get_state()
        return {"generator": generator, "open": int(self.open), "position": self.position}

    def load(self, state: dict[str, Tensor | int]) -> None:
        """Go on where :meth:`state` was taken."""
        generator = state["generator"]
        assert isinstance(generator, Tensor)
        self._generator.set_state(generator)
        self.end()
        if state["open"]:
            self.begin()
            self.position = int(state["position"])
