"""Sheets as agencies publish them: titles above the header, merged headers, units, totals, footnotes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.contracts.test_sources import workbook
from workbench.core import sources

DAYS = [dt.date(2023, 12, 20) + dt.timedelta(days=k) for k in range(24)]
Sheet = list[list[object]]


def _data(columns: int) -> Sheet:
    return [[day, *(round(90 + 3.5 * k + j, 1) for j in range(columns))] for k, day in enumerate(DAYS)]


SHEETS: dict[str, tuple[Sheet, list[str]]] = {
    "title and subtitle directly above": (
        [["Agency of Numbers"], ["Prices, 2024"], ["Date", "A", "B", "C"], *_data(3), [], ["Source: the agency"]],
        ["Date", "A", "B", "C"],
    ),
    "title above two columns, a remark directly below": (
        [["Agency of Numbers"], ["Prices"], ["Date", "Value"], *_data(1), ["Source: the agency"]],
        ["Date", "Value"],
    ),
    "a list of labels above two columns": (
        [["Series", "Load"], ["Unit", "MW"], ["Source", "Grid"], ["Date", "Value"], *_data(1)],
        ["Date", "Value"],
    ),
    "a date at the right of the subtitle": (
        [["Sales"], ["Currency: EUR", None, None, "Made 2024-02-01"], ["Date", "A", "B", "C"], *_data(3), ["* early"]],
        ["Date", "A", "B", "C"],
    ),
    "two rows of a merged header": (
        [
            ["Table 3. Passengers"],
            ["Millions"],
            ["Date", "Rail", None, "Road", None],
            [None, "North", "South", "North", "South"],
            *_data(4),
            ["1) provisional"],
        ],
        ["Date", "Rail North", "Rail South", "Road North", "Road South"],
    ),
    "labels, then units below the names": (
        [
            ["Station 12"],
            ["Place:", "Berlin"],
            ["Period:", "2023", "to", "2024"],
            [],
            ["Date", "Temp", "Wind", "Rain"],
            [None, "°C", "m/s", "mm"],
            *_data(3),
        ],
        ["Date", "Temp", "Wind", "Rain"],
    ),
    "a total and a footnote": (
        [["Sales"], [], ["Date", "A", "B"], *_data(2), ["Total", 3126, 3150], [], ["* without returns"]],
        ["Date", "A", "B"],
    ),
    "tables of pandas keep both rows of names": (
        [["Price", "Close", "High"], ["Ticker", "ABC", "ABC"], ["Date", None, None], *_data(2)],
        ["Price Ticker Date", "Close ABC", "High ABC"],
    ),
}


def _text(sheet: Sheet, width: int) -> str:
    """Write the cells of a sheet as CSV, every row as wide as `width` if that is not 0."""
    rows = [["" if cell is None else str(cell) for cell in row] for row in sheet]
    padded = [row + [""] * (width - len(row)) for row in rows]
    return "\n".join(",".join(f'"{c}"' if "," in c else c for c in row) for row in padded) + "\n"


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("form", ["sheet", "ragged text", "padded text"])
def test_that_a_sheet_of_an_agency_reads_as_its_table(name: str, form: str, tmp_path: Path) -> None:
    sheet, names = SHEETS[name]
    path = tmp_path / "a.bin"
    width = max(map(len, sheet))
    if form == "sheet":
        path.write_bytes(workbook({"s": sheet}))
    else:
        path.write_text(_text(sheet, width if form == "padded text" else 0), encoding="utf-8")
    table, header, rows = sources.examined(path)
    assert header == names
    records = [[float(c) for c in row[1:]] for row in rows if row[0].startswith("20")]
    assert records == [[float(str(v)) for v in row[1:]] for row in _data(len(names) - 1)]
    assert table.rows == len(DAYS)
    assert table.time is not None
    assert str(table.time.values[0])[:10] == "2023-12-20"
    assert "other-tables" not in {note.key for note in table.notes}
