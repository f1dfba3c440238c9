"""Evaluate the equations of a cell line by line at one step of a window, from recorded states and exported weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS
from workbench.core.events import Trace
from workbench.core.insight.size import weight_name
from workbench.core.insight.stepgraph import SQUASHING, Node, Step, is_weighted, step_of, terms
from workbench.core.project import DataSpec, ModelSpec

Floats = NDArray[np.floating]
Weights = Mapping[str, NDArray[np.generic]]

SAME = 2e-3
"""Recorded values are kept in half precision at worst; weights that give other values are those of another epoch."""
SQUASH_WORDS = {"sigmoid": "σ({})", "tanh": "tanh({})", "relu": "max(0, {})"}
MINUS = "−"


@dataclass(frozen=True, slots=True)
class Line:
    """One equation with its numbers at a unit.

    Attributes
    ----------
    key
        Of the gate or state it gives.
    equation
        As the cell declares it.
    numbers
        The same with numbers, up to the result.
    value
        The result, as recorded.
    """

    key: str
    equation: str
    numbers: str
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A step of a layer, with the network's own values.

    Attributes
    ----------
    values
        (H,) of each gate and state after the step, as recorded.
    before
        (H,) of each state before it.
    x
        (F,) input of the layer at this step.
    difference
        Largest difference between recorded values and those computed from the weights; None without weights.
    exact
        Whether the weights are those of the recorded network.
    """

    step: Step
    values: Mapping[str, Floats]
    before: Mapping[str, Floats]
    x: Floats
    difference: float | None
    exact: bool


def evaluated(
    model: ModelSpec, data: DataSpec, weights: Weights, traces: Sequence[Trace], window: Floats, *,
    layer: int, step: int, back: bool = False, target: int = 0,
) -> Evaluation:  # fmt: skip
    """Run the step of a layer at which row `step` of the window was read.

    Parameters
    ----------
    window
        (T, F) scaled rows, as the dataset has them.
    back
        The direction of a bidirectional layer that reads from the last step to the first.
    target
        Which target the traces belong to, of a network that reads each by itself.
    """
    cell, options, hidden = CELLS[model.cell], model.cell_options, model.hidden
    first = hidden if back else 0
    own = {key: value[:, first : first + hidden] for key, value in traces[layer].values.items()}
    shapes = cell.shapes(1, 1, options)
    named = {name: np.asarray(weights[weight_name(layer, name, back=back)], dtype=np.float64) for name in shapes}
    place = step // model.segment
    row = min((place + 1) * model.segment, len(window)) - 1
    row_before = row + model.segment if back else row - model.segment
    before = {}
    for state in cell.states:
        there = 0 <= row_before < len(window)
        first_value = named.get(f"{state.key}_0", np.zeros(hidden))
        before[state.key] = np.asarray(own[state.key][row_before], dtype=np.float64) if there else first_value
    if layer == 0:
        x = tokens(model, data, weights, window, target)[place]
    else:
        x = np.asarray(traces[layer - 1].values["h"][row], dtype=np.float64)
    made = step_of(cell, options, named, x, before)
    values = {key: np.asarray(value[row], dtype=np.float64) for key, value in own.items()}
    difference = max(float(np.abs(made.made[key].value[0] - values[key]).max()) for key in values)
    return Evaluation(made, values, before, x, difference, difference <= SAME)


def tokens(model: ModelSpec, data: DataSpec, weights: Weights, window: Floats, target: int = 0) -> Floats:
    """Return what the first layer reads at each of its steps, (T / segment, W), of a scaled window (T, F)."""
    w = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items() if not name.startswith("layers.")}
    z = _without_level(model, data.levels, w, np.asarray(window, dtype=np.float64))
    if model.channels == "shared":
        count = len(data.targets)
        z = np.concatenate([z[:, target : target + 1], z[:, count:]], axis=1)
    if not model.embedded:
        return z
    rows = z.reshape(len(z) // model.segment, -1)
    found: Floats = np.maximum(rows @ w["tokens.embedding.weight"].T + w["tokens.embedding.bias"], 0.0)
    return found


def _without_level(model: ModelSpec, levels: int, w: Mapping[str, Floats], z: Floats) -> Floats:
    """Take the window's own level away; see :mod:`workbench.core.forecaster.normalisations`."""
    found = z.copy()
    own = z[:, :levels]
    if model.normalisation == "last":
        found[:, :levels] = own - own[-1:]
    elif model.normalisation == "revin":
        spread = np.sqrt(own.var(axis=0) + 1e-5)
        found[:, :levels] = (own - own.mean(axis=0)) / spread * w["normalisation.gain"] + w["normalisation.offset"]
    return found


def lines(model: ModelSpec, evaluation: Evaluation, unit: int) -> tuple[Line, ...]:
    """Return the cell's equations in order, each with its numbers at `unit`; remarks on options have none."""
    found = []
    for equation in CELLS[model.cell].equations_with(model.cell_options):
        key = equation[:1]
        if key in evaluation.step.made and "↦" not in equation and "₀" not in equation[:3]:
            value = float(evaluation.values[key][unit])
            found.append(Line(key, equation, Writer(evaluation, unit).line(key), value))
        else:
            found.append(Line("", equation, "", float("nan")))
    return tuple(found)


class Writer:
    """Writes the numbers of a node."""

    def __init__(self, evaluation: Evaluation, unit: int) -> None:
        self._evaluation, self._unit = evaluation, unit
        self._names = evaluation.step.names()

    def line(self, key: str) -> str:
        """Return the numbers behind a gate or state, "" where only its value is known."""
        node = self._evaluation.step.made[key]
        if is_weighted(node) and not self._evaluation.exact:
            return ""
        return self._inside(node)

    def value(self, node: Node) -> float:
        """Return the value of a node, from recorded gates and states where it hangs on them alone."""
        if id(node) in self._names:
            return float(self._evaluation.values[self._names[id(node)]][self._unit])
        if node.op == "state":
            return float(self._evaluation.before[node.key][self._unit])
        found = node.value
        return float(found if found.ndim == 0 else found[..., self._unit].ravel()[0])

    def _inside(self, node: Node) -> str:
        """Write what `node` is made of."""
        if is_weighted(node):
            parts = [term.value for term in terms(node, self._unit)]
            return SQUASH_WORDS[node.op].format(_sum(parts))
        if node.op in SQUASHING:
            return SQUASH_WORDS[node.op].format(self._operand(node.args[0]))
        if node.op == "held":
            old, new, share = (self.value(arg) for arg in node.args)
            return f"{figure(share)} · {_signed(old)} + {figure(1 - share)} · {_signed(new)}"
        left, right = node.args[:2]
        if node.op == "mul":
            return f"{self._factor(left)} · {self._factor(right)}"
        sign = "+" if node.op == "add" else MINUS
        return f"{self._operand(left)} {sign} {self._operand(right)}"

    def _operand(self, node: Node) -> str:
        if node.op == "const" and node.value.ndim == 0:
            return f"{float(node.value):g}"
        if id(node) in self._names or node.op in ("state", "const", "linear", "x"):
            return figure(self.value(node))
        return self._inside(node)

    def _factor(self, node: Node) -> str:
        if node.op in ("add", "sub") and id(node) not in self._names:
            return f"({self._inside(node)})"
        text = self._operand(node)
        return f"({text})" if text.startswith(MINUS) else text


def _signed(value: float) -> str:
    text = figure(value)
    return f"({text})" if value < 0 else text


def _sum(parts: Sequence[float]) -> str:
    text = figure(parts[0])
    for part in parts[1:]:
        text += f" {'+' if part >= 0 else MINUS} {figure(abs(part))}"
    return text


def figure(value: float) -> str:
    """Write a number with three digits behind the point, and a real minus."""
    text = f"{value:.3f}" if abs(value) < 1000 else f"{value:.3g}"
    return text.replace("-", MINUS) if float(text) else "0.000"
