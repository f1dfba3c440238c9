"""The kernels that train the cells: torch's own modules, and hand-written ones where they are faster or missing.

A kernel is a module that holds the weights of a layer under torch's names (so that state dicts of ``nn.RNN``,
``nn.LSTM`` and ``nn.GRU`` load and save unchanged) and a way to run over time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from workbench.core.cells import AbstractCell, CellOptions
from workbench.core.kernels_gru import GruFunction
from workbench.core.kernels_lstm import PeepholeLstmFunction
from workbench.core.kernels_rnn import RnnFunction

States = Mapping[str, Tensor]
Ran = tuple[Tensor, dict[str, Tensor]]
"""Hidden states (B, T, H) and the last states, each (B, H)."""


class LayerWeights(nn.Module):
    """The weights of one layer of any cell, drawn as torch draws its own: uniform within 1 / sqrt(H)."""

    def __init__(
        self,
        cell: AbstractCell,
        inputs: int,
        hidden: int,
        options: CellOptions | None = None,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        bound = 1.0 / math.sqrt(hidden)
        for name, shape in cell.named_shapes(inputs, hidden, options, bidirectional=bidirectional).items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))


@dataclass(frozen=True, slots=True)
class Kernel:
    """How a fused kernel is made and run.

    Attributes
    ----------
    build
        Called with cell, inputs, hidden, options and whether it is bidirectional.
    run
        Called with what `build` returned, the weights of one direction under the names a step uses, inputs (B, T, F),
        and the state before the first step (each (B, H)) or None for zeros; runs that direction.
    """

    build: Callable[..., nn.Module]
    run: Callable[[nn.Module, States, Tensor, States | None], Ran]


def _torchs(module: Callable[..., nn.RNNBase], **settings: str) -> Callable[..., nn.Module]:
    def build(
        cell: AbstractCell, inputs: int, hidden: int, options: CellOptions, bidirectional: bool = False
    ) -> nn.Module:
        made = module(inputs, hidden, bias=options.bias, batch_first=True, bidirectional=bidirectional, **settings)
        for name in cell.named_shapes(inputs, hidden, options, bidirectional=bidirectional):
            if name not in made._parameters:  # a learned first state, which torch does not know
                made.register_parameter(name, nn.Parameter(torch.zeros(hidden)))
        return made

    return build


def _run_torchs(module: nn.Module, weights: States, x: Tensor, state: States | None) -> Ran:
    """Run nn.RNN or nn.GRU."""
    output, last = module(x, None if state is None else state["h"].unsqueeze(0))
    return output, {"h": last[0]}


def _run_lstm(module: nn.Module, weights: States, x: Tensor, state: States | None) -> Ran:
    """Run nn.LSTM."""
    output, (h, c) = module(x, None if state is None else (state["h"].unsqueeze(0), state["c"].unsqueeze(0)))
    return output, {"c": c[0], "h": h[0]}


def runs_both_ways(module: nn.Module, x: Tensor) -> bool:
    """Say whether torch's own `module` reads both ways faster at once than one after the other."""
    return isinstance(module, nn.LSTM) or (isinstance(module, nn.RNNBase) and x.device.type != "cpu")


def run_both_ways(module: nn.Module, x: Tensor, state: States | None) -> Ran:
    """Run a bidirectional nn.RNN, nn.LSTM or nn.GRU; returns (B, T, 2 H), and states as ``h_reverse`` too."""
    keys = ("h", "c") if isinstance(module, nn.LSTM) else ("h",)
    start = None if state is None else tuple(torch.stack((state[key], state[f"{key}_reverse"])) for key in keys)
    output, last = module(x, start if start is None or len(keys) > 1 else start[0])
    ends = last if len(keys) > 1 else (last,)
    there = {key: end[0] for key, end in zip(keys, ends, strict=True)}
    return output, there | {f"{key}_reverse": end[1] for key, end in zip(keys, ends, strict=True)}


def _zero(weights: States, x: Tensor) -> Tensor:
    return x.new_zeros(x.shape[0], weights["weight_hh"].shape[1])


def _by_batch(hs: Tensor) -> Ran:
    return hs.transpose(0, 1), {"h": hs[-1]}


def _run_rnn(module: nn.Module, weights: States, x: Tensor, state: States | None) -> Ran:
    """Run our own loop on a CPU, cuDNN elsewhere."""
    if x.device.type != "cpu":
        return _run_torchs(module, weights, x, state)
    assert isinstance(module, nn.RNN)
    bias = weights["bias_ih"] + weights["bias_hh"] if "bias_ih" in weights else None
    h = _zero(weights, x) if state is None else state["h"]
    relu = module.nonlinearity == "relu"
    return _by_batch(RnnFunction.apply(x, weights["weight_ih"], weights["weight_hh"], bias, h, relu))


def _run_gru(module: nn.Module, weights: States, x: Tensor, state: States | None) -> Ran:
    """Run our own loop on a CPU, cuDNN elsewhere."""
    if x.device.type != "cpu":
        return _run_torchs(module, weights, x, state)
    h = _zero(weights, x) if state is None else state["h"]
    biases = weights.get("bias_ih"), weights.get("bias_hh")
    return _by_batch(GruFunction.apply(x, weights["weight_ih"], weights["weight_hh"], *biases, h))


def _uncoupled(weights: States) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return W, U and b of the LSTM i, f, g, o that is the coupled one: W_i = -W_f, as sigma(-a) = 1 - sigma(a)."""
    hidden = weights["weight_hh"].shape[1]
    bias = weights["bias_ih"] + weights["bias_hh"] if "bias_ih" in weights else None
    w, u, b = (
        None if value is None else torch.cat((-value[:hidden], value))
        for value in (weights["weight_ih"], weights["weight_hh"], bias)
    )
    assert w is not None
    assert u is not None
    return w, u, b


def _run_coupled(module: nn.Module, weights: States, x: Tensor, state: States | None) -> Ran:
    """Run torch's LSTM on weights made of the coupled cell's."""
    w, u, b = _uncoupled(weights)
    flat = [w, u] if b is None else [w, u, b, torch.zeros_like(b)]
    zero = _zero(weights, x)
    start = [zero, zero] if state is None else [state["h"], state["c"]]
    first = [value.unsqueeze(0) for value in start]
    output, h, c = torch.lstm(x, first, flat, b is not None, 1, 0.0, module.training, False, True)
    return output, {"c": c[0], "h": h[0]}


def _run_peephole(module: nn.Module, weights: States, x: Tensor, state: States | None) -> Ran:
    bias = weights["bias_ih"] + weights["bias_hh"] if "bias_ih" in weights else None
    peep = weights["weight_ch"].view(3, -1)
    return _with_peepholes(x, weights["weight_ih"], weights["weight_hh"], peep, bias, state)


def _run_peephole_coupled(module: nn.Module, weights: States, x: Tensor, state: States | None) -> Ran:
    w, u, b = _uncoupled(weights)
    p_f, p_o = weights["weight_ch"].view(2, -1)
    return _with_peepholes(x, w, u, torch.stack((-p_f, p_f, p_o)), b, state)


def _with_peepholes(x: Tensor, w: Tensor, u: Tensor, peep: Tensor, bias: Tensor | None, state: States | None) -> Ran:
    zero = x.new_zeros(x.shape[0], u.shape[1])
    h, c = (zero, zero) if state is None else (state["h"], state["c"])
    hs, c = PeepholeLstmFunction.apply(x, w, u, peep, bias, h, c)
    return hs.transpose(0, 1), {"c": c, "h": hs[-1]}


FUSED: Mapping[str, Kernel] = {
    "rnn-tanh": Kernel(_torchs(nn.RNN, nonlinearity="tanh"), _run_rnn),
    "rnn-relu": Kernel(_torchs(nn.RNN, nonlinearity="relu"), _run_rnn),
    "lstm": Kernel(_torchs(nn.LSTM), _run_lstm),
    "gru": Kernel(_torchs(nn.GRU), _run_gru),
    "lstm-peephole": Kernel(LayerWeights, _run_peephole),
    "lstm-coupled": Kernel(LayerWeights, _run_coupled),
    "lstm-peephole-coupled": Kernel(LayerWeights, _run_peephole_coupled),
}
"""The kernel for each value of ``AbstractCell.fused``."""
