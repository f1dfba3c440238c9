"""The runs on disk: listed with their sizes, renamed, deleted; nothing else is ever touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from series import tiny_project
from workbench.core.lock import RunLock
from workbench.core.problems import WorkbenchError
from workbench.core.shelf import delete_runs, rename_run, shelved
from workbench.core.store import RunFolder


def stored(path: Path) -> RunFolder:
    folder = RunFolder(path)
    folder.begin(tiny_project(), {})
    return folder


def refusal(act: object, *values: object) -> str:
    with pytest.raises(WorkbenchError) as caught:
        act(*values)  # type: ignore[operator]
    return caught.value.problem.key


def test_that_runs_are_listed_with_their_sizes_the_broken_ones_too(tmp_path: Path) -> None:
    folder = stored(tmp_path / "a")
    stored(tmp_path / "group" / "seed-1")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "run.json").write_text("{")
    (folder.path / "probes").mkdir()
    (folder.path / "probes" / "0.safetensors").write_bytes(bytes(5_000))
    found = {run.name: run for run in shelved(tmp_path)}
    assert set(found) == {"a", "b", "group/seed-1"}
    assert found["a"].size == sum(file.stat().st_size for file in folder.path.rglob("*") if file.is_file()) > 5_000
    assert found["a"].cell == "rnn"
    assert found["b"].cell == ""
    assert len(list(shelved(tmp_path, 2))) == 2


def test_that_a_run_is_renamed_or_it_is_said_why_not(tmp_path: Path) -> None:
    folder, other = stored(tmp_path / "a"), stored(tmp_path / "b")
    moved = rename_run(folder, " my best (3) ", tmp_path)
    assert moved.path == tmp_path / "my best (3)"
    assert moved.project() == tiny_project()
    for name in ("", "../x", "a/b", ".x", "b", "x" * 101):
        assert refusal(rename_run, moved, name, tmp_path) == "no-name"
    lock = RunLock.acquired(other.path)
    assert refusal(rename_run, other, "c", tmp_path) == "run-locked"
    assert refusal(delete_runs, [other], tmp_path) == "run-locked"
    lock.release()


def test_that_only_runs_in_the_folder_of_runs_are_deleted(tmp_path: Path) -> None:
    among = tmp_path / "runs"
    first, second, kept = stored(among / "g" / "1"), stored(among / "g" / "2"), stored(among / "kept")
    outside = stored(tmp_path / "outside")
    (among / "link").symlink_to(outside.path)
    for folder in (outside, RunFolder(among / "link"), RunFolder(among)):
        assert refusal(delete_runs, [folder], among) == "not-on-shelf"
    assert delete_runs([first], among) == 1
    assert second.path.exists()
    assert delete_runs([second], among) == 1
    assert not (among / "g").exists(), "an emptied group goes, too"
    assert kept.project() == outside.project() == tiny_project()
