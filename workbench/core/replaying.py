"""Read an event log back, as far as its lines hold the events: what :mod:`workbench.core.eventlog` summarised is not.

A log may end in half a line, or come from a stranger: a line that is no event is counted and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import ValidationError

from workbench.core.boundary import opened
from workbench.core.events import Ended, EpochEnded, Event, Outcome, Progressed, Scores, Speed, Started, Steered, Warned
from workbench.core.fields import from_file
from workbench.core.problems import Problem, ProblemKind, problem
from workbench.core.project import Project
from workbench.core.strict import strict_json

WHOLE: tuple[type, ...] = (Started, Progressed, EpochEnded, Steered, Warned, Ended)
"""Events whose lines hold all that they hold."""

MOST_LINE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a log tells.

    Attributes
    ----------
    events
        In order, those of :data:`WHOLE` kinds.
    broken
        Lines that could not be read.
    """

    events: tuple[Event, ...]
    broken: int


def replayed(path: Path, most_bytes: int | None = None) -> Replayed:
    """Read the events of the log at `path`, or of its first `most_bytes`. A log that is not there holds none."""
    events: list[Event] = []
    broken = taken = 0
    try:
        with opened(path) as stream:
            while line := stream.readline(MOST_LINE_BYTES):
                taken += len(line)
                if most_bytes is not None and taken > most_bytes:
                    break
                try:
                    event = event_of(line)
                except (ValueError, TypeError, KeyError, ValidationError, RecursionError, OverflowError):
                    broken += 1
                else:
                    events += [event] if event is not None else []
    except (OSError, ValueError):
        pass
    return Replayed(tuple(events), broken)


def event_of(line: bytes) -> Event | None:
    """Return the event of one line, None if its line does not hold all of it.

    Raises
    ------
    ValueError, TypeError, KeyError, RecursionError, OverflowError
        If it is no event.
    """
    document = strict_json(line)
    kinds = {kind.__name__: kind for kind in WHOLE}
    name = document["event"]
    if name not in kinds:
        if name in ("Probed", "Forecasted", "Improved"):
            return None
        raise ValueError(f"{str(name)[:40]} is no event")
    event: Event = _built(kinds[name], document)
    return event


def _built(kind: type[Any], document: Mapping[str, Any]) -> Any:
    """Make a dataclass from its JSON; names it does not know are left out, its defaults stand for what is missing."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in document:
            values[field.name] = CONVERTERS[str(field.type)](document[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise KeyError(field.name)
    return kind(**values)


def _number(value: Any) -> float:
    """Return a float; the log writes null for what is not finite."""
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("no whole number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _outcome(value: Any) -> str:
    if value not in get_args(Outcome):
        raise ValueError("no outcome")
    return str(value)


def _array(value: Any) -> Any:
    return np.array([_number(entry) for entry in value], dtype=np.float64)


def _problem(value: Any) -> Problem:
    """Return a Problem that says what was said then; braces stand for themselves."""
    texts = {name: _text(value[name]).replace("{", "{{").replace("}", "}}") for name in ("text", "remedy")}
    severity = value["severity"]
    if severity not in ("note", "warning", "error"):
        raise ValueError("no severity")
    return problem(ProblemKind(_text(value["key"]), severity, texts["text"], texts["remedy"]))


def _maybe(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _mapping(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: {_text(name): convert(entry) for name, entry in value.items()}


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "int": _whole,
    "float": _number,
    "float | None": _maybe(_number),
    "bool": _truth,
    "str": _text,
    "Floats": _array,
    "Outcome": _outcome,
    "Part": _text,
    "Problem": _problem,
    "Problem | None": _maybe(_problem),
    "Project": lambda value: from_file(Project, value),
    "Mapping[Part, int]": _mapping(_whole),
    "Mapping[str, float]": _mapping(_number),
    "tuple[Speed, ...]": lambda value: tuple(_built(Speed, entry) for entry in value),
    "tuple[Scores, ...]": lambda value: tuple(_built(Scores, entry) for entry in value),
}
"""How JSON becomes the value of a field, by the field's type."""
