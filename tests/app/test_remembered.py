"""What was settled for a layout outlives the program, and a broken file costs nothing but the memory."""

from __future__ import annotations

from pathlib import Path

from workbench.app.remembered import MOST, Memory
from workbench.core.reading import Reading, Remembered

ENTRY = Remembered(file="a.csv", reading=Reading(decimal="comma", time_format="%d/%m/%Y"), targets=("load",))


def loaded(path: Path) -> Memory:
    memory = Memory()
    assert memory.load(path) is None
    return memory


def test_that_what_is_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "config" / "layouts.json"
    assert loaded(path).keep("one", ENTRY) is None
    assert dict(loaded(path).entries) == {"one": ENTRY}


def test_that_what_is_forgotten_stays_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "layouts.json"
    memory = loaded(path)
    memory.keep("one", ENTRY)
    memory.keep("two", ENTRY)
    assert memory.forget("one") is None
    assert list(loaded(path).entries) == ["two"]


def test_that_the_oldest_layout_makes_room(tmp_path: Path) -> None:
    memory = Memory()
    for k in range(MOST):
        memory.keep(str(k), ENTRY)
    memory.keep("0", ENTRY.changed(file="again.csv"))
    memory.keep("new", ENTRY)
    assert "0" in memory.entries
    assert "1" not in memory.entries
    assert len(memory.entries) == MOST


def test_that_a_broken_file_is_kept_aside_and_said(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"layouts": {"a": {"reading": {"decimal": "semicolon"}}}}', "null"):
        path = tmp_path / "layouts.json"
        path.write_text(text)
        memory = Memory()
        found = memory.load(path)
        assert found is not None, text
        assert found.key == "broken-layouts"
        assert not memory.entries
        assert not path.exists()
        assert memory.keep("one", ENTRY) is None


def test_that_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    memory = loaded(tmp_path / "layouts.json")
    memory._path = tmp_path / "file" / "layouts.json"
    found = memory.keep("one", ENTRY)
    assert found is not None
    assert found.key == "cannot-write"
