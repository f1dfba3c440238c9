"""A look at a file as it is read now: its lines with their part in the table, its cells with their type.

Only a sample is parsed; any line of the whole file can be looked at all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from workbench.core.problems import Problem, WorkbenchError
from workbench.core.sources import csv, excel, recognised, structure
from workbench.core.sources.assemble import assemble, named, require_series
from workbench.core.sources.encoding import detect
from workbench.core.sources.filelines import FileLines, stamp_of
from workbench.core.sources.marks import look
from workbench.core.sources.payload import Payload, Watch
from workbench.core.sources.previewrows import LONGEST_CELL, CellKind, Line, ListRows, Part, Rows, TableRows, TextRows
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.records import Records, lines_of, newline_of, split
from workbench.core.table import Column, Dialect, Table

SAMPLE_BYTES = 1 << 18
"""The first 256 kB are parsed at every change; a file up to this size is parsed as a whole."""

_LAYOUT_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What is seen of a file.

    Attributes
    ----------
    names
        Names of the columns of the file, from left to right.
    kinds
        What the cells of each column are.
    table
        The sample's table, or None with the `problem` that says why there is none.
    complete
        True if the sample is the whole file.
    sheets
        Sheets of a workbook.
    dialect
        How the text is split; None for a file that is no text.
    first_row
        Line of the header, or of the first row without one.
    lines
        The places of lines, to be handed to the next preview of the same file.
    """

    rows: Rows
    names: Sequence[str]
    kinds: Sequence[CellKind]
    table: Table | None
    problem: Problem | None = None
    complete: bool = True
    sheets: tuple[str, ...] = ()
    dialect: Dialect | None = None
    first_row: int = 1
    lines: FileLines | None = None
    faults: Mapping[tuple[int, int], CellKind] = field(default_factory=dict)
    checked: frozenset[int] = frozenset()
    lenient: frozenset[int] = frozenset()

    def kind(self, line: Line, column: int) -> CellKind:
        """Return what one cell is."""
        if line.part in ("header", "units"):
            return "header"
        if line.part in ("skipped", "continued", "total") or column >= len(self.names):
            return "bad" if line.part == "ragged" else "skipped"
        cell = line.cells[column] if column < len(line.cells) else ""
        found = self.faults.get((line.number, column))
        if found is not None:
            return found
        usual, seen = self.kinds[column], look(cell)
        if seen == "empty":
            return "missing"
        if line.number in self.checked or usual == "text" or column in self.lenient:
            return usual
        wrong = seen == "text" or (usual == "number" and seen == "time")
        return "bad" if wrong else usual


def preview(
    path: Path | str,
    hints: Hints,
    *,
    lines: FileLines | None = None,
    cancelled: Callable[[], bool] | None = None,
    sample_bytes: int = SAMPLE_BYTES,
) -> Preview:
    """Look at a file under `hints`.

    Parameters
    ----------
    lines
        Those of an earlier preview of the same file, if it is unchanged.

    Raises
    ------
    WorkbenchError
        If the bytes are no table at all; a text that only gives no series comes with its Problem.
    """
    watch = Watch(Path(path).name, None, cancelled)
    payload, source = recognised(Path(path), watch)
    hints = replace(hints, columns=None, every=None)
    if source.key == "csv":
        return _of_text(payload, hints, lines, sample_bytes)
    if source.key == "excel":
        return _of_workbook(payload, hints)
    return of_table(source.read(payload, hints))


def of_table(table: Table) -> Preview:
    """Look at a table that has no lines: a generated task, or a typed file."""
    taken = table.time.columns if table.time else ()
    kinds: list[CellKind] = ["time" if c.name in taken else _usual(c) for c in table.columns]
    return Preview(TableRows(table), [c.name for c in table.columns], kinds, table)


def _usual(column: Column) -> CellKind:
    return "missing" if column.kind == "empty" else column.kind


def _sampled(payload: Payload, most: int) -> tuple[Payload, bool]:
    """Return the first bytes as a file of their own, ending with a whole line, and whether they are all."""
    if payload.packed:
        data = payload.data[: most + 1]
    else:
        with payload.path.open("rb") as stream:
            data = stream.read(most + 1)
    complete = len(data) <= most
    if not complete and b"\0" in data:
        data, complete = payload.data, True
    if not complete:
        cut = max(data.rfind(b"\n"), data.rfind(b"\r"))
        data = data[: cut + 1] if cut > 0 else data
    return Payload(payload.path, len(data), payload.watch, data), complete


def _of_text(payload: Payload, hints: Hints, lines: FileLines | None, sample_bytes: int) -> Preview:
    sample, complete = _sampled(payload, sample_bytes)
    found = csv.understand(sample, hints)
    body, encoding = found.body, found.dialect.encoding
    names, _note = named(body.header, body.width)
    stamp = stamp_of(payload.path)
    if lines is None or lines.encoding != encoding or lines.stamp != stamp:
        whole = payload.packed or b"\0" in sample.data
        raw = hints.encoding or detect(sample.data)[0] or encoding
        lines = FileLines(payload.data if whole else payload.path, raw if whole else encoding, payload.watch, stamp)
    text = sample.data.decode(hints.encoding or detect(sample.data)[0] or "utf-8", errors="replace")
    records = split(lines_of(text.removeprefix("\ufeff")), found.how, newline_of(text))
    rows = TextRows(lines, found.how, _known(records, body), body.width)
    table, problem = _built(lambda: csv.typed(sample, found, hints))
    return _seen(Preview(rows, names, (), table, problem, complete, (), found.dialect, lines=lines), body)


def _of_workbook(payload: Payload, hints: Hints) -> Preview:
    import fastexcel

    rows, _notes = excel.sheet_cells(payload, hints.sheet)
    sheets = tuple(fastexcel.read_excel(payload.data).sheet_names)
    first = hints.first_row or 1
    records = Records(rows[first - 1 :], list(range(first, len(rows) + 1)))
    body = structure.lay_out(records, hints.header_rows)
    names, _note = named(body.header, body.width)
    columns, lines = csv.columns_of(body, names)
    table, problem = _built(
        lambda: assemble(payload.name, columns, lines=lines, notes=body.notes, sha256=payload.sha256, hints=hints)
    )
    shown = ListRows(rows, _known(records, body))
    return _seen(Preview(shown, names, (), table, problem, True, sheets), body)


def _built(build: Callable[[], Table]) -> tuple[Table | None, Problem | None]:
    try:
        return require_series(build()), None
    except WorkbenchError as error:
        return None, error.problem


def _known(records: Records, body: structure.Body) -> dict[int, Line]:
    """Say of every record of the sample what part of the table it is."""
    known: dict[int, Line] = {}
    for number, cells in zip(records.lines, records.rows, strict=True):
        known[number] = Line(number, [cell[:LONGEST_CELL] for cell in cells], "skipped")
    totals = set(body.totals)
    for k, (number, cells) in enumerate(zip(body.lines, body.rows, strict=True)):
        part: Part = "total" if k in totals else "data" if len(cells) == body.width else "ragged"
        known[number] = Line(number, [cell[:LONGEST_CELL] for cell in cells], part)
    before = [n for n in records.lines if body.lines and n < body.lines[0] and "".join(known[n].cells).strip()]
    for k, number in enumerate(reversed(before[len(before) - body.header_rows :] if body.header_rows else [])):
        units = k == 0 and body.units is not None
        known[number] = Line(number, known[number].cells, "units" if units else "header")
    ends = (*records.lines[1:], (records.lines[-1] if records.lines else 0) + 1)
    for number, following in zip(records.lines, ends, strict=True):
        for between in range(number + 1, following):
            known[between] = Line(between, (), "continued")
    return known


def _seen(seen: Preview, body: structure.Body) -> Preview:
    """Add what the cells are."""
    table = seen.table
    taken = table.time.columns if table and table.time else ()
    kinds: list[CellKind] = []
    for j, name in enumerate(seen.names):
        if name in taken:
            kinds.append("time")
        elif table is not None and name in table:
            kinds.append(_usual(table[name]))
        else:
            kinds.append(_majority([row[j] for row in body.rows[:200] if j < len(row)]))
    first = next((seen.rows.line(k).number for k in range(len(seen.rows)) if _in_table(seen.rows.line(k))), 1)
    seen = replace(seen, kinds=kinds, first_row=first)
    # Series that stood below each other or in rows have other rows than the file.
    as_it_stands = table is not None and table.lines is not None and all(name in seen.names for name in taken)
    return _with_faults(seen, table, body) if table is not None and as_it_stands else seen


def _in_table(line: Line) -> bool:
    return line.part not in ("skipped", "continued")


def _with_faults(seen: Preview, table: Table, body: structure.Body) -> Preview:
    """Mark the cells of the sample that gave no value: missing ones, and those that should be one."""
    lines = list(table.lines or ())
    cells = dict(zip(body.lines, body.rows, strict=True))
    sentinels = {(n.values["column"], n.values["value"]) for n in table.notes if n.key == "sentinels"}
    faults: dict[tuple[int, int], CellKind] = {}
    lenient = set()
    for j, name in enumerate(seen.names):
        if name not in table or table[name].kind not in ("number", "time"):
            continue
        values = table[name].values
        gone = np.isnat(values) if table[name].kind == "time" else np.isnan(values)
        for k in np.flatnonzero(gone).tolist():
            cell = cells[lines[k]][j] if j < len(cells[lines[k]]) else ""
            missing = look(cell) == "empty" or (name, _plain(cell)) in sentinels
            faults[lines[k], j] = "missing" if missing else "bad"
        read = np.flatnonzero(~gone)[:500].tolist()
        if any(look(cells[lines[k]][j]) in ("text", "time") for k in read if j < len(cells[lines[k]])):
            lenient.add(j)
    return replace(seen, faults=faults, checked=frozenset(lines), lenient=frozenset(lenient))


def _plain(cell: str) -> str:
    try:
        return f"{float(cell.replace(',', '.')):g}"
    except ValueError:
        return cell


def _majority(cells: Sequence[str]) -> CellKind:
    counts = Counter(look(cell) for cell in cells)
    counts.pop("empty", None)
    return counts.most_common(1)[0][0] if counts else "missing"  # type: ignore[return-value]


def layout_of(path: Path | str) -> str:
    """Return a fingerprint of a file's layout: two files have the same if their headers and delimiters are the same.

    A file without a header is known by its number of columns and what they hold.

    Raises
    ------
    WorkbenchError
        If the file cannot be looked at.
    """
    payload, source = recognised(Path(path), Watch(Path(path).name))
    if source.key == "csv":
        sample, _complete = _sampled(payload, _LAYOUT_BYTES)
        found = csv.understand(sample, Hints())
        body, marks = found.body, [found.dialect.delimiter]
    elif source.key == "excel":
        rows, _notes = excel.sheet_cells(payload, None)
        body, marks = structure.lay_out(Records(rows, list(range(1, len(rows) + 1)))), []
    else:
        return _digest([source.key, source.parsed(payload, Hints())[0]])
    if body.header is not None:
        return _digest([source.key, marks, body.header])
    kinds = [_majority([row[j] for row in body.rows[:50] if j < len(row)]) for j in range(body.width)]
    return _digest([source.key, marks, kinds])


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode()).hexdigest()[:24]
