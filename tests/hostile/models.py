"""Model files of a hostile author: right ones, spoilt in one place each."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from safetensors.numpy import save

from hostile.cases import Cases
from hostile.tables import damaged
from hostile.texts import PICKLE
from series import run_of, tiny_project, tiny_table, train
from workbench.core.bundle import bundled
from workbench.core.dataset import prepare
from workbench.core.exports.wbm import FACTS, SEAL, WEIGHTS, sealed
from workbench.core.strict import strict_json, tensors

MODELS = Cases()
Document = dict[str, Any]


@cache
def _trained() -> tuple[bytes, bytes]:
    project = tiny_project(cell="lstm", targets=("a",), inputs=("b",))
    dataset = prepare(tiny_table(), project.data)
    made = bundled(run_of(train(project, dataset), project), dataset)
    weights = {name: np.array(value) for name, value in made.weights.items()}
    return made.facts.model_dump_json().encode(), save(weights)


def resealed(facts: bytes, weights: bytes) -> bytes:
    """Seal changed facts as a hostile author would, so that no checksum gives them away; what is no JSON stays."""
    try:
        found = strict_json(facts)
        return json.dumps({**found, SEAL: sealed(found, tensors(weights)[1])}).encode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, struct.error):
        return facts


def packed(
    facts: bytes | None = None, weights: bytes | None = None, method: int = zipfile.ZIP_DEFLATED, **more: bytes
) -> bytes:
    """Return a model file of these members; None stands for the right one."""
    own_facts, own_weights = _trained()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        content = own_weights if weights is None else weights
        archive.writestr(FACTS, resealed(own_facts if facts is None else facts, content))
        archive.writestr(WEIGHTS, content)
        for name, data in more.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _document() -> Document:
    found: Document = json.loads(_trained()[0])
    return found


def _with(where: str, value: object) -> bytes:
    facts = _document()
    inner, (*parents, last) = facts, where.split(".")
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    return packed(facts=json.dumps(facts).encode())


def _replaced(old: str, new: str) -> bytes:
    text = _trained()[0].decode()
    assert old in text, old
    return packed(facts=text.replace(old, new, 1).encode())


def _header(change: Callable[[Document], None]) -> bytes:
    """Return a model whose description of the weights was changed; their bytes are as they were."""
    data = _trained()[1]
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return packed(weights=struct.pack("<Q", len(text)) + text + data[8 + size :])


def _entry(**changes: object) -> Callable[[Document], None]:
    return lambda header: header["head.bias"].update(changes)


def _swapped(header: Document) -> None:
    header["head.bias"], header["head.weight"] = header["head.weight"], header["head.bias"]


def _sized(size: int) -> bytes:
    return packed(weights=struct.pack("<Q", size) + _trained()[1][8:])


for _ending in ("wbm", "safetensors", "pt", "zip"):
    MODELS.bytes(f"pickle.{_ending}", PICKLE)
MODELS.bytes("pickle-inside.wbm", lambda: packed(weights=PICKLE))
MODELS.bytes("pickle-facts.wbm", lambda: packed(facts=PICKLE))
MODELS.bytes("torch-zip.wbm", lambda: _zip_of({"archive/data.pkl": PICKLE, "archive/version": b"3"}))
MODELS.bytes("raw-safetensors.wbm", lambda: _trained()[1])
MODELS.bytes("good.wbm", lambda: packed())
MODELS.bytes("empty.wbm", b"")
MODELS.bytes("zeros.wbm", b"\0" * 10_000)
MODELS.bytes("end-only.wbm", b"PK\x05\x06" + b"\0" * 18)
MODELS.bytes("end-lies.wbm", b"PK\x05\x06" + b"\xff" * 18)


def _zip_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


for _key, _size in {"most": 2**64 - 1, "half": 2**63, "large": 2**40, "four": 2**32, "one": 1, "none": 0}.items():
    MODELS.bytes(f"header-length-{_key}.wbm", lambda size=_size: _sized(size))
MODELS.bytes("header-blank.wbm", lambda: packed(weights=struct.pack("<Q", 90_000) + b" " * 90_000))
MODELS.bytes("header-deep.wbm", lambda: packed(weights=struct.pack("<Q", 90_000) + b"[" * 90_000))
MODELS.bytes("header-array.wbm", lambda: packed(weights=struct.pack("<Q", 2) + b"[]"))
MODELS.bytes("header-twice.wbm", lambda: packed(weights=_twice(_trained()[1])))


def _twice(data: bytes) -> bytes:
    (size,) = struct.unpack("<Q", data[:8])
    text = data[8 : 8 + size].decode().rstrip()[:-1] + ',"head.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}'
    return struct.pack("<Q", len(text)) + text.encode() + data[8 + size :]


_HEADERS: dict[str, Callable[[Document], None]] = {
    "shape-negative": _entry(shape=[-3]), "shape-huge": _entry(shape=[2**40, 2**40]), "shape-float": _entry(shape=[3.0]),
    "shape-empty": _entry(shape=[]), "shape-zero": _entry(shape=[0]), "shape-text": _entry(shape="3"),
    "shape-true": _entry(shape=[True, 3]), "shape-many": _entry(shape=[1] * 2_000),
    "dtype-f64": _entry(dtype="F64"), "dtype-bf16": _entry(dtype="BF16"), "dtype-i32": _entry(dtype="I32"),
    "dtype-unknown": _entry(dtype="object"), "dtype-none": _entry(dtype=None), "dtype-f8": _entry(dtype="F8_E4M3"),
    "offset-negative": _entry(data_offsets=[-4, 8]), "offset-reversed": _entry(data_offsets=[12, 0]),
    "offset-huge": _entry(data_offsets=[0, 2**62]), "offset-overlap": _entry(data_offsets=[4, 16]),
    "offset-float": _entry(data_offsets=[0.0, 12.0]), "offset-one": _entry(data_offsets=[0]),
    "entry-extra": _entry(path="/etc/passwd"), "swapped": _swapped,
    "missing": lambda header: header.pop("head.bias"), "renamed": lambda header: header.update({"../../x": header.pop("head.bias")}),
    "many": lambda header: header.update({f"t{k}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for k in range(5_000)}),
    "metadata-number": lambda header: header.update({"__metadata__": {"a": 1}}),
    "metadata-list": lambda header: header.update({"__metadata__": []}),
}  # fmt: skip
for _key, _change in _HEADERS.items():
    MODELS.bytes(f"header-{_key}.wbm", lambda change=_change: _header(change))
for _key, _cut in {
    "cut": slice(None, -4),
    "cut-half": slice(None, 600),
    "cut-header": slice(None, 40),
    "cut-most": slice(None, 4),
}.items():
    MODELS.bytes(f"weights-{_key}.wbm", lambda cut=_cut: packed(weights=_trained()[1][cut]))
MODELS.bytes("weights-more.wbm", lambda: packed(weights=_trained()[1] + b"\0" * 4_000))
MODELS.bytes("weights-oversized.wbm", lambda: packed(weights=_trained()[1] + b"\0" * (1 << 27)))
for _value in ("nan", "inf", "-inf"):
    MODELS.bytes(
        f"weights-{_value}.wbm",
        lambda value=_value: packed(weights=_trained()[1][:-4] + struct.pack("<f", float(value))),
    )

for _key, _value in {"huge": 3e38, "small": 1e-45, "large": 1e20}.items():
    MODELS.bytes(f"weights-{_key}.wbm", lambda value=_value: packed(weights=_all_weights(value)))


def _all_weights(value: float) -> bytes:
    """Return weights of the right names and shapes that are all `value`."""
    data = _trained()[1]
    (size,) = struct.unpack("<Q", data[:8])
    return data[: 8 + size] + struct.pack("<f", value) * ((len(data) - 8 - size) // 4)


_FACTS: dict[str, tuple[str, object]] = {
    "format-4": ("format", 4), "format-huge": ("format", 10**300), "format-text": ("format", "2"), "format-true": ("format", True),
    "format-float": ("format", 2.5), "format-none": ("format", None), "kind": ("kind", "another"), "extra": ("__reduce__", ["os.system", ["x"]]),
    "project-newer": ("project.format", 9), "cell-unknown": ("project.model.cell", "os.system"), "cell-path": ("project.model.cell", "../../x"),
    "cell-other": ("project.model.cell", "gru"), "hidden-more": ("project.model.hidden", 4096), "hidden-huge": ("project.model.hidden", 10**18),
    "hidden-zero": ("project.model.hidden", 0), "hidden-true": ("project.model.hidden", True), "layers": ("project.model.layers", 16),
    "options": ("project.model.options", {"x": "y"}), "window-huge": ("project.data.window", 10**9), "window-zero": ("project.data.window", 0),
    "horizon-huge": ("project.data.horizon", 10**9), "quantiles": ("project.model.quantiles", ",".join(["0.5"] * 400_000)),
    "no-targets": ("project.data.targets", []), "same-targets": ("project.data.targets", ["a", "a"]), "target-number": ("project.data.targets", [1]),
    "many-inputs": ("project.data.inputs", [f"c{k}" for k in range(150_000)]), "shift-short": ("shift", [0.0]), "scale-zero": ("scale", [0.0, 1.0]), "shift-huge": ("shift", [1e308, 1e308]), "scale-small": ("scale", [5e-324, 5e-324]), "scale-huge": ("scale", [1e308, 1e308]),
    "scale-text": ("scale", ["1", "2"]), "scale-list": ("scale", [[[[]]]]), "season-huge": ("season", 10**15), "season-negative": ("season", -1),
    "lag-huge": ("lag", 10**15), "series-many": ("series", [1] * 190_000), "series-more": ("series", ["x"] * 1_500_000),
    "versions": ("versions", {str(k): "x" for k in range(150_000)}), "versions-text": ("versions", {"torch": "x" * 7_000_000}),
    "source-absolute": ("project.data.source", "/etc/passwd"), "source-share": ("project.data.source", "\\\\host\\share\\x.csv"),
    "source-url": ("project.data.source", "http://127.0.0.1:9/x.csv"), "title-html": ("project.title", "<img src=x onerror=alert(1)>"),
    "title-escape": ("project.title", "\x1b[2J\u202e"), "target-escape": ("project.data.targets", ["\x1b]0;owned\x07a"]), "target-html": ("project.data.targets", ["<img src=x>"]),
    "target-long": ("project.data.targets", ["a" * 3_000_000]), "target-format": ("project.data.targets", ["{0.__class__}"]),
    "every-huge": ("project.data.window", 1e308), "rows-huge": ("data.rows", 10**30), "first-html": ("data.first", "<script>"),
    "seed-huge": ("project.train.seed", 10**40), "device": ("project.train.device", "cuda:99999"), "epochs": ("project.train.epochs", 10**9),
    "holidays": ("project.data.holidays", "../../x"), "scores": ("scores", [{"name": "x", "part": "test", "mae": 1, "rmse": 1, "mase": 1, "windows": 1}] * 30_000),
}  # fmt: skip
for _key, (_where, _new) in _FACTS.items():
    MODELS.bytes(f"facts-{_key}.wbm", lambda where=_where, new=_new: _with(where, new))
MODELS.bytes("facts-nan.wbm", lambda: _replaced('"season":', '"x":NaN,"season":'))
MODELS.bytes("facts-infinite.wbm", lambda: _replaced('"seconds":', '"seconds":1e999,"y":'))
MODELS.bytes("facts-infinity.wbm", lambda: _replaced('"seconds":', '"seconds":Infinity,"y":'))
MODELS.bytes("facts-twice.wbm", lambda: _replaced('"season":', '"season":3,"season":'))
MODELS.bytes("facts-twice-inside.wbm", lambda: _replaced('"cell":', '"cell":"gru","cell":'))
MODELS.bytes("facts-same-look.wbm", lambda: _replaced('"season":', '"seas\\u200bon":3,"season":'))
MODELS.bytes("facts-comment.wbm", lambda: _replaced("{", "{/* x */"))
MODELS.bytes("facts-trailing.wbm", lambda: packed(facts=_trained()[0] + b"{}"))
MODELS.bytes("facts-utf16.wbm", lambda: packed(facts=_trained()[0].decode().encode("utf-16")))
MODELS.bytes("facts-bom.wbm", lambda: packed(facts=b"\xef\xbb\xbf" + _trained()[0]))
MODELS.bytes("facts-latin.wbm", lambda: packed(facts=_trained()[0].replace(b'"title":"', b'"title":"\xff')))
MODELS.bytes("facts-surrogate.wbm", lambda: _replaced('"title":"', '"title":"\\ud800'))
MODELS.bytes("facts-null.wbm", lambda: packed(facts=b"null"))
MODELS.bytes("facts-deep.wbm", lambda: packed(facts=b'{"a":' * 100_000))
MODELS.bytes("facts-deep-closed.wbm", lambda: packed(facts=b'{"versions":' + b"[" * 900 + b"]" * 900 + b"}"))
MODELS.bytes("facts-digits.wbm", lambda: packed(facts=b'{"format":' + b"9" * 1_000_000 + b"}"))
MODELS.bytes("facts-string.wbm", lambda: packed(facts=b'{"kind":"' + b"x" * 20_000_000 + b'"}'))
MODELS.bytes("facts-keys.wbm", lambda: packed(facts=json.dumps({f"k{k}": k for k in range(180_000)}).encode()))
MODELS.bytes("facts-errors.wbm", lambda: packed(facts=json.dumps({"scale": ["x"] * 190_000}).encode()))

MODELS.bytes("bomb-facts.wbm", lambda: packed(facts=b" " * (1 << 27)))
MODELS.bytes("bomb-weights.wbm", lambda: packed(weights=b"\0" * (1 << 27)))
MODELS.bytes("bomb-lzma.wbm", lambda: packed(facts=b"\0" * (1 << 22), method=zipfile.ZIP_LZMA))
MODELS.bytes("bomb-bzip2.wbm", lambda: packed(facts=b"\0" * (1 << 22), method=zipfile.ZIP_BZIP2))
MODELS.bytes("member-more.wbm", lambda: packed(**{"evil.py": b"import os"}))
MODELS.bytes("member-up.wbm", lambda: packed(**{"../../touched": b"x"}))
MODELS.bytes("member-absolute.wbm", lambda: packed(**{"/tmp-touched": b"x"}))
MODELS.bytes("member-windows.wbm", lambda: packed(**{"..\\..\\touched": b"x"}))
MODELS.bytes("member-nul.wbm", lambda: packed().replace(b"model.json", b"model.jso\0"))
MODELS.bytes("members-many.wbm", lambda: packed(method=zipfile.ZIP_STORED, **{f"{k}": b"" for k in range(15_000)}))
MODELS.bytes("member-none.wbm", lambda: _zip_of({}))
MODELS.bytes("member-only-facts.wbm", lambda: _zip_of({FACTS: _trained()[0]}))
MODELS.bytes("member-folder.wbm", lambda: _zip_of({FACTS + "/": b"", WEIGHTS: b""}))
MODELS.bytes("member-case.wbm", lambda: _zip_of({"Model.json": _trained()[0], WEIGHTS: _trained()[1]}))
MODELS.bytes("comment.wbm", lambda: _commented(packed(), b"x" * 65_535))
MODELS.bytes("prefix.wbm", lambda: b"MZ" + b"\x90" * 5_000 + packed())
MODELS.bytes("suffix.wbm", lambda: packed() + b"PK\x05\x06" + b"\0" * 18)
MODELS.bytes("crc.wbm", lambda: _patched(packed(), 16, b"\xde\xad\xbe\xef"))
MODELS.bytes("size-small.wbm", lambda: _patched(packed(), 24, struct.pack("<I", 10)))
MODELS.bytes("size-large.wbm", lambda: _patched(packed(), 24, struct.pack("<I", 0xFFFFFFF0)))
MODELS.bytes("offset-large.wbm", lambda: _patched(packed(), 42, struct.pack("<I", 0xFFFFFF00)))
MODELS.bytes("method-unknown.wbm", lambda: _patched(packed(), 10, struct.pack("<H", 99)))
MODELS.bytes("encrypted.wbm", lambda: _patched(packed(), 8, struct.pack("<H", 1)))
MODELS.bytes("name-length.wbm", lambda: _patched(packed(), 28, struct.pack("<H", 0xFFFF)))
MODELS.bytes("version-needed.wbm", lambda: _patched(packed(), 6, struct.pack("<H", 255)))


def _commented(data: bytes, comment: bytes) -> bytes:
    return data[:-2] + struct.pack("<H", len(comment)) + comment


def _patched(data: bytes, offset: int, new: bytes) -> bytes:
    """Change a field of the first entry in the directory of an archive."""
    place = data.index(b"PK\x01\x02") + offset
    return data[:place] + new + data[place + len(new) :]


for _part in range(1, 8):
    MODELS.bytes(f"cut-{_part}.wbm", lambda part=_part: packed()[: len(packed()) * part // 8])
for _seed in range(12):
    MODELS.bytes(f"flips-{_seed}.wbm", lambda seed=_seed: damaged(packed(), seed, 1 + seed % 6))
    MODELS.bytes(
        f"flips-stored-{_seed}.wbm", lambda seed=_seed: damaged(packed(method=zipfile.ZIP_STORED), seed, 1 + seed % 6)
    )
for _seed in range(5):
    MODELS.bytes(f"flips-200-{_seed}.wbm", lambda seed=_seed: damaged(packed(), seed, 200))
