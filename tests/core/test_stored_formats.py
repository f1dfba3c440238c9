"""Files of every past format, as the program of that time wrote them, are still read; later ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.app.preferences import load_preferences
from workbench.core.bundle import FORMAT as MODEL
from workbench.core.exports.wbm import read_model
from workbench.core.forecasting import beyond, view
from workbench.core.formats import newer
from workbench.core.project import project_from_json
from workbench.core.projectfile import FORMAT as PROJECT
from workbench.core.projectfile import read_project, settled
from workbench.core.reproducing import reproduced
from workbench.core.sources import read
from workbench.core.store import RunFolder

STORED = Path(__file__).parents[1] / "data" / "formats"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def test_that_a_file_of_every_format_is_stored() -> None:
    assert {path.stem for path in STORED.glob("model-*.wbm")} == {f"model-{k}" for k in range(1, MODEL + 1)}
    assert {path.stem for path in STORED.glob("project-*.wbp")} == {f"project-{k}" for k in range(1, PROJECT + 1)}


def test_that_models_of_every_format_forecast() -> None:
    pack = read_project(STORED / "pack-1.wbp")
    table = read(settled(pack).data.source)
    for path in sorted(STORED.glob("model-*.wbm")):
        bundle = read_model(path)
        found = beyond(bundle, view(bundle, table)).values
        assert found.shape == (1, 2, 1), path.name
        assert 5 < found.min() <= found.max() < 15, path.name


def test_that_settings_runs_and_projects_of_format_1_are_read(tmp_path: Path) -> None:
    project = project_from_json((STORED / "settings-1.json").read_bytes())
    assert (project.data.window, project.data.horizon, project.model.hidden) == (8, 2, 4)
    (tmp_path / "run.json").write_bytes((STORED / "run-1.json").read_bytes())
    assert RunFolder(tmp_path).facts().source == "good.csv"
    assert read_project(STORED / "project-1.wbp").facts.project.data.targets == ("a",)


def test_that_a_stored_pack_is_trained_again() -> None:
    pack = read_project(STORED / "pack-1.wbp")
    wanted = pack.facts.outcome
    assert wanted is not None
    found = reproduced(settled(pack), wanted.threads)
    for then, now in zip(wanted.scores, found.scores, strict=True):
        assert (now.name, now.part, now.windows) == (then.name, then.part, then.windows)
        assert now.mae == pytest.approx(then.mae, rel=1e-4)  # the same bits only with the same versions and processor


def test_that_preferences_without_a_format_are_those_of_format_1(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_bytes((STORED / "preferences-0.json").read_bytes())
    found, problem = load_preferences(path)
    assert problem is None
    assert (found.theme, found.format) == ("dark", 1)


def test_that_only_later_formats_of_the_same_kind_are_refused() -> None:
    document = {"kind": "x", "format": 3, "versions": {"workbench": "2.0"}}
    refusal = newer("a", document, "x", 2)
    assert refusal is not None
    assert "2.0" in refusal.problem.remedy()
    assert newer("a", document, "x", 3) is None
    assert newer("a", document, "y", 2) is None
    assert newer("a", [], "x", 2) is None
