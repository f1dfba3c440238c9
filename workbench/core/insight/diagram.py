"""Where the parts of a cell stand in its picture: found from its formula, so that a new cell has one (decision 081).

Columns go to the right, rows downwards: the belt of the first state above, operations below it, gates below them, and
the lines of what they read at the bottom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np

from workbench.core.cells import CELLS, AbstractCell
from workbench.core.insight.stepgraph import Node, Step, is_weighted, step_of, summed
from workbench.core.insight.stepping import Evaluation, Writer
from workbench.core.project import ModelSpec

SYMBOLS = {"add": "+", "sub": "1−", "mul": "×", "sigmoid": "σ", "tanh": "tanh", "relu": "relu", "held": "ζ"}


@dataclass(frozen=True, slots=True)
class Part:
    """Something of the picture.

    Attributes
    ----------
    kind
        ``gate`` (a squashing function of weighted sums), ``operation``, ``before`` or ``after`` (a state).
    symbol
        What stands in it.
    key
        Of the gate or state it gives, "" if it has no name.
    column, row
        Its place.
    reads
        Keys of input and states before the step that a gate's weighted sum reads.
    """

    number: int
    kind: Literal["gate", "operation", "before", "after"]
    symbol: str
    key: str
    column: float
    row: float
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wire:
    """What flows from one part to another; through a peephole if `peephole`."""

    source: int
    target: int
    peephole: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """The picture of a cell.

    Attributes
    ----------
    columns, rows
        Its size. The last row is that of the lines that gates read.
    """

    parts: tuple[Part, ...]
    wires: tuple[Wire, ...]
    columns: float
    rows: float

    def part(self, key: str, kind: str) -> Part:
        """Return the part of this kind that gives gate or state `key`."""
        return next(part for part in self.parts if part.key == key and part.kind == kind)


@lru_cache(maxsize=32)
def diagram_of(model: ModelSpec) -> Diagram:
    """Return the picture of the model's cell with its options."""
    cell, options = CELLS[model.cell], model.cell_options
    random = np.random.default_rng(0)
    weights = {name: random.normal(size=shape) for name, shape in cell.shapes(1, 2, options).items()}
    step = step_of(cell, options, weights, np.ones(1), {state.key: np.ones(2) for state in cell.states})
    return _Layout(cell, step).made()


@lru_cache(maxsize=32)
def routes_of(model: ModelSpec) -> tuple[tuple[Wire, tuple[Point, ...]], ...]:
    """Return the wires of the model's picture, each with its corners: asked for at every repaint, found once."""
    diagram = diagram_of(model)
    return tuple((wire, route(diagram, wire)) for wire in diagram.wires)


def part_values(model: ModelSpec, evaluation: Evaluation, unit: int) -> dict[int, float]:
    """Return the value of each part of the picture at `unit`, by the part's number."""
    cell = CELLS[model.cell]
    layout, writer = _Layout(cell, evaluation.step), Writer(evaluation, unit)
    diagram = layout.made()
    found = {part.number: writer.value(node) for part, node in layout.nodes()}
    after = {
        part.number: writer.value(evaluation.step.made[part.key]) for part in diagram.parts if part.kind == "after"
    }
    return found | after


class _Layout:
    """Places nodes one after the other, each to the right of what it is made of."""

    def __init__(self, cell: AbstractCell, step: Step) -> None:
        states = self._states = tuple(state.key for state in cell.states)
        self._step, self._gates = step, tuple(gate.key for gate in cell.gates)
        self._names = step.names()
        self._belt = self._on_belt(step.made[states[0]], states[0])
        self._places: dict[int, Part] = {}
        self._nodes: list[Node] = []
        self._taken: set[tuple[float, float]] = set()
        self._wires: list[Wire] = []
        self._bottom = 2.0

    def made(self) -> Diagram:
        """Return the picture."""
        for index, key in enumerate(self._states):
            row = 0.0 if index == 0 and self._belt else self._bottom + 1
            self._put(self._step.before[key], Part(len(self._places), "before", key, key, 0.0, row))
        for key in (*self._gates, *self._states):
            self._place(self._step.made[key])
        last = max(part.column for part in self._places.values()) + 1
        parts = list(self._places.values())
        for key in self._states:
            source = self._places[id(self._step.made[key])]
            parts.append(Part(len(parts), "after", key, key, last, source.row))
            self._wires.append(Wire(source.number, parts[-1].number))
        # Rows that nothing stands in are left out: a plain cell has neither a belt nor operations.
        rows = sorted({part.row for part in parts} | {self._bottom + 1})
        parts = [replace(part, row=float(rows.index(part.row))) for part in parts]
        return Diagram(tuple(parts), tuple(dict.fromkeys(self._wires)), last, len(rows) - 1.0)

    def _on_belt(self, node: Node, key: str) -> set[int]:
        """Return the nodes through which a state goes on without being squashed."""
        if node.op == "state":
            return {id(node)} if node.key == key else set()
        if node.op not in ("add", "mul", "held", "sub"):
            return set()
        below = set().union(*(self._on_belt(arg, key) for arg in node.args))
        return below | {id(node)} if below else set()

    def nodes(self) -> Iterator[tuple[Part, Node]]:
        """Yield every part with the node it stands for; states after the step are those that make them."""
        return ((self._places[id(node)], node) for node in self._nodes)

    def _put(self, node: Node, part: Part) -> None:
        self._places[id(node)] = part
        self._nodes.append(node)
        self._taken.add((part.column, part.row))

    def _place(self, node: Node) -> None:
        """Place a node behind all it is made of."""
        if id(node) in self._places or node.op in ("x", "const"):
            return
        sources = list(dict.fromkeys(self._sources(node)))
        for source, _peephole in sources:
            self._place(source)
        gate = is_weighted(node)
        wired = [(self._places[id(source)], peephole) for source, peephole in sources if id(source) in self._places]
        inner = [part.column for part, _peephole in wired if part.kind != "before"]
        row = self._bottom if gate else 0.0 if id(node) in self._belt else 1.0
        column = max([1.0, *inner])
        if gate:
            column = max([column, *(part.column + 1 for part in self._places.values() if part.kind == "gate")])
        while (column, row) in self._taken:
            column += 1
        reads = tuple(sorted(self._read(node))) if gate else ()
        part = Part(len(self._places), "gate" if gate else "operation", _symbol(node), self._names.get(id(node), ""),
                    column, row, reads)  # fmt: skip
        self._put(node, part)
        self._wires += [Wire(source.number, part.number, peephole) for source, peephole in wired]

    def _sources(self, node: Node) -> Iterator[tuple[Node, bool]]:
        """Yield the nodes that `node` is made of, and whether it sees them through a peephole."""
        if not is_weighted(node):
            for arg in node.args:
                yield from ((found, False) for found in _ends(arg))
            return
        for part in summed(node.args[0]):
            if part.op == "mul" and any(arg.op == "const" for arg in part.args):
                yield from ((found, True) for found in _ends(part))
            elif part.op == "linear" and part.args[0].op not in ("x", "state"):
                yield part.args[0], False
            elif part.op not in ("linear", "const"):
                yield part, False

    def _read(self, node: Node) -> set[str]:
        """Return what the products with matrices inside a gate's sum read."""
        return {
            part.args[0].key
            for part in summed(node.args[0])
            if part.op == "linear" and part.args[0].op in ("x", "state")
        }


def _ends(node: Node) -> Iterator[Node]:
    """Yield the nodes that stand for `node` in the picture: products with weights and constants are no parts."""
    if node.op == "linear":
        yield from _ends(node.args[0])
    elif node.op in ("add", "mul") and any(arg.op == "const" for arg in node.args):
        for arg in node.args:
            yield from _ends(arg)
    elif node.op not in ("const", "x"):
        yield node


def _symbol(node: Node) -> str:
    return SYMBOLS[node.op]


Point = tuple[float, float]

NEAR = 0.3
"""A wire that comes nearer than this to the middle of a part goes through it."""


def route(diagram: Diagram, wire: Wire) -> tuple[Point, ...]:
    """Return the corners (column, row) of a wire, around the other parts if need be."""
    source, target = (next(part for part in diagram.parts if part.number == end) for end in (wire.source, wire.target))
    others = [part for part in diagram.parts if part.number not in (wire.source, wire.target)]
    tracks = list(_tracks((source.column, source.row), (target.column, target.row)))
    return min(tracks, key=lambda track: (sum(_through(track, part) for part in others), tracks.index(track)))


def _tracks(start: Point, end: Point) -> Iterator[tuple[Point, ...]]:
    """Yield ways from `start` to `end`, the plainest first."""
    (sx, sy), (tx, ty) = start, end
    between = ty - 0.5 if ty > sy else ty + 0.5 if ty < sy else ty - 0.5
    if sx == tx or sy == ty:
        yield (start, end)
    yield (start, (sx, ty), end)
    yield (start, (tx, sy), end)
    yield (start, (sx, between), (tx, between), end)
    for side in (-0.4, 0.4, 0.5):
        yield (start, (sx + side, sy), (sx + side, ty), end)
        yield (start, (sx + side, sy), (sx + side, between), (tx, between), end)


def _through(track: tuple[Point, ...], part: Part) -> bool:
    """Return whether a way goes through a part."""
    for (ax, ay), (bx, by) in pairwise(track):
        x, y = min(max(part.column, min(ax, bx)), max(ax, bx)), min(max(part.row, min(ay, by)), max(ay, by))
        if abs(part.column - x) < NEAR and abs(part.row - y) < NEAR:
            return True
    return False
