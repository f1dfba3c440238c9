"""In every file we open a number is a number: neither "8" nor true nor 8.0 nor null stands for 8."""

from __future__ import annotations

import copy
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.app.preferences import Preferences
from workbench.core.bundle import Facts
from workbench.core.fields import from_file
from workbench.core.project import Project
from workbench.core.projectfile import ProjectFacts
from workbench.core.reading import Reading, Remembered
from workbench.core.store import RunFacts

STORED = Path(__file__).parents[1] / "data" / "formats"
ENTRY = Remembered(file="a.csv", reading=Reading(decimal="comma"), targets=("load",))


def _inside(name: str, member: str) -> Any:
    with zipfile.ZipFile(STORED / name) as archive:
        return json.loads(archive.read(member))


DOCUMENTS: dict[str, tuple[type[Any], Any]] = {
    "model": (Facts, _inside("model-2.wbm", "model.json")),
    "project": (ProjectFacts, _inside("project-1.wbp", "project.json")),
    "pack": (ProjectFacts, _inside("pack-1.wbp", "project.json")),
    "settings": (Project, json.loads((STORED / "settings-1.json").read_text())),
    "run": (RunFacts, json.loads((STORED / "run-1.json").read_text())),
    "preferences": (Preferences, Preferences(recent=("a",)).model_dump(mode="json")),
    "layout": (Remembered, ENTRY.model_dump(mode="json")),
}


def _leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if entries is None:
        yield place, value
    for key, entry in entries or ():
        yield from _leaves(entry, (*place, key))


def _others(value: Any) -> list[Any]:
    """Return what a lax reader takes for `value`."""
    match value:
        case bool():
            return [int(value), str(value).lower(), float(value), "on"]
        case int():
            return [str(value), float(value), None, *([bool(value)] if value in (0, 1) else [])]
        case float():
            return [repr(value), True, [value]]
        case str():
            return [1, True, [value], {"a": value}]
    return []


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_that_every_value_of_another_kind_is_refused_by_its_name(kind: str) -> None:
    spec, document = DOCUMENTS[kind]
    from_file(spec, document)
    tried = 0
    for place, value in _leaves(document):
        for other in _others(value):
            spoilt = copy.deepcopy(document)
            inner = spoilt
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = other
            with pytest.raises(ValueError, match=r".*") as caught:
                from_file(spec, spoilt)
            assert str(next(key for key in reversed(place) if isinstance(key, str))) in str(caught.value), place
            tried += 1
    assert tried > 10


@pytest.mark.parametrize("kind", ["model", "project", "settings", "run"])
def test_that_a_file_must_say_its_format(kind: str) -> None:
    spec, document = DOCUMENTS[kind]
    with pytest.raises(ValueError, match="format"):
        from_file(spec, {name: value for name, value in document.items() if name != "format"})
