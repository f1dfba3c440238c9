"""One step of a cell as a graph of numbers, made by running the cell's own formula on values that remember their past.

Nothing is declared twice: a new cell's diagram and its evaluated equations follow from its formula (decision 081).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import NUMPY, AbstractCell, CellOptions

Floats = NDArray[np.floating]
Op = Literal["x", "state", "const", "linear", "add", "sub", "mul", "sigmoid", "tanh", "relu", "held"]
SQUASHING: tuple[Op, ...] = ("sigmoid", "tanh", "relu")


class Node:
    """A value of a step (B, K) that knows what it was made of.

    Attributes
    ----------
    op
        ``x``, ``state`` (before the step) and ``const`` are leaves; ``linear`` is a product with a matrix, or a
        normalisation with its gain.
    key
        Of the input or the state.
    """

    __array_ufunc__ = None  # numpy leaves `array * node` to the node

    def __init__(self, op: Op, args: tuple[Node, ...], value: Floats, key: str = "") -> None:
        self.op, self.args, self.value, self.key = op, args, value, key

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.value.shape

    def __matmul__(self, matrix: Floats) -> Node:
        return Node("linear", (self,), self.value @ matrix)

    def __add__(self, other: Any) -> Node:
        return Node("add", (self, _node(other)), self.value + _node(other).value)

    def __radd__(self, other: Any) -> Node:
        return _node(other) + self

    def __sub__(self, other: Any) -> Node:
        return Node("sub", (self, _node(other)), self.value - _node(other).value)

    def __rsub__(self, other: Any) -> Node:
        return _node(other) - self

    def __mul__(self, other: Any) -> Node:
        right = _node(other)
        if self.op == "linear" and right.op == "const":  # a gain
            return Node("linear", self.args, self.value * right.value)
        return Node("mul", (self, right), self.value * right.value)

    def __rmul__(self, other: Any) -> Node:
        return _node(other) * self

    def __getitem__(self, place: Any) -> Node:
        """Cut a block of gates; of a sum, every part of it."""
        if self.op in ("add", "sub", "mul"):
            left, right = (arg if arg.value.ndim == 0 else arg[place] for arg in self.args)
            return Node(self.op, (left, right), self.value[place])
        return Node(self.op, self.args, self.value[place], self.key)

    def reshape(self, *shape: Any) -> Node:
        """Return the same numbers in another shape."""
        return Node(self.op, self.args, self.value.reshape(*shape), self.key)


def _node(value: Any) -> Node:
    return value if isinstance(value, Node) else Node("const", (), np.asarray(value))


class _Recording:
    """The operations of a step on nodes."""

    def sigmoid(self, x: Node, /) -> Node:
        """Return 1 / (1 + exp(-x))."""
        return Node("sigmoid", (x,), NUMPY.sigmoid(x.value))

    def tanh(self, x: Node, /) -> Node:
        """Return the hyperbolic tangent."""
        return Node("tanh", (x,), NUMPY.tanh(x.value))

    def relu(self, x: Node, /) -> Node:
        """Return max(x, 0)."""
        return Node("relu", (x,), NUMPY.relu(x.value))

    def normalised(self, x: Node, /) -> Node:
        """Normalise; of a product with a matrix that stays one."""
        return Node("linear", x.args if x.op == "linear" else (x,), NUMPY.normalised(x.value))

    def recalled(self, h: Node, /) -> Node:
        """Return `h`."""
        return h

    def held(self, old: Node, new: Node, share: float, /) -> Node:
        """Return the mean over all draws of zoneout."""
        return Node("held", (old, new, _node(share)), NUMPY.held(old.value, new.value, share))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What happened in a cell at one step.

    Attributes
    ----------
    made
        The node of each gate, and of each state after the step, by key.
    before
        The node of each state before the step.
    x
        The node of the input.
    """

    made: Mapping[str, Node]
    before: Mapping[str, Node]
    x: Node

    def names(self) -> dict[int, str]:
        """Return the key of every node that has one, by the node's id."""
        return {id(node): key for key, node in self.made.items()}


def step_of(
    cell: AbstractCell, options: CellOptions, weights: Mapping[str, Floats], x: Floats, state: Mapping[str, Floats]
) -> Step:
    """Run one step of `cell`.

    Parameters
    ----------
    weights
        Of one direction of one layer, under the names of the cell's step.
    x
        (F,) input of the step, or (T, F) those of several.
    state
        (H,) states before it, or (T, H).
    """
    own = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items()}
    read = Node("x", (), np.atleast_2d(np.asarray(x, dtype=np.float64)), "x")
    before = {
        key: Node("state", (), np.atleast_2d(np.asarray(value, dtype=np.float64)), key) for key, value in state.items()
    }
    after, gates = cell.step(own, read, before, _Recording(), options)
    return Step({**gates, **after}, before, read)


@dataclass(frozen=True, slots=True)
class Term:
    """One part of what goes into a squashing function, with its value at a unit.

    Attributes
    ----------
    kind
        ``x`` (W x), ``state`` (U h), ``peephole`` (p c), ``gated`` (a product with another gate) or ``bias``.
    """

    kind: Literal["x", "state", "peephole", "gated", "bias"]
    value: float


def terms(node: Node, unit: int) -> tuple[Term, ...]:
    """Return the parts of the sum that the squashing function of `node` gets, biases together and last."""
    found: dict[str, float] = {}
    for part in summed(node.args[0]):
        kind = _kind(part)
        found[kind] = found.get(kind, 0.0) + float(part.value[0, unit] if part.value.ndim > 1 else part.value[unit])
    order = ("x", "state", "peephole", "gated", "bias")
    return tuple(Term(kind, found[kind]) for kind in order if kind in found)  # type: ignore[arg-type]


def summed(node: Node) -> Iterator[Node]:
    """Yield the parts of a sum."""
    if node.op == "add":
        for arg in node.args:
            yield from summed(arg)
    else:
        yield node


def _kind(node: Node) -> str:
    if node.op == "const":
        return "bias"
    if node.op == "linear":
        return "x" if leaves(node) == {"x"} else "state"
    if node.op == "mul" and any(arg.op == "const" for arg in node.args):
        return "peephole"
    return "gated"


def leaves(node: Node) -> set[str]:
    """Return the keys of the input and the states before the step that `node` hangs on."""
    if node.op in ("x", "state"):
        return {node.key}
    return set().union(*(leaves(arg) for arg in node.args)) if node.args else set()


def is_weighted(node: Node) -> bool:
    """Return whether `node` is a squashing function of products with weights: a gate, or a plain cell's state."""
    return node.op in SQUASHING and any(part.op == "linear" and part.args[0].op == "x" for part in summed(node.args[0]))
