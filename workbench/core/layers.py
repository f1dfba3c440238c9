"""Recurrent layers in torch: the fused kernels that train the cells, and the loop that explains them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from workbench.core.cells import AbstractCell
from workbench.core.fields import Spec


class TorchOperations:
    """The operations of a cell's step on torch tensors."""

    def sigmoid(self, x: Tensor, /) -> Tensor:
        """Return 1 / (1 + exp(-x))."""
        return torch.sigmoid(x)

    def tanh(self, x: Tensor, /) -> Tensor:
        """Return the hyperbolic tangent."""
        return torch.tanh(x)

    def relu(self, x: Tensor, /) -> Tensor:
        """Return max(x, 0)."""
        return torch.relu(x)


TORCH = TorchOperations()

FUSED: Mapping[str, Callable[[int, int], nn.RNNBase]] = {
    "rnn-tanh": lambda inputs, hidden: nn.RNN(inputs, hidden, nonlinearity="tanh", batch_first=True),
    "rnn-relu": lambda inputs, hidden: nn.RNN(inputs, hidden, nonlinearity="relu", batch_first=True),
    "lstm": lambda inputs, hidden: nn.LSTM(inputs, hidden, batch_first=True),
    "gru": lambda inputs, hidden: nn.GRU(inputs, hidden, batch_first=True),
}
"""torch's own module for each value of ``AbstractCell.fused``."""


class LoopKernel(nn.Module):
    """Run a cell's own step over time under autograd: slow, and right for any cell.

    Its weights have the names and shapes of the fused modules, so either reads the other's state dict.
    """

    def __init__(self, cell: AbstractCell, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cell = cell
        self.hidden = hidden
        self._names = tuple(cell.shapes(inputs, hidden))
        for name, shape in cell.shapes(inputs, hidden).items():
            bound = 1.0 / math.sqrt(hidden)
            self.register_parameter(f"{name}_l0", nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Map inputs (B, T, F) to hidden states (B, T, H) and the last states, each (B, H)."""
        weights = {name: self.get_parameter(f"{name}_l0") for name in self._names}
        state: Mapping[str, Tensor] = {signal.key: x.new_zeros(x.shape[0], self.hidden) for signal in self.cell.states}
        outputs = []
        for step in range(x.shape[1]):
            state, _gates = self.cell.step(weights, x[:, step], state, TORCH)
            outputs.append(state["h"])
        return torch.stack(outputs, dim=1), dict(state)


class RecurrentLayer(nn.Module):
    """One layer of a cell, on its fused kernel if it has one."""

    def __init__(self, cell: AbstractCell, options: Spec, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cell = cell
        self.kernel = FUSED[cell.fused](inputs, hidden) if cell.fused else LoopKernel(cell, inputs, hidden)
        with torch.no_grad():
            cell.prepare(self.weights(inputs, hidden), options)

    def weights(self, inputs: int, hidden: int) -> dict[str, Tensor]:
        """Return the layer's weights under the names a step uses."""
        return {name: self.kernel.get_parameter(f"{name}_l0") for name in self.cell.shapes(inputs, hidden)}

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, T, F) to hidden states (B, T, H)."""
        output: Tensor = self.kernel(x)[0]
        return output
