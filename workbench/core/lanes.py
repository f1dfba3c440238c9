"""What each column of a table is for: its lane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.core.dataspec import DataSpec
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.reading import NO_TIME
from workbench.core.table import Table

Lane = Literal["time", "series", "target", "input", "known", "ignore"]

NO_NUMBERS_HERE = ProblemKind(
    "words-in-a-lane",
    "warning",
    N_("Column “{column}” holds {found}, and the network reads only numbers."),
    N_("Choose a column of numbers, or let “{column}” tell the series apart."),
)


@dataclass(frozen=True, slots=True)
class LaneInfo:
    """A lane as menus show it; `key` is the letter that moves a selected column there."""

    lane: Lane
    title: str
    key: str
    help: str


LANES: tuple[LaneInfo, ...] = (
    LaneInfo("time", N_("Time"), "T", N_("When each row was.")),
    LaneInfo("series", N_("Series"), "S", N_("Numbers or names the series; no window crosses from one to the next.")),
    LaneInfo("target", N_("Target"), "Y", N_("What is forecast.")),
    LaneInfo("input", N_("Input (past)"), "X", N_("Read besides the target, up to the present.")),
    LaneInfo("known", N_("Known ahead"), "F", N_("Known for the steps ahead too, such as holidays, prices or a plan.")),
    LaneInfo("ignore", N_("Ignored"), "I", N_("Not read by the network.")),
)


@dataclass(frozen=True, slots=True)
class Move:
    """What has to change for a column to stand in another lane: fields of the data, and of how the file is read."""

    data: dict[str, object] = field(default_factory=dict)
    reading: dict[str, object] = field(default_factory=dict)


def lane_of(data: DataSpec, table: Table, name: str) -> Lane:
    """Return the lane of a column."""
    if table.time is not None and name in table.time.columns:
        return "time"
    if name == data.series:
        return "series"
    if name in data.targets:
        return "target"
    if name in data.known_future:
        return "known"
    return "input" if name in data.inputs else "ignore"


def moved(data: DataSpec, table: Table, name: str, lane: Lane) -> Move:
    """Work out what moving the column `name` to `lane` changes; nothing if it stands there.

    Raises
    ------
    WorkbenchError
        ``words-in-a-lane`` if the network would have to read words.
    """
    before = lane_of(data, table, name)
    if before == lane:
        return Move()
    kind = table[name].kind
    if lane in ("target", "input", "known") and kind != "number":
        words = {"text": "words", "time": "times", "empty": "nothing"}.get(kind, kind)
        raise WorkbenchError(NO_NUMBERS_HERE, column=name, found=words)
    changes: dict[str, object] = {
        "targets": tuple(n for n in data.targets if n != name) + ((name,) if lane == "target" else ()),
        "inputs": tuple(n for n in data.inputs if n != name) + ((name,) if lane in ("input", "known") else ()),
        "known_future": tuple(n for n in data.known_future if n != name) + ((name,) if lane == "known" else ()),
        "series": name if lane == "series" else "" if data.series == name else data.series,
    }
    spec = data.model_dump()
    changed = {field: value for field, value in changes.items() if value != spec[field]}
    reading: dict[str, object] = {}
    if lane == "time":
        reading = {"time": name, "time_format": ""}
    elif before == "time":
        reading = {"time": NO_TIME, "time_format": ""}
    return Move(changed, reading)
