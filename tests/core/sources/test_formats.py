"""What each format holds beside a plain table: zones, sheets, orientations of JSON, and files that are broken."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.contracts.test_sources import TWINS, workbook
from workbench.core import sources
from workbench.core.problems import WorkbenchError
from workbench.core.table import Step, Table

DAYS = [dt.date(2024, 1, 15) + dt.timedelta(days=k) for k in range(30)]
HOURS = [dt.datetime(2024, 1, 15) + dt.timedelta(hours=k) for k in range(30)]
LOAD = [round(100 + 1.5 * k, 2) for k in range(30)]
DAY, HOUR = Step(86400, "second"), Step(3600, "second")


def _read(folder: Path, data: bytes | str, **hints: str) -> Table:
    path = folder / "anything.bin"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return sources.read(path, hints=sources.Hints(**hints))


def _keys(table: Table) -> set[str]:
    return {note.key for note in table.notes}


def _holds(table: Table, step: Step, column: str = "load") -> None:
    assert table.time is not None
    assert table.time.step == step
    assert str(table.time.values[0])[:16] == "2024-01-15T00:00"
    assert table[column].values.tolist() == LOAD


def _frame(times: list[Any] = HOURS) -> pl.DataFrame:
    return pl.DataFrame({"time": times, "load": LOAD})


def _bytes(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_that_arrow_files_and_streams_are_read(compression: Any, tmp_path: Path) -> None:
    _holds(_read(tmp_path, _bytes(lambda s: _frame().write_ipc(s, compression=compression))), HOUR)
    _holds(_read(tmp_path, _bytes(lambda s: _frame().write_ipc_stream(s, compression=compression))), HOUR)


def test_that_the_first_feather_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="Feather version 1"):
        _read(tmp_path, b"FEA1" + bytes(200) + b"FEA1")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_that_stored_times_of_every_unit_are_read(unit: Any, tmp_path: Path) -> None:
    frame = _frame().with_columns(pl.col("time").cast(pl.Datetime(unit)))
    _holds(_read(tmp_path, _bytes(frame.write_parquet)), HOUR)


def test_that_a_stored_zone_becomes_utc_and_is_said(tmp_path: Path) -> None:
    frame = _frame().with_columns(pl.col("time").dt.replace_time_zone("Asia/Shanghai"))
    table = _read(tmp_path, _bytes(frame.write_parquet))
    assert table.time is not None
    assert (table.time.timezone, str(table.time.values[0])[:16]) == ("UTC", "2024-01-14T16:00")
    assert "zone-to-utc" in _keys(table)


def test_that_text_and_numbers_of_typed_files_are_read_as_times_too(tmp_path: Path) -> None:
    for times in ([f"{d:%d.%m.%Y}" for d in DAYS], [int((d - dt.date(1970, 1, 1)).days) * 86_400_000 for d in DAYS]):
        _holds(_read(tmp_path, _bytes(_frame(times).write_parquet)), DAY)


def test_that_series_below_each_other_in_parquet_become_columns(tmp_path: Path) -> None:
    parts = [_frame().select(pl.lit(name).alias("id"), "time", pl.col("load").alias("y")) for name in "abc"]
    table = _read(tmp_path, _bytes(pl.concat(parts).write_parquet))
    assert table.numeric == ("a", "b", "c")
    assert "long-layout" in _keys(table)


@pytest.mark.parametrize("date1904", [False, True])
def test_that_times_of_a_workbook_are_read_whatever_day_it_counts_from(date1904: bool, tmp_path: Path) -> None:
    for times, step in ((DAYS, DAY), (HOURS, HOUR)):
        rows: list[list[object]] = [["time", "load"], *([t, v] for t, v in zip(times, LOAD, strict=True))]
        table = _read(tmp_path, workbook({"data": rows}, date1904))
        _holds(table, step)
        assert "time-unsure" not in _keys(table)


def test_that_a_day_and_a_clock_of_a_workbook_are_joined(tmp_path: Path) -> None:
    rows: list[list[object]] = [["date", "time", "load"]]
    rows += [[t.date(), t.time(), v] for t, v in zip(HOURS, LOAD, strict=True)]
    table = _read(tmp_path, workbook({"data": rows}))
    _holds(table, HOUR)
    assert table.time is not None
    assert table.time.columns == ("date", "time")


def test_that_the_sheet_with_the_largest_table_is_taken_and_another_can_be_chosen(tmp_path: Path) -> None:
    short: list[list[object]] = [["time", "load"], *([t, v] for t, v in zip(DAYS[:6], LOAD, strict=False))]
    long: list[list[object]] = [["time", "load"], *([t, v] for t, v in zip(HOURS, LOAD, strict=True))]
    book = workbook({"empty": [], "words": [["hello"]], "short": short, "long": long})
    table = _read(tmp_path, book)
    _holds(table, HOUR)
    note = next(note for note in table.notes if note.key == "sheet-chosen")
    assert note.values["sheet"] == "long"
    assert _read(tmp_path, book, sheet="short").rows == 6
    with pytest.raises(WorkbenchError, match="short"):
        _read(tmp_path, book, sheet="nope")


RECORDS = [{"date": str(d), "load": v} for d, v in zip(DAYS, LOAD, strict=True)]
TEXTS = [str(d) for d in DAYS]
MILLIS = [(d - dt.date(1970, 1, 1)).days * 86_400_000 for d in DAYS]
JSONS: dict[str, Any] = {
    "records": RECORDS,
    "columns": {"date": TEXTS, "load": LOAD},
    "inside": {"meta": {"source": "x"}, "result": {"count": 30, "data": RECORDS}},
    "columns inside": {"latitude": 52.5, "hourly_units": {"load": "MW"}, "hourly": {"date": TEXTS, "load": LOAD}},
    "split": {"columns": ["date", "load"], "index": list(range(30)), "data": [list(r.values()) for r in RECORDS]},
    "split by time": {"columns": ["load"], "index": MILLIS, "data": [[v] for v in LOAD]},
    "index": {str(t): {"load": v} for t, v in zip(MILLIS, LOAD, strict=True)},
    "columns of labels": {"load": dict(zip(TEXTS, LOAD, strict=True))},
    "labels": {"load": dict(zip(map(str, MILLIS), LOAD, strict=True))},
    "table": {"schema": {"fields": [{"name": "date"}]}, "data": RECORDS},
    "pairs": [{"name": "load", "data": [list(pair) for pair in zip(MILLIS, LOAD, strict=True)]}],
}


@pytest.mark.parametrize("name", JSONS)
def test_that_json_in_every_orientation_is_the_same_table(name: str, tmp_path: Path) -> None:
    table = _read(tmp_path, json.dumps(JSONS[name]))
    _holds(table, DAY)
    assert table.numeric == ("load",)


def test_that_times_with_values_and_bare_pairs_are_tables(tmp_path: Path) -> None:
    _holds(_read(tmp_path, json.dumps(dict(zip(TEXTS, LOAD, strict=True)))), DAY, "value")
    _holds(_read(tmp_path, json.dumps([list(p) for p in zip(MILLIS, LOAD, strict=True)])), DAY, "column 2")


def test_that_a_broken_line_of_ndjson_is_named(tmp_path: Path) -> None:
    lines = [json.dumps(record) for record in RECORDS]
    _holds(_read(tmp_path, "\n".join(lines)), DAY)
    with pytest.raises(WorkbenchError, match="line 31"):
        _read(tmp_path, "\n".join([*lines, '{"date": ']))


def test_that_pasted_ranges_are_read_as_the_spreadsheet_shows_them() -> None:
    german = sources.pasted("Datum\tLast\r\n" + "".join(f"{d:%d.%m.%Y}\t{v:.2f}\r\n".replace(".", ",", 0)
                            for d, v in zip(DAYS, LOAD, strict=True)))  # fmt: skip
    _holds(german, DAY, "Last")
    comma = "".join(f"{d:%d.%m.%Y}\t{str(v).replace('.', ',')}\r\n" for d, v in zip(DAYS, LOAD, strict=True))
    _holds(sources.pasted("Datum\tLast\r\n" + comma), DAY, "Last")
    assert sources.pasted(comma).rows == 30


@pytest.mark.parametrize("key", ["excel", "parquet", "arrow", "json"])
def test_that_damaged_files_give_a_table_or_a_problem(key: str, tmp_path: Path) -> None:
    whole, rng = TWINS[key](), random.Random(key)
    path = tmp_path / "damaged"
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 3, 10))):
            at = rng.randrange(len(data))
            data[at : at + rng.choice((0, 1, 20))] = rng.randbytes(rng.randint(1, 4))
        path.write_bytes(data)
        with contextlib.suppress(WorkbenchError):
            assert sources.read(path).rows > 0
