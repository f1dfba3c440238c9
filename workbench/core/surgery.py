"""Operate on a trained network: clamp a gate, silence or freeze a unit, cut peepholes, couple gates, edit a weight.

Every operation is carried out on the weights, so the changed network is a network like any other: it is evaluated by
the same code and the same kernels, can be trained on and exported, and there is no second place where an operation
could mean something else (decision 080). A sigmoid whose row of weights is 0 and whose bias is log(v / (1 - v)) is v
at every step; a unit whose gates write nothing and forget nothing stays where it starts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS, AbstractCell, Signal
from workbench.core.insight.size import weight_name
from workbench.core.operations import (
    NO_OPERATION,
    Clamp,
    Couple,
    CutPeepholes,
    Freeze,
    MovePoint,
    Operation,
    Operations,
    SetWeight,
    Silence,
    Start,
)
from workbench.core.problems import WorkbenchError
from workbench.core.project import ModelSpec, Project

Weights = Mapping[str, NDArray[np.generic]]
Changed = dict[str, NDArray[Any]]

CLOSED = 100.0
"""sigmoid(-100) is 4e-44: nothing, in float32 as in float64; sigmoid(100) is 1 in both."""
FULL = 20.0
"""tanh(20) is 1 in float64."""

ORDER = ("weight", "start", "cut-peepholes", "clamp", "couple", "freeze", "silence")
"""What is done first: i = 1 - f holds for a clamped f too, and a silent unit stays silent whatever else is done."""

WROTE_NOTHING: Mapping[str, float] = {"input": -CLOSED, "output": -CLOSED, "forget": CLOSED, "candidate": 0.0}
"""Pre-activations, by the role of a gate, of a unit that keeps what it has and adds nothing."""


def operated(model: ModelSpec, weights: Weights, operations: Operations) -> tuple[ModelSpec, Changed]:
    """Return the network after `operations`; points of a window that are moved are none of its own.

    The order in which they are given matters only between operations of the same kind, see :data:`ORDER`.

    Raises
    ------
    WorkbenchError
        ``no-operation`` if the network has no such gate, unit, layer, state or weight, or the gate no such value.
    """
    found: Changed = {name: np.array(value) for name, value in weights.items()}
    ops = [operation for operation in operations if not isinstance(operation, MovePoint)]
    if not ops:
        return model, found
    if any(isinstance(operation, Start | Freeze) for operation in ops):
        model = _with_option(model, found, "initial_state", "learned")
    if any(isinstance(operation, Clamp | Freeze | Silence) for operation in ops):
        model = _with_option(model, found, "bias", True)
    for operation in sorted(ops, key=lambda entry: ORDER.index(entry.kind)):
        _Table(model, found, operation).carry_out()
    return model, found


def operated_project(project: Project, weights: Weights, operations: Operations) -> tuple[Project, Changed]:
    """Return the project, which tells of the surgery, and the weights after it."""
    lasting = tuple(operation for operation in operations if not isinstance(operation, MovePoint))
    model, changed = operated(project.model, weights, lasting)
    return project.model_copy(update={"model": model, "surgery": (*project.surgery, *lasting)}), changed


def _with_option(model: ModelSpec, weights: Changed, name: str, value: object) -> ModelSpec:
    """Switch an option of the cell on, with weights of 0 for what it adds: they change nothing."""
    if vars(model.cell_options)[name] == value:
        return model
    made: ModelSpec = model.changed(options={**model.options, name: value})
    cell = CELLS[model.cell]
    for layer in range(made.layers):
        inputs = weights[weight_name(layer, "weight_ih")].shape[1]
        for back in (False, True) if made.bidirectional else (False,):
            for key, shape in cell.shapes(inputs, made.hidden, made.cell_options).items():
                weights.setdefault(weight_name(layer, key, back=back), np.zeros(shape, np.float32))
    return made


class _Table:
    """One operation on the weights of one layer."""

    def __init__(self, model: ModelSpec, weights: Changed, operation: Operation) -> None:
        assert not isinstance(operation, MovePoint)
        self.model, self.weights, self.operation = model, weights, operation
        self.cell: AbstractCell = CELLS[model.cell]
        self.layer = operation.layer
        if self.layer >= model.layers:
            raise self._refusal(f"there are {model.layers} layers")

    def _refusal(self, reason: str) -> WorkbenchError:
        return WorkbenchError(NO_OPERATION, operation=self.operation.notation, reason=reason)

    def carry_out(self) -> None:
        """Change the weights."""
        match self.operation:
            case Clamp():
                self._clamp(self.operation)
            case Silence():
                self._hold(self.operation.unit, {state.key: 0.0 for state in self.cell.states})
            case Freeze():
                self._hold(self.operation.unit, self.operation.states)
            case CutPeepholes():
                self._cut()
            case Couple():
                self._couple()
            case Start():
                self._start(self.operation.state, self.operation.unit, self.operation.value)
            case SetWeight():
                self._edit(self.operation)

    # -- the operations -----------------------------------------------------------------------------------

    def _clamp(self, clamp: Clamp) -> None:
        gate = next((gate for gate in self.cell.gates if gate.key == clamp.gate), None)
        if gate is None:
            gates = ", ".join(gate.key for gate in self.cell.gates) or "none"
            raise self._refusal(f"the cell's gates are: {gates}")
        low, high = gate.low, gate.high
        assert low is not None
        assert high is not None
        if not low <= clamp.value <= high:
            raise self._refusal(f"{gate.key} lies between {low:g} and {high:g}")
        block, value = gate.key, clamp.value
        if block in self.cell.complements:  # i = 1 - f: the other gate makes it
            block, value = self.cell.complements[block], 1.0 - value
        for way, place in self._places(clamp.unit):
            self._still(way, block, place, went_in(gate, value))

    def _hold(self, unit: int, states: Mapping[str, float]) -> None:
        """Let the states of a unit start at `states` and stay there."""
        if set(states) != {state.key for state in self.cell.states}:
            raise self._refusal("the cell's states are: " + ", ".join(state.key for state in self.cell.states))
        ((way, place),) = self._places(unit)
        for key, value in states.items():
            if self.model.cell_options.initial_state == "learned":
                self._start(key, unit, value)
        roles = {gate.key: gate for gate in self.cell.gates}
        own = {state.key: state for state in self.cell.states}
        for block in self.cell.weight_blocks:
            if block in own:
                a = went_in(own[block], states[block])
            elif roles[block].role == "output" and states["h"] and self.model.cell_options.layer_norm:
                continue  # what is shown of c then hangs on all other units
            elif roles[block].role == "output" and states["h"]:
                a = went_in(roles[block], min(max(states["h"] / math.tanh(states["c"]), 0.0), 1.0))
            else:
                a = WROTE_NOTHING[roles[block].role]
            self._still(way, block, place, a)

    def _cut(self) -> None:
        if not self.cell.peepholes:
            raise self._refusal("the cell has no peepholes")
        for way in self._ways():
            self._of(way, "weight_ch")[:] = 0

    def _couple(self) -> None:
        blocks = self.cell.weight_blocks
        if "i" not in blocks or "f" not in blocks:
            raise self._refusal("the cell has no input gate beside its forget gate")
        for way in self._ways():
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                if self._name(way, name) in self.weights:
                    rows = self._of(way, name)
                    rows[self._rows("i")] = -rows[self._rows("f")]
            if self._name(way, "norm_hh") in self.weights:  # LN(-U h) is -LN(U h): the gain stays
                gain = self._of(way, "norm_hh")
                gain[self._rows("i")] = gain[self._rows("f")]
            if {"i", "f"} <= set(self.cell.peepholes):
                diagonal, places = self._of(way, "weight_ch"), self.cell.peepholes
                diagonal[self._part(places.index("i"))] = -diagonal[self._part(places.index("f"))]

    def _start(self, state: str, unit: int | None, value: float) -> None:
        if state not in {entry.key for entry in self.cell.states}:
            raise self._refusal("the cell's states are: " + ", ".join(entry.key for entry in self.cell.states))
        for way, place in self._places(unit):
            self._of(way, f"{state}_0")[place] = value

    def _edit(self, edit: SetWeight) -> None:
        own = weight_name(edit.layer, edit.name.removesuffix("_reverse"), back=edit.name.endswith("_reverse"))
        name = next((name for name in (own, edit.name) if name in self.weights), None)
        if name is None:
            raise self._refusal("there is no such weight")
        value = self.weights[name]
        place = (edit.row,) if edit.column is None else (edit.row, edit.column)
        if len(place) != value.ndim or any(at >= size for at, size in zip(place, value.shape, strict=True)):
            raise self._refusal("its shape is " + " x ".join(str(size) for size in value.shape))
        value[place] = edit.value

    # -- where things are ---------------------------------------------------------------------------------

    def _ways(self) -> tuple[bool, ...]:
        return (False, True) if self.model.bidirectional else (False,)

    def _places(self, unit: int | None) -> Iterator[tuple[bool, slice]]:
        """Yield direction and units; those of the way back follow the others."""
        if unit is None:
            yield from ((way, slice(0, self.model.hidden)) for way in self._ways())
        elif unit >= self.model.width:
            raise self._refusal(f"there are {self.model.width} units")
        else:
            first = unit % self.model.hidden
            yield unit >= self.model.hidden, slice(first, first + 1)

    def _name(self, back: bool, name: str) -> str:
        return weight_name(self.layer, name, back=back)

    def _of(self, back: bool, name: str) -> NDArray[Any]:
        return self.weights[self._name(back, name)]

    def _part(self, block: int) -> slice:
        return slice(block * self.model.hidden, (block + 1) * self.model.hidden)

    def _rows(self, block: str) -> slice:
        return self._part(self.cell.weight_blocks.index(block))

    def _still(self, back: bool, block: str, units: slice, a: float) -> None:
        """Let `a` go into the squashing function of a block's units at every step, whatever is read."""
        first = self.cell.weight_blocks.index(block) * self.model.hidden
        rows = slice(first + units.start, first + units.stop)
        self._of(back, "weight_ih")[rows] = 0
        # With layer normalisation every row of U h takes part in the mean: the gain closes the row, not its weights.
        self._of(back, "norm_hh" if self._name(back, "norm_hh") in self.weights else "weight_hh")[rows] = 0
        self._of(back, "bias_ih")[rows] = a
        self._of(back, "bias_hh")[rows] = 0
        if block in self.cell.peepholes:
            first = self.cell.peepholes.index(block) * self.model.hidden
            self._of(back, "weight_ch")[first + units.start : first + units.stop] = 0


def went_in(signal: Signal, value: float) -> float:
    """Return what goes into the squashing function of a signal that is `value`: logit, atanh, or the value itself."""
    if signal.low == 0.0 and signal.high == 1.0:
        if not 0.0 < value < 1.0:
            return CLOSED if value >= 1.0 else -CLOSED
        return math.log(value / (1.0 - value))
    if signal.low is not None and signal.low < 0.0:
        return math.atanh(value) if abs(value) < math.tanh(FULL) else math.copysign(FULL, value)
    return value
