"""Columns of times in every form of `tests/timefamilies.py` are read right or asked about, never silently wrong."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.timeaxes import verdict
from tests.timecases import Family, case
from tests.timefamilies import FAMILIES
from workbench.core import sources
from workbench.core.sources.inspection import inspection
from workbench.core.table import Step


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_that_no_column_of_times_is_silently_wrong(family: Family, tmp_path: Path) -> None:
    for seed in range(100, 103):
        one = case(random.Random(zlib.crc32(f"{family.name} {seed}".encode())), family)
        found, _table = verdict(one, tmp_path / "a.csv")
        assert found in ("right", "asked"), one.text[:300]


def _read(folder: Path, header: str, cells: list[str], **hints: str) -> sources.Table:
    path = folder / "a.csv"
    path.write_text(
        f"{header},load\n" + "".join(f"{cell},{k % 7}.5\n" for k, cell in enumerate(cells)), encoding="utf-8"
    )
    return sources.read(path, hints=sources.Hints(**hints))


def _keys(table: sources.Table) -> set[str]:
    return {note.key for note in table.notes}


def test_that_a_reading_that_was_asked_about_can_be_chosen(tmp_path: Path) -> None:
    cells = [f"{month:02d}/01/2024" for month in range(1, 13)]
    table = _read(tmp_path, "date", cells)
    assert "time-unsure" in _keys(table)
    assert table.time is not None
    form, first, last = table.time.alternatives[0]
    other = _read(tmp_path, "date", cells, time_format=form)
    assert other.time is not None
    assert other.time.format == form
    assert (str(other.time.values.min())[:10], str(other.time.values.max())[:10]) == (first, last)
    assert "time-unsure" not in _keys(other)


def test_that_serial_numbers_of_a_spreadsheet_are_asked_about(tmp_path: Path) -> None:
    table = _read(tmp_path, "date", [str(45292 - 1462 + k) for k in range(40)])
    assert "time-unsure" in _keys(table)
    assert table.time is not None
    assert "excel-1904" in [form for form, _first, _last in table.time.alternatives]


@pytest.mark.parametrize(
    "cells", [["24-Jan", "25-Jan", "26-Jan", "27-Jan", "28-Jan"], [f"{h:02d}:00" for h in range(24)]]
)
def test_that_days_without_a_year_and_clocks_without_a_day_are_said_to_be_unread(
    cells: list[str], tmp_path: Path
) -> None:
    table = _read(tmp_path, "time", cells)
    assert table.time is None
    note = next(note for note in table.notes if note.key == "time-unread")
    assert (note.values["column"], note.values["row"]) == ("time", 2)


def test_that_two_digit_years_run_across_a_hundred_years_from_the_first(tmp_path: Path) -> None:
    table = _read(tmp_path, "date", [f"Jan-{year % 100:02d}" for year in range(1936, 2016)])
    assert table.time is not None
    assert (str(table.time.values[0])[:4], str(table.time.values[-1])[:4]) == ("1936", "2015")


def test_that_a_zone_without_a_known_offset_is_local_time(tmp_path: Path) -> None:
    table = _read(tmp_path, "time", [f"2024-01-01 {h:02d}:00 XYZT" for h in range(24)])
    assert table.time is not None
    assert table.time.timezone is None


def test_that_spans_of_clock_times_are_no_offsets(tmp_path: Path) -> None:
    table = _read(tmp_path, "time", [f"2024-01-01 {h:02d}:00-{(h + 1) % 24:02d}:00" for h in range(24)])
    assert table.time is not None
    assert (table.time.timezone, str(table.time.values[3])[:16]) == (None, "2024-01-01T03:00")


def test_that_one_bad_cell_of_a_short_column_is_told(tmp_path: Path) -> None:
    table = _read(tmp_path, "date", ["2024-01-01", "2024-01-02", "soon", "2024-01-04", "2024-01-05"])
    assert table.time is not None
    assert np.isnat(table.time.values).tolist() == [False, False, True, False, False]
    assert "time-cells-bad" in _keys(table)


@pytest.mark.parametrize("rows", [2, 3])
def test_that_the_time_of_two_rows_is_read(rows: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("date,load\n" + "".join(f"2024-01-0{k + 1},{k}\n" for k in range(rows)))
    time = inspection(sources.read(path, any_table=True))["time"]
    assert isinstance(time, dict)
    assert (time["first"], time["step_s"]) == ("2024-01-01T00:00:00", 86400)


@pytest.mark.parametrize("rows", [20, 100, 900])
@pytest.mark.parametrize(
    "form",
    ["{d:02}/03 {h:02}:00", "{h:02}:00 {d:02}/03", "03-{d:02} {h:02}:00", "{d}/3 {h}:00", "{d:02}.03 {h:02}:00:00",
     "03/{d:02} - {h:02}:00", "{d} Mar {h:02}:00"],
)  # fmt: skip
def test_that_times_without_a_year_get_no_invented_one(form: str, rows: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{form.format(d=1 + k // 24 % 28, h=k % 24)},{k * 1.5}" for k in range(rows)]
    path.write_text("time,load\n" + "\n".join(lines) + "\n")
    table = sources.read(path)
    assert table.time is None
    assert {"rows-numbered", "time-unread"} <= {note.key for note in table.notes}
    assert table["load"].values.tolist() == [k * 1.5 for k in range(rows)]


@pytest.mark.parametrize(
    ("form", "first"), [("{:02}MAR24:05:00:00", "2024-03-01T05:00"), ("{:02}/Mar/2024:05:00", "2024-03-01T05:00"),
                        ("202403{:02}:05", "2024-03-01T05:00"), ("2024-03-{:02}:05:30", "2024-03-01T05:30")],
)  # fmt: skip
def test_that_a_colon_may_stand_before_a_clock(form: str, first: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,load\n" + "\n".join(f"{form.format(1 + k)},{k}.5" for k in range(28)) + "\n")
    table = sources.read(path)
    assert table.time is not None
    assert str(table.time.values[0])[:16] == first
    assert table.time.step == Step(86400, "second")
