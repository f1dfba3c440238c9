"""Workbooks: Excel and OpenDocument, through fastexcel (calamine)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.problems import Problem, WorkbenchError, problem
from workbench.core.sources import sheetcheck, structure
from workbench.core.sources.apart import sheets_apart
from workbench.core.sources.assemble import assemble, named
from workbench.core.sources.budget import SHEET_BYTES, afford
from workbench.core.sources.csv import columns_of
from workbench.core.sources.format import SOURCES, SourceFormat
from workbench.core.sources.native import NATIVE_ERRORS, native
from workbench.core.sources.payload import Payload
from workbench.core.sources.problems import CANNOT_READ, EMPTY_FILE, NO_SUCH_SHEET, SHEET_CHOSEN
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.records import Records
from workbench.core.sources.unpack import is_workbook
from workbench.core.table import Table

if TYPE_CHECKING:
    import polars as pl

_OLE = b"\xd0\xcf\x11\xe0"
_MOST_SHEETS = 50
_DAY_ZERO = r"^(?:1899-12-3[01]|1904-01-01)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)$"
_STAMP = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"
_MIDNIGHT = r"^(\d{4}-\d\d-\d\d)[ T]00:00:00$"


class Workbook(SourceFormat):
    """A sheet of a workbook, laid out like a text table: titles, header rows and footers are found the same way."""

    key = "excel"
    label = "Excel, OpenDocument"
    extensions = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

    def matches(self, head: bytes, path: Path) -> bool:
        """Look for a zip with a workbook inside, or the mark of old Office files."""
        if head.startswith(_OLE):
            return True
        try:
            return head.startswith(b"PK\x03\x04") and is_workbook(path.open("rb"))
        except OSError:
            return False

    def read(self, payload: Payload, hints: Hints) -> Table:
        """Read the largest sheet, or the one that `hints` names."""
        body, notes = _body(payload, hints)
        names, note = named(body.header, body.width)
        columns, lines = columns_of(body, names)
        payload.watch.at(0.7)
        found = [*payload.notes, *notes, *body.notes, *([note] if note else [])]
        return assemble(payload.name, columns, lines=lines, notes=found, sha256=payload.sha256, hints=hints)

    def parsed(self, payload: Payload, hints: Hints) -> tuple[list[str], Iterable[list[str]]]:
        """Return the cells of the sheet's table as text."""
        body, _ = _body(payload, hints)
        header = body.header if body.header is not None else [f"column {j + 1}" for j in range(body.width)]
        return header, body.rows


SOURCES.add(Workbook())


def _body(payload: Payload, hints: Hints) -> tuple[structure.Body, list[Problem]]:
    rows, notes = sheet_cells(payload, hints.sheet)
    payload.watch.at(0.5)
    first = hints.first_row or 1
    records = Records(rows[first - 1 :], list(range(first, len(rows) + 1)))
    body = structure.lay_out(records, hints.header_rows)
    structure.note_ragged(body)
    if body.width == 0:
        raise WorkbenchError(EMPTY_FILE, name=payload.name)
    return body, notes


def sheet_cells(payload: Payload, wanted: str | None) -> tuple[list[list[str]], list[Problem]]:
    """Return the cells of one sheet as text, dates in ISO 8601."""
    try:
        import fastexcel
    except ImportError as error:
        reason = "the package fastexcel is not installed"
        raise WorkbenchError(CANNOT_READ, name=payload.name, reason=reason) from error
    try:
        afford(payload, SHEET_BYTES * payload.length, f"{payload.length >> 20} MB packed")
        with native():
            names, read = _sheets(payload, wanted)
    except (fastexcel.FastExcelError, *NATIVE_ERRORS) as error:
        reason = str(error).split("\n")[0][:120]
        raise WorkbenchError(CANNOT_READ, name=payload.name, reason=reason) from error
    sheets = {name: rows for name, rows in read.items() if rows}
    if not sheets and wanted is not None:
        known = ", ".join(f"“{name}”" for name in names)
        raise WorkbenchError(NO_SUCH_SHEET, name=payload.name, sheet=wanted, known=known)
    if not sheets:
        raise WorkbenchError(EMPTY_FILE, name=payload.name)
    largest = max(sheets, key=lambda name: sum(cell != "" for row in sheets[name] for cell in row))
    notes = []
    if len(names) > 1 and wanted is None:
        others = ", ".join(f"“{name}”" for name in names if name != largest)
        notes.append(problem(SHEET_CHOSEN, sheet=largest, others=others))
    return sheets[largest], notes


def _sheets(payload: Payload, wanted: str | None) -> tuple[list[str], dict[str, list[list[str]]]]:
    """Return the names of the sheets, and the rows of the `wanted` one, or of all."""
    import fastexcel
    import polars as pl

    if payload.head.startswith(_OLE) or _in_binary(payload):
        names, columns = sheets_apart(payload.data, wanted, _MOST_SHEETS)
        return names, {name: _rows([pl.Series(cells, dtype=pl.String) for cells in columns[name]]) for name in columns}
    with payload.stream() as stream:
        sheetcheck.check(stream, payload.length)
    reader = fastexcel.read_excel(payload.data)
    names = reader.sheet_names[:_MOST_SHEETS]
    read = {}
    for name in names:
        if wanted in (None, name):
            frame = reader.load_sheet(name, header_row=None, dtypes="string", skip_rows=0).to_polars()
            read[name] = _rows(frame.get_columns())
    return names, read


def _in_binary(payload: Payload) -> bool:
    """Tell whether the sheets of a zipped workbook are in Excel's binary form."""
    with payload.stream() as stream, zipfile.ZipFile(stream) as archive:
        return "xl/workbook.bin" in archive.namelist()


def _rows(columns: Sequence[pl.Series]) -> list[list[str]]:
    import polars as pl

    cells = [_dated(column.cast(pl.String).fill_null("")).to_list() for column in columns]
    return [list(row) for row in zip(*cells, strict=True)]


def _dated(cells: pl.Series) -> pl.Series:
    """Write days without their midnight, and times of day without the day 0 of the workbook."""
    cells = cells.str.replace(_DAY_ZERO, "$1")
    stamps = cells.filter(cells.str.contains(_STAMP))
    if len(stamps) and stamps.str.contains(_MIDNIGHT).all():
        cells = cells.str.replace(_MIDNIGHT, "$1")
    return cells
