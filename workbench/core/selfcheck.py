"""Does this machine compute the cells rightly? A few seconds of arithmetic against torch's own modules."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from workbench.core.cells import CELLS, NUMPY, AbstractCell
from workbench.core.layers import LoopKernel, RecurrentLayer

TOLERANCE = 1e-10
"""Largest difference allowed in float64."""


@dataclass(frozen=True, slots=True)
class CellCheck:
    """How far the readable step is from the kernel that trains, in float64.

    Attributes
    ----------
    forward, gradient
        Largest absolute difference of the hidden states, and of the gradients of all weights.
    explained
        Largest absolute difference between numpy's evaluation of the step and the kernel.
    """

    key: str
    forward: float
    gradient: float
    explained: float

    @property
    def passed(self) -> bool:
        """True if all differences are within :data:`TOLERANCE`."""
        return max(self.forward, self.gradient, self.explained) <= TOLERANCE


def check_cell(cell: AbstractCell, inputs: int = 3, hidden: int = 5, steps: int = 11) -> CellCheck:
    """Compare the cell's kernel, its loop under autograd, and its step in numpy on random numbers."""
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(2, steps, inputs, dtype=torch.float64, generator=generator)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        layer = RecurrentLayer(cell, cell.Options(), inputs, hidden).double()
        loop = LoopKernel(cell, inputs, hidden).double()
    loop.load_state_dict(layer.kernel.state_dict())
    fused = layer(x)
    stepped = loop(x)[0]
    fused.square().sum().backward()
    stepped.square().sum().backward()
    gradients = [
        float((own.grad - other.grad).abs().max())
        for own, other in zip(layer.kernel.parameters(), loop.parameters(), strict=True)
        if own.grad is not None and other.grad is not None
    ]
    return CellCheck(
        key=cell.key,
        forward=float((fused - stepped).detach().abs().max()),
        gradient=max(gradients),
        explained=_explained(cell, layer, x, fused.detach(), inputs, hidden),
    )


def _explained(
    cell: AbstractCell, layer: RecurrentLayer, x: torch.Tensor, expected: torch.Tensor, inputs: int, hidden: int
) -> float:
    weights = {name: value.detach().numpy() for name, value in layer.weights(inputs, hidden).items()}
    zero = torch.zeros(len(x), hidden, dtype=torch.float64).numpy()
    state = {signal.key: zero for signal in cell.states}
    worst = 0.0
    for step in range(x.shape[1]):
        state, _gates = cell.step(weights, x[:, step].numpy(), state, NUMPY)
        worst = max(worst, float(abs(state["h"] - expected[:, step].numpy()).max()))
    return worst


def check_cells() -> tuple[CellCheck, ...]:
    """Check every cell of the menu."""
    return tuple(check_cell(cell) for cell in CELLS)
