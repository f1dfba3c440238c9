"""Whatever a table holds and however it was written, it is read back equal; and no bytes at all crash the reader."""

from __future__ import annotations

import csv
import datetime
import io
import math
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core import sources
from workbench.core.problems import WorkbenchError

WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u2028\u2029\x85\ufeff"),
    max_size=12,
).map(lambda text: text.strip())
PLACES = st.sampled_from(
    ["Hill", "Dale, lower", 'the "old" mill', "O'Neill", "two\nlines", "a;b", "tab\there", "", "Ü"]
)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 4))
STARTS = st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2030, 1, 1)).map(
    lambda t: t.replace(microsecond=0)
)
STEPS = st.sampled_from([60, 900, 3600, 86400, 604800])
FORMS = st.sampled_from(
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S"]
)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def _read(data: bytes) -> tuple[sources.Table, list[str], list[list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)
        header, rows = sources.parsed(path)
        return sources.read(path), header, list(rows)


def _table_or_problem(data: bytes) -> sources.Table | None:
    """Read, or check that what was raised can be shown to a person."""
    try:
        return _read(data)[0]
    except WorkbenchError as error:
        if not error.problem.remedy():
            raise
        return None


@RELAXED
@given(
    values=st.lists(NUMBERS, min_size=8, max_size=40),
    places=st.lists(PLACES | WORDS, min_size=8, max_size=40),
    start=STARTS,
    step=STEPS,
    form=FORMS,
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n"]),
    everything=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_that_a_written_table_is_read_back_equal(
    values: list[float],
    places: list[str],
    start: datetime.datetime,
    step: int,
    form: str,
    delimiter: str,
    newline: str,
    everything: bool,
    encoding: str,
) -> None:
    n = min(len(values), len(places))
    times = [start + k * datetime.timedelta(seconds=step) for k in range(n)]
    rows = [[t.strftime(form), repr(v), p] for t, v, p in zip(times, values, places, strict=False)]
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerows([["time", "value", "place"], *rows])
    table, header, cells = _read(stream.getvalue().encode(encoding))
    assert header == ["time", "value", "place"]
    assert cells == rows
    if not any(note.key == "sentinels" for note in table.notes):
        assert table["value"].values.tolist() == values[:n]
    assert table.time is not None
    assert table.time.values.tolist() == times
    assert table.time.step is not None
    assert table.time.step.seconds == step


@RELAXED
@given(
    values=st.lists(st.lists(NUMBERS | st.none(), min_size=3, max_size=3), min_size=6, max_size=30),
    comma=st.booleans(),
)
def test_that_numbers_with_either_decimal_mark_are_read_back_equal(
    values: list[list[float | None]], comma: bool
) -> None:
    rows = [["" if v is None else f"{v:.4f}" for v in row] for row in values]
    if comma:
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
    text = "\n".join(";".join(row) for row in [["a", "b", "c"], *rows])
    if not any(any(row) for row in rows) or sum(any(row) for row in rows) < 6:
        return
    table = _table_or_problem(text.encode())
    if table is None:
        return
    filled = [row for row in values if row is not None]
    while filled and all(v is None for v in filled[-1]):
        filled.pop()
    while filled and all(v is None for v in filled[0]):
        filled.pop(0)
    if table.rows != len(filled):
        return
    for j, name in enumerate("abc"):
        if name in table and table[name].kind == "number" and not any(n.key == "sentinels" for n in table.notes):
            wanted = np.array([math.nan if row[j] is None else row[j] for row in filled], dtype=float)
            assert np.allclose(table[name].values.astype(float), wanted, equal_nan=True)


@settings(max_examples=150, deadline=5000, suppress_health_check=list(HealthCheck))
@given(
    st.binary(max_size=400) | st.text(alphabet="0123456789,;\t|\"'-:/. \r\nabTZ%#€年月日", max_size=400).map(str.encode)
)
def test_that_any_bytes_end_in_a_table_or_a_problem(data: bytes) -> None:
    table = _table_or_problem(data)
    assert table is None or table.numeric


@settings(max_examples=100, deadline=5000, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from(
            [
                "2024-01-01",
                "01/02/2024",
                "1/13/24",
                "24:00",
                "12:60 PM",
                "Q5 2020",
                "2024-W54",
                "9999-99-99",
                "0000",
                "1e400",
                "99999999999999999999",
                "-1",
                "29 Feb 2023",
                "2024年13月1日",
                "12/31/9999",
                "00/00/00",
                "NaT",
                "٢٠٢٤",
                "1,2,3",
                "inf",
            ]
        ),
        min_size=4,
        max_size=12,
    )
)
def test_that_impossible_times_never_crash(cells: list[str]) -> None:
    text = "date,value\n" + "\n".join(f'"{cell}",{k}' for k, cell in enumerate(cells))
    table, _, _ = _read(text.encode())
    assert "value" in table
