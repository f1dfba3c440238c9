"""A file is looked at as it is read: any line of it, its part in the table, and what its cells are."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.test_sources import workbook
from workbench.core.problems import WorkbenchError
from workbench.core.reading import Reading
from workbench.core.sources import filelines
from workbench.core.sources.filelines import BLOCK, FileLines
from workbench.core.sources.payload import Watch
from workbench.core.sources.preview import Preview, layout_of, preview
from workbench.core.sources.previewrows import CellKind
from workbench.core.sources.records import lines_of


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def look(path: Path, **settled: object) -> Preview:
    return preview(path, Reading(**settled).hints)  # type: ignore[arg-type]


def kinds(seen: Preview, number: int) -> list[CellKind]:
    line = seen.rows.line(seen.rows.place(number))
    return [seen.kind(line, column) for column in range(len(line.cells))]


GERMAN = "\r\n".join(
    ["Station Köln;;", "", "Zeit;Last [kW];Güte", *(f"{k:02}.03.2023;1.{k:03},5;gut" for k in range(1, 25)),
     "25.03.2023;defekt;gut", "26.03.2023;;gut", "27.03.2023;7,5", "Summe;99;", ""]
)  # fmt: skip


def test_that_each_line_is_told_its_part(tmp_path: Path) -> None:
    seen = look(written(tmp_path / "a.csv", GERMAN, "cp1252"))
    parts = {n: seen.rows.line(n - 1).part for n in (1, 2, 3, 4, 27, 30, 31)}
    assert parts == {
        1: "skipped", 2: "skipped", 3: "header", 4: "data", 27: "data", 30: "ragged", 31: "total",
    }  # fmt: skip
    assert len(seen.rows) == 31
    assert seen.first_row == 3
    assert list(seen.kinds) == ["time", "number", "text"]


def test_that_cells_are_told_apart_by_what_the_reader_made_of_them(tmp_path: Path) -> None:
    seen = look(written(tmp_path / "a.csv", GERMAN, "cp1252"))
    assert kinds(seen, 3) == ["header"] * 3
    assert kinds(seen, 4) == ["time", "number", "text"]
    assert kinds(seen, 28) == ["time", "bad", "text"]
    assert kinds(seen, 29) == ["time", "missing", "text"]
    assert kinds(seen, 1)[0] == "skipped"


def test_that_a_sentinel_is_missing_and_no_number(tmp_path: Path) -> None:
    rows = [f"2024-01-{k:02},{-999 if k % 5 == 0 else k / 7:.3f}" for k in range(1, 29)]
    seen = look(written(tmp_path / "a.csv", "\n".join(["day,v", *rows])))
    assert kinds(seen, 6) == ["time", "missing"]
    assert kinds(seen, 7) == ["time", "number"]


def test_that_a_text_without_numbers_is_shown_with_its_problem(tmp_path: Path) -> None:
    seen = look(written(tmp_path / "a.txt", "\n".join(["t!v", *(f"2024-01-{k:02}!x{k}" for k in range(1, 20))])))
    assert seen.table is None
    assert seen.problem is not None
    assert seen.problem.key == "text-only"
    assert seen.rows.line(1).cells == ["2024-01-01", "x1"]


def test_that_what_is_settled_shows_at_once(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "\n".join(["t;v", *(f"2024-01-{k:02};{k},5" for k in range(1, 20))]))
    assert look(path).rows.line(1).cells == ["2024-01-01", "1,5"]
    assert look(path, delimiter="comma").rows.line(1).cells == ["2024-01-01;1", "5"]


@pytest.mark.parametrize("packed", [False, True])
def test_that_any_line_of_a_large_file_is_there_though_only_a_sample_is_parsed(tmp_path: Path, packed: bool) -> None:
    rows = [f"{np.datetime64('2000-01-01T00') + k},{k}" for k in range(30_000)]
    text = "\n".join(["time,v", *rows, ""]).replace("T", " ")
    path = tmp_path / ("a.csv.gz" if packed else "a.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    seen = look(path)
    assert not seen.complete
    assert seen.table is not None
    assert seen.table.rows < 30_000
    assert len(seen.rows) == 30_001
    for number in (1, 2, 20_000, 30_001):
        line = seen.rows.line(seen.rows.place(number))
        assert line.number == number
        assert line.cells[1] == ("v" if number == 1 else str(number - 2))
    assert kinds(seen, 30_001) == ["time", "number"]


def test_that_places_of_lines_are_found_once_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.csv", "\n".join(["t,v", *(f"2024-01-{k:02},{k}" for k in range(1, 29))]))
    first = look(path)
    monkeypatch.setattr(filelines, "_index", None)
    again = preview(path, Reading(decimal="point").hints, lines=first.lines)
    assert again.lines is first.lines


def test_that_a_file_that_changed_is_looked_at_anew(tmp_path: Path) -> None:
    rows = [f"2024-01-{k:02},{k}" for k in range(1, 29)]
    path = written(tmp_path / "a.csv", "\n".join(["t,v", *rows]))
    first = look(path)
    written(path, "\n".join(["t,v", *rows, "2024-01-29,29"]))
    again = preview(path, Reading().hints, lines=first.lines)
    assert len(again.rows) == 30
    assert again.rows.line(29).cells == ["2024-01-29", "29"]


def test_that_quoted_cells_over_several_lines_keep_the_numbers_of_lines(tmp_path: Path) -> None:
    rows = [f'2024-01-{k:02},{k},"two\nlines"' for k in range(1, 20)]
    seen = look(written(tmp_path / "a.csv", "\n".join(["t,v,w", *rows])))
    assert [seen.rows.line(k).part for k in range(5)] == ["header", "data", "continued", "data", "continued"]
    assert seen.rows.line(3).cells[0] == "2024-01-02"


def test_that_a_stopped_look_ends(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\n".join(["t,v", *(f"2024-01-{k:02},{k}" for k in range(1, 29))]))
    with pytest.raises(WorkbenchError) as caught:
        preview(path, Reading().hints, cancelled=lambda: True)
    assert caught.value.problem.key == "reading-cancelled"


PIECES = st.lists(st.sampled_from(["a", "bb,1", "", "\n", "\r\n", "\r", "ü", "\n\n"]), max_size=400)


@given(PIECES, st.integers(1, 40))
def test_that_lines_are_those_of_the_reader_whatever_ends_them(pieces: list[str], chunk: int) -> None:
    text = "".join(pieces)
    before, filelines._CHUNK = filelines._CHUNK, chunk
    try:
        lines = FileLines(text.encode(), "utf-8", Watch("x"))
    finally:
        filelines._CHUNK = before
    wanted = [line.rstrip("\r\n") for line in lines_of(text)]
    assert len(lines) == len(wanted)
    found = [line for block in range(-(-len(wanted) // BLOCK)) for line in lines.block(block)]
    assert found == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "cp932", "utf-32"])
def test_that_lines_are_decoded(tmp_path: Path, encoding: str) -> None:
    text = "\n".join(["日期,温度", *(f"2024-01-{k:02},{k}.5" for k in range(1, 29)), ""])
    seen = look(written(tmp_path / "a.csv", text, encoding))
    assert list(seen.names) == ["日期", "温度"]
    assert seen.rows.line(0).cells == ["日期", "温度"]
    assert len(seen.rows) == 29


def test_that_a_workbook_shows_its_rows_and_offers_its_sheets(tmp_path: Path) -> None:
    data: list[list[object]] = [
        ["Sales of one shop"],
        ["day", "load"],
        *([f"2024-01-{k:02}", k / 2] for k in range(1, 20)),
    ]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"notes": [["nothing", "here"]], "data": data}))
    seen = look(path)
    assert seen.sheets == ("notes", "data")
    assert [seen.rows.line(k).part for k in range(3)] == ["skipped", "header", "data"]
    assert kinds(seen, 3) == ["time", "number"]
    assert look(path, sheet="data").names == ["day", "load"]
    with pytest.raises(WorkbenchError) as caught:
        look(path, sheet="absent")
    assert caught.value.problem.key == "no-such-sheet"


def test_that_a_typed_file_shows_its_table(tmp_path: Path) -> None:
    days = (np.datetime64("2024-01-01") + np.arange(20)).astype("M8[us]")
    path = tmp_path / "a.parquet"
    pl.DataFrame({"day": days, "v": [None, *range(19)]}).write_parquet(path)
    seen = look(path)
    assert seen.dialect is None
    assert list(seen.kinds) == ["time", "number"]
    assert seen.rows.line(0).cells == ["2024-01-01 00:00:00", ""]
    assert kinds(seen, 1) == ["time", "missing"]
    assert layout_of(path) == layout_of(path)


# -- layouts ----------------------------------------------------------------------------------------------


def test_that_files_with_the_same_header_have_the_same_layout(tmp_path: Path) -> None:
    one = written(tmp_path / "a.csv", "\n".join(["t;v", *(f"2024-01-{k:02};{k},5" for k in range(1, 9))]))
    two = written(tmp_path / "b.csv", "\n".join(["t;v", *(f"2025-02-{k:02};{9 * k},1" for k in range(1, 29))]))
    assert layout_of(one) == layout_of(two)


@pytest.mark.parametrize(
    "lines",
    [["t,v", "2024-01-0{k},{k}"], ["t;w", "2024-01-0{k};{k},5"], ["2024-01-0{k};{k},5"]],
    ids=["delimiter", "names", "headerless"],
)
def test_that_other_headers_or_delimiters_are_another_layout(tmp_path: Path, lines: list[str]) -> None:
    one = written(tmp_path / "a.csv", "\n".join(["t;v", *(f"2024-01-0{k};{k},5" for k in range(1, 9))]))
    head, row = lines[:-1], lines[-1]
    other = written(tmp_path / "b.csv", "\n".join([*head, *(row.format(k=k) for k in range(1, 9))]))
    assert layout_of(one) != layout_of(other)


def test_that_headerless_files_are_known_by_width_and_types(tmp_path: Path) -> None:
    def numbers(name: str, width: int, step: float) -> Path:
        rows = [",".join(f"{k * step + j:.3f}" for j in range(width)) for k in range(30)]
        return written(tmp_path / name, "\n".join(rows))

    assert layout_of(numbers("a.txt", 3, 1.5)) == layout_of(numbers("b.txt", 3, 2.5))
    assert layout_of(numbers("a.txt", 3, 1.5)) != layout_of(numbers("c.txt", 4, 1.5))
