"""What a recurrent cell declares, and the arithmetic its step is written in.

A cell is a declaration plus one readable ``step``, written once against a small set of operations
(:class:`Operations`) so that NumPy and torch both evaluate it. It holds no weights: a window of numbers can
be explained without torch, and training runs on a fused kernel that a contract test holds equal to the step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from workbench.core.fields import Spec

Array = Any
"""A numpy array or a torch tensor."""

Role = Literal["input", "forget", "candidate", "output", "cell", "hidden"]


class Operations(Protocol):
    """The non-linear functions a step may use beside ``@ + - *`` and slicing."""

    def sigmoid(self, x: Array, /) -> Array:
        """Return 1 / (1 + exp(-x))."""

    def tanh(self, x: Array, /) -> Array:
        """Return the hyperbolic tangent."""

    def relu(self, x: Array, /) -> Array:
        """Return max(x, 0)."""


class NumpyOperations:
    """:class:`Operations` on numpy arrays."""

    def sigmoid(self, x: Array, /) -> Array:
        """Return 1 / (1 + exp(-x)), written with tanh so that nothing overflows."""
        return 0.5 * (1.0 + np.tanh(0.5 * x))

    def tanh(self, x: Array, /) -> Array:
        """Return the hyperbolic tangent."""
        return np.tanh(x)

    def relu(self, x: Array, /) -> Array:
        """Return max(x, 0)."""
        return np.maximum(x, 0)


NUMPY = NumpyOperations()


@dataclass(frozen=True, slots=True)
class Signal:
    """A vector of `H` values a cell has at every step: a state it carries on, or a gate.

    Attributes
    ----------
    key
        The letter of the equations: ``h c i f g o r z n``.
    low, high
        Range of its values; None where it has no bound.
    role
        Decides its colour, the same in every view.
    meaning
        One sentence for tool tips and lessons.
    """

    key: str
    label: str
    low: float | None
    high: float | None
    role: Role
    meaning: str


class State(Signal):
    """A signal carried to the next step."""


class Gate(Signal):
    """A signal computed at every step and forgotten."""


class NoOptions(Spec):
    """Options of a cell that has none."""


class AbstractCell(ABC):
    """Declare a recurrent cell.

    Class attributes are declarations. `weight_blocks` names the blocks of `H` rows stacked in the input and
    recurrent matrices, in the order of torch's fused module. `fused` is the key of the fused kernel that
    trains it, or None for the generic loop over `step`.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    states: ClassVar[tuple[State, ...]]
    gates: ClassVar[tuple[Gate, ...]]
    weight_blocks: ClassVar[tuple[str, ...]]
    equations: ClassVar[tuple[str, ...]]
    references: ClassVar[tuple[str, ...]]
    fused: ClassVar[str | None] = None
    Options: ClassVar[type[Spec]] = NoOptions

    def shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """Return the weights of one layer, named as in ``torch.nn.LSTM`` without the layer suffix."""
        rows = len(self.weight_blocks) * hidden
        return {
            "weight_ih": (rows, inputs),
            "weight_hh": (rows, hidden),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }

    def parameter_count(self, inputs: int, hidden: int) -> int:
        """Return the number of weights of one layer."""
        return sum(int(np.prod(shape)) for shape in self.shapes(inputs, hidden).values())

    def prepare(self, weights: Mapping[str, Array], options: Spec) -> None:
        """Adjust freshly drawn `weights` in place, e.g. the forget bias. Nothing by default."""
        return

    @abstractmethod
    def step(
        self, weights: Mapping[str, Array], x: Array, state: Mapping[str, Array], ops: Operations
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

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All states and gates, in drawing order."""
        return (*self.gates, *self.states)
