"""Project files: what is saved comes back, data are found or asked for, and no path of this machine is written."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from hostile.models import MODELS
from hostile.projects import document, packed
from series import hourly, tiny_project, wave
from workbench.core.opening import opened
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.projectfile import is_project_file, read_project, save_project, settled
from workbench.core.sources import read


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "work").mkdir()
    path = tmp_path / "work" / "data.csv"
    path.write_text("time,a\n" + "".join(f"{t},{v:.3f}\n" for t, v in zip(hourly(60).tolist(), wave(60), strict=True)))
    made = tiny_project()
    data = made.data.model_copy(update={"source": str(path), "sha256": read(path).sha256})
    return made.model_copy(update={"data": data})


def refusal(path: Path, given: Path | None = None) -> str:
    with pytest.raises(WorkbenchError) as caught:
        settled(read_project(path), given)
    assert caught.value.problem.remedy()
    return caught.value.problem.key


def test_that_a_project_comes_back_with_its_data_beside_it(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "work" / "a.wbp"
    save_project(path, project)
    assert is_project_file(path)
    assert settled(read_project(path)) == project
    (tmp_path / "work").rename(tmp_path / "moved")
    again = settled(read_project(tmp_path / "moved" / "a.wbp"))
    assert again.data.source == str(tmp_path / "moved" / "data.csv")


def test_that_a_project_comes_back_with_its_data_inside(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "a.wbp"
    save_project(path, project, inside=True)
    bytes_then = Path(project.data.source).read_bytes()
    Path(project.data.source).unlink()
    again = settled(read_project(path))
    assert Path(again.data.source).read_bytes() == bytes_then
    assert again.model == project.model


def test_that_no_path_of_this_machine_is_written(project: Project, tmp_path: Path) -> None:
    for inside in (False, True):
        path = tmp_path / "other" / "a.wbp"
        save_project(path, project, inside=inside)
        with zipfile.ZipFile(path) as archive:
            text = archive.read("project.json").decode()
        assert str(tmp_path) not in text
        assert "/" not in read_project(path).facts.data.name


def test_that_data_elsewhere_are_asked_for(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "other" / "a.wbp"
    save_project(path, project)
    assert refusal(path) == "data-needed"
    assert settled(read_project(path), Path(project.data.source)).data.source == project.data.source
    (tmp_path / "other.csv").write_text("time,a\n1,2\n")
    assert refusal(path, tmp_path / "other.csv") == "project-other-data"


def test_that_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "data.csv").symlink_to(tmp_path / "secret.csv")
    reference = {"name": "data.csv", "sha256": "", "place": "data.csv", "inside": False}
    (folder / "a.wbp").write_bytes(packed(document(data=reference), None))
    assert refusal(folder / "a.wbp") == "data-needed"


def test_that_a_newer_project_is_refused_with_the_version_that_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.wbp"
    path.write_bytes(packed(document(format=2, versions={"workbench": "8.1"})))
    with pytest.raises(WorkbenchError) as caught:
        read_project(path)
    assert caught.value.problem.key == "newer-file"
    assert "8.1" in caught.value.problem.remedy()


def test_that_a_project_is_opened_like_a_file_and_a_model_says_what_it_is(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "work" / "a.data"  # its content says what it is
    save_project(path, project)
    found = opened(path)
    assert found.project == project
    assert found.table.sha256 == project.data.sha256
    model = MODELS.makers["good.wbm"](tmp_path)
    with pytest.raises(WorkbenchError) as caught:
        opened(model)
    assert caught.value.problem.key == "model-needs-data"
