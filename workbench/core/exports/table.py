"""Tables for spreadsheets and data frames: the forecast of the future, and every forecast beside what came."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.core.clock import iso
from workbench.core.dataset import Dataset
from workbench.core.exports.export import NO_FORECAST, AbstractExport, Package
from workbench.core.exports.forecast_csv import forecast_table
from workbench.core.files import harmless, write_atomically, write_csv
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.residuals import Columns, residual_columns, residual_rows

if TYPE_CHECKING:
    import polars as pl

MOST_SHEET_ROWS = 1_048_575
"""Rows of an XLSX sheet below its header."""

NO_DATA = ProblemKind(
    "no-data-to-export",
    "error",
    N_("This needs the data the model is to be compared with."),
    N_("Open the file first; on the command line, give it with --data."),
)
SHEET_TOO_SMALL = ProblemKind(
    "sheet-too-small",
    "error",
    N_("The table has {rows} rows, and a sheet holds {most}."),
    N_("Write CSV or Parquet instead."),
)


class ForecastParquetExport(AbstractExport):
    """Write the forecast of the future with its types."""

    key = "forecast-parquet"
    label = N_("Forecast table, Parquet")
    purpose = N_("The forecast of the future with its types, for data frames.")
    group = "table"
    ending = ".parquet"
    adds, foretells = " forecast", True
    hint = N_("pandas, polars, DuckDB and R read it, with types.")

    def write(self, path: Path, package: Package) -> None:
        """Write time and one column per target."""
        write_atomically(path, _parquet(_forecast(package)))


class ForecastXlsxExport(AbstractExport):
    """Write the forecast of the future as a sheet."""

    key = "forecast-xlsx"
    label = N_("Forecast table, Excel")
    purpose = N_("The forecast of the future as a sheet.")
    group = "table"
    ending = ".xlsx"
    adds, foretells = " forecast", True
    hint = N_("Excel and LibreOffice open it.")
    packages = ("xlsxwriter",)

    def write(self, path: Path, package: Package) -> None:
        """Write time and one column per target."""
        write_atomically(path, _xlsx(_forecast(package), "forecast"))


class ResidualCsvExport(AbstractExport):
    """Write every forecast of the test rows beside what came."""

    key = "residuals-csv"
    label = N_("Residual table")
    purpose = N_("Every forecast of the test rows beside what came, one line for each window, step and target.")
    group = "table"
    ending = ".csv"
    adds = " residuals"
    hint = N_("One line for each window, step and target of the test rows; residual is what came minus the forecast.")

    def check(self, package: Package) -> None:
        """Ask for the data."""
        super().check(package)
        if package.dataset is None:
            raise WorkbenchError(NO_DATA)

    def write(self, path: Path, package: Package) -> None:
        """Write the lines piece by piece."""
        pieces = _residuals(package)
        first = next(pieces)
        write_csv(path, [harmless(name) for name in first], _lines(package, first, pieces))


class ResidualParquetExport(ResidualCsvExport):
    """Write the same with types."""

    key = "residuals-parquet"
    label = N_("Residual table, Parquet")
    purpose = N_("The residuals with their types, for data frames.")
    ending = ".parquet"

    def write(self, path: Path, package: Package) -> None:
        """Write all lines."""
        import polars as pl

        frames = [_frame(piece) for piece in _residuals(package)]
        write_atomically(path, _parquet(pl.concat(frames)))


class ResidualXlsxExport(ResidualCsvExport):
    """Write the same as a sheet, if it holds so many lines."""

    key = "residuals-xlsx"
    label = N_("Residual table, Excel")
    purpose = N_("The residuals as a sheet, up to a million lines.")
    ending = ".xlsx"
    packages: ClassVar[tuple[str, ...]] = ("xlsxwriter",)

    def check(self, package: Package) -> None:
        """Refuse more lines than a sheet holds."""
        super().check(package)
        if package.dataset is not None and residual_rows(package.dataset) > MOST_SHEET_ROWS:
            rows, most = residual_rows(package.dataset), MOST_SHEET_ROWS
            raise WorkbenchError(SHEET_TOO_SMALL, rows=rows, most=most)

    def write(self, path: Path, package: Package) -> None:
        """Write all lines."""
        import polars as pl

        frames = [_frame(piece) for piece in _residuals(package)]
        write_atomically(path, _xlsx(pl.concat(frames), "residuals"))


def _residuals(package: Package) -> Iterator[Columns]:
    if package.dataset is None:
        raise WorkbenchError(NO_DATA)
    return residual_columns(package.bundle, package.dataset)


def _lines(package: Package, first: Columns, rest: Iterator[Columns]) -> Iterator[list[object]]:
    dataset = package.dataset
    assert dataset is not None
    for piece in chain([first], rest):
        yield from zip(*(_texts(values, dataset) for values in piece.values()), strict=True)


def _texts(values: Any, dataset: Dataset) -> list[object]:
    if values.dtype.kind == "M":
        return [iso(time, dataset.clock.step) for time in values]
    if values.dtype.kind == "f":
        return [f"{value:.10g}" for value in values.tolist()]
    return [harmless(value) if isinstance(value, str) else value for value in values.tolist()]


def _forecast(package: Package) -> pl.DataFrame:
    """Return the table of :func:`forecast_table` with types: times as times, numbers as numbers."""
    if package.future is None or package.dataset is None:
        raise WorkbenchError(NO_FORECAST)
    dataset, (header, rows) = package.dataset, forecast_table(package.dataset, package.future)
    columns: Columns = {}
    for place, name in enumerate(header):
        cells = [row[place] for row in rows]
        if name == "time" and dataset.clock.times is not None:
            columns[name] = np.array(cells, dtype="datetime64[us]")
        elif name in ("row", "step"):
            columns[name] = np.array(cells, dtype=np.int64)
        elif place == 0 and dataset.spec.series:
            columns[name] = np.array(cells, dtype=object)
        else:
            columns[name] = np.array(cells, dtype=np.float64)
    return _frame(columns)


def _frame(columns: Columns) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            harmless(name): [harmless(str(value)) for value in values] if values.dtype.kind == "O" else values
            for name, values in columns.items()
        }
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def _xlsx(frame: pl.DataFrame, sheet: str) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    # Texts stay texts, and the same table gives the same bytes.
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": datetime(1980, 1, 1)})
        frame.write_excel(book, worksheet=sheet, autofit=len(frame) < 10_000)
    return content.getvalue()
