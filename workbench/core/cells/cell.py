"""What a recurrent cell declares.

A cell is a declaration plus one readable formula, written once against a small set of operations
(:class:`Operations`) so that NumPy and torch both evaluate it. It holds no weights: a window of numbers can
be explained without torch, and training runs on a fused kernel that a contract test holds equal to the step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import references as papers
from workbench.core.cells.arithmetic import NUMPY, Array, Operations
from workbench.core.cells.options import CellOptions
from workbench.core.cells.signals import Gate, Role, Signal, State

__all__ = ["NUMPY", "AbstractCell", "Array", "Gate", "Operations", "Role", "Signal", "State"]

Floats = NDArray[np.floating]


class AbstractCell(ABC):
    """Declare a recurrent cell.

    Class attributes are declarations. `weight_blocks` names the blocks of `H` rows stacked in the input and
    recurrent matrices, in the order of torch's fused module; `peepholes` the gates that also look at the cell state;
    `complements` the gates that are 1 minus another, so that their pre-activation is minus the other's.
    `fused` is the key of the fused kernel that trains it, or None for the generic loop over `step`.

    Methods that take `options` take None for the cell's defaults.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    states: ClassVar[tuple[State, ...]]
    gates: ClassVar[tuple[Gate, ...]]
    weight_blocks: ClassVar[tuple[str, ...]]
    peepholes: ClassVar[tuple[str, ...]] = ()
    complements: ClassVar[Mapping[str, str]] = MappingProxyType({})
    equations: ClassVar[tuple[str, ...]]
    references: ClassVar[tuple[str, ...]]
    fused: ClassVar[str | None] = None
    Options: ClassVar[type[CellOptions]]

    def shapes(self, inputs: int, hidden: int, options: CellOptions | None = None) -> dict[str, tuple[int, ...]]:
        """Return the weights of one layer, named as in ``torch.nn.LSTM`` without the layer suffix.

        Beside torch's four there are ``weight_ch`` (P * H,), the diagonal weights of the `peepholes`; with layer
        normalisation ``norm_hh`` (gains), ``norm_c`` and ``shift_c``; with a learned first state ``h_0``, ``c_0``.
        """
        options = options or self.Options()
        rows = len(self.weight_blocks) * hidden
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden)}
        if self.peepholes:
            shapes["weight_ch"] = (len(self.peepholes) * hidden,)
        if options.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if options.layer_norm:
            shapes["norm_hh"] = (rows,)
            if any(state.key == "c" for state in self.states):
                shapes |= {"norm_c": (hidden,), "shift_c": (hidden,)}
        if options.initial_state == "learned":
            shapes |= {f"{state.key}_0": (hidden,) for state in self.states}
        return shapes

    def named_shapes(
        self, inputs: int, hidden: int, options: CellOptions | None = None, *, bidirectional: bool = False
    ) -> dict[str, tuple[int, ...]]:
        """Return :meth:`shapes` under the names of torch's first layer; the way back has ``_reverse`` behind them."""
        shapes = self.shapes(inputs, hidden, options)
        ways = ("_l0", "_l0_reverse") if bidirectional else ("_l0",)
        states = {f"{state.key}_0" for state in self.states}
        kept = {name: shape for name, shape in shapes.items() if name not in states}
        first = {name: shape for name, shape in shapes.items() if name in states}
        return {name + way: shape for part in (kept, first) for way in ways for name, shape in part.items()}

    def parameter_count(self, inputs: int, hidden: int, options: CellOptions | None = None) -> int:
        """Return the number of weights of one layer that reads in one direction."""
        return sum(int(np.prod(shape)) for shape in self.shapes(inputs, hidden, options).values())

    def fused_with(self, options: CellOptions) -> str | None:
        """Return the fused kernel that computes the cell with `options`, if there is one."""
        return None if options.stepwise else self.fused

    def loops_on_gpu(self, options: CellOptions) -> bool:
        """Say whether the cell runs step by step on a GPU, where every step costs launches: cuDNN has no such cell."""
        return self.fused_with(options) is None or bool(self.peepholes) or options.recurrent_dropout > 0.0

    def prepare(
        self, weights: Mapping[str, Floats], options: CellOptions, random: Callable[[], np.random.Generator]
    ) -> None:
        """Turn freshly drawn `weights` into those a training starts from, in place.

        Parameters
        ----------
        weights
            All weights of a layer, drawn as torch draws them.
        random
            Gives a generator; called only if something is drawn, so that plain options draw what torch draws.
        """
        for name, value in weights.items():
            if name.startswith("norm"):
                value[:] = 1.0
            elif name.startswith("shift") or name.endswith("_0"):
                value[:] = 0.0
        if options.orthogonal:
            hidden = weights["weight_hh"].shape[1]
            for block in np.split(weights["weight_hh"], len(self.weight_blocks)):
                q, r = np.linalg.qr(random().normal(size=(hidden, hidden)))
                block[:] = q * np.sign(np.diag(r))  # the signs make every rotation equally likely (Mezzadri 2007)
        if options.bias:
            self.bias(weights, options, random)

    def bias(
        self, weights: Mapping[str, Floats], options: CellOptions, random: Callable[[], np.random.Generator]
    ) -> None:
        """Set biases of gates; arguments as for :meth:`prepare`. Nothing by default."""
        return

    def set_bias(self, weights: Mapping[str, Floats], block: str, value: float | Floats) -> None:
        """Set the bias of one block of `H` rows; torch adds two biases, so the other is cleared."""
        hidden = weights["weight_hh"].shape[1]
        first = self.weight_blocks.index(block) * hidden
        weights["bias_ih"][first : first + hidden] = value
        weights["bias_hh"][first : first + hidden] = 0.0

    def start(self, weights: Mapping[str, Array], zero: Array) -> dict[str, Array]:
        """Return the state before the first step; `zero` is (B, H) of zeros."""
        return {
            state.key: zero + weights[f"{state.key}_0"] if f"{state.key}_0" in weights else zero
            for state in self.states
        }

    def step(
        self,
        weights: Mapping[str, Array],
        x: Array,
        state: Mapping[str, Array],
        ops: Operations,
        options: CellOptions | None = None,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Advance by one step.

        Parameters
        ----------
        x
            Input of this step, (B, F).
        state
            The states before the step, each (B, H).

        Returns
        -------
        The states after the step, and the gates, each (B, H).
        """
        options = options or self.Options()
        after, gates = self.formula(weights, x, state, ops, options)
        if options.zoneout:
            # h is made of the new c before c is held (Krueger 2017, eq. 5).
            after = {key: ops.held(state[key], value, options.zoneout) for key, value in after.items()}
        return after, gates

    @abstractmethod
    def formula(
        self,
        weights: Mapping[str, Array],
        x: Array,
        state: Mapping[str, Array],
        ops: Operations,
        options: CellOptions,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the states and gates of the paper's equations; arguments as for :meth:`step`."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All states and gates, in drawing order."""
        return (*self.gates, *self.states)

    def equations_with(self, options: CellOptions) -> tuple[str, ...]:
        """Return the equations of the cell with `options`; lines with ↦ say what takes the place of what."""
        lines = list(self.equations)
        if options.layer_norm:
            lines.append("U hₜ₋₁ ↦ γ ⊙ LN(U hₜ₋₁)")
            if any(state.key == "c" for state in self.states):
                lines.append("tanh(cₜ) ↦ tanh(γ_c ⊙ LN(cₜ) + β_c)")
        if options.recurrent_dropout:
            lines.append(f"U hₜ₋₁ ↦ U (m ⊙ hₜ₋₁) / (1 − p), m ~ Bernoulli(1 − p), p = {options.recurrent_dropout:g}")
        if options.zoneout:
            lines += [
                f"{state.key}ₜ ↦ ζ {state.key}ₜ₋₁ + (1 − ζ) {state.key}ₜ, ζ = {options.zoneout:g}"
                for state in self.states
            ]
        if options.initial_state == "learned":
            lines += [f"{state.key}₀ = θ_{state.key}" for state in self.states]
        if not options.bias:
            lines.append("b ↦ 0")
        return tuple(lines)

    def references_with(self, options: CellOptions) -> tuple[str, ...]:
        """Return the cell's papers and those of the options that are on, as BibTeX."""
        found = list(self.references)
        if options.orthogonal:
            found.append(papers.SAXE_2014)
        if options.layer_norm:
            found.append(papers.BA_2016)
        if options.recurrent_dropout:
            found.append(papers.GAL_2016)
        if options.zoneout:
            found.append(papers.KRUEGER_2017)
        return tuple(found)


def remembered(longest: int, hidden: int, random: np.random.Generator) -> Floats:
    """Draw biases (H,) of a gate that keeps the state: log U(1, Tmax - 1) (Tallec & Ollivier 2018, eq. 16)."""
    drawn: Floats = np.log(random.uniform(1.0, longest - 1.0, hidden))
    return drawn
