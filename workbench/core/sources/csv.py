"""Delimited text: CSV, TSV and their relatives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.problems import Problem, WorkbenchError, problem
from workbench.core.sources import bulk, frames, structure
from workbench.core.sources.assemble import assemble, named
from workbench.core.sources.budget import CAREFUL_BYTES, afford
from workbench.core.sources.dialect import sniff
from workbench.core.sources.encoding import Decoded, decode
from workbench.core.sources.format import SOURCES, SourceFormat
from workbench.core.sources.payload import Payload, refuse_binary
from workbench.core.sources.problems import (
    BINARY_FILE,
    CANNOT_DECODE,
    EMPTY_FILE,
    TOO_MANY_COLUMNS,
)
from workbench.core.sources.rawcolumn import Hints, RawColumn
from workbench.core.sources.records import WHITESPACE, Records, Splitting, lines_of, newline_of, split
from workbench.core.sources.repair import mend, unwrapped
from workbench.core.sources.textproblems import BYTES_REPLACED, ENCODING_GUESSED, ENCODING_UNSURE
from workbench.core.table import Dialect, Table

if TYPE_CHECKING:
    import polars as pl

_MOST_COLUMNS = 20_000


@dataclass(slots=True)
class TextTable:
    """A delimited file, understood but not yet typed."""

    body: structure.Body
    dialect: Dialect
    notes: list[Problem]
    how: Splitting


class DelimitedText(SourceFormat):
    """Text with one record a line; takes whatever no other format claims."""

    key = "csv"
    label = "Text table (CSV, TSV)"
    extensions = (".csv", ".tsv", ".txt", ".dat", ".tab")

    def matches(self, head: bytes, path: Path) -> bool:
        """Accept anything: binary files are refused on reading, with a reason."""
        return bool(head)

    def read(self, payload: Payload, hints: Hints) -> Table:
        """Read the largest table of the text."""
        quick = bulk.read(payload, hints)
        if quick is not None:
            return quick
        afford(payload, CAREFUL_BYTES * payload.length, f"{payload.length >> 20} MB of text that needs care")
        return typed(payload, understand(payload, hints), hints)

    def parsed(self, payload: Payload, hints: Hints) -> tuple[list[str], Iterable[list[str]]]:
        """Return header and records; ragged records keep their own width."""
        return _texts(understand(payload, hints).body)

    def examined(self, payload: Payload, hints: Hints) -> tuple[Table, list[str], Iterable[list[str]]]:
        """Understand the file once for both."""
        found = understand(payload, hints)
        return typed(payload, found, hints), *_texts(found.body)


SOURCES.add(DelimitedText())


def _texts(body: structure.Body) -> tuple[list[str], list[list[str]]]:
    header = body.header if body.header is not None else [f"column {j + 1}" for j in range(body.width)]
    return header, body.rows


def typed(payload: Payload, found: TextTable, hints: Hints) -> Table:
    """Give the columns of a text table their types.

    Raises
    ------
    WorkbenchError
        As `workbench.core.sources.assemble.assemble`.
    """
    payload.watch.at(0.6)
    body = found.body
    names, note = named(body.header, body.width)
    notes = [*payload.notes, *found.notes, *([note] if note else [])]
    columns, lines = columns_of(body, names)
    payload.watch.at(0.7)
    return assemble(
        payload.name,
        columns,
        lines=lines,
        notes=notes,
        sha256=payload.sha256,
        dialect=found.dialect,
        hints=hints,
    )


def understand(payload: Payload, hints: Hints) -> TextTable:
    """Decode, sniff, split and lay out a text file.

    Raises
    ------
    WorkbenchError
        ``binary-file``, ``cannot-decode``, ``empty-file``.
    """
    refuse_binary(payload)
    decoded = _text_of(payload, hints)
    text, wrapped = _unwrapped(decoded.text, hints.delimiter)
    payload.watch.at(0.3)
    lines, newline = lines_of(text), newline_of(text)
    before = len(lines)
    lines, delimiter = _declared(lines, hints.delimiter)
    lines = lines[(hints.first_row or 1) - 1 - (before - len(lines)) :] if hints.first_row else lines
    first_line = before - len(lines) + 1
    if not lines:
        raise WorkbenchError(EMPTY_FILE, name=payload.name)
    framed = frames.is_framed(lines)
    bare = [frames.inner(line) for line in lines] if framed else lines
    sniffed = sniff(bare, newline, delimiter, hints.quote, hints.escape)
    how = _with_late_quotes(sniffed.how, text) if hints.quote is None else sniffed.how
    how = replace(how, framed=framed, cuts=_cuts(lines, how, hints))
    payload.watch.at(0.35)
    _refuse_wide(payload, lines, how)
    records = split(lines, how, newline, first_line)
    payload.watch.at(0.5)
    width = structure.usual_width([len(row) for row in records.rows])
    if width > _MOST_COLUMNS:
        raise WorkbenchError(TOO_MANY_COLUMNS, name=payload.name, columns=width, limit=_MOST_COLUMNS)
    repairs = mend(records, lines, how, width, first_line)
    repairs.wrapped += wrapped
    body = structure.lay_out(records, hints.header_rows)
    if body.width > _MOST_COLUMNS:
        raise WorkbenchError(TOO_MANY_COLUMNS, name=payload.name, columns=body.width, limit=_MOST_COLUMNS)
    structure.note_ragged(body)
    notes = [
        *_text_notes(decoded),
        *(sniffed.notes() if hints.delimiter is None and body.width > 1 else ()),
        *repairs.notes(),
        *body.notes,
    ]
    return TextTable(body, _dialect(how, records, decoded, body), notes, how)


def _cuts(lines: Sequence[str], how: Splitting, hints: Hints) -> tuple[int, ...]:
    """Return where a rule of dashes cuts the lines, if nobody chose a delimiter and blanks would part the cells."""
    if hints.delimiter is not None or how.delimiter not in (WHITESPACE, " "):
        return ()
    return frames.cuts(lines)


def _refuse_wide(payload: Payload, lines: Sequence[str], how: Splitting) -> None:
    """Refuse a line of endless delimiters before it is split, which would take long."""
    mark = " " if how.delimiter == WHITESPACE else how.delimiter
    most = max((line.count(mark) for line in lines if len(line) > _MOST_COLUMNS), default=0)
    if most > 5 * _MOST_COLUMNS:
        raise WorkbenchError(TOO_MANY_COLUMNS, name=payload.name, columns=most + 1, limit=_MOST_COLUMNS)


def _unwrapped(text: str, known: str | None) -> tuple[str, list[int]]:
    """Take away marks around whole records; also return the numbers of these lines."""
    if '"' in text[:1000] and "\n" in text:
        for delimiter in [known] if known else (",", ";", "\t", "|"):
            bare = unwrapped(text, delimiter)
            if bare is not None:
                return bare
    return text, []


def _text_of(payload: Payload, hints: Hints) -> Decoded:
    decoded = decode(payload.data, hints.encoding)
    if decoded is None:
        raise WorkbenchError(BINARY_FILE, name=payload.name, found="binary data")
    sample = decoded.text[:20000]
    if not sample.strip("\ufeff\0 \t\r\n") and not decoded.text.strip("\ufeff\0 \t\r\n"):
        raise WorkbenchError(EMPTY_FILE, name=payload.name)
    # Zeros were weighed with the encoding; a few stray control characters are no reason to refuse a small file.
    odd = sum(ord(c) < 32 and c not in "\0\t\r\n\x1f\x01\x1e\x0c" for c in sample)
    if odd > max(3, 0.02 * len(sample)):
        raise WorkbenchError(BINARY_FILE, name=payload.name, found="binary data")
    if decoded.replaced > 0.05 * len(decoded.text):
        raise WorkbenchError(CANNOT_DECODE, name=payload.name)
    return decoded


def _declared(lines: list[str], known: str | None) -> tuple[list[str], str | None]:
    """Follow Excel's first line ``sep=;`` and take it away."""
    first = lines[0].strip("\r\n\ufeff ").strip('"') if lines else ""
    if known is None and len(first) == 5 and first.lower().startswith("sep="):
        return lines[1:], first[4]
    return lines, known


def _with_late_quotes(how: Splitting, text: str) -> Splitting:
    """Keep the usual quotation mark if quoted cells only come after the sample."""
    if how.quote is not None or '"' not in text:
        return how
    limit = "[ \t]" if how.delimiter == WHITESPACE else re.escape(how.delimiter)
    if re.search(rf'(?:{limit}|[\r\n])"[^"]*"(?:{limit}|[\r\n])', text):
        return Splitting(how.delimiter, '"', how.escape)
    return how


def _dialect(how: Splitting, records: Records, decoded: Decoded, body: structure.Body) -> Dialect:
    quote = how.quote if records.quoted else None
    delimiter = " " if how.delimiter == "whitespace" else how.delimiter
    return Dialect(delimiter, quote, decoded.encoding, body.header_rows, ".", body.skipped, how.escape)


def _text_notes(decoded: Decoded) -> list[Problem]:
    notes = []
    if decoded.rival is not None:
        notes.append(problem(ENCODING_UNSURE, encoding=decoded.encoding, other=decoded.rival))
    elif not decoded.certain:
        notes.append(problem(ENCODING_GUESSED, encoding=decoded.encoding))
    if decoded.replaced:
        row = decoded.text.count("\n", 0, decoded.text.index("\ufffd")) + 1
        notes.append(problem(BYTES_REPLACED, count=decoded.replaced, encoding=decoded.encoding, row=row))
    return notes


def columns_of(body: structure.Body, names: Sequence[str]) -> tuple[list[RawColumn], list[int]]:
    """Turn records into columns of strings; short records give missing cells, totals are left out."""
    import polars as pl

    totals = set(body.totals)
    rows, lines, width = body.rows, body.lines, body.width
    if totals:
        lines = [line for k, line in enumerate(lines) if k not in totals]
        rows = [row for k, row in enumerate(rows) if k not in totals]
    even = [row if len(row) == width else (row + [""] * width)[:width] for row in rows]
    values = list(zip(*even, strict=True)) or [()] * width
    cells: list[pl.Series] = [pl.Series(column, dtype=pl.String) for column in values]
    units = body.units or []
    columns = [
        RawColumn(name, cells[j], unit=(units[j] or None) if j < len(units) else None)
        for j, name in enumerate(names[: len(cells)])
    ]
    return columns, list(lines)
