"""From named columns of cells to a Table: numbers, text, the time axis, and every note on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.problems import Problem, WorkbenchError, problem
from workbench.core.seen import seen
from workbench.core.sources import cells as numbers
from workbench.core.sources import layout, timeaxis
from workbench.core.sources.problems import (
    DECIMAL_COMMA,
    DECIMAL_UNSURE,
    EMPTY_COLUMNS,
    NAMES_REPAIRED,
    NO_SUCH_COLUMN,
    NO_TIMES,
    NOT_NUMBERS,
    NUMBER_MARKS,
    OTHER_TIME_FORM,
    SENTINELS,
    TEXT_ONLY,
    THOUSANDS,
    TOO_FEW_ROWS,
)
from workbench.core.sources.rawcolumn import Hints, Lines, RawColumn
from workbench.core.table import Column, Dialect, Table, TimeAxis

if TYPE_CHECKING:
    import polars as pl

FEWEST_ROWS = 4
LONGEST_NAME = 200
"""A longer name is a line of text that was taken for a header; searching in it would take for ever."""


def named(header: Sequence[str] | None, width: int) -> tuple[list[str], Problem | None]:
    """Give every column a name of its own; repeats get a number, empty names a place."""
    taken: set[str] = set()
    names: list[str] = []
    repaired: list[str] = []
    given = list(header or [])
    for j in range(width):
        name = given[j].strip() if j < len(given) else ""
        wanted = " ".join(seen(name[:LONGEST_NAME]).split()) or f"column {j + 1}"
        unique, number = wanted, 2
        while unique in taken:
            unique, number = f"{wanted} ({number})", number + 1
        taken.add(unique)
        names.append(unique)
        if unique != name and header is not None and (not name or unique != wanted or len(name) > LONGEST_NAME):
            repaired.append(unique)
    note = None
    if repaired:
        shown = ", ".join(f"“{name}”" for name in repaired[:5]) + (", …" if len(repaired) > 5 else "")
        note = problem(NAMES_REPAIRED, count=len(repaired), names=shown)
    return names, note


def assemble(
    name: str,
    columns: Sequence[RawColumn],
    *,
    lines: Sequence[int],
    notes: Sequence[Problem],
    sha256: str,
    dialect: Dialect | None = None,
    hints: Hints | None = None,
) -> Table:
    """Build the Table.

    Parameters
    ----------
    lines
        The line of the file on which each data row begins, for the notes.
    """
    hints = hints or Hints()
    found = list(notes)
    turned_over = layout.across(columns) if hints.layout in (None, "rows") else None
    if turned_over is not None:
        columns, note = turned_over
        found.append(note)
        lines = range(1, columns[0].rows + 1)
    places = Lines(lines)
    delimiter = dialect.delimiter if dialect else ""
    decimal = _read_all_numbers(columns, delimiter, hints, places, found)
    axis, turned, time_notes = timeaxis.find(columns, hints, decimal == "," or delimiter == ";", places)
    _check_time(axis, columns, hints)
    taken = axis.columns if axis else ()
    found += [note for column in columns if column.name not in taken for note in _number_notes(column, places)]
    built = [_column(column, taken, axis, places, found) for column in columns]
    built = _without_empty_tail(built, columns, found)
    if turned:
        built = [Column(c.name, c.kind, c.values[::-1].copy(), c.missing, c.unit) for c in built]
        lines = lines[::-1]
    notes = tuple(found + time_notes)
    table = Table(name, tuple(built), axis, notes, sha256, _with_decimal(dialect, decimal), lines)
    if hints.layout in (None, "long"):
        table = layout.stacked(table)
    return table


def require_series(table: Table) -> Table:
    """Return the table if a network can be trained on it.

    Raises
    ------
    WorkbenchError
        ``text-only``, ``too-few-rows``.
    """
    if table.rows < FEWEST_ROWS:
        raise WorkbenchError(TOO_FEW_ROWS, name=table.name, rows=table.rows, needed=FEWEST_ROWS)
    if not table.numeric:
        raise WorkbenchError(TEXT_ONLY, name=table.name, found=_described(table))
    return table


def _check_time(axis: TimeAxis | None, columns: Sequence[RawColumn], hints: Hints) -> None:
    """Refuse a time column or form that was settled and is none: numbering the rows instead would be silently wrong."""
    if hints.time and hints.time not in {column.name for column in columns}:
        shown = ", ".join(f"“{column.name}”" for column in columns[:8]) + (", …" if len(columns) > 8 else "")
        raise WorkbenchError(NO_SUCH_COLUMN, column=hints.time, known=shown)
    if hints.time and axis is None:
        raise WorkbenchError(NO_TIMES, column=hints.time)
    if axis is not None and hints.time_format not in (None, axis.format):
        forms = [axis.format, *(form for form, _first, _last in axis.alternatives)]
        column, known = " + ".join(axis.columns), ", ".join(dict.fromkeys(forms))
        raise WorkbenchError(OTHER_TIME_FORM, column=column, format=hints.time_format, known=known)


def _with_decimal(dialect: Dialect | None, decimal: str) -> Dialect | None:
    if dialect is None:
        return None
    return replace(dialect, decimal=decimal)


def _read_all_numbers(
    columns: Sequence[RawColumn], delimiter: str, hints: Hints, lines: Lines, notes: list[Problem]
) -> str:
    """Read every column that holds numbers and return the decimal mark of the file."""
    textual = [column for column in columns if column.textual]
    for column in textual:
        column.cells = numbers.missing_as_null(column.cells)
    evidence = numbers.gather([column.cells for column in textual])
    implied = hints.decimal or {",": ".", ".": ","}.get(hints.thousands or "")
    decimal, sure = (implied, True) if implied else evidence.decimal(delimiter)
    if decimal == ",":
        notes.append(problem(DECIMAL_COMMA))
    for column in columns:
        if column.textual:
            column.numbers = numbers.read_numbers(column.cells, decimal, hints.thousands)
        elif column.numbers is None and column.cells.dtype.is_numeric():
            column.numbers = numbers.stored(column.cells)
            # Millions of numbers need not lie in memory twice.
            column.cells = column.cells.clear()
    if not sure:
        reading = ("the decimal mark", "a separator of thousands")
        first, second = reading if decimal == evidence.mark else reading[::-1]
        where = next((c.name for c in textual if (c.cells == evidence.example).any()), "")
        notes.append(problem(DECIMAL_UNSURE, column=where, cell=evidence.example, reading=first, other=second))
    return decimal


def _number_notes(column: RawColumn, lines: Lines) -> list[Problem]:
    read = column.numbers
    if read is None:
        return []
    notes = []
    if read.grouped:
        mark = {",": "a comma", ".": "a point", "'": "an apostrophe", "’": "an apostrophe"}
        notes.append(
            problem(THOUSANDS, column=column.name, cell=read.grouped, mark=mark.get(read.group_mark, "a blank"))
        )
    if read.marked:
        notes.append(problem(NUMBER_MARKS, column=column.name, count=read.marked, cell=read.mark))
    if read.bad:
        first = read.bad[0]
        notes.append(
            problem(
                NOT_NUMBERS,
                column=column.name,
                count=len(read.bad),
                cell=str(column.cells[first])[:40],
                row=lines.of(first),
                rows=lines.listed(read.bad),
            )
        )
    return notes


def _column(
    column: RawColumn, taken: Sequence[str], axis: TimeAxis | None, lines: Lines, notes: list[Problem]
) -> Column:
    name, read = column.name, column.numbers
    unit = column.unit or (read.unit if read else None) or None
    if axis is not None and taken == (name,):
        return Column(name, "time", axis.values, int(np.isnat(axis.values).sum()), unit)
    if read is not None:
        values = read.values
        marker = numbers.sentinel(values, read.span) if name not in taken else None
        if marker is not None:
            hits = np.flatnonzero(values == marker)
            values = np.where(values == marker, np.nan, values)
            shown = f"{marker:g}"
            row = lines.of(int(hits[0]))
            notes.append(problem(SENTINELS, column=name, value=shown, count=len(hits), row=row))
        return Column(name, "number", values, int(np.isnan(values).sum()), unit)
    if column.cells.null_count() == len(column.cells):
        return Column(name, "empty", np.full(len(column.cells), np.nan), len(column.cells), unit)
    if column.temporal:
        return _temporal(column)
    texts = column.cells if column.textual else _as_text(column.cells)
    values = np.array(texts.to_list(), dtype=object)
    return Column(name, "text", values, column.cells.null_count(), unit)


def _temporal(column: RawColumn) -> Column:
    """Keep a second column of stored times."""
    import polars as pl

    cells = column.cells
    if cells.dtype == pl.Date or isinstance(cells.dtype, pl.Datetime):
        values = cells.dt.replace_time_zone(None) if isinstance(cells.dtype, pl.Datetime) else cells
        times = values.cast(pl.Datetime("us")).to_numpy().astype("M8[us]")
        return Column(column.name, "time", times, cells.null_count())
    return Column(column.name, "text", np.array(_as_text(cells).to_list(), dtype=object), cells.null_count())


def _as_text(cells: pl.Series) -> pl.Series:
    import polars as pl

    if cells.dtype.is_nested() or cells.dtype == pl.Object or cells.dtype == pl.Binary:
        return pl.Series(cells.name, [None if v is None else str(v) for v in cells.to_list()], dtype=pl.String)
    return cells.cast(pl.String)


def _without_empty_tail(built: list[Column], columns: Sequence[RawColumn], notes: list[Problem]) -> list[Column]:
    """Drop unnamed empty columns, which trailing delimiters make, and name the empty ones that stay."""
    kept = [c for c in built if not (c.kind == "empty" and c.name.startswith("column "))]
    empty = [c.name for c in kept if c.kind == "empty"]
    if empty:
        names = ", ".join(f"“{n}”" for n in empty[:5]) + (", …" if len(empty) > 5 else "")
        notes.append(problem(EMPTY_COLUMNS, count=len(empty), names=names))
    return kept or built


def _described(table: Table) -> str:
    shown = ", ".join(f"“{c.name}” ({c.kind})" for c in table.columns[:6])
    return shown + (", …" if len(table.columns) > 6 else "")
