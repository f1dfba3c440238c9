"""``export``: every format by name or ending, and what is missing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover import untrained
from series import tiny_project, tiny_table
from workbench.cli import main
from workbench.cli.export import FORMATS
from workbench.core.exports import EXPORTS, Package


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "m.wbm"
    EXPORTS["wbm"].write(path, Package(*untrained(tiny_project(), tiny_table()), None))
    return path


def test_that_every_export_has_its_word() -> None:
    assert tuple(FORMATS) == EXPORTS.keys()


def test_that_a_model_is_exported_and_proven(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(model), "--out", str(tmp_path / "m.onnx")]) == 0
    told = capsys.readouterr().out
    assert "gave the same forecasts: 1000 windows" in told
    assert {path.name for path in tmp_path.iterdir()} == {"m.onnx", "m.onnx.card.json"}


def test_that_a_table_needs_the_data(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("forecast-csv", "residuals-csv"):
        assert main(["export", str(model), "--format", key, "--out", str(tmp_path / "t.csv")]) == 2
    told = capsys.readouterr().err
    assert "--data" in told
    assert not list(tmp_path.iterdir())
