"""A crash leaves either the old file or the new one."""

from __future__ import annotations

import csv
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.core.files import write_atomically, write_csv
from workbench.core.problems import WorkbenchError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_that_content_arrives_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"\x00two")
    assert path.read_bytes() == b"\x00two"
    assert names(path.parent) == ["a.bin"]


@pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")
def test_that_others_may_read_the_file_as_far_as_the_user_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("broken", ["write", "fsync", "replace"])
def test_that_a_failure_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, b"old")

    def fail(*_arguments: object, **_words: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, {"write": "fdopen", "fsync": "fsync", "replace": "replace"}[broken], fail)
        with pytest.raises(WorkbenchError) as caught:
            write_atomically(path, b"new")
    assert caught.value.problem.key == "cannot-write"
    assert "disk is full" in caught.value.problem.text()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_that_a_reader_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, ["x"], [[1]])

    def rows() -> Iterator[list[object]]:
        yield [2]
        raise ValueError("broken input")

    with pytest.raises(ValueError, match="broken input"):
        write_csv(path, ["x"], rows())
    assert path.read_bytes() == b"x\r\n1\r\n"
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("where", ["folder", "under-a-file", "long-name"])
def test_that_a_place_that_takes_no_file_is_a_problem(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"kept")
    path = {
        "folder": tmp_path / "folder",
        "under-a-file": tmp_path / "file" / "a",
        "long-name": tmp_path / ("x" * 300),
    }[where]
    with pytest.raises(WorkbenchError) as caught:
        write_atomically(path, b"new")
    assert caught.value.problem.key == "cannot-write"
    assert names(tmp_path) == ["file", "folder"]
    assert names(tmp_path / "folder") == []
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_that_csv_reads_back_as_it_was(tmp_path: Path) -> None:
    rows = [["a,b", 'say "x"', "two\nlines"], ["ü€", "", "1.5"]] * 3
    write_csv(tmp_path / "t.csv", ["one", "two", "a;b"], rows)
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [["one", "two", "a;b"], *rows]


def test_that_a_long_table_is_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.core.files.PIECE_CHARACTERS", 100)
    write_csv(tmp_path / "t.csv", ["n"], ([number] for number in range(1000)))
    assert (tmp_path / "t.csv").read_bytes() == b"n\r\n" + b"".join(b"%d\r\n" % n for n in range(1000))
