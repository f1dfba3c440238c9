"""Which mark is the decimal one, where the cells alone may mean either."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.sources import read
from workbench.core.sources.rawcolumn import Hints

DAYS = [f"{day:02d}.01.2024" for day in range(1, 29)]


def _file(folder: Path, cells: list[str], delimiter: str = ";") -> Path:
    path = folder / "values.csv"
    lines = [f"{day}{delimiter}{cell}" for day, cell in zip(DAYS, cells, strict=False)]
    path.write_text("\n".join([f"day{delimiter}value", *lines]), encoding="utf-8")
    return path


def _warnings(path: Path) -> set[str]:
    return {note.key for note in read(path).notes if note.severity == "warning"}


def test_that_points_beside_whole_numbers_between_semicolons_are_thousands_and_asked_about(tmp_path: Path) -> None:
    path = _file(tmp_path, ["987", "1.234", "1.305", "998", "2.111", "412"])
    assert read(path)["value"].values.tolist() == [987, 1234, 1305, 998, 2111, 412]
    assert "decimal-unsure" in _warnings(path)


def test_that_three_decimals_in_every_cell_between_semicolons_are_asked_about(tmp_path: Path) -> None:
    path = _file(tmp_path, ["1.234", "12.305", "9.998", "2.111", "4.120"])
    assert read(path)["value"].values.tolist() == [1.234, 12.305, 9.998, 2.111, 4.12]
    assert "decimal-unsure" in _warnings(path)
    settled = read(path, hints=Hints(decimal=","))
    assert settled["value"].values.tolist() == [1234, 12305, 9998, 2111, 4120]
    assert "decimal-unsure" not in {note.key for note in settled.notes}


@pytest.mark.parametrize("cells", [["0.234", "12.305", "9.998", "2.111"], ["1.234", "12.3", "9.998", "2.111"]])
def test_that_other_decimals_settle_the_point(tmp_path: Path, cells: list[str]) -> None:
    path = _file(tmp_path, cells)
    assert read(path)["value"].values.tolist() == [float(cell) for cell in cells]
    assert "decimal-unsure" not in _warnings(path)


def test_that_three_decimals_between_commas_are_no_question(tmp_path: Path) -> None:
    path = _file(tmp_path, ["1.234", "12.305", "9.998", "2.111"], ",")
    assert "decimal-unsure" not in _warnings(path)


def test_that_two_points_in_a_number_separate_thousands(tmp_path: Path) -> None:
    path = _file(tmp_path, ["1.234.567", "2.345.678", "998.765", "1.000.001"])
    assert read(path)["value"].values.tolist() == [1234567, 2345678, 998765, 1000001]


def test_that_lakhs_and_crores_are_numbers(tmp_path: Path) -> None:
    path = _file(tmp_path, ["1,23,456.50", "12,34,56,789.00", "987.25", "45,678.00"], "\t")
    assert read(path)["value"].values.tolist() == [123456.5, 123456789.0, 987.25, 45678.0]
