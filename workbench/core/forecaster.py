"""The network around the cells: last-value normalisation, a stack of cells, a direct decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.cells import CELLS
from workbench.core.events import Trace
from workbench.core.layers import RecurrentLayer
from workbench.core.project import ModelSpec
from workbench.core.tracing import traced

Loss = Callable[[Tensor, Tensor], Tensor]
"""What training makes small, of forecasts and targets (B, Q, C)."""


class Forecaster(nn.Module):
    """Read a window, forecast all steps of the horizon at once.

    Parameters
    ----------
    inputs
        Number F of columns; the first `targets` of them are forecast.
    targets, horizon
        C and Q.
    levels
        Number of leading columns whose last value normalisation takes away (by default all); what follows them, such
        as the calendar, keeps its values.
    """

    def __init__(self, model: ModelSpec, inputs: int, targets: int, horizon: int, *, levels: int | None = None) -> None:
        super().__init__()
        self.model, self.targets, self.horizon = model, targets, horizon
        self.levels = inputs if levels is None else levels
        cell, options = CELLS[model.cell], model.cell_options
        sizes = [inputs] + [model.width] * (model.layers - 1)
        self.layers = nn.ModuleList(
            RecurrentLayer(cell, options, below, model.hidden, bidirectional=model.bidirectional) for below in sizes
        )
        self.dropout = nn.Dropout(model.dropout)
        self.head = nn.Linear(model.width, horizon * targets)

    def forward(self, x: Tensor) -> Tensor:
        """Map scaled windows (B, T, F) to scaled forecasts (B, Q, C)."""
        last = x[:, -1:, :]
        if self.levels < x.shape[-1]:
            last = nn.functional.pad(last[..., : self.levels], (0, x.shape[-1] - self.levels))
        sequence = x - last if self.model.normalisation == "last" else x
        for layer in self.layers:
            sequence = self.dropout(layer(sequence))
        top = self.layers[-1]
        assert isinstance(top, RecurrentLayer)
        forecast: Tensor = self.head(top.final(sequence)).view(-1, self.horizon, self.targets)
        return forecast + last[..., : self.targets] if self.model.normalisation == "last" else forecast

    def trace(
        self, windows: Tensor, answers: Tensor | None = None, loss: Loss | None = None, *, before: bool = True
    ) -> tuple[tuple[tuple[Trace, ...], ...], Tensor]:
        """Look inside while scaled windows (N, T, F) are read; see :func:`workbench.core.tracing.traced`.

        Parameters
        ----------
        answers, loss
            Scaled targets (N, Q, C) and the training's loss of one window's forecast and targets, both (1, Q, C);
            without them no gradients are returned.
        """

        def run() -> tuple[Tensor, Tensor | None]:
            forecasts = self(windows)
            if answers is None or loss is None:
                return forecasts, None
            each = [loss(one, truth) for one, truth in zip(forecasts.split(1), answers.split(1), strict=True)]
            return forecasts, torch.stack(each).sum()

        return traced(self, len(windows), run, before=before)

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return a copy of all weights as numpy arrays."""
        return {name: value.detach().cpu().numpy().copy() for name, value in self.state_dict().items()}

    def restore(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Load weights that :meth:`snapshot` gave."""
        missing = next(self.parameters()).is_meta
        self.load_state_dict({name: torch.tensor(value) for name, value in weights.items()}, assign=missing)


def blank(model: ModelSpec, inputs: int, targets: int, horizon: int, *, levels: int | None = None) -> Forecaster:
    """Return a network that waits for :meth:`Forecaster.restore`; arguments as for :class:`Forecaster`.

    It draws no random numbers: a training in another thread draws from the same generator, and would go on with others.
    """
    with torch.device("meta"):
        return Forecaster(model, inputs, targets, horizon, levels=levels)


def predicted(forecaster: Forecaster, x: NDArray[np.float32], batch: int = 256) -> NDArray[np.float32]:
    """Return scaled forecasts (N, Q, C) for scaled windows (N, T, F), in chunks of `batch`."""
    device = next(forecaster.parameters()).device
    was_training = forecaster.training
    forecaster.eval()
    with torch.inference_mode():
        pieces = [
            forecaster(torch.tensor(x[first : first + batch], device=device)).cpu().numpy()
            for first in range(0, len(x), batch)
        ]
    forecaster.train(was_training)
    return np.concatenate(pieces) if pieces else np.zeros((0, forecaster.horizon, forecaster.targets), np.float32)
