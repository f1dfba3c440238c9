"""A state over a window as what was kept of the old one and what was written: c(t) = f c(t-1) + i g, of any cell.

The split is found in the cell's formula: what reaches the new state from the old one without being squashed is kept,
all else is written. A plain cell keeps nothing that way; of it the sum inside the squashing function is split, U h(t-1)
against W x + b.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS
from workbench.core.events import Trace
from workbench.core.insight.size import weight_name
from workbench.core.insight.stepgraph import SQUASHING, Node, Step, is_weighted, leaves, step_of, summed
from workbench.core.insight.stepping import SAME, tokens
from workbench.core.project import DataSpec, ModelSpec

Floats = NDArray[np.floating]
Weights = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False)
class Belt:
    """One unit's state over the rows of a window, (T,) each.

    Attributes
    ----------
    key
        Of the state.
    total
        What kept and written should add up to: the recorded state, or what goes into the squashing function.
    before_squashing
        True for a cell that carries nothing on: the sum is that inside tanh or relu.
    kept_words, written_words
        The two parts as formulas.
    difference
        Largest difference between the sum and `total`.
    """

    key: str
    total: Floats
    kept: Floats
    written: Floats
    before_squashing: bool
    kept_words: str
    written_words: str
    difference: float


@dataclass(frozen=True, slots=True, eq=False)
class WindowSteps:
    """All steps of one direction of a layer at once.

    Attributes
    ----------
    step
        Its values are (T / segment, H).
    values, before
        Recorded gates and states after, and states before each step, (T / segment, H).
    exact
        Whether the weights are those of the recorded network.
    """

    step: Step
    values: Mapping[str, Floats]
    before: Mapping[str, Floats]
    exact: bool
    segment: int


def window_steps(
    model: ModelSpec, data: DataSpec, weights: Weights, traces: Sequence[Trace], window: Floats, *,
    layer: int, back: bool = False, target: int = 0,
) -> WindowSteps:  # fmt: skip
    """Run every step of the window; arguments as for :func:`workbench.core.insight.stepping.evaluated`."""
    cell, options, hidden = CELLS[model.cell], model.cell_options, model.hidden
    first, every = hidden if back else 0, slice(model.segment - 1, None, model.segment)
    own = {
        key: np.asarray(value[every, first : first + hidden], dtype=np.float64)
        for key, value in traces[layer].values.items()
    }
    names = cell.shapes(1, 1, options)
    named = {name: np.asarray(weights[weight_name(layer, name, back=back)], dtype=np.float64) for name in names}
    before = {}
    for state in cell.states:
        start = np.asarray(named.get(f"{state.key}_0", np.zeros(hidden)), dtype=np.float64)[None]
        course = own[state.key]
        before[state.key] = np.concatenate([course[1:], start] if back else [start, course[:-1]])
    below = np.asarray(traces[layer - 1].values["h"][every], dtype=np.float64) if layer else None
    x = tokens(model, data, weights, window, target) if below is None else below
    step = step_of(cell, options, named, x, before)
    difference = max(float(np.abs(step.made[key].value - own[key]).max()) for key in own)
    return WindowSteps(step, own, before, difference <= SAME, model.segment)


def belt_of(model: ModelSpec, steps: WindowSteps, unit: int) -> Belt:
    """Split the first state of the cell at `unit` (of its direction); needs exact weights only for a plain cell."""
    key = CELLS[model.cell].states[0].key
    node = steps.step.made[key]
    splitter = _Splitter(steps, unit)
    if splitter.carries(node, key):
        kept, written = splitter.split(node, key)
        total = steps.values[key][:, unit]
        words = splitter.words(node, key)
        squashed = False
    else:
        while not is_weighted(node):  # behind zoneout
            node = node.args[1]
        parts = list(summed(node.args[0]))
        kept = sum((part.value[:, unit] for part in parts if key in leaves(part)), np.zeros(len(steps.values[key])))
        total = node.args[0].value[:, unit]
        written = sum(
            (np.broadcast_to(part.value, node.value.shape)[:, unit] for part in parts if key not in leaves(part)),
            np.zeros(len(total)),
        )
        words, squashed = (f"U {key}ₜ₋₁", "W xₜ + b"), True
    difference = float(np.abs(kept + written - total).max())
    total, kept, written = (np.repeat(part, steps.segment) for part in (total, kept, written))
    return Belt(key, total, kept, written, squashed, *words, difference)


class _Splitter:
    """Follows the old state through the formula of the new one."""

    def __init__(self, steps: WindowSteps, unit: int) -> None:
        self._steps, self._unit = steps, unit
        self._names = steps.step.names()

    def carries(self, node: Node, key: str) -> bool:
        """Return whether the old state reaches `node` without being squashed."""
        if node.op == "state":
            return node.key == key
        return node.op in ("add", "sub", "mul", "held") and any(self.carries(arg, key) for arg in node.args)

    def value(self, node: Node) -> Floats:
        """Return the value of a node (T,), from recorded gates and states where there are any."""
        if id(node) in self._names:
            return self._steps.values[self._names[id(node)]][:, self._unit]
        if node.op == "state":
            return self._steps.before[node.key][:, self._unit]
        if node.op in ("add", "sub", "mul"):
            left, right = (self.value(arg) for arg in node.args)
            return left + right if node.op == "add" else left - right if node.op == "sub" else left * right
        return node.value if node.value.ndim == 0 else np.broadcast_to(node.value, self._shape())[:, self._unit]

    def _shape(self) -> tuple[int, ...]:
        return next(iter(self._steps.values.values())).shape

    def split(self, node: Node, key: str) -> tuple[Floats, Floats]:
        """Return what of `node` comes from the old state and what does not."""
        if not self.carries(node, key):
            value = self.value(node)
            return np.zeros_like(value), value
        if node.op == "state":
            value = self.value(node)
            return value, np.zeros_like(value)
        if node.op == "held":
            share = float(node.args[2].value)
            (old, _nothing), (kept, written) = (self.split(arg, key) for arg in node.args[:2])
            return share * old + (1.0 - share) * kept, (1.0 - share) * written
        if node.op == "mul":
            carrier, factor = node.args if self.carries(node.args[0], key) else node.args[::-1]
            kept, written = self.split(carrier, key)
            value = self.value(factor)
            return kept * value, written * value
        sign = 1.0 if node.op == "add" else -1.0
        (kept, written), (more, other) = (self.split(arg, key) for arg in node.args)
        return kept + sign * more, written + sign * other

    def words(self, node: Node, key: str) -> tuple[str, str]:
        """Return the parts as formulas."""
        if node.op == "held":
            kept, written = self.words(node.args[1], key)
            share = f"{float(node.args[2].value):g}"
            more = f" + (1 − {share}) {kept}" if kept else ""
            return f"{share} {key}ₜ₋₁{more}", f"(1 − {share}) {written}"
        parts = list(summed(node))
        kept = " + ".join(self._formula(part) for part in parts if self.carries(part, key))
        return kept, " + ".join(self._formula(part) for part in parts if not self.carries(part, key))

    def _formula(self, node: Node) -> str:
        if id(node) in self._names:
            return f"{self._names[id(node)]}ₜ"
        if node.op == "state":
            return f"{node.key}ₜ₋₁"
        if node.op == "const":
            return f"{float(node.value):g}" if node.value.ndim == 0 else "b"
        if node.op in SQUASHING:
            return f"{'σ' if node.op == 'sigmoid' else node.op}(…)"
        left, right = (self._formula(arg) for arg in node.args[:2])
        if node.op == "mul":
            return f"{left} ⊙ {right}"
        return f"({left} {'+' if node.op == 'add' else '−'} {right})"
