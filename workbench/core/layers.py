"""Recurrent layers in torch: the fused kernels that train the cells, and the loop that explains them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.cells import AbstractCell, CellOptions
from workbench.core.cells.arithmetic import EPSILON, Operations
from workbench.core.insight.memory import decays, half_life_of
from workbench.core.kernels import FUSED, LayerWeights, Ran, States, run_both_ways, runs_both_ways
from workbench.core.precision import halved
from workbench.core.recording import Reading, jacobians, recorded

BACK = "_reverse"
"""Behind the names of weights and states of the direction from the last step to the first, as in torch."""


class TorchOperations:
    """The operations of a cell's step on torch tensors, as a trained network is evaluated."""

    def sigmoid(self, x: Tensor, /) -> Tensor:
        """Return 1 / (1 + exp(-x))."""
        return torch.sigmoid(x)

    def tanh(self, x: Tensor, /) -> Tensor:
        """Return the hyperbolic tangent."""
        return torch.tanh(x)

    def relu(self, x: Tensor, /) -> Tensor:
        """Return max(x, 0)."""
        return torch.relu(x)

    def normalised(self, x: Tensor, /) -> Tensor:
        """Return (x - mean) / sqrt(variance + epsilon) along the last axis."""
        return nn.functional.layer_norm(x, x.shape[-1:], eps=EPSILON)

    def recalled(self, h: Tensor, /) -> Tensor:
        """Return `h`: nothing is dropped when a network is evaluated."""
        return h

    def held(self, old: Tensor, new: Tensor, share: float, /) -> Tensor:
        """Return the mean over all draws of zoneout."""
        return torch.lerp(new, old, share)


TORCH = TorchOperations()


class TrainingOperations:
    """The operations while a network is trained: one dropout mask for all steps of a window, zoneout at random.

    Parameters
    ----------
    mask
        (B, H), 0 or 1 / (1 - p); None drops nothing (Gal & Ghahramani 2016, eq. 7).
    """

    def __init__(self, mask: Tensor | None) -> None:
        self._mask = mask

    sigmoid = TorchOperations.sigmoid
    tanh = TorchOperations.tanh
    relu = TorchOperations.relu
    normalised = TorchOperations.normalised

    def recalled(self, h: Tensor, /) -> Tensor:
        """Return `h` with the same units of a window hidden at every step."""
        return h if self._mask is None else h * self._mask

    def held(self, old: Tensor, new: Tensor, share: float, /) -> Tensor:
        """Return `old` where drawn with probability `share`, else `new` (Krueger 2017, eq. 5)."""
        return torch.where(torch.rand_like(new) < share, old, new)


def looped(cell: AbstractCell, options: CellOptions, weights: States, x: Tensor, state: States, ops: Operations) -> Ran:
    """Run a cell's own step over time under autograd: slow, and right for any cell and option."""
    outputs = []
    for step in range(x.shape[1]):
        state, _gates = cell.step(weights, x[:, step], state, ops, options)
        outputs.append(state["h"])
    return torch.stack(outputs, dim=1), dict(state)


class LoopKernel(LayerWeights):
    """A layer whose step is looped over time.

    Its weights have the names and shapes of the fused modules, so either reads the other's state dict.
    """

    def __init__(
        self,
        cell: AbstractCell,
        inputs: int,
        hidden: int,
        options: CellOptions | None = None,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(cell, inputs, hidden, options, bidirectional)
        self.cell, self.options, self.hidden = cell, options or cell.Options(), hidden
        self.bidirectional = bidirectional
        self._names = tuple(cell.shapes(inputs, hidden, options))

    def forward(self, x: Tensor) -> Ran:
        """Map inputs (B, T, F) to hidden states (B, T, H or 2 H) and the last states, each (B, H)."""
        return there_and_back(self._run, x, None, back=self.bidirectional)

    def _run(self, way: str, x: Tensor, _state: States | None) -> Ran:
        weights = {name: self.get_parameter(f"{name}_l0{way}") for name in self._names}
        start = self.cell.start(weights, x.new_zeros(x.shape[0], self.hidden))
        return looped(self.cell, self.options, weights, x, start, TORCH)


def there_and_back(
    run: Callable[[str, Tensor, States | None], Ran], x: Tensor, state: States | None, *, back: bool
) -> Ran:
    """Run forwards, and with `back` also from the last step to the first; see :meth:`RecurrentLayer.read`.

    Parameters
    ----------
    run
        Runs one direction, ``""`` or ``"_reverse"``, over inputs in its own order of time.
    """
    output, last = run("", x, state)
    if not back:
        return output, last
    start = None if state is None else {key: state[f"{key}{BACK}"] for key in last}
    behind, end = run(BACK, x.flip(1), start)
    return torch.cat((output, behind.flip(1)), dim=-1), last | {f"{key}{BACK}": value for key, value in end.items()}


class RecurrentLayer(nn.Module):
    """One layer of a cell, on its fused kernel if it has one for these options.

    A bidirectional layer is two of them, of which one reads from the last step to the first (Schuster & Paliwal 1997);
    its weights are named as torch names them, with ``_reverse`` behind. Its outputs are both side by side.

    Attributes
    ----------
    width
        Numbers it returns a step: H, or 2 H if it is bidirectional.
    readings
        Where each read puts what passed, with the direction it read in; None, as always in training, records nothing.
    """

    def __init__(
        self, cell: AbstractCell, options: CellOptions, inputs: int, hidden: int, *, bidirectional: bool = False
    ) -> None:
        super().__init__()
        self.cell, self.options, self.hidden = cell, options, hidden
        self.bidirectional, self.width = bidirectional, hidden * (1 + bidirectional)
        self.readings: list[tuple[str, Reading]] | None = None
        fused = cell.fused_with(options)
        self._fused = FUSED[fused] if fused else None
        build = self._fused.build if self._fused else LoopKernel
        self.kernel: nn.Module = build(cell, inputs, hidden, options, bidirectional)
        self._names = tuple(cell.shapes(inputs, hidden, options))
        if next(self.kernel.parameters()).is_meta:  # see workbench.core.forecaster.blank
            return
        for way in ("", BACK) if bidirectional else ("",):
            # numpy shares the memory of fresh weights, which are on the CPU.
            fresh = {name: value.detach().numpy() for name, value in self._weights(way).items()}
            cell.prepare(fresh, options, lambda: np.random.default_rng(int(torch.randint(2**62, ()))))

    def weights(self, inputs: int, hidden: int) -> dict[str, Tensor]:
        """Return the layer's weights under the names a step uses; of a bidirectional one those that read forwards."""
        return self._weights()

    def _weights(self, way: str = "") -> dict[str, Tensor]:
        # Not get_parameter: it refuses what torch.func.functional_call puts in a parameter's place.
        found = dict(self.kernel.named_parameters())
        return {name: found[f"{name}_l0{way}"] for name in self._names}

    def read(self, x: Tensor, state: Mapping[str, Tensor] | None = None) -> Ran:
        """Map inputs (B, T, F) to hidden states (B, T, H) and the last states, each (B, H).

        A bidirectional layer returns (B, T, 2 H): beside the state after each step that of the way back, which then has
        read all later steps and this one. Its states are named ``h_reverse`` and so on; it ends at the first step.

        Parameters
        ----------
        state
            What a read of earlier steps returned, to go on from there; by default the cell's first state.
        """
        if halved(x) and (x.device.type == "cpu" or not isinstance(self.kernel, nn.RNNBase)):  # cuDNN alone can
            full = None if state is None else {key: value.float() for key, value in state.items()}
            with torch.autocast(x.device.type, enabled=False):
                return self.read(x.float(), full)
        dropping = self.training and self.options.recurrent_dropout > 0.0
        plain = self.readings is None and not dropping
        if self.bidirectional and self._fused and plain and runs_both_ways(self.kernel, x):
            if state is None and self.options.initial_state == "learned":
                zero = x.new_zeros(x.shape[0], self.hidden)
                back = self.cell.start(self._weights(BACK), zero)
                state = self.cell.start(self._weights(), zero) | {f"{key}{BACK}": value for key, value in back.items()}
            return run_both_ways(self.kernel, x, state)
        return there_and_back(self._run, x, state, back=self.bidirectional)

    def run_step_by_step(self) -> None:
        """Leave the fused kernel and loop over the cell's own step from now on."""
        self._fused = None

    def half_lives(self, way: str, reading: Reading, row: int) -> NDArray[np.float64] | None:
        """Return after how many steps half of a change of each unit is left, (H,); None for cells with a c beside h."""
        if len(self.cell.states) > 1:
            return None
        found = jacobians(self.cell, self.options, self._weights(way), reading, row, TORCH)
        return half_life_of(decays(found.cpu().numpy()))

    def final(self, outputs: Tensor) -> Tensor:
        """Return what was known when all had been read, (B, `width`), of `outputs` (B, T, `width`)."""
        if not self.bidirectional:
            return outputs[:, -1]
        return torch.cat((outputs[:, -1, : self.hidden], outputs[:, 0, self.hidden :]), dim=-1)

    def _run(self, way: str, x: Tensor, state: States | None) -> Ran:
        """Run one direction over inputs in its own order of time."""
        weights = self._weights(way)
        options = self.options
        dropping = self.training and options.recurrent_dropout > 0.0
        if self.readings is not None:
            start = self.cell.start(weights, x.new_zeros(x.shape[0], self.hidden)) if state is None else state
            ran, reading = recorded(self.cell, options, weights, x, start, TORCH)
            self.readings.append((way, reading))
            return ran
        if self._fused is not None and not dropping:
            if state is None and options.initial_state == "learned":
                state = self.cell.start(weights, x.new_zeros(x.shape[0], self.hidden))
            return self._fused.run(self.kernel, weights, x, state)
        zero = x.new_zeros(x.shape[0], self.hidden)
        start = self.cell.start(weights, zero) if state is None else state
        ops: Operations = TORCH
        if self.training:
            share = options.recurrent_dropout
            mask = nn.functional.dropout(torch.ones_like(zero), share) if dropping else None
            ops = TrainingOperations(mask)
        return looped(self.cell, options, weights, x, start, ops)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, T, F) to hidden states (B, T, `width`)."""
        return self.read(x)[0]
