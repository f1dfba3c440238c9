"""Recurrent layers: ONNX's own RNN, LSTM and GRU where they compute the cell, and a loop over its formula elsewhere.

Sequences are (T, N, W) here, as ONNX has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS, AbstractCell
from workbench.core.cells.arithmetic import EPSILON
from workbench.core.onnxgraph.graph import Graph, Value, joined
from workbench.core.project import ModelSpec

Weights = Mapping[str, NDArray[Any]]
States = dict[str, Value]
"""States of one layer by name, each (N, H)."""

OPERATORS = {
    "rnn-tanh": "RNN",
    "rnn-relu": "RNN",
    "lstm": "LSTM",
    "lstm-coupled": "LSTM",
    "lstm-peephole": "LSTM",
    "lstm-peephole-coupled": "LSTM",
    "gru": "GRU",
}
"""The operator that computes the cell with this fused kernel."""

ORDER = {"RNN": ("h",), "LSTM": ("i", "o", "f", "g"), "GRU": ("z", "r", "n")}
"""Our names of the operators' gates, in the operators' order (ONNX: ``iofc`` and ``zrh``)."""

PEEPHOLES = ("i", "o", "f")
BACK = "_reverse"


class OnnxOperations:
    """The operations of a cell's step as nodes, as a trained network is evaluated."""

    def sigmoid(self, x: Value, /) -> Value:
        """Return 1 / (1 + exp(-x))."""
        return x.each("Sigmoid")

    def tanh(self, x: Value, /) -> Value:
        """Return the hyperbolic tangent."""
        return x.each("Tanh")

    def relu(self, x: Value, /) -> Value:
        """Return max(x, 0)."""
        return x.each("Relu")

    def normalised(self, x: Value, /) -> Value:
        """Return (x - mean) / sqrt(variance + epsilon) along the last axis."""
        axis = len(x.shape) - 1
        centred = x - x.mean(axis)
        return centred / ((centred * centred).mean(axis) + EPSILON).each("Sqrt")

    def recalled(self, h: Value, /) -> Value:
        """Return `h`: nothing is dropped when a network is evaluated."""
        return h

    def held(self, old: Value, new: Value, share: float, /) -> Value:
        """Return the mean over all draws of zoneout."""
        return new + share * (old - new)


OPERATIONS = OnnxOperations()


@final
class Layers:
    """All recurrent layers of a network, one on top of the other."""

    def __init__(self, graph: Graph, model: ModelSpec, weights: Weights) -> None:
        self._graph, self._model = graph, model
        self._cell, self._options = CELLS[model.cell], model.cell_options
        self._layers = [
            {
                way: {
                    name: weights[f"layers.{place}.kernel.{name}_l0{way}"]
                    for name in self._cell.shapes(1, model.hidden, self._options)
                }
                for way in self._ways
            }
            for place in range(model.layers)
        ]

    @property
    def _ways(self) -> tuple[str, ...]:
        return ("", BACK) if self._model.bidirectional else ("",)

    def read(self, x: Value, states: list[States] | None = None) -> tuple[Value, Value, list[States]]:
        """Read (T, N, W), on from `states` if there are any.

        Returns
        -------
        Outputs (T, N, `width`) of the top layer, what was known when all had been read (N, `width`), and the last
        states of every layer.
        """
        after: list[States] = []
        for place, ways in enumerate(self._layers):
            before = states[place] if states else None
            x, last, found = self._read_layer(ways, x, before)
            after.append(found)
        return x, last, after

    def step(self, x: Value, states: list[States]) -> tuple[Value, list[States]]:
        """Read one entry (N, W) with all layers; returns the top layer's output (N, H) and the states."""
        if self._operator is not None:
            _outputs, last, after = self.read(x.unsqueezed(0), states)
            return last, after
        after = []
        for ways, before in zip(self._layers, states, strict=True):
            found, _gates = self._cell.step(self._constants(ways[""]), x, before, OPERATIONS, self._options)
            after.append(found)
            x = found["h"]
        return x, after

    @property
    def _operator(self) -> str | None:
        """The operator that computes the cell with its options."""
        options = self._options
        return None if options.stepwise or self._cell.fused is None else OPERATORS.get(self._cell.fused)

    def _read_layer(self, ways: Mapping[str, Weights], x: Value, before: States | None) -> tuple[Value, Value, States]:
        if self._operator is not None:
            return self._by_operator(self._operator, ways, x, before)
        outputs, ends, states = [], [], States()
        for way, weights in ways.items():
            constants = self._constants(weights)
            start = self._cell.start(constants, self._zero(x)) if before is None else before
            names = [state.key for state in self._cell.states]

            def step(held: list[Value], entry: Value, own: Any = constants, names: Any = names) -> Any:
                state = dict(zip(names, held, strict=True))
                found, _gates = self._cell.step(own, entry, state, OPERATIONS, self._options)
                return [found[name] for name in names], found["h"]

            last, collected = self._graph.scan([start[name] for name in names], x, step, back=way == BACK)
            states |= dict(zip(names, last, strict=True))
            outputs.append(collected)
            ends.append(last[names.index("h")])
        return joined(outputs, 2), joined(ends, 1), states

    def _constants(self, weights: Weights) -> dict[str, Value]:
        return {name: self._graph.constant(value) for name, value in weights.items()}

    def _zero(self, x: Value) -> Value:
        """Return zeros (N, H) for a sequence (T, N, W)."""
        return self._graph.constant(np.zeros((1, self._model.hidden))).repeated(0, x.size(1))

    def _by_operator(
        self, kind: str, ways: Mapping[str, Weights], x: Value, before: States | None
    ) -> tuple[Value, Value, States]:
        graph, hidden, rows = self._graph, self._model.hidden, x.shape[1]
        each = [arranged(kind, self._cell, weights, hidden) for weights in ways.values()]
        w, r, b, p = (None if part[0] is None else graph.constant(np.stack(part)) for part in zip(*each, strict=True))
        keys = ("h", "c") if kind == "LSTM" else ("h",)
        first: list[Value | None] = [self._start(ways, key, x, before) for key in keys]
        inputs: list[Value | None] = [x, w, r, b, None, *first]
        attributes: dict[str, Any] = {
            "hidden_size": hidden,
            "direction": "bidirectional" if len(ways) == 2 else "forward",
        }
        if kind == "LSTM":
            inputs.append(p)
        elif kind == "GRU":
            attributes["linear_before_reset"] = int(self._options.form == "torch")
        else:
            attributes["activations"] = ["Relu" if self._cell.fused == "rnn-relu" else "Tanh"] * len(ways)
        count = len(ways)
        shapes = [(x.shape[0], count, rows, hidden), *[(count, rows, hidden)] * len(keys)]
        outputs, *last = graph.ops(kind, inputs, shapes, "float32", **attributes)
        states = {key: end[0:1].squeezed(0) for key, end in zip(keys, last, strict=True)}
        if count == 1:
            return outputs.squeezed(1), states["h"], states
        both = outputs.transpose(0, 2, 1, 3).reshape(None, None, 2 * hidden)
        return both, joined([states["h"], last[0][1:2].squeezed(0)], 1), states

    def _start(self, ways: Mapping[str, Weights], key: str, x: Value, before: States | None) -> Value | None:
        """Return the first state (directions, N, H); None for zeros."""
        if before is not None:
            return before[key].unsqueezed(0)
        if self._options.initial_state != "learned":
            return None
        learned = np.stack([weights[f"{key}_0"] for weights in ways.values()])[:, None]
        return self._graph.constant(learned).repeated(1, x.size(1))


Arranged = tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]


def arranged(kind: str, cell: AbstractCell, weights: Weights, hidden: int) -> Arranged:
    """Return the weights of one direction in an operator's order: W (G H, W), R (G H, H), B (2 G H,), P (3 H,).

    A gate that is 1 minus another gets the negative of its weights: sigmoid(-a) = 1 - sigmoid(a).
    """
    order = ORDER[kind]

    def rows(name: str, blocks: tuple[str, ...], wanted: tuple[str, ...]) -> NDArray[Any]:
        parts = dict(zip(blocks, np.split(weights[name], len(blocks)), strict=True))
        parts |= {gate: -parts[other] for gate, other in cell.complements.items() if other in parts}
        return np.concatenate([parts[gate] for gate in wanted])

    blocks = cell.weight_blocks
    w, r = rows("weight_ih", blocks, order), rows("weight_hh", blocks, order)
    b = p = None
    if "bias_ih" in weights:
        b = np.concatenate([rows("bias_ih", blocks, order), rows("bias_hh", blocks, order)])
    if cell.peepholes:
        p = rows("weight_ch", cell.peepholes, PEEPHOLES)
        if b is None:
            b = np.zeros(2 * len(order) * hidden, np.float32)
    return w, r, b, p
