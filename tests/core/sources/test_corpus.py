"""Odd files with the parse they should get: `tests/data/reading/text.json` and `time.json` say what is expected."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.sources.inspection import inspection

FOLDER = Path(__file__).parents[2] / "data" / "reading"
TEXT: dict[str, Any] = json.loads((FOLDER / "text.json").read_text(encoding="utf-8"))
TIME: dict[str, Any] = json.loads((FOLDER / "time.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TEXT)
def test_that_the_cells_of_a_text_file_are_found(name: str) -> None:
    expected = TEXT[name]
    header, rows = sources.parsed(FOLDER / name)
    rows = list(rows)
    assert header == expected["header"]
    assert len(rows) == expected["rows"]
    assert rows[0] == expected["first"]
    assert rows[-1] == expected["last"]


@pytest.mark.parametrize("name", TEXT)
def test_that_a_text_file_becomes_the_right_table(name: str) -> None:
    expected = TEXT[name]
    table = sources.read(FOLDER / name)
    shown = inspection(table)
    for key in ("delimiter", "quote", "encoding"):
        if key in expected:
            assert shown[key] == expected[key]
    if "decimal" in expected:
        assert table.dialect is not None
        assert table.dialect.decimal == expected["decimal"]
    assert set(expected.get("notes", ())) <= {note.key for note in table.notes}
    if "kinds" in expected:
        assert [column.kind for column in table.columns] == expected["kinds"]
    if "units" in expected:
        assert [column.unit for column in table.columns] == expected["units"]
    for column, missing in expected.get("missing", {}).items():
        assert table[column].missing == missing
    for column, (first, last) in expected.get("values", {}).items():
        assert table[column].values[[0, -1]] == pytest.approx([first, last])
    _check_time(expected, shown["time"])


@pytest.mark.parametrize("name", TIME)
def test_that_the_time_axis_is_found(name: str) -> None:
    expected = TIME[name]
    table = sources.read(FOLDER / name)
    _check_time(expected, inspection(table)["time"])
    assert set(expected.get("notes", ())) <= {note.key for note in table.notes}


def _check_time(expected: dict[str, Any], found: Any) -> None:
    if "time" not in expected:
        return
    wanted = expected["time"]
    if wanted is None:
        assert found is None
        return
    assert found is not None
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize("name", [*TEXT, *TIME])
def test_that_every_note_is_a_sentence_with_a_remedy_and_plain_json(name: str) -> None:
    table = sources.read(FOLDER / name)
    for note in table.notes:
        assert note.severity in ("note", "warning")
        assert note.text().endswith(".")
        assert note.remedy().endswith(".")
    _check_schema(json.loads(json.dumps(inspection(table), allow_nan=False)))


TIME_KEYS = "column format first last step_s calendar duplicates gaps backward timezone alternatives"


def _check_schema(shown: Any) -> None:
    """Hold the printed object to the keys and types that scripts rely on."""
    assert list(shown) == ["delimiter", "quote", "encoding", "header_rows", "columns", "rows", "time", "notes"]
    for key in ("delimiter", "quote", "encoding"):
        assert shown[key] is None or isinstance(shown[key], str)
    assert isinstance(shown["header_rows"], int)
    for column in shown["columns"]:
        assert list(column) == ["name", "kind", "missing"]
        assert column["kind"] in ("number", "time", "text", "empty")
        assert 0 <= column["missing"] <= shown["rows"]
    for note in shown["notes"]:
        assert list(note) == ["key", "row", "column", "text"]
        assert note["row"] is None or isinstance(note["row"], int)
        assert note["column"] is None or isinstance(note["column"], str)
    time = shown["time"]
    if time is None:
        return
    assert list(time) == TIME_KEYS.split()
    for end in ("first", "last"):
        datetime.datetime.fromisoformat(time[end])
    assert time["step_s"] is None or time["calendar"] is None
    assert time["step_s"] is None or time["step_s"] > 0
    assert all(isinstance(time[key], int) for key in ("duplicates", "gaps", "backward"))
    assert all(list(other) == ["format", "first", "last"] for other in time["alternatives"])


def test_that_all_columns_have_as_many_values_as_there_are_rows() -> None:
    for name in TEXT:
        table = sources.read(FOLDER / name)
        for column in table.columns:
            assert len(column.values) == table.rows
            if column.kind == "number":
                assert column.missing == int(np.isnan(column.values.astype(float)).sum())
