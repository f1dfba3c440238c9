"""Run folders of a hostile author: a right one, spoilt in one file each. A case returns the folder."""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from hostile.cases import Cases
from hostile.pickles import PICKLES
from hostile.tables import damaged
from series import tiny_project
from workbench.core.dataset import prepare
from workbench.core.keeping import Keeper
from workbench.core.sources import read
from workbench.core.steering import Steering
from workbench.core.store import CHECKPOINT, EVENTS, FACTS, PREVIOUS, PROJECT, RunFolder
from workbench.core.strict import DOCUMENT, sealed, unsealed
from workbench.core.supervision import supervised

RUNS = Cases()
Change = Callable[[bytes], bytes]
GROUP = "group.json"


@cache
def _trained() -> Path:
    """Train once, in a folder that stays as long as the process."""
    place = Path(tempfile.mkdtemp(prefix="hostile-run-"))
    source = place / "source.csv"
    source.write_text("a,b\n" + "".join(f"{k % 12 + k % 5 / 10},{k % 7}\n" for k in range(120)))
    table = read(str(source))
    project = tiny_project(source=str(source), sha256=table.sha256, epochs=3)
    dataset = prepare(table, project.data)
    keeper = Keeper.begun(RunFolder(place / "run"), project, dataset)
    for _event in supervised(project, dataset, Steering(project.train), keeper=keeper):
        pass
    return place / "run"


def _case(name: str, file: str, change: Change) -> None:
    def make(folder: Path) -> Path:
        path = folder / name
        shutil.copytree(_trained(), path)
        content = path / file
        content.write_bytes(change(content.read_bytes() if content.exists() else b""))
        if file == CHECKPOINT:
            (path / PREVIOUS).unlink(missing_ok=True)
        return path

    RUNS.add(name, make)


def _edited(change: Callable[[dict[str, Any]], object]) -> Change:
    def spoil(data: bytes) -> bytes:
        document = json.loads(data)
        change(document)
        return json.dumps(document).encode()

    return spoil


def _set(where: str, value: object) -> Callable[[dict[str, Any]], object]:
    *parents, last = where.split(".")

    def change(document: dict[str, Any]) -> None:
        inner: Any = document
        for parent in parents:
            inner = inner[parent]
        inner[last] = value

    return change


def _checkpoint(change: Callable[[dict[str, Any]], object], part: int = 0) -> Change:
    """Change the document (part 0) or the arrays (1) of a checkpoint and seal it again, as a hostile author can."""

    def spoil(data: bytes) -> bytes:
        parts = unsealed(data)
        change(parts[part])
        return sealed(*parts)

    return spoil


def _header(change: Callable[[dict[str, Any]], object]) -> Change:
    def spoil(data: bytes) -> bytes:
        (size,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + size])
        change(header)
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data[8 + size :]

    return spoil


def _lines(*lines: str) -> Change:
    return lambda data: data + "".join(f"{line}\n" for line in lines).encode()


def _first(value: Any) -> str:
    return min(name for name in value if value[name].size > 1)


def _nested(depth: int) -> Any:
    found: Any = 1
    for _ in range(depth):
        found = {"list": [found]}
    return found


RUNS.add("good", lambda folder: Path(shutil.copytree(_trained(), folder / "good")))
_EVERY: dict[str, Change] = {
    "empty": lambda data: b"", "zeros": lambda data: b"\0" * 5_000, "blank": lambda data: b" " * 900_000, "null": lambda data: b"null",
    "list": lambda data: b"[]", "deep": lambda data: b"[" * 400_000, "deep-objects": lambda data: b'{"a":' * 60_000, "digits": lambda data: b'{"format":' + b"9" * 100_000 + b"}",
    "nan": lambda data: b'{"format":NaN}', "infinite": lambda data: b'{"format":1e999}', "utf16": lambda data: data.decode("latin-1").encode("utf-16"),
    "bom": lambda data: b"\xef\xbb\xbf" + data, "half": lambda data: data[: len(data) // 2], "cut": lambda data: data[:-1], "more": lambda data: data + b"}" * 9,
    "large": lambda data: data + b" " * (80 << 20), "keys": lambda data: json.dumps({f"k{k}": k for k in range(60_000)}).encode(),
}  # fmt: skip
for _file in (FACTS, PROJECT, EVENTS, CHECKPOINT, GROUP, "lock"):
    _short = _file.split(".")[0]
    for _key, _change in _EVERY.items():
        _case(f"{_short}-{_key}", _file, _change)
    for _key in ("0", "4", "torch", "npy"):
        _case(f"{_short}-pickle-{_key}", _file, lambda data, make=PICKLES[_key]: make())
    for _seed in range(3):
        _case(
            f"{_short}-flips-{_seed}", _file, lambda data, seed=_seed: damaged(data or b"{}", seed, 1 + 99 * (seed % 2))
        )

for _key, (_where, _value) in {
    "source-device": ("source", "/dev/zero"), "source-pipe": ("source", "/proc/self/fd/0"), "source-passwd": ("source", "/etc/passwd"), "source-url": ("source", "http://127.0.0.1:9/x.csv"),
    "source-share": ("source", "\\\\host\\share\\x.csv"), "source-nul": ("source", "a\0b"), "source-task": ("source", "task:adding?length=1000000000"), "source-long": ("source", "a" * 9_000),
    "source-escape": ("source", "\x1b[2J\u202e"), "bytes-text": ("bytes", "1"), "bytes-huge": ("bytes", 10**30), "began": ("began_s", 1e308), "newer": ("format", 2), "kind": ("kind", "x"),
    "fit-short": ("fit.shift", []), "fit-zero": ("fit.scale", [0.0]), "fit-huge": ("fit.shift", [1e308]), "fit-lag": ("fit.lag", 999_999), "fit-season": ("fit.season", 1_000_000), "fit-none": ("fit", None),
    "versions": ("versions", {"torch": "x" * 500_000}), "versions-html": ("versions", {"torch": "<script>\x1b[2J"}),
}.items():  # fmt: skip
    _case(f"run-{_key}", FACTS, _edited(_set(_where, _value)))
for _key, (_where, _value) in {
    "newer": ("format", 9), "cell": ("model.cell", "gru"), "cell-unknown": ("model.cell", "os.system"), "hidden": ("model.hidden", 4096), "layers": ("model.layers", 16), "window": ("data.window", 100_000),
    "horizon": ("data.horizon", 10_000), "epochs": ("train.epochs", 100_000), "batch": ("train.batch", 10**9), "device": ("train.device", "cuda:9"), "title": ("title", "\x1b[2J\u202e<b>"), "targets": ("data.targets", ["nowhere"]),
}.items():  # fmt: skip
    _case(f"project-{_key}", PROJECT, _edited(_set(_where, _value)))
for _key, _line in {
    "ended-twice": '{"event":"Ended","outcome":"finished"}', "unknown": '{"event":"os.system"}', "no-object": "[1,2]", "text-epoch": '{"event":"EpochEnded","epoch":"1"}', "true-epoch": '{"event":"EpochEnded","epoch":true}',
    "huge-epoch": '{"event":"Progressed","epoch":' + "9" * 4_000 + "}", "deep-line": '{"event":' + "[" * 100_000, "long": '{"event":"' + "x" * 5_000_000 + '"}', "many": "\n" * 900_000, "nul": "\0" * 5_000,
    "warned": '{"event":"Warned","problem":{"key":"x","severity":"error","text":"\\u001b[2J{0.__class__}","remedy":"<b>"}}',
}.items():  # fmt: skip
    _case(f"events-{_key}", EVENTS, _lines(_line))
for _key, (_where, _value) in {
    "newer": ("format", 2), "kind": ("kind", "x"), "epochs": ("train.epochs", 99_999), "threads": ("threads", 10_001), "threads-true": ("threads", True), "log": ("log_bytes", 10**15), "log-negative": ("log_bytes", -1),
    "prepared": ("prepared", "0" * 64), "device": ("device", "cuda:7"), "state-none": ("state", None), "state-list": ("state", [1]), "state-deep": ("state", _nested(300)), "state-empty": ("state", {"items": []}),
    "best-none": ("best", None), "best-epoch": ("best.epoch", 10**30), "best-loss": ("best.valid_loss", "0"), "best-weights": ("best.weights", {"items": []}), "array-missing": ("best.weights", {"array": "nowhere"}),
    "kind-of-value": ("state", {"object": "os.system"}), "reduce": ("state", {"items": [["__reduce__", {"list": ["os.system", "touch touched"]}]]}), "hidden": ("project.model.hidden", 4096), "cell": ("project.model.cell", "gru"),
    "device-text": ("project.train.device", "cuda:99"), "window": ("project.data.window", 11),
}.items():  # fmt: skip
    _case(f"checkpoint-{_key}", CHECKPOINT, _checkpoint(_set(_where, _value)))
_ARRAYS: dict[str, Callable[[dict[str, Any]], object]] = {
    "shape": lambda arrays: arrays.update({_first(arrays): arrays[_first(arrays)].reshape(-1)[:1]}), "missing": lambda arrays: arrays.pop(_first(arrays)),
    "extra": lambda arrays: arrays.update(more=arrays[_first(arrays)]), "nan": lambda arrays: arrays.update({n: a * float("nan") for n, a in arrays.items() if a.dtype.kind == "f"}),
    "huge": lambda arrays: arrays.update({n: a * 0 + 3e38 for n, a in arrays.items() if a.dtype == "f4"}), "double": lambda arrays: arrays.update({n: a.astype("f8") for n, a in arrays.items() if a.dtype == "f4"}),
    "whole": lambda arrays: arrays.update({n: a.astype("i4") for n, a in arrays.items() if a.dtype == "f4"}), "transposed": lambda arrays: arrays.update({n: a.T for n, a in arrays.items()}),
}  # fmt: skip
for _key, _spoil in _ARRAYS.items():
    _case(f"checkpoint-arrays-{_key}", CHECKPOINT, _checkpoint(_spoil, 1))
_HEADERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "digest": lambda header: header["__metadata__"].update(sha256="0" * 64), "no-metadata": lambda header: header.pop("__metadata__"), "metadata-list": lambda header: header.update(__metadata__=[]),
    "metadata-bomb": lambda header: header["__metadata__"].update({f"k{k}": "x" * 20 for k in range(50_000)}), "document": lambda header: header["__metadata__"].update({DOCUMENT: "[" * 90_000}),
    "shape-huge": lambda header: header[_name(header)].update(shape=[2**40, 2**40]), "shape-negative": lambda header: header[_name(header)].update(shape=[-1]), "shape-2-63": lambda header: header[_name(header)].update(shape=[2**63]),
    "dtype-f8": lambda header: header[_name(header)].update(dtype="F8_E4M3"), "overlap": lambda header: header[_name(header)].update(data_offsets=[0, 4]), "offset-float": lambda header: header[_name(header)].update(data_offsets=[0.0, 4.0]),
    "many": lambda header: header.update({f"t{k}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for k in range(25_000)}),
}  # fmt: skip


def _name(header: dict[str, Any]) -> str:
    return min(name for name in header if name != "__metadata__")


for _key, _spoil in _HEADERS.items():
    _case(f"checkpoint-header-{_key}", CHECKPOINT, _header(_spoil))
for _key, _size in {"most": 2**64 - 1, "half": 2**63, "large": 2**40, "none": 0, "one": 1}.items():
    _case(f"checkpoint-length-{_key}", CHECKPOINT, lambda data, size=_size: struct.pack("<Q", size) + data[8:])
for _part in range(1, 8):
    _case(f"checkpoint-cut-{_part}", CHECKPOINT, lambda data, part=_part: data[: len(data) * part // 8])


def _strange(name: str, make: Callable[[Path], object]) -> None:
    def spoil(folder: Path) -> Path:
        path = Path(shutil.copytree(_trained(), folder / name))
        make(path)
        return path

    RUNS.add(name, spoil)


def _replaced(name: str, by: Callable[[Path], object]) -> Callable[[Path], object]:
    def spoil(path: Path) -> None:
        (path / name).unlink(missing_ok=True)
        by(path / name)

    return spoil


for _file in (FACTS, PROJECT, EVENTS, CHECKPOINT, GROUP, "lock"):
    _short = _file.split(".")[0]
    _strange(f"{_short}-folder", _replaced(_file, lambda path: path.mkdir()))
    _strange(f"{_short}-missing", _replaced(_file, lambda path: None))
    _strange(f"{_short}-loop", _replaced(_file, lambda path: path.symlink_to(path)))
    _strange(f"{_short}-zero", _replaced(_file, lambda path: path.symlink_to("/dev/zero")))
