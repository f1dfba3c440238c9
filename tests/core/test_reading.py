"""What a person settles about reading a file is obeyed, or refused with a reason; never silently ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.opening import opened, reread
from workbench.core.problems import WorkbenchError
from workbench.core.reading import Reading, likewise, understood
from workbench.core.sources import read

ROWS = [f"{k % 28 + 1:02}/{k % 12 + 1:02}/2024" for k in range(3)]


def written(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("given", "kept"), [(",", "comma"), ("\\t", "tab"), ("\t", "tab"), ("::", "::"), ("comma", "comma"), ("~|~", "~|~")]
)
def test_that_a_delimiter_is_named_or_written_as_it_is(given: str, kept: str) -> None:
    assert Reading().changed(delimiter=given).delimiter == kept


@pytest.mark.parametrize("given", ["", "a", "1", '"', "\n", "=" * 9])
def test_that_an_impossible_delimiter_is_refused_by_name(given: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        Reading().changed(delimiter=given)
    assert caught.value.problem.key == "invalid-setting"
    assert caught.value.problem.values["title"] == "Delimiter"


def test_that_a_delimiter_of_several_characters_is_obeyed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", ["t::v", *(f"2024-01-0{k}::{k},{k}" for k in range(1, 9))])
    table = read(path, hints=Reading(delimiter="::", decimal="comma").hints)
    assert table["v"].values.tolist() == [k + k / 10 for k in range(1, 9)]


def test_that_the_first_row_can_be_settled_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    lines = ["x,y", "1,2", "3,4", "t,v", *(f"2024-01-0{k},{k}" for k in range(1, 9)), "2024-01-09"]
    path = written(tmp_path / "a.csv", lines)
    table = read(path, hints=Reading(first_row=4).hints)
    assert [column.name for column in table.columns] == ["t", "v"]
    assert table.rows == 9
    ragged = next(note for note in table.notes if note.key == "ragged-rows")
    assert ragged.values["row"] == 13


def test_that_a_settled_quotation_mark_is_obeyed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ["t,v,'w", *(f'2024-01-0{k},{k},"a' for k in range(1, 9))])
    plain = read(path, hints=Reading(quote="none").hints)
    assert plain.columns[2].values[0] == '"a'
    assert plain.dialect is not None
    assert plain.dialect.quote is None


def test_that_a_settled_escape_is_obeyed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ["t,v,w", *(f'2024-01-0{k},{k},"say \\"a\\", b"' for k in range(1, 9))])
    free, kept = read(path), read(path, hints=Reading(escape="backslash").hints)
    assert free.columns[2].values[0] == kept.columns[2].values[0] == 'say "a", b'
    assert kept.dialect is not None
    assert kept.dialect.escape == "\\"
    doubled = read(path, hints=Reading(escape="double").hints)
    assert doubled.dialect is not None
    assert doubled.dialect.escape is None
    assert doubled.columns[2].values[0] != 'say "a", b'


@pytest.mark.parametrize(
    ("cell", "reading", "value"),
    [
        ("1.234", Reading(), 1.234),
        ("1.234", Reading(thousands="point"), 1234.0),
        ("1.234", Reading(thousands="none", decimal="point"), 1.234),
        ("1,234", Reading(thousands="point"), 1.234),
        ("1,234", Reading(thousands="comma"), 1234.0),
        ("1 234", Reading(thousands="blank"), 1234.0),
        ("1\u202f234,5", Reading(thousands="blank", decimal="comma"), 1234.5),
        ("1’234", Reading(thousands="apostrophe"), 1234.0),
        ("-1.234,5", Reading(thousands="point"), -1234.5),
    ],
)
def test_that_a_settled_separator_of_thousands_is_obeyed(
    tmp_path: Path, cell: str, reading: Reading, value: float
) -> None:
    path = written(tmp_path / "a.csv", ["t;v", *(f"2024-01-{k:02};{cell}" for k in range(1, 29))])
    assert read(path, hints=reading.hints)["v"].values[0] == value


def test_that_a_separator_that_was_ruled_out_makes_no_number(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ["t;v;x", *(f"2024-01-{k:02};1'234;{k}" for k in range(1, 29))])
    assert read(path)["v"].values[0] == 1234.0
    assert read(path, hints=Reading(thousands="none").hints)["v"].values[0] == "1'234"


@pytest.mark.parametrize(
    ("reading", "key"),
    [
        (Reading(time="nowhere"), "no-such-column"),
        (Reading(time="v"), "no-times"),
        (Reading(time_format="%Y/%d/%m"), "other-time-form"),
    ],
)
def test_that_a_time_that_is_none_is_refused_instead_of_numbering_the_rows(
    tmp_path: Path, reading: Reading, key: str
) -> None:
    path = written(tmp_path / "a.csv", ["t,v", *(f"2024-01-{k:02},{(k * 7919) % 13 - 500.5}" for k in range(1, 29))])
    with pytest.raises(WorkbenchError) as caught:
        read(path, hints=reading.hints)
    assert caught.value.problem.key == key
    assert caught.value.problem.remedy()


def test_that_rows_are_numbered_where_that_is_settled(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ["t,v", *(f"2024-01-{k:02},{k}" for k in range(1, 9))])
    assert read(path, hints=Reading(time="-").hints).time is None


def test_that_an_ambiguous_file_means_what_the_files_of_the_model_meant(tmp_path: Path) -> None:
    days = [f"{d:02}/{m:02}/2023,{d + m}" for m in range(1, 13) for d in range(1, 29)]
    model = opened(written(tmp_path / "long.csv", ["day,v", *days]))
    assert model.project.data.understood.time_format == "%d/%m/%Y"
    # Each day of January in one reading, the first of each month in the other.
    short = written(tmp_path / "short.csv", ["day,v", *(f"{k:02}/01/2024,{k}" for k in range(1, 13))])
    guessed = read(short)
    assert guessed.time is not None
    table = reread(short, Reading(), model.project.data.understood)
    assert table.time is not None
    assert table.time.format == "%d/%m/%Y"
    american = understood(guessed).model_copy(update={"time": ("day",), "time_format": "%m/%d/%Y"})
    table = reread(short, Reading(), american)
    assert table.time is not None
    assert table.time.format == "%m/%d/%Y"
    assert likewise(table, Reading(), understood(table)) is None


def test_that_a_file_with_other_columns_is_read_by_itself(tmp_path: Path) -> None:
    model = understood(read(written(tmp_path / "a.csv", ["day,v", *(f"{k:02}/01/2024,{k}" for k in range(1, 13))])))
    other = written(tmp_path / "b.csv", ["when;v", *(f"2024-01-{k:02};{k},5" for k in range(1, 13))])
    table = reread(other, Reading(), model)
    assert table.time is not None
    assert table.time.format == "%Y-%m-%d"
