"""Preferences survive a restart, a crash while writing and a broken file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.app.preferences import (
    MOST_RECENT,
    Preferences,
    load_preferences,
    preferences_path,
    save_preferences,
)
from workbench.core.problems import WorkbenchError


def test_that_a_missing_file_gives_the_defaults_without_a_problem(tmp_path: Path) -> None:
    assert load_preferences(tmp_path / "none.json") == (Preferences(), None)


def test_that_what_is_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "preferences.json"
    kept = Preferences(theme="dark", geometry="QUJD", closed_cards=("data",)).with_recent("a.csv")
    assert save_preferences(kept, path) is None
    assert load_preferences(path) == (kept, None)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"theme": "pink"}', '{"unknown": 1}', '{"geometry": NaN}', "[" * 5000]
)
def test_that_a_broken_file_is_kept_aside_and_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(text)
    preferences, found = load_preferences(path)
    assert preferences == Preferences()
    assert found is not None
    assert found.key == "broken-preferences"
    aside = tmp_path / "preferences.broken.json"
    assert aside.read_text() == text
    assert str(aside) in found.remedy()
    path.write_text("worse")
    load_preferences(path)
    assert aside.read_text() == text, "the one before is kept"
    assert (tmp_path / "preferences.broken2.json").read_text() == "worse"


def test_that_bytes_that_are_no_text_are_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_bytes(b"\xff\xfe\x00\x80")
    assert load_preferences(path)[0] == Preferences()


def test_that_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "preferences.json"
    save_preferences(Preferences(theme="dark"), path)

    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    found = save_preferences(Preferences(theme="light"), path)
    assert found is not None
    assert "No space left" in found.text()
    monkeypatch.undo()
    assert load_preferences(path)[0].theme == "dark"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_that_recent_files_are_newest_first_without_repeats() -> None:
    preferences = Preferences()
    for index in range(MOST_RECENT + 5):
        preferences = preferences.with_recent(f"{index}.csv")
    again = preferences.with_recent("7.csv")
    assert again.recent[0] == "7.csv"
    assert len(set(again.recent)) == len(again.recent) == MOST_RECENT


def test_that_an_unknown_theme_is_refused() -> None:
    with pytest.raises(WorkbenchError):
        Preferences().changed(theme="pink")


def test_that_the_file_lies_in_the_users_config_folder() -> None:
    assert preferences_path().parts[-2:] == ("sequence-workbench", "preferences.json")
