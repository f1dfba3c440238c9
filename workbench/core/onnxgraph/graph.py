"""Write ONNX nodes as arithmetic: a :class:`Value` is a tensor of the graph that is being built.

What is known when the graph is written (weights, and all that follows from them alone) is calculated at once and
becomes an initializer where a node reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

Size = int | None
"""Length of an axis; None where only the run knows it."""


@final
class Graph:
    """Nodes in order of evaluation, and the numbers they read."""

    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._numpy = helper, numpy_helper
        self._bodies: list[list[Any]] = [[]]
        self._names = 0
        self._written: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self.initializers: list[Any] = []

    @property
    def nodes(self) -> list[Any]:
        """Nodes of the outermost graph."""
        return self._bodies[0]

    def constant(self, value: Any, dtype: str = "float32") -> Value:
        """Return numbers that are known now."""
        found = np.ascontiguousarray(np.asarray(value, dtype=dtype))
        return Value(self, "", found.shape, str(found.dtype), found.reshape(np.shape(value)))

    def input(self, name: str, shape: Sequence[Size], dtype: str) -> Value:
        """Return a value that is given from outside of the present graph or body."""
        return Value(self, name, tuple(shape), dtype)

    def fresh(self, stem: str) -> str:
        """Return a name no other value has."""
        self._names += 1
        return f"{stem}_{self._names}"

    def op(
        self, kind: str, *inputs: Value | None, shape: Sequence[Size], dtype: str | None = None, **attributes: Any
    ) -> Value:
        """Add a node of one output."""
        (found,) = self.ops(kind, inputs, [tuple(shape)], dtype, **attributes)
        return found

    def ops(
        self,
        kind: str,
        inputs: Sequence[Value | None],
        shapes: Sequence[Sequence[Size]],
        dtype: str | None = None,
        **attributes: Any,
    ) -> list[Value]:
        """Add a node with an output for each of `shapes`; by default of the type of its first input."""
        first = next(entry for entry in inputs if entry is not None)
        names = [self.fresh(kind.lower()) for _shape in shapes]
        read = ["" if entry is None else self._name(entry) for entry in inputs]
        while read and not read[-1]:
            read.pop()
        self._bodies[-1].append(self._helper.make_node(kind, read, names, name=f"node_{names[0]}", **attributes))
        return [
            Value(self, name, tuple(shape), dtype or first.dtype) for name, shape in zip(names, shapes, strict=True)
        ]

    def output(self, value: Value, name: str) -> None:
        """Give `value` the name under which it leaves the graph."""
        self._bodies[-1].append(self._helper.make_node("Identity", [self._name(value)], [name], name=f"node_{name}"))

    def info(self, name: str, shape: Sequence[Size | str], dtype: str) -> Any:
        """Return how a value at the border of a graph is declared."""
        kind = self._helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self._helper.make_tensor_value_info(name, kind, list(shape))

    @contextmanager
    def body(self) -> Iterator[list[Any]]:
        """Collect the nodes of a loop's body; names of the graph around it can be read."""
        nodes: list[Any] = []
        self._bodies.append(nodes)
        try:
            yield nodes
        finally:
            self._bodies.pop()

    def scan(
        self,
        states: Sequence[Value],
        sequence: Value,
        step: Any,
        *,
        back: bool = False,
    ) -> tuple[list[Value], Value]:
        """Loop over the first axis of `sequence`.

        Parameters
        ----------
        step
            Called with the states and one entry of the sequence; returns the states after it, and what is collected.

        Returns
        -------
        The last states, and what was collected, along a new first axis.
        """
        before = [self.input(self.fresh("state"), state.shape, state.dtype) for state in states]
        entry = self.input(self.fresh("entry"), sequence.shape[1:], sequence.dtype)
        with self.body() as nodes:
            after, kept = step(before, entry)
            ends = [self.fresh("after") for _state in after]
            collected = self.fresh("collected")
            for value, name in zip((*after, kept), (*ends, collected), strict=True):
                self.output(value, name)
        made = self._helper.make_graph(
            nodes,
            self.fresh("step"),
            [self.info(value.name, value.shape, value.dtype) for value in (*before, entry)],
            [
                self.info(name, value.shape, value.dtype)
                for value, name in zip((*after, kept), (*ends, collected), strict=True)
            ],
        )
        *last, outputs = self.ops(
            "Scan",
            (*states, sequence),
            [*(state.shape for state in states), (sequence.shape[0], *kept.shape)],
            states[0].dtype,
            body=made,
            num_scan_inputs=1,
            scan_input_directions=[int(back)],
            scan_output_directions=[int(back)],
        )
        return last, outputs

    def _name(self, value: Value) -> str:
        if value.known is None:
            return value.name
        key = (value.dtype, value.known.shape, value.known.tobytes())
        if key not in self._written:
            name = self.fresh("weight")
            self._written[key] = name
            self.initializers.append(self._numpy.from_array(np.array(value.known, order="C"), name))
        return self._written[key]


@final
class Value:
    """A tensor of a graph, with the arithmetic of a numpy array as far as the cells' formulas need it.

    Attributes
    ----------
    shape
        None for axes that only the run knows.
    known
        The numbers themselves if they are known now.
    """

    __slots__ = ("dtype", "graph", "known", "name", "shape")

    __array_ufunc__ = None

    def __init__(
        self, graph: Graph, name: str, shape: Sequence[Size], dtype: str, known: NDArray[Any] | None = None
    ) -> None:
        self.graph, self.name, self.shape, self.dtype, self.known = graph, name, tuple(shape), dtype, known

    def _with(self, other: Any) -> Value:
        return other if isinstance(other, Value) else self.graph.constant(other, self.dtype)

    def _two(self, kind: str, left: Any, right: Any) -> Value:
        left, right = self._with(left), self._with(right)
        if left.known is not None and right.known is not None:
            return self.graph.constant(NUMPY_OPS[kind](left.known, right.known), self.dtype)
        return self.graph.op(kind, left, right, shape=broadcast(left.shape, right.shape))

    def __add__(self, other: Any) -> Value:
        return self._two("Add", self, other)

    def __radd__(self, other: Any) -> Value:
        return self._two("Add", other, self)

    def __sub__(self, other: Any) -> Value:
        return self._two("Sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return self._two("Sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return self._two("Mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return self._two("Mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return self._two("Div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return self._two("Div", other, self)

    def __pow__(self, other: Any) -> Value:
        return self._two("Pow", self, other)

    def __neg__(self) -> Value:
        return -1.0 * self

    def __matmul__(self, other: Value) -> Value:
        return self.graph.op("MatMul", self, other, shape=(*self.shape[:-1], other.shape[-1]))

    def __getitem__(self, key: Any) -> Value:
        if self.known is not None:
            return self.graph.constant(self.known[key], self.dtype)
        keys = key if isinstance(key, tuple) else (key,)
        if keys[0] is Ellipsis:  # a slice of the last axis
            return self.cut(-1, keys[1].start or 0, keys[1].stop)
        return self.cut(0, keys[0].start or 0, keys[0].stop)

    @property
    def T(self) -> Value:
        """The transpose of a matrix that is known."""
        assert self.known is not None
        return self.graph.constant(self.known.T, self.dtype)

    def cut(self, axis: int, first: int, behind: int | None) -> Value:
        """Return the part from `first` to `behind` (exclusive; None for the end) of an axis."""
        size = self.shape[axis]
        last = np.iinfo(np.int64).max if behind is None else behind
        length = None if size is None else len(range(size)[first:behind])
        shape = list(self.shape)
        shape[axis] = length
        limits = [self.graph.constant([limit], "int64") for limit in (first, last, axis)]
        return self.graph.op("Slice", self, *limits, shape=shape)

    def reshape(self, *shape: Any) -> Value:
        """Return the same numbers in another shape; None keeps the length of an axis, -1 is what remains."""
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        if self.known is not None:
            return self.graph.constant(self.known.reshape(wanted), self.dtype)
        sizes = self.graph.constant([0 if size is None else size for size in wanted], "int64")
        return self.graph.op("Reshape", self, sizes, shape=[None if size == -1 else size for size in wanted])

    def transpose(self, *order: int) -> Value:
        """Return the axes in another order."""
        return self.graph.op("Transpose", self, shape=[self.shape[axis] for axis in order], perm=list(order))

    def unsqueezed(self, *axes: int) -> Value:
        """Return the same with new axes of length 1 at these places."""
        shape: list[Size] = list(self.shape)
        for axis in axes:
            shape.insert(axis, 1)
        return self.graph.op("Unsqueeze", self, self.graph.constant(list(axes), "int64"), shape=shape)

    def squeezed(self, axis: int) -> Value:
        """Return the same without an axis of length 1."""
        shape = [size for place, size in enumerate(self.shape) if place != axis % len(self.shape)]
        return self.graph.op("Squeeze", self, self.graph.constant([axis], "int64"), shape=shape)

    def as_type(self, dtype: str) -> Value:
        """Return the same numbers as another type."""
        if self.known is not None:
            return self.graph.constant(self.known, dtype)
        kind = self.graph._helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.graph.op("Cast", self, shape=self.shape, dtype=dtype, to=int(kind))

    def size(self, axis: int) -> Value:
        """Return the length of an axis, int64 (1,)."""
        return self.graph.op("Shape", self, shape=(1,), dtype="int64", start=axis, end=axis + 1)

    def each(self, kind: str) -> Value:
        """Apply an operator of one argument to each number."""
        return self.graph.op(kind, self, shape=self.shape)

    def maximum(self, other: Any) -> Value:
        """Return the greater of the two, number by number."""
        return self.graph.op("Max", self, self._with(other), shape=self.shape)

    def minimum(self, other: Any) -> Value:
        """Return the smaller of the two, number by number."""
        return self.graph.op("Min", self, self._with(other), shape=self.shape)

    def mean(self, axis: int) -> Value:
        """Return the mean along an axis, which stays with length 1."""
        shape = list(self.shape)
        shape[axis] = 1
        return self.graph.op("ReduceMean", self, shape=shape, axes=[axis], keepdims=1)

    def repeated(self, axis: int, count: Value | int) -> Value:
        """Repeat an axis of length 1."""
        counts: list[Value] = []
        for place in range(len(self.shape)):
            if place != axis % len(self.shape):
                counts.append(self.graph.constant([1], "int64"))
            elif isinstance(count, Value):
                counts.append(count)
            else:
                counts.append(self.graph.constant([count], "int64"))
        shape = list(self.shape)
        shape[axis] = None if isinstance(count, Value) else count
        return self.graph.op("Expand", self, joined(counts, 0), shape=shape)


NUMPY_OPS: dict[str, Any] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Pow": np.power,
}


def broadcast(left: Sequence[Size], right: Sequence[Size]) -> tuple[Size, ...]:
    """Return the shape of two arrays together, by numpy's rules."""
    longest = max(len(left), len(right))
    one, two = ((1,) * (longest - len(shape)) + tuple(shape) for shape in (left, right))
    return tuple(b if a == 1 else a for a, b in zip(one, two, strict=True))


def joined(parts: Sequence[Value], axis: int) -> Value:
    """Return arrays one behind the other along an axis."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    if all(part.known is not None for part in parts):
        return first.graph.constant(np.concatenate([part.known for part in parts], axis=axis), first.dtype)
    shape = list(first.shape)
    sizes = [part.shape[axis] for part in parts]
    shape[axis] = None if None in sizes else sum(size or 0 for size in sizes)
    return first.graph.op("Concat", *parts, shape=shape, axis=axis)


def where(condition: Value, yes: Value, no: Value) -> Value:
    """Return `yes` where `condition` holds, else `no`."""
    return yes.graph.op("Where", condition, yes, no, shape=broadcast(yes.shape, no.shape), dtype=yes.dtype)
