"""What may be done to a trained network, and how it is written: ``f = 1``, ``zero[12]``, ``i = 1 - f``.

Operations are frozen and plain data: a list of them is a surgery, undo is the list before. What they do to the weights
is in :mod:`workbench.core.surgery`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from workbench.core.fields import Spec, validated
from workbench.core.problems import N_, ProblemKind, WorkbenchError

NO_OPERATION = ProblemKind(
    "no-operation",
    "error",
    N_("“{operation}” cannot be done to this network: {reason}."),
    N_("Choose another gate, unit or value."),
)
UNREADABLE = ProblemKind(
    "unreadable-operation",
    "error",
    N_("“{text}” is no operation."),
    N_(
        "Write “f = 1” (clamp a gate; f[12] for one unit), “zero[12]”, “peepholes = 0”, “i = 1 - f”, “c0 = 0.5” "
        "(another first state) or “weight_hh[3,4] = 0.2”, with “2: ” before it for the second layer."
    ),
)


class OfLayer(Spec):
    """An operation on one recurrent layer, 0 nearest to the input."""

    layer: int = Field(0, ge=0, le=15)

    def _place(self, text: str) -> str:
        return f"{self.layer + 1}: {text}" if self.layer else text


class Clamp(OfLayer):
    """Hold a gate at one value, for all units or for one."""

    kind: Literal["clamp"] = "clamp"
    gate: str = Field(max_length=20)
    value: float
    unit: int | None = Field(None, ge=0)

    @property
    def notation(self) -> str:
        """How it is written."""
        return self._place(f"{self.gate}{_index(self.unit)} = {self.value:g}")


class Silence(OfLayer):
    """Keep all states of a unit at 0."""

    kind: Literal["silence"] = "silence"
    unit: int = Field(ge=0)

    @property
    def notation(self) -> str:
        """How it is written."""
        return self._place(f"zero[{self.unit}]")


class Freeze(OfLayer):
    """Keep the states of a unit at these values from the first step on."""

    kind: Literal["freeze"] = "freeze"
    unit: int = Field(ge=0)
    states: dict[str, float]

    @property
    def notation(self) -> str:
        """How it is written."""
        values = ", ".join(f"{key} = {value:.4g}" for key, value in self.states.items())
        return self._place(f"hold[{self.unit}] {values}")


class CutPeepholes(OfLayer):
    """Let no gate see the cell state."""

    kind: Literal["cut-peepholes"] = "cut-peepholes"

    @property
    def notation(self) -> str:
        """How it is written."""
        return self._place("peepholes = 0")


class Couple(OfLayer):
    """Write exactly as much as is forgotten: i = 1 - f."""

    kind: Literal["couple"] = "couple"

    @property
    def notation(self) -> str:
        """How it is written."""
        return self._place("i = 1 - f")


class Start(OfLayer):
    """Begin every window with a state of this value, in all units or in one."""

    kind: Literal["start"] = "start"
    state: str = Field(max_length=20)
    value: float
    unit: int | None = Field(None, ge=0)

    @property
    def notation(self) -> str:
        """How it is written."""
        return self._place(f"{self.state}0{_index(self.unit)} = {self.value:g}")


class SetWeight(OfLayer):
    """Give one weight another value.

    Attributes
    ----------
    name
        That of a weight of the layer without its number, e.g. ``weight_hh``, or the full name of any other.
    """

    kind: Literal["weight"] = "weight"
    name: str = Field(max_length=60)
    row: int = Field(ge=0)
    column: int | None = Field(None, ge=0)
    value: float

    @property
    def notation(self) -> str:
        """How it is written."""
        place = f"{self.row}" if self.column is None else f"{self.row},{self.column}"
        return self._place(f"{self.name}[{place}] = {self.value:g}")


class MovePoint(Spec):
    """Let the network read another value at a step of one window, in original units; the series stays as it is.

    Attributes
    ----------
    window
        Row at which the window starts.
    column
        Place among the columns of the data, targets first.
    """

    kind: Literal["point"] = "point"
    window: int = Field(ge=0)
    step: int = Field(ge=0)
    column: int = Field(ge=0)
    value: float

    @property
    def notation(self) -> str:
        """How it is written."""
        return f"x{self.column}[{self.step}] = {self.value:.6g}"


Operation = Annotated[
    Clamp | Silence | Freeze | CutPeepholes | Couple | Start | SetWeight | MovePoint, Field(discriminator="kind")
]
Operations = tuple[Operation, ...]


def replaced(operations: Operations, new: Operation) -> Operations:
    """Return the operations with `new` behind them; one that acts on the same place gives way."""
    place = _acts_on(new)
    return (*(old for old in operations if _acts_on(old) != place), new)


def _acts_on(operation: Operation) -> dict[str, Any]:
    document = operation.model_dump(exclude={"value", "states"})
    if operation.kind == "freeze":
        document["kind"] = "silence"  # a unit is held at one value only
    return document


def _index(unit: int | None) -> str:
    return "" if unit is None else f"[{unit}]"


NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
FORMS: tuple[tuple[str, type[Spec], Callable[[re.Match[str]], Mapping[str, object]]], ...] = (
    (r"i ?= ?1 ?[-−] ?f", Couple, lambda found: {}),
    (r"peepholes ?= ?0", CutPeepholes, lambda found: {}),
    (r"zero ?\[(\d+)\]", Silence, lambda found: {"unit": found[1]}),
    (r"([a-z])0 ?(?:\[(\d+)\])? ?= ?" + NUMBER, Start, lambda found: _named("state", found)),
    (r"([a-z]) ?(?:\[(\d+)\])? ?= ?" + NUMBER, Clamp, lambda found: _named("gate", found)),
    (r"([\w.]{3,}) ?\[(\d+)(?: ?, ?(\d+))?\] ?= ?" + NUMBER, SetWeight,
     lambda found: {"name": found[1], "row": found[2], "column": found[3], "value": found[4]}),
)  # fmt: skip


def _named(what: str, found: re.Match[str]) -> Mapping[str, object]:
    return {what: found[1], "unit": found[2], "value": found[3]}


def operation_of(text: str) -> Operation:
    """Return the operation that is written as `text`, see :data:`UNREADABLE`.

    Raises
    ------
    WorkbenchError
        ``unreadable-operation``, or ``invalid-setting`` for a number that cannot be.
    """
    whole = re.fullmatch(r"\s*(?:(\d{1,2})\s*:)?\s*(.*?)\s*", text)
    if whole is not None:
        layer = int(whole[1]) - 1 if whole[1] else 0
        for pattern, kind, values in FORMS:
            found = re.fullmatch(pattern, whole[2])
            if found is not None:
                operation: Operation = validated(kind, {"layer": layer, **values(found)})
                return operation
    raise WorkbenchError(UNREADABLE, text=text[:80])
