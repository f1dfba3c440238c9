"""Series below each other and series across rows become columns; a plain table stays as it is."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.table import Step

DAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(days=k) for k in range(30)]


def _read(folder: Path, text: str, layout: str | None = None) -> sources.Table:
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8")
    return sources.read(path, hints=sources.Hints(layout=layout))


@pytest.mark.parametrize("order", ["by series", "by time"])
def test_that_series_below_each_other_become_columns(order: str, tmp_path: Path) -> None:
    rows = [(name, day, k * 10 + j) for k, name in enumerate(("north", "south", "west")) for j, day in enumerate(DAYS)]
    if order == "by time":
        rows.sort(key=lambda row: row[1])
    text = "unique_id,ds,y\n" + "".join(f"{name},{day},{value}\n" for name, day, value in rows)
    table = _read(tmp_path, text)
    assert [c.name for c in table.columns] == ["ds", "north", "south", "west"]
    assert table.rows == 30
    assert table.time is not None
    assert (table.time.step, table.time.duplicates, table.time.backward) == (Step(86400, "second"), 0, 0)
    assert table["south"].values.tolist() == [10 + j for j in range(30)]
    assert "long-layout" in {note.key for note in table.notes}
    assert _read(tmp_path, text, "wide").rows == 90


def test_that_series_of_different_length_get_missing_cells(tmp_path: Path) -> None:
    rows = [("a", day, 1) for day in DAYS] + [("b", day, 2) for day in DAYS[5:]]
    table = _read(tmp_path, "series,date,value\n" + "".join(f"{n},{d},{v}\n" for n, d, v in rows))
    assert table["b"].missing == 5
    assert np.isnan(table["b"].values[:5].astype(float)).all()


def test_that_several_values_a_series_keep_their_names(tmp_path: Path) -> None:
    rows = [(store, day, 5, 6) for store in (1, 2) for day in DAYS]
    table = _read(tmp_path, "store,date,sales,visits\n" + "".join(f"{s},{d},{a},{b}\n" for s, d, a, b in rows))
    assert table.numeric == ("sales 1", "sales 2", "visits 1", "visits 2")


def test_that_a_repeated_time_is_no_second_series(tmp_path: Path) -> None:
    rows = [*DAYS[:10], DAYS[9], *DAYS[10:]]
    text = "date,place,value\n" + "".join(f"{d},{'ab'[k % 2]},{k}\n" for k, d in enumerate(rows))
    table = _read(tmp_path, text)
    assert table.rows == 31
    assert "time-duplicates" in {note.key for note in table.notes}


def test_that_years_across_the_header_become_the_time(tmp_path: Path) -> None:
    years = range(1990, 2020)
    text = "Country Name,Country Code," + ",".join(map(str, years)) + "\n"
    text += "".join(
        f"{n},{c}," + ",".join(str(3 * y * k) for y in years) + "\n" for k, n, c in ((1, "Ö", "A"), (2, "B", "B"))
    )
    table = _read(tmp_path, text)
    assert table.time is not None
    assert table.time.step == Step(12, "month")
    assert table.rows == 30
    assert table.numeric == ("Ö A", "B B")
    assert table["B B"].values.tolist() == [6 * y for y in years]


def test_that_series_in_rows_as_in_the_m4_files_become_columns(tmp_path: Path) -> None:
    header = ",".join(f'"V{k}"' for k in range(1, 42))
    rows = [f'"H{k}",' + ",".join(str(k * j) for j in range(40 - 5 * k)) + "," * (5 * k) for k in range(1, 4)]
    table = _read(tmp_path, header + "\n" + "\n".join(rows) + "\n")
    assert table.time is None or table.time.columns == ("time",)
    assert table.numeric[-3:] == ("H1", "H2", "H3")
    assert table.rows == 40
    assert table["H2"].missing == 10


def test_that_a_range_of_a_spreadsheet_can_be_pasted() -> None:
    text = "Datum\tWert\r\n" + "".join(f"{d:%d.%m.%Y}\t{k},5\r\n" for k, d in enumerate(DAYS))
    table = sources.pasted(text)
    assert table.name == "clipboard"
    assert table["Wert"].values[2] == 2.5
    assert table.time is not None
    assert table.time.step == Step(86400, "second")
