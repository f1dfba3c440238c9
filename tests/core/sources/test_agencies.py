"""Tables as agencies publish them are read as a person would, or something is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.agencies import MADE, agencies
from tests.benchmarks.pollution import read
from tests.pollution import cell_f1, header_f1, record_f1
from workbench.core import sources

FILES = {file.name: file for file in agencies(3)}


def test_that_each_maker_made_a_file_of_its_own() -> None:
    assert len(FILES) == len(MADE)


@pytest.mark.parametrize("name", FILES)
def test_that_the_file_of_an_agency_is_read_or_something_is_said(name: str, tmp_path: Path) -> None:
    file = FILES[name]
    header, rows, notes = read(file.data, tmp_path)
    told = any(note.severity != "note" for note in notes)
    right = (record_f1(rows, file.rows) + cell_f1(rows, file.rows)) / 2
    assert right >= 0.95 or told
    if name != "one-column":
        assert right >= 0.96
        assert file.header is None or header_f1(header, file.header) == 1.0


@pytest.mark.parametrize("name", [name for name, file in FILES.items() if file.span])
def test_that_the_times_of_the_file_of_an_agency_are_found(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(FILES[name].data)
    axis = sources.read(path).time
    assert axis is not None
    assert axis.duplicates == axis.backward == axis.gaps == 0
    for value, wanted in zip(axis.values[[0, -1]], FILES[name].span or (), strict=True):
        assert str(value).startswith(wanted)


@pytest.mark.parametrize(
    ("name", "first", "last"), [("year-month", "1980-01", "2009-12"), ("year-month-annual", "1980-01", "2009-07")]
)
def test_that_a_row_a_year_with_a_column_a_month_is_one_series(
    name: str, first: str, last: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(FILES[name].data)
    table = sources.read(path)
    assert table.numeric == ("value",)
    assert table.time is not None
    assert table.time.step is not None
    assert table.time.step.unit == "month"
    assert table.time.gaps == 0
    assert (table.time.values[[0, -1]] == np.array([first, last], "M8[M]")).all()
    assert {note.key for note in table.notes} >= {"months-layout"}
    wide = sources.read(path, hints=sources.Hints(layout="wide"))
    assert len(wide.numeric) >= 12
