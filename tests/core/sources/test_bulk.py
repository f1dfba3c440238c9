"""The short cut for large files gives the same table as the careful way, or steps aside."""

from __future__ import annotations

import datetime
import functools
import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.sources import bulk
from workbench.core.sources.bulkplan import planned
from workbench.core.sources.fixedtime import NOT_A_TIME, fixed_time
from workbench.core.sources.payload import Payload, Watch, load
from workbench.core.table import Table

START = datetime.datetime(2015, 3, 1)
ROWS = 40_000


@functools.cache
def _lines(form: str = "%Y-%m-%d %H:%M:%S", delimiter: str = ",", decimal: str = ".") -> list[str]:
    load = np.round(100 + 30 * np.sin(np.arange(ROWS) / 300), 3)
    minute = datetime.timedelta(minutes=1)
    times = [(START + k * minute).strftime(form) for k in range(ROWS)]
    cells = [f"{x:.2f}".replace(".", decimal) for x in load]
    return ["time,load,count,place".replace(",", delimiter)] + [
        delimiter.join((t, x, str(k % 977), "Hill" if k % 3 else "Dale"))
        for k, (t, x) in enumerate(zip(times, cells, strict=True))
    ]


def _changed(line: int, text: str) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        return [*lines[:line], text, *lines[line + 1 :]]

    return change


CASES: dict[str, tuple[Callable[[list[str]], list[str]], bool]] = {
    "clean": (lambda lines: lines, True),
    "preamble": (lambda lines: ["A report of the agency", "", *lines], True),
    "units": (lambda lines: [lines[0], "UTC,MW,number,text", *lines[1:]], True),
    "missing cells": (
        lambda lines: [x if k % 997 else x.replace(x.split(",")[1], "NA") for k, x in enumerate(lines)],
        True,
    ),
    "an empty cell": (_changed(30_000, "2015-04-11 15:59:00,,5,Hill"), True),
    "a bad number": (_changed(30_000, "2015-04-11 15:59:00,broken,5,Hill"), True),
    "a bad time": (_changed(30_000, "yesterday,1.0,5,Hill"), True),
    "a long line": (_changed(30_000, "2015-04-11 15:59:00,1.0,5,Hill,extra"), False),
    "a short line": (_changed(30_000, "2015-04-11 15:59:00,1.0"), False),
    "a blank line": (_changed(30_000, ""), False),
    "a quoted delimiter": (_changed(30_000, '2015-04-11 15:59:00,1.0,5,"Hill, upper"'), True),
    "a quoted line end": (_changed(30_000, '2015-04-11 15:59:00,1.0,5,"Hill\nupper"'), False),
    "an open quote": (_changed(30_000, '2015-04-11 15:59:00,1.0,5,"Hill'), False),
    "a footer": (lambda lines: [*lines, "Source: the agency"], False),
    "a long line beside a short one": (
        lambda lines: [
            *lines[:30_000],
            "2015-03-22 03:59:00,1.0,5,Hill,9",
            "2015-03-22 04:00:00,1.0,5",
            *lines[30_002:],
        ],
        False,
    ),
    "a number too large": (_changed(30_000, "2015-03-21 19:59:00,1e999,5,Hill"), True),
    "a number with a blank": (_changed(30_000, "2015-03-21 19:59:00, 17.25 ,5,Hill"), True),
    "another form of date": (_changed(30_000, "21.03.2015 19:59,1.0,5,Hill"), True),
    "another form of the same width": (_changed(30_000, "21.03.2015 19:59:00,1.0,5,Hill"), True),
    "a day that is none": (_changed(30_000, "2015-02-30 19:59:00,1.0,5,Hill"), True),
    "a missing time": (_changed(30_000, ",1.0,5,Hill"), True),
    "a quoted time": (_changed(30_000, '"2015-03-21 19:59:00",1.0,5,Hill'), True),
    "a quoted number": (_changed(30_000, '2015-03-21 19:59:00,"1.5",5,Hill'), True),
    "an empty quoted number": (_changed(30_000, '2015-03-21 19:59:00,"",5,Hill'), True),
    "an empty last cell": (_changed(30_000, "2015-03-21 19:59:00,1.0,5,"), True),
    "a word for missing that no sample has": (_changed(30_000, "2015-03-21 19:59:00,n/a,5,Hill"), True),
    "a lone carriage return": (_changed(30_000, "2015-03-21 19:59:00,1.0,5,Hi\rll"), False),
    "other line ends": (_changed(30_000, "2015-03-21 19:59:00,1.0,5,Hill\r"), True),
    "words for missing and empty cells": (
        lambda lines: [
            x if k % 991 else x.replace(x.split(",")[1], "NA" if k % 2 else "") for k, x in enumerate(lines)
        ],
        True,
    ),
    "times in the last column": (lambda lines: [",".join(x.split(",")[1:] + x.split(",")[:1]) for x in lines], True),
    "a gap": (lambda lines: lines[:20_000] + lines[20_060:], True),
}


def _both(path: Path) -> tuple[Table | None, Table]:
    payload = Payload(path, path.stat().st_size, Watch(path.name))
    quick = bulk.read(payload, sources.Hints())
    # A settled encoding makes the reader take the careful way.
    careful = sources.read(path, hints=sources.Hints(encoding="utf-8"))
    return quick, careful


def _equal(one: Table, two: Table) -> None:
    assert [c.name for c in one.columns] == [c.name for c in two.columns]
    for a, b in zip(one.columns, two.columns, strict=True):
        assert (a.kind, a.missing, a.unit) == (b.kind, b.missing, b.unit)
        if a.kind == "text":
            assert a.values.tolist() == b.values.tolist()
        else:
            assert np.array_equal(a.values, b.values, equal_nan=True)
    assert one.time is not None
    assert two.time is not None
    assert (one.time.format, one.time.step, one.time.gaps) == (two.time.format, two.time.step, two.time.gaps)
    assert one.dialect == two.dialect
    assert one.sha256 == two.sha256
    assert sorted(n.text() for n in one.notes) == sorted(n.text() for n in two.notes)


@pytest.mark.parametrize("name", CASES)
def test_that_the_short_cut_and_the_careful_way_agree(name: str, tmp_path: Path) -> None:
    change, taken = CASES[name]
    path = tmp_path / "large.csv"
    path.write_text("\n".join(change(_lines())) + "\n", encoding="utf-8")
    quick, careful = _both(path)
    assert (quick is not None) == taken
    if quick is not None:
        _equal(quick, careful)


@pytest.mark.parametrize(
    ("form", "delimiter", "decimal", "newline"),
    [
        ("%Y-%m-%dT%H:%M:%S", ";", ",", "\r\n"),
        ("%d.%m.%Y %H:%M", "\t", ".", "\n"),
        ("%Y%m%d%H%M", ",", ".", "\r\n"),
    ],
)
def test_that_other_dialects_agree_too(form: str, delimiter: str, decimal: str, newline: str, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text(newline.join(_lines(form, delimiter, decimal)), encoding="utf-8", newline="")
    quick, careful = _both(path)
    assert quick is not None
    _equal(quick, careful)


def test_that_a_packed_file_takes_the_short_cut(tmp_path: Path) -> None:
    data = ("\n".join(_lines()) + "\n").encode()
    path = tmp_path / "large.csv.gz"
    path.write_bytes(gzip.compress(data, 1))
    plain = tmp_path / "large.csv"
    plain.write_bytes(data)
    payload = load(path, Watch(path.name))
    quick = bulk.read(payload, sources.Hints())
    assert quick is not None
    assert quick.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    careful = sources.read(plain, hints=sources.Hints(encoding="utf-8"))
    assert all(np.array_equal(a.values, b.values) for a, b in zip(quick.columns, careful.columns, strict=True))


def test_that_a_single_long_column_takes_the_short_cut(tmp_path: Path) -> None:
    path = tmp_path / "one [1]*.csv"
    values = np.round(np.sin(np.arange(200_000) / 50), 4)
    path.write_text("level\n" + "\n".join(map(str, values)) + "\n", encoding="utf-8")
    quick, careful = _both(path)
    assert quick is not None
    assert np.array_equal(quick["level"].values, values)
    assert [n.text() for n in quick.notes] == [n.text() for n in careful.notes]


def test_that_a_file_whose_ends_do_not_tell_day_and_month_apart_is_asked_in_other_places(tmp_path: Path) -> None:
    # Start, middle and end lie in the first twelve days of a month.
    times = [START + k * datetime.timedelta(minutes=5) for k in range(191 * 288)]
    lines = [f"{time:%d/%m/%Y %H:%M},{k % 89}" for k, time in enumerate(times)]
    path = tmp_path / "large.csv"
    path.write_text("when,load\n" + "\n".join(lines) + "\n", encoding="utf-8")
    plan = planned(Payload(path, path.stat().st_size, Watch(path.name)), sources.Hints())
    assert plan is not None
    assert plan.forms == ["%d/%m/%Y %H:%M", None]
    quick, careful = _both(path)
    assert quick is not None
    _equal(quick, careful)


@pytest.mark.parametrize("hints", [sources.Hints(delimiter=";", decimal=","), sources.Hints(header_rows=1)])
def test_that_what_was_settled_keeps_the_short_cut(hints: sources.Hints, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("\n".join(_lines("%d.%m.%Y %H:%M", ";", ",")) + "\n", encoding="utf-8")
    payload = Payload(path, path.stat().st_size, Watch(path.name))
    quick = bulk.read(payload, hints)
    assert quick is not None
    assert np.allclose(quick["load"].values[:3], np.round(100 + 30 * np.sin(np.arange(3) / 300), 2))


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%Y%m%d%H%M%S", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%H:%M %d/%m/%Y", "%m/%d/%Y"]
)
def test_that_times_of_a_fixed_width_are_those_of_strptime(form: str) -> None:
    random = np.random.default_rng(3)
    moments = [START + datetime.timedelta(seconds=int(s)) for s in random.integers(-(10**9), 10**9, 500)]
    cells = [moment.strftime(form) for moment in moments]
    wrong = [cells[0].replace("1", "x", 1), cells[1][:-1] + " ", "9" * len(cells[0])]
    clock = fixed_time(form)
    assert clock is not None
    data = np.frombuffer("".join(cells + wrong).encode() + b" " * 8, np.uint8)
    words = np.ndarray((len(data) - 7,), "<u8", data, 0, (1,))
    found = clock.read(words, np.arange(len(cells) + len(wrong)) * clock.width)
    expected = [datetime.datetime.strptime(cell, form) for cell in cells]
    assert found[: len(cells)].view("M8[us]").tolist() == expected
    bad = found[len(cells) :] == NOT_A_TIME
    assert bad[1:].all()
    assert bad[0] == ("x" in wrong[0])
