"""The short cut for large files gives the same table as the careful way, or steps aside."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.sources import bulk
from workbench.core.sources.payload import Payload, Watch
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
    "a gap": (lambda lines: lines[:20_000] + lines[20_060:], True),
}


def _both(path: Path) -> tuple[Table | None, Table]:
    payload = Payload(path, path.stat().st_size, Watch(path.name))
    quick = bulk.read(payload, sources.Hints())
    # A settled header makes the reader take the careful way.
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
