"""Odd files with the parse they should get: `tests/data/reading/text.json` and `time.json` say what is expected."""

from __future__ import annotations

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
    shown = inspection(table, name)
    for key in ("delimiter", "quote", "encoding", "decimal"):
        if key in expected:
            assert shown[key] == expected[key]
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
    _check_time(expected, inspection(table, name)["time"])
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
    json.dumps(inspection(table, name), allow_nan=False)


def test_that_all_columns_have_as_many_values_as_there_are_rows() -> None:
    for name in TEXT:
        table = sources.read(FOLDER / name)
        for column in table.columns:
            assert len(column.values) == table.rows
            if column.kind == "number":
                assert column.missing == int(np.isnan(column.values.astype(float)).sum())
