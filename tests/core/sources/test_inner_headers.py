"""What stands in the midst of a table: rows without cells, a second header, words that are no header."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core import sources
from workbench.core.table import Table


def _days(first: int, last: int) -> str:
    return "".join(f"2024-{1 + k // 28:02}-{1 + k % 28:02},{k * 1.5},{k + 0.25}\n" for k in range(first, last))


def _read(folder: Path, text: str) -> Table:
    path = folder / "a.csv"
    path.write_text(text)
    return sources.read(path)


def test_that_rows_of_separators_alone_are_counted(tmp_path: Path) -> None:
    text = "date,a,b\n" + _days(0, 10) + ",,\n" + _days(10, 20) + " , ,\n,,\n\n" + _days(20, 30)
    table = _read(tmp_path, text)
    note = next(note for note in table.notes if note.key == "rows-without-cells")
    assert (note.values["count"], note.values["row"]) == (3, 12)
    assert table.rows == 30
    assert "rows-without-cells" not in {n.key for n in _read(tmp_path, "date,a,b\n\n" + _days(0, 30) + "\n").notes}


@pytest.mark.parametrize("second", [8, 25, 40])
def test_that_a_second_table_of_the_same_width_is_told_from_the_first(second: int, tmp_path: Path) -> None:
    table = _read(tmp_path, "date,a,b\n" + _days(0, 25) + "day,load,wind\n" + _days(40, 40 + second))
    assert table.rows == max(25, second)
    assert table.numeric == (("a", "b") if second <= 25 else ("load", "wind"))
    note = next(note for note in table.notes if note.key == "other-tables")
    assert note.values["count"] == 2


@pytest.mark.parametrize("row", ["outage,outage,outage", "date,a,b", "n/a,n/a,n/a", "closed,,", "2024-03-01,x,y"])
def test_that_words_amid_numbers_are_no_header(row: str, tmp_path: Path) -> None:
    table = _read(tmp_path, "date,a,b\n" + _days(0, 25) + row + "\n" + _days(25, 50))
    assert "other-tables" not in {note.key for note in table.notes}
    assert table.rows >= 50
