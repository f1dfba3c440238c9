"""A proof passes where a fresh process forecasts the same, says what differs where it does not, and deletes nothing."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from handover import untrained
from series import tiny_project, tiny_table
from workbench.core.bundle import Bundle
from workbench.core.card import card_path
from workbench.core.cells import CELLS
from workbench.core.dataset import Dataset
from workbench.core.exports import EXPORTS, Package, exported
from workbench.core.handover import fingerprint
from workbench.core.problems import WorkbenchError
from workbench.core.proof import difference, proven, sizes, windows_for
from workbench.core.rawwindows import drawn, program_forecast


@lru_cache(maxsize=1)
def made() -> tuple[Bundle, Dataset]:
    return untrained(tiny_project(targets=("a",), inputs=("b",), difference="step"), tiny_table())


def test_that_a_good_file_passes_and_its_card_says_so(tmp_path: Path) -> None:
    bundle, dataset = made()
    note = exported(tmp_path / "m.onnx", bundle, dataset, None)
    assert note.severity == "note"
    assert "1000 windows" in note.text()
    card = json.loads(card_path(tmp_path / "m.onnx").read_text(encoding="utf-8"))
    assert card["exported"]
    assert card["proof"]["windows"] == {"1": 1000, "7": 1000, "64": 1000}
    assert card["proof"]["lengths"] == [10, 15]
    assert 0 < card["proof"]["difference"] <= 1e-5
    assert card["settings"]["fingerprint"] == fingerprint(bundle)


def _spoilt(path: Path) -> None:
    model = onnx.load(path)
    weight = max(model.graph.initializer, key=lambda entry: len(entry.raw_data))
    values = numpy_helper.to_array(weight).copy()
    values.flat[0] += 0.01
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    path.write_bytes(model.SerializeToString())


def test_that_a_changed_weight_is_found_and_the_file_stays(tmp_path: Path) -> None:
    bundle, dataset = made()
    path = tmp_path / "m.onnx"
    EXPORTS["onnx"].write(path, Package(bundle, dataset, None))
    _spoilt(path)
    before = path.read_bytes()
    found = proven("onnx", path, bundle, dataset, windows=20)
    assert not found.passed
    assert found.difference is not None
    assert found.difference > 1e-5
    assert "instead of" in found.reason
    assert path.read_bytes() == before


def test_that_a_file_that_fails_is_not_called_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = EXPORTS["onnx"]
    write = export.write

    def and_spoil(path: Path, package: Package) -> None:
        write(path, package)
        _spoilt(path)

    monkeypatch.setattr(export, "write", and_spoil)
    found = exported(tmp_path / "m.onnx", *made(), None)
    assert (found.key, found.severity) == ("not-proven", "error")
    assert (tmp_path / "m.onnx").exists()
    card = json.loads(card_path(tmp_path / "m.onnx").read_text(encoding="utf-8"))
    assert not card["exported"]
    assert "instead of" in card["proof"]["reason"]


def test_that_a_file_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    bundle, dataset = made()
    (tmp_path / "m.onnx").write_bytes(b"nothing of the kind")
    found = proven("onnx", tmp_path / "m.onnx", bundle, dataset, windows=5)
    assert not found.passed
    assert "could not use the file" in found.reason


def test_that_windows_are_real_first_and_drawn_where_they_run_out() -> None:
    bundle, dataset = made()
    few, many = windows_for(bundle, dataset, 10), windows_for(bundle, dataset, 300)
    assert len(few) == 10
    assert len(many) == 300
    rows = dataset.values.tolist()
    assert few.x[3, 4].tolist() in rows
    assert many.x[299, 4].tolist() not in rows
    assert np.isfinite(many.x).all()


def test_that_differences_are_shares_of_the_spread_or_the_distance() -> None:
    bundle, _dataset = made()
    raw = drawn(bundle, 50, 10)
    wanted = program_forecast(bundle, raw)[0]
    size = sizes(bundle, raw, wanted)
    assert (size >= np.std(raw.x[..., 0]) - 1e-12).all()
    assert difference(wanted, wanted, size)[0] == 0.0
    off = wanted.copy()
    off[7, 2, 0] += 0.5 * size[7, 2, 0]
    share, text = difference(off, wanted, size)
    assert share == pytest.approx(0.5)
    assert text.startswith("window 8, step 3, target 1")
    off[3] = np.nan
    assert difference(off, wanted, size)[0] == np.inf


def test_that_the_table_of_what_was_proven_is_whole_and_holds_no_failure() -> None:
    page = (Path(__file__).parents[2] / "resources" / "docs" / "exports.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| cell")]
    wanted = {
        (cell, decoder, layers)
        for cell in CELLS.keys()  # noqa: SIM118 - a registry is no dict
        for decoder in ("direct", "recursive", "parallel")
        for layers in ("1", "2", "both ways")
    }
    assert {tuple(part.strip() for part in row.split("|")[1:4]) for row in rows} == wanted
    assert "failed" not in page
    assert all(("refused" in row) == ("both ways" in row and "direct" not in row) for row in rows)
    for number in re.findall(r"\d+e[-+]\d+", "".join(rows)):
        assert float(number) <= 1e-5


def test_that_a_missing_package_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EXPORTS["onnx"], "packages", ("onnx", "no_such_package"))
    with pytest.raises(WorkbenchError) as caught:
        exported(tmp_path / "m.onnx", *made(), None)
    assert caught.value.problem.key == "needs-packages"
    assert "pip install no_such_package" in caught.value.problem.remedy()
    assert not list(tmp_path.iterdir())
