"""Project files of a hostile author."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

from hostile.cases import Cases
from hostile.tables import damaged
from hostile.texts import GOOD, PICKLE
from series import tiny_project

PROJECTS = Cases()


def document(**changes: Any) -> dict[str, Any]:
    """Return the JSON of a right project with its data inside; dots in names go down."""
    found = {
        "kind": "sequence-workbench-project", "format": 1,
        "project": json.loads(tiny_project(targets=("y",), window=4, horizon=1).to_json()),
        "data": {"name": "data.csv", "sha256": hashlib.sha256(GOOD).hexdigest(), "place": "", "inside": True},
        "versions": {"workbench": "0.1.0"}, "outcome": None,
    }  # fmt: skip
    found["project"]["data"]["source"] = "data.csv"
    for where, value in changes.items():
        inner: Any = found
        *parents, last = where.split("__")
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    return found


def packed(facts: dict[str, Any] | bytes | None = None, data: bytes | None = GOOD, **more: bytes) -> bytes:
    """Return a project file of these members."""
    facts = document() if facts is None else facts
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.json", facts if isinstance(facts, bytes) else json.dumps(facts))
        if data is not None:
            archive.writestr("data", data)
        for name, content in more.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _reference(place: str, name: str = "data.csv", sha256: str = "") -> bytes:
    return packed(document(data={"name": name, "sha256": sha256, "place": place, "inside": False}), None)


PROJECTS.bytes("good.wbp", lambda: packed())
PROJECTS.bytes("pickle.wbp", PICKLE)
PROJECTS.bytes("json.wbp", lambda: json.dumps(document()).encode())
for _key, _place in {
    "up": "../../../etc/passwd", "absolute": "/etc/passwd", "windows": "C:\\Windows\\win.ini", "share": "\\\\host\\share\\x.csv",
    "share-slashes": "//host/share/x.csv", "url": "http://127.0.0.1:9/x.csv", "file-url": "file:///etc/passwd", "device": "/dev/zero",
    "device-name": "CON", "nul": "a\0b", "long": "a/" * 900, "folder": ".", "itself": "reference-itself.wbp", "hidden-up": "a/../../b",
}.items():  # fmt: skip
    PROJECTS.bytes(f"reference-{_key}.wbp", lambda place=_place: _reference(place))
    PROJECTS.bytes(f"name-{_key}.wbp", lambda place=_place: _reference("", place))
    PROJECTS.bytes(f"source-{_key}.wbp", lambda place=_place: packed(document(project__data__source=place)))
    PROJECTS.bytes(f"inside-name-{_key}.wbp", lambda place=_place: packed(document(data__name=place[:400])))
PROJECTS.bytes("source-task.wbp", lambda: packed(document(project__data__source="task:adding?length=1000000000")))
PROJECTS.bytes("source-task-unknown.wbp", lambda: packed(document(project__data__source="task:../../x")))
PROJECTS.bytes("data-other.wbp", lambda: packed(data=GOOD + b"2030-01-01,1\n"))
PROJECTS.bytes("data-missing.wbp", lambda: packed(data=None))
PROJECTS.bytes("data-more.wbp", lambda: packed(document(data__inside=False)))
PROJECTS.bytes("data-pickle.wbp", lambda: packed(document(data__sha256=hashlib.sha256(PICKLE).hexdigest()), PICKLE))
PROJECTS.bytes("data-bomb.wbp", lambda: packed(data=b"\0" * (220 << 20)))
PROJECTS.bytes("member-more.wbp", lambda: packed(**{"../../touched": b"x"}))
PROJECTS.bytes("member-only-data.wbp", lambda: packed(**{"model.json": b"{}"}))
PROJECTS.bytes(
    "facts-nan.wbp", lambda: packed(json.dumps(document()).replace('"format": 1', '"format": NaN', 1).encode())
)
PROJECTS.bytes(
    "facts-1e999.wbp", lambda: packed(json.dumps(document()).replace('"seed": 0', '"seed": 1e999', 1).encode())
)
PROJECTS.bytes(
    "facts-twice.wbp",
    lambda: packed(json.dumps(document()).replace('"format": 1', '"format": 1, "format": 1', 1).encode()),
)
PROJECTS.bytes("facts-deep.wbp", lambda: packed(b'{"project":' * 60_000))
PROJECTS.bytes("facts-bomb.wbp", lambda: packed(b" " * (1 << 26)))
PROJECTS.bytes("facts-list.wbp", lambda: packed(b"[]"))
PROJECTS.bytes("facts-errors.wbp", lambda: packed(json.dumps({"data": [1] * 190_000}).encode()))
for _key, _changes in {
    "format-newer": {"format": 9, "versions": {"workbench": "9.9.9"}}, "project-newer": {"project__format": 9}, "kind": {"kind": "x"}, "format-true": {"format": True},
    "extra": {"run": ["os.system"]}, "cell": {"project__model__cell": "os.system"}, "hidden": {"project__model__hidden": 10**12},
    "window": {"project__data__window": 10**9}, "targets": {"project__data__targets": ["<img src=x onerror=alert(1)>"]},
    "targets-many": {"project__data__targets": [f"c{k}" for k in range(100_000)]}, "title": {"project__title": "\x1b]0;x\x07\u202e"},
    "outcome": {"outcome": {"scores": [], "best_epoch": -1}}, "threads": {"outcome": {"scores": [], "best_epoch": 1, "threads": 10**9, "weights_sha256": "0" * 64, "command": "rm -rf"}},
    "sha": {"data__sha256": "x"}, "delimiter": {"project__data__reading": {"delimiter": "\0"}}, "reading": {"project__data__reading": {"time": "x" * 900_000}},
    "epochs": {"project__train__epochs": 10**12}, "batch": {"project__train__batch": -1}, "device": {"project__train__device": "; rm -rf"},
}.items():  # fmt: skip
    PROJECTS.bytes(f"facts-{_key}.wbp", lambda changes=_changes: packed(document(**changes)))
for _seed in range(20):
    PROJECTS.bytes(f"flips-{_seed}.wbp", lambda seed=_seed: damaged(packed(), seed, 1 + seed % 4))
PROJECTS.bytes("flips-200.wbp", lambda: damaged(packed(), 3, 200))
