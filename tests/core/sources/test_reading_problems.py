"""Files that cannot be read give a Problem with a remedy, never a traceback."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import random
import zipfile
from pathlib import Path

import pytest

from workbench.core import sources
from workbench.core.problems import WorkbenchError
from workbench.core.sources import read, unpack


def _problem(path: Path | str) -> str:
    with pytest.raises(WorkbenchError) as caught:
        sources.read(path)
    assert caught.value.problem.severity == "error"
    assert caught.value.problem.remedy()
    return caught.value.problem.key


def _write(folder: Path, data: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


SERIES = b"date,value\n" + b"".join(b"2024-01-%02d,%d\n" % (day, day * day) for day in range(1, 29))


def test_that_a_missing_file_is_named(tmp_path: Path) -> None:
    assert _problem(tmp_path / "nothing.csv") == "file-not-found"


def test_that_a_folder_is_no_file(tmp_path: Path) -> None:
    assert _problem(tmp_path) == "is-a-folder"


@pytest.mark.parametrize("data", [b"", b"\n\n\n", b" \t \r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_that_an_empty_file_is_said_to_be_empty(tmp_path: Path, data: bytes) -> None:
    assert _problem(_write(tmp_path, data)) == "empty-file"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
        bytes(range(256)) * 30,
        b"\0" * 5000,
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"\x7fELF" + b"\0" * 100,
    ],
    ids=["png", "pdf", "bytes", "zeros", "web page", "program"],
)
def test_that_a_binary_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert _problem(_write(tmp_path, data)) in ("binary-file", "cannot-decode")


def test_that_words_alone_are_no_series(tmp_path: Path) -> None:
    text = "name,place\n" + "".join(f"{who},{where}\n" for who, where in zip("abcdefgh", "stuvwxyz", strict=True))
    assert _problem(_write(tmp_path, text.encode())) == "text-only"


def test_that_one_column_of_times_is_no_series(tmp_path: Path) -> None:
    text = "date\n" + "".join(f"2024-01-{day:02d}\n" for day in range(1, 20))
    assert _problem(_write(tmp_path, text.encode())) == "text-only"


def test_that_one_column_of_numbers_is_a_series(tmp_path: Path) -> None:
    table = sources.read(_write(tmp_path, b"\n".join(b"%d" % (k * k % 17) for k in range(50))))
    assert table.rows == 50
    assert table.time is None
    assert table.numeric == ("column 1",)


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_that_too_few_rows_are_counted(tmp_path: Path, rows: int) -> None:
    data = b"\n".join(SERIES.split(b"\n")[: rows + 1]) + b"\n"
    assert _problem(_write(tmp_path, data)) == "too-few-rows"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_that_a_forbidden_file_is_said_to_be_forbidden(tmp_path: Path) -> None:
    path = _write(tmp_path, SERIES)
    path.chmod(0)
    assert _problem(path) == "permission-denied"


def test_that_a_path_with_a_zero_byte_is_no_file() -> None:
    assert _problem("a\0b.csv") == "file-not-found"


def test_that_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    data = gzip.compress(SERIES)
    assert _problem(_write(tmp_path, data[:40], "a.csv.gz")) == "cannot-read"


def test_that_a_gzip_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.core.sources import payload

    monkeypatch.setattr(payload, "memory_budget", lambda: 30 << 20)
    assert _problem(_write(tmp_path, gzip.compress(b"0" * (60 << 20)), "a.gz")) == "unpacks-too-large"


def test_that_an_archive_without_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/", "")
    assert _problem(path) == "no-table-in-archive"


def test_that_reading_can_be_cancelled(tmp_path: Path) -> None:
    path = _write(tmp_path, SERIES)
    with pytest.raises(WorkbenchError) as caught:
        sources.read(path, cancelled=lambda: True)
    assert caught.value.problem.key == "reading-cancelled"


def test_that_progress_grows_to_one(tmp_path: Path) -> None:
    seen: list[float] = []
    sources.read(_write(tmp_path, SERIES), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def _packed(data: bytes, how: str, *, folder: bool = True) -> bytes:
    """Pack bytes as a person's tool would."""
    if how == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data/a.csv", data)
            if folder:
                archive.writestr("readme.md", "words")
        return stream.getvalue()
    if how == "zst":
        library = unpack.zstd_library()
        if library is None:
            pytest.skip("no zstd in this installation")
        packed: bytes = library.compress(data)
        return packed
    return {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[how](data)


@pytest.mark.parametrize("packed", ["gz", "zip", "bz2", "xz", "zst"])
def test_that_a_packed_table_is_the_same_table(tmp_path: Path, packed: str) -> None:
    plain = sources.read(_write(tmp_path, SERIES))
    path = tmp_path / f"a.csv.{packed}"
    path.write_bytes(_packed(SERIES, packed))
    table = sources.read(path)
    assert (table["value"].values == plain["value"].values).all()
    assert table.sha256 != plain.sha256
    assert [n.key for n in table.notes if n.key == "archive-member"] == (["archive-member"] if packed == "zip" else [])


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", "zst"])
def test_that_parts_packed_one_after_the_other_are_one_table(tmp_path: Path, packed: str) -> None:
    half = SERIES.index(b"\n", len(SERIES) // 2) + 1
    path = tmp_path / f"a.csv.{packed}"
    path.write_bytes(_packed(SERIES[:half], packed) + _packed(SERIES[half:], packed))
    assert sources.read(path).rows == sources.read(_write(tmp_path, SERIES)).rows


@pytest.mark.timeout(60)
@pytest.mark.parametrize("packed", ["gz", "zip", "bz2", "xz", "zst"])
def test_that_what_unpacks_to_far_too_much_is_stopped_early(tmp_path: Path, packed: str) -> None:
    path = tmp_path / f"bomb.csv.{packed}"
    path.write_bytes(_packed(b"0" * (200 << 20), packed))
    watched: list[float] = []
    with pytest.raises(WorkbenchError) as caught:
        sources.read(path, progress=watched.append)
    assert caught.value.problem.key == "unpacks-too-large"
    assert len(watched) <= 70, "it was stopped after 64 MB"


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", "zst", "zip"])
def test_that_a_broken_package_is_said_to_be_broken(tmp_path: Path, packed: str) -> None:
    data = bytearray(_packed(SERIES, packed))
    del data[len(data) // 2 :]
    assert _problem(_write(tmp_path, bytes(data), f"a.csv.{packed}")) == "cannot-read"


def test_that_a_locked_archive_is_said_to_be_locked(tmp_path: Path) -> None:
    data = bytearray(_packed(SERIES, "zip", folder=False))
    # The flag of encryption, in the local header and in the directory at the end.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert _problem(_write(tmp_path, bytes(data), "a.zip")) == "archive-locked"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "data",
    [
        b'"' * 200_000,
        b"a,b\n" + b'"x,' * 50_000,
        b",".join([b"1"] * 300_000),
        b"x" * 3_000_000,
        b"(" * 100_000 + b"\n" + b"1,2\n" * 1000,
        b"1 " * 200_000,
        b"'" + b"a,b\n" * 20_000,
        b"\r" * 200_000 + b"1,2",
        b"a;b\n" + b'1;"2\n' * 20_000,
        b"\x1f\x8b" + b"\0" * 50,
        b"PK\x03\x04" + b"\0" * 50,
        b"sep=",
        b"1 2 3\n\n \n4 5 6\n7 8 9\n1 2 3\n",
        b"#\n" * 50_000,
        bytes(random.Random(5).choices(range(32, 127), k=2_000_000)),
        b"\n".join(b",".join(b"%d" % (k * j % 97) for j in range(2000)) for k in range(500)),
    ],
)
def test_that_hostile_files_end_quickly_in_a_table_or_a_problem(tmp_path: Path, data: bytes) -> None:
    path = _write(tmp_path, data)
    with contextlib.suppress(WorkbenchError):
        assert sources.read(path).numeric


@pytest.mark.parametrize("content", [b"\x1e", b" \x1e ", b"\x1f\n"])
def test_that_a_lone_control_character_is_a_problem(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(content)
    with pytest.raises(WorkbenchError, match="rows"):
        read(path)
