"""The model file: strict, small, without pickle; a stranger's file is refused, never executed."""

from __future__ import annotations

import io
import json
import pickle
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from hostile.models import resealed
from series import run_of, tiny_project, tiny_table, train
from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import prepare
from workbench.core.exports import Package
from workbench.core.exports.wbm import FACTS, WEIGHTS, WbmExport, read_model
from workbench.core.problems import WorkbenchError

Document = dict[str, Any]


@lru_cache(maxsize=1)
def bundle() -> Bundle:
    project = tiny_project(cell="lstm", targets=("a",), inputs=("b",))
    dataset = prepare(tiny_table(), project.data)
    return bundled(run_of(train(project, dataset), project), dataset)


def members() -> tuple[Document, dict[str, Any]]:
    """Return the facts and the weights of a right file, to be spoilt."""
    return json.loads(bundle().facts.model_dump_json()), {key: np.array(w) for key, w in bundle().weights.items()}


def archive(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return path


def model(path: Path, facts: Document | bytes | None = None, weights: dict[str, Any] | bytes | None = None) -> Path:
    """Write a model file whose members may be anything."""
    own_facts, own_weights = members()
    facts, weights = own_facts if facts is None else facts, own_weights if weights is None else weights
    content = weights if isinstance(weights, bytes) else save(weights)
    text = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    return archive(path, {FACTS: resealed(text, content), WEIGHTS: content})


def refusal(path: Path) -> str:
    with pytest.raises(WorkbenchError) as caught:
        read_model(path)
    found = caught.value.problem
    assert found.key == "broken-model"
    assert found.values["name"] == path.name
    assert found.remedy()
    assert len(found.text()) < 2_000
    return found.text()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.wbm"


def test_that_a_model_file_reads_back_bit_by_bit(path: Path) -> None:
    WbmExport().write(path, Package(bundle(), None, None))
    again = read_model(path)
    assert again.facts == bundle().facts
    assert {key: w.tobytes() for key, w in again.weights.items()} == {
        key: w.tobytes() for key, w in bundle().weights.items()
    }
    assert again.fit.scaler.shift.tolist() == bundle().fit.scaler.shift.tolist()


def test_that_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.wbm", "b.wbm"):
        WbmExport().write(tmp_path / name, Package(bundle(), None, None))
    assert (tmp_path / "a.wbm").read_bytes() == (tmp_path / "b.wbm").read_bytes()


def test_that_the_spoilt_files_of_these_tests_would_be_right_unspoilt(path: Path) -> None:
    assert read_model(model(path)).facts == bundle().facts


def test_that_there_is_no_pickle_and_no_path_in_a_file(path: Path) -> None:
    WbmExport().write(path, Package(bundle(), None, None))
    with zipfile.ZipFile(path) as found:
        assert found.namelist() == [FACTS, WEIGHTS]
        for name in found.namelist():
            with pytest.raises((pickle.UnpicklingError, ValueError, EOFError, KeyError, IndexError)):
                pickle.loads(found.read(name))
        json.loads(found.read(FACTS))
        (length,) = struct.unpack("<Q", found.read(WEIGHTS)[:8])
        assert json.loads(found.read(WEIGHTS)[8 : 8 + length]).keys() >= set(bundle().weights)


def changed(where: str, value: object) -> Callable[[Document], None]:
    def change(facts: Document) -> None:
        *parents, last = where.split(".")
        for parent in parents:
            facts = facts[parent]
        facts[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        changed("kind", "something-else"),
        changed("format", "3"),
        changed("format", True),
        changed("extra", 1),
        changed("project.model.cell", "os.system"),
        changed("project.model.cell", "gru"),
        changed("project.model.hidden", 5),
        changed("project.model.hidden", 4096),
        changed("project.model.hidden", 10**12),
        changed("project.model.layers", 2),
        changed("project.data.horizon", 4),
        changed("project.data.targets", []),
        changed("project.data.inputs", []),
        changed("project.data.extra", "x"),
        changed("shift", [0.0]),
        changed("scale", [1.0, 0.0]),
        changed("scale", [1.0, -1.0]),
        changed("scale", [1.0, 1e999]),
        changed("shift", [1.0, float("nan")]),
        changed("mase_scale", []),
        changed("season", 0),
        changed("data", None),
        changed("versions", {"torch": 1}),
        changed("scores", [{"name": "model"}]),
    ],
)
def test_that_facts_that_contradict_themselves_or_the_weights_are_refused(
    path: Path, change: Callable[[Document], None]
) -> None:
    facts, _weights = members()
    change(facts)
    refusal(model(path, facts=facts))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"kind": NaN}',
        b'{"kind": -Infinity}',
        b"\xff\xfe{}",
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b"1" * 10_000,
        b'"' + b"x" * 900_000 + b'"',
    ],
    ids=range(11),
)
def test_that_facts_that_are_no_strict_json_are_refused(path: Path, text: bytes) -> None:
    refusal(model(path, facts=text))


def test_that_a_key_that_appears_twice_is_refused(path: Path) -> None:
    facts = json.dumps(members()[0])
    twice = facts.replace('"season":', '"season": 3, "season":').encode()
    assert "twice" in refusal(model(path, facts=twice))
    inner = facts.replace('"cell":', '"cell": "gru", "cell":').encode()
    assert "twice" in refusal(model(path, facts=inner))


def _reshaped(weights: dict[str, Any]) -> None:
    weights["head.weight"] = weights["head.weight"].T.copy()


def _one_number(value: float) -> Callable[[dict[str, Any]], None]:
    def spoil(weights: dict[str, Any]) -> None:
        weights["layers.0.kernel.weight_hh_l0"][1, 2] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        _reshaped,
        _one_number(np.nan),
        _one_number(np.inf),
        lambda weights: weights.pop("head.bias"),
        lambda weights: weights.update({"../../x": np.zeros(1, np.float32)}),
        lambda weights: weights.update({f"t{n}": np.zeros(0, np.float32) for n in range(1000)}),
        lambda weights: weights.update({"head.bias": weights["head.bias"].astype(np.float64)}),
        lambda weights: weights.update({"head.bias": weights["head.bias"].astype(np.float16)}),
        lambda weights: weights.update({"head.bias": np.zeros(3, np.int32)}),
    ],
)
def test_that_weights_of_another_network_are_refused(path: Path, spoil: Callable[[dict[str, Any]], None]) -> None:
    _facts, weights = members()
    spoil(weights)
    refusal(model(path, weights=weights))


def test_that_weights_that_are_no_safetensors_are_refused(path: Path) -> None:
    for data in (b"", b"\x00" * 8, b"\xff" * 64, pickle.dumps({"a": 1}), save(members()[1])[:-4]):
        refusal(model(path, weights=data))


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {FACTS: b"{}"},
        {FACTS: b"{}", WEIGHTS: b"", "evil.py": b"import os"},
        {"../../x": b"", FACTS: b"{}", WEIGHTS: b""},
        {"/etc/passwd": b"", FACTS: b"{}"},
        {"sub/" + FACTS: b"{}", WEIGHTS: b""},
    ],
)
def test_that_an_archive_with_other_members_is_refused(
    path: Path, entries: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    refusal(archive(path, entries))
    assert [entry.name for entry in path.parent.iterdir()] == ["model.wbm"], "nothing is unpacked"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_that_a_member_that_appears_twice_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for name in (FACTS, FACTS, WEIGHTS):
            made.writestr(name, b"{}")
    refusal(path)


@pytest.mark.parametrize("name", ["empty", "text", "pickle", "folder", "nothing", "unreadable-name"])
def test_that_what_is_no_archive_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("date,value\n1,2\n")
    (tmp_path / "pickle").write_bytes(pickle.dumps({"weights": [1]}))
    (tmp_path / "folder").mkdir()
    refusal(tmp_path / name)


def bounded(path: Path, *, seconds: float, megabytes: float) -> str:
    tracemalloc.start()
    began = time.perf_counter()
    try:
        found = refusal(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - began < seconds
    assert peak < megabytes * 1e6
    return found


def test_that_huge_facts_are_refused_within_bounds(path: Path) -> None:
    facts, _weights = members()
    facts["versions"] = {"x": np.random.default_rng(0).bytes(5_000_000).hex()}
    assert "larger than" in bounded(model(path, facts=facts), seconds=5, megabytes=30)


@pytest.mark.parametrize("bomb", [FACTS, WEIGHTS])
def test_that_a_bomb_is_not_unpacked(path: Path, bomb: str) -> None:
    zeros = b"\x00" * 200_000_000
    made = model(path, **{{FACTS: "facts", WEIGHTS: "weights"}[bomb]: zeros})
    assert made.stat().st_size < 1_000_000
    assert "swells" in bounded(made, seconds=5, megabytes=30)


def test_that_a_size_that_lies_is_not_believed(path: Path) -> None:
    data = bytearray(model(path, facts=b" " * 5_000_000).read_bytes())
    where = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, where + 24, 100)  # the size of the first member, as the directory tells it
    path.write_bytes(data)
    bounded(path, seconds=5, megabytes=30)


def test_that_every_truncated_file_is_refused(path: Path) -> None:
    data = model(path).read_bytes()
    for length in range(0, len(data) - 1, 97):
        path.write_bytes(data[:length])
        refusal(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_that_a_damaged_file_reads_as_it_was_or_is_refused(path: Path, damage: list[tuple[float, int]]) -> None:
    data = bytearray(model(path).read_bytes())
    for where, value in damage:
        data[int(where * len(data))] = value
    path.write_bytes(data)
    try:
        found = read_model(path)
    except WorkbenchError:
        refusal(path)
        return
    assert all(np.isfinite(weight).all() for weight in found.weights.values())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_that_compressions_we_do_not_write_are_refused(path: Path, method: int) -> None:
    facts, weights = members()
    archive(path, {FACTS: json.dumps(facts).encode(), WEIGHTS: save(weights)}, method)
    assert "compressed" in refusal(path)


def test_that_damage_without_compression_is_refused_too(path: Path) -> None:
    facts, weights = members()
    content = save(weights)
    archive(path, {FACTS: resealed(json.dumps(facts).encode(), content), WEIGHTS: content}, zipfile.ZIP_STORED)
    assert read_model(path).facts == bundle().facts
    data = bytearray(path.read_bytes())
    data[60:90] = b"\xa5" * 30
    path.write_bytes(data)
    refusal(path)


def test_that_arrays_of_one_shape_cannot_change_their_names(path: Path) -> None:
    facts, weights = members()
    content = save(weights)
    sealed = resealed(json.dumps(facts).encode(), content)
    names = sorted(weights, key=lambda name: (weights[name].shape, name))
    one, two = next((a, b) for a, b in pairwise(names) if weights[a].shape == weights[b].shape)
    weights[one], weights[two] = weights[two], weights[one]
    archive(path, {FACTS: sealed, WEIGHTS: save(weights)})
    assert "checksum" in refusal(path)


def test_that_settings_cannot_change_behind_the_seal(path: Path) -> None:
    facts, weights = members()
    content = save(weights)
    sealed = json.loads(resealed(json.dumps(facts).encode(), content))
    for change in ({"shift": [0.0, 0.0]}, {"seal": None}, {"seal": "0" * 64}, {"seconds": 1.5}):
        archive(path, {FACTS: json.dumps(sealed | change).encode(), WEIGHTS: content})
        assert "checksum" in refusal(path)


def test_that_an_encrypted_file_is_refused(path: Path) -> None:
    data = bytearray(model(path).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        where = data.index(mark) + offset
        data[where] |= 1
    path.write_bytes(data)
    refusal(path)


def test_that_a_newer_file_is_refused_with_the_version_that_reads_it(path: Path) -> None:
    facts, _weights = members()
    facts["format"], facts["versions"]["workbench"] = 4, "7.5.0"
    with pytest.raises(WorkbenchError) as caught:
        read_model(model(path, facts=facts))
    found = caught.value.problem
    assert found.key == "newer-file"
    assert "format 4" in found.text()
    assert "7.5.0" in found.remedy()


def test_that_the_weights_are_plain_little_endian_numbers() -> None:
    stream = io.BytesIO(save(members()[1]))
    (length,) = struct.unpack("<Q", stream.read(8))
    header = json.loads(stream.read(length))
    body = stream.read()
    first, behind = header["head.bias"]["data_offsets"]
    assert np.frombuffer(body[first:behind], "<f4").tolist() == bundle().weights["head.bias"].tolist()
