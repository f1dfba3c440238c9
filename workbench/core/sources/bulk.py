"""Large clean text files: sniffed on samples, then read by polars with known types and a known form of time.

The short cut is only taken where it provably gives the same table: every line has the same number of delimiters
outside of quotes, and no cell fails its type. In any other case `read` returns None and the careful way reads it.
"""

from __future__ import annotations

import hashlib
import mmap
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.sources import cells as numbers
from workbench.core.sources import structure, timeaxis, timetext
from workbench.core.sources.assemble import assemble, named
from workbench.core.sources.dialect import Sniffed, sniff
from workbench.core.sources.encoding import detect
from workbench.core.sources.payload import Payload
from workbench.core.sources.rawcolumn import Hints, RawColumn
from workbench.core.sources.records import WHITESPACE, Splitting, split
from workbench.core.table import Dialect, Table

if TYPE_CHECKING:
    import polars as pl

BULK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 15
_CHUNK = 1 << 20
_BATCH_ROWS = 200_000
_HARMLESS = {"no-header", "header-rows", "units-row", "preamble", "comments"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the samples say about the whole file.

    Attributes
    ----------
    start
        Byte at which the first data line begins; `first_line` is its number, from 1.
    kinds
        True for columns of numbers.
    forms
        The form of the time in a column of text, or None.
    tokens
        Cells that mean “missing” in columns of numbers.
    """

    sniffed: Sniffed
    body: structure.Body
    start: int
    first_line: int
    kinds: list[bool]
    forms: list[str | None]
    tokens: list[str]
    decimal: str

    @property
    def line_bytes(self) -> int:
        """About how many bytes a line has."""
        return max(1, sum(len(cell) + 1 for row in self.body.rows for cell in row) // len(self.body.rows))

    @property
    def how(self) -> Splitting:
        """Delimiter and quotation mark."""
        return self.sniffed.how


def read(payload: Payload, hints: Hints) -> Table | None:
    """Read a large clean file fast; None if it is small or needs care."""
    settled = (hints.delimiter, hints.quote, hints.encoding, hints.decimal, hints.first_row, hints.header_rows)
    if payload.size < BULK_BYTES or any(value is not None for value in settled):
        return None
    with payload.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        plan = _plan(mapped)
    payload.watch.at(0.1)
    if plan is None:
        return None
    census = _Census(plan.how.delimiter, plan.how.quote or '"')
    survey = threading.Thread(target=_survey, args=(payload, plan, census), name="survey")
    survey.start()
    try:
        gathered = _gathered(payload, plan)
    finally:
        survey.join()
    columns = _columns(payload, plan, gathered, census) if gathered is not None else None
    quote = plan.how.quote or ('"' if census.quoted else None)
    payload.watch.at(0.8)
    if columns is None:
        return None
    body = plan.body
    notes = [*payload.notes, *plan.sniffed.notes(), *body.notes]
    return assemble(
        payload.name,
        columns,
        lines=range(plan.first_line, plan.first_line + columns[0].rows),
        notes=notes,
        sha256=payload.sha256,
        dialect=Dialect(plan.how.delimiter, quote, "utf-8", body.header_rows, plan.decimal, body.skipped),
        hints=Hints(decimal=plan.decimal, time=hints.time, time_format=hints.time_format, layout=hints.layout),
    )


def _plan(mapped: mmap.mmap) -> Plan | None:
    """Judge head, middle and tail of the file."""
    size = len(mapped)
    head = mapped[:_SAMPLE_BYTES]
    if (
        b"\0" in head
        or head.startswith(b"sep=")
        or detect(mapped[: 4 * _SAMPLE_BYTES].rpartition(b"\n")[0])[0]
        not in (
            "utf-8",
            "utf-8-sig",
        )
    ):
        return None
    middle = mapped[size // 2 : size // 2 + _SAMPLE_BYTES]
    tail = mapped[-_SAMPLE_BYTES:]
    newline = "\r\n" if b"\r\n" in head else "\n"
    lines = _lines(head.removeprefix(b"\xef\xbb\xbf"), newline)[:-1]
    later = _lines(middle, newline)[1:-1] + [line for line in _lines(tail, newline)[1:] if line]
    if len(lines) < 20 or len(later) < 20:
        return None
    sniffed = sniff([*lines, *later], newline)
    how = sniffed.how
    if len(how.delimiter) != 1 or how.delimiter == WHITESPACE or how.escape or not how.delimiter.isascii():
        return None
    body = structure.lay_out(split(lines, how, newline))
    structure.note_ragged(body)
    rest = split(later, how, newline)
    if body.width < 2 or {note.key for note in body.notes} - _HARMLESS or len(body.rows) < 10:
        return None
    if any(len(row) != body.width for row in [*body.rows, *rest.rows]) or rest.joined or rest.stray:
        return None
    first_line = body.lines[0]
    start = _offset(head, first_line - 1)
    return _typed(sniffed, body, rest.rows, start, first_line)


def _lines(data: bytes, newline: str) -> list[str]:
    return data.decode("utf-8", errors="replace").split(newline)


def _offset(head: bytes, lines: int) -> int:
    at = 0
    for _ in range(lines):
        at = head.index(b"\n", at) + 1
    return at


def _typed(
    sniffed: Sniffed, body: structure.Body, later: Sequence[list[str]], start: int, first_line: int
) -> Plan | None:
    """Find the type of each column from the sampled rows; None where numbers need more than a cast."""
    import polars as pl

    rows = [*body.rows, *later]
    texts = [pl.Series(column, dtype=pl.String) for column in zip(*rows, strict=True)]
    filled = [numbers.missing_as_null(cells) for cells in texts]
    decimal, sure = numbers.gather(filled).decimal(sniffed.how.delimiter)
    if not sure:
        return None
    kinds: list[bool] = []
    forms: list[str | None] = []
    tokens: set[str] = set()
    for raw, cells in zip(texts, filled, strict=True):
        read = numbers.read_numbers(cells, decimal)
        if read is not None and (read.bad or read.grouped or read.marked or read.unit):
            return None
        kinds.append(read is not None or cells.null_count() == len(cells))
        forms.append(None if kinds[-1] else _form(cells))
        if kinds[-1]:
            tokens |= set(raw.filter(cells.is_null()).str.strip_chars().unique().to_list()) - {""}
    return Plan(sniffed, body, start, first_line, kinds, forms, sorted(tokens), decimal)


def _form(cells: pl.Series) -> str | None:
    """Return the one strptime form of a column of times, None if it is none or could be several."""
    readings = timetext.readings(cells)
    ranked = timeaxis.ranked(readings, day_first=False)
    if len(ranked) != 1 or any(r.rank < ranked[0].reading.rank for r in readings):
        return None
    form = ranked[0].reading.format
    plain = set(form.replace("%", "")) & set("GVuqpzabBjf")
    whole = ranked[0].reading.timezone is None and "%d" in form and not plain
    return form if whole and cells.str.len_chars().n_unique() == 1 else None


def _gathered(payload: Payload, plan: Plan) -> list[list[pl.Series]] | None:
    """Read all columns with their types, batch by batch; None if polars finds the lines uneven."""
    import polars as pl

    types = {str(j): pl.Float64() if number else pl.String() for j, number in enumerate(plan.kinds)}
    chosen = [
        pl.col(key).str.to_datetime(form, strict=False, time_unit="us") if form is not None else pl.col(key)
        for key, form in zip(types, plan.forms, strict=True)
    ]
    columns: list[list[pl.Series]] = [[] for _ in types]
    rows, guess = 0, max(1, payload.size // plan.line_bytes)
    lazy = _scan(payload, plan, types).select(chosen)
    try:
        for batch in lazy.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True, engine="streaming"):
            for parts, cells in zip(columns, batch.get_columns(), strict=True):
                parts.append(cells)
            rows += batch.height
            payload.watch.at(min(0.8, 0.1 + 0.7 * rows / guess))
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return None
    return columns if rows else None


def _columns(payload: Payload, plan: Plan, gathered: list[list[pl.Series]], census: _Census) -> list[RawColumn] | None:
    """Put the batches together; None if a line is not as the samples promised."""
    import polars as pl

    width = plan.body.width
    if census.rows(width) != sum(map(len, gathered[0])):
        return None
    names, note = named(plan.body.header, width)
    try:
        columns = [_column(payload, plan, gathered, j, name) for j, name in enumerate(names)]
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return None
    if note is not None:
        plan.body.notes.append(note)
    for column, unit in zip(columns, plan.body.units or [], strict=False):
        column.unit = unit or None
    return columns


def _scan(payload: Payload, plan: Plan, types: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_csv(
        payload.path,
        has_header=False,
        schema=dict(types),
        separator=plan.how.delimiter,
        quote_char='"' if plan.how.quote is None else plan.how.quote,
        skip_lines=plan.first_line - 1,
        null_values=plan.tokens or None,
        ignore_errors=True,
        decimal_comma=plan.decimal == ",",
    )


def _column(payload: Payload, plan: Plan, gathered: list[list[pl.Series]], j: int, name: str) -> RawColumn:
    """Take a column that fits its type; otherwise read its text again, so that no cell is lost unseen."""
    import polars as pl

    parts, gathered[j] = gathered[j], []
    if parts[0].dtype != pl.String and any(part.null_count() for part in parts):
        types = {str(k): pl.String() for k in range(plan.body.width)}
        return RawColumn(name, _scan(payload, plan, types).select(str(j)).collect()[str(j)])
    if plan.kinds[j]:
        values = np.concatenate([part.to_numpy() for part in parts])
        if not np.isinf(values).any():
            return RawColumn(name, parts[0].clear(), numbers.Numbers(values, 0))
    return RawColumn(name, pl.concat(parts), form=plan.forms[j])


class _Census:
    """Count delimiters and line ends outside of quotes while the file passes by in chunks."""

    def __init__(self, delimiter: str, quote: str) -> None:
        self.delimiter, self.quote = ord(delimiter), ord(quote)
        self.delimiters = self.lines = 0
        self.quoted = self.joined = False
        self.lone_returns = 0
        self._inside = False
        self._last = 0

    def add(self, data: bytes) -> None:
        """Count one chunk."""
        chunk = np.frombuffer(data, np.uint8)
        is_delimiter, is_line = chunk == self.delimiter, chunk == 10
        is_quote = chunk == self.quote
        if self._inside or is_quote.any():
            self.quoted = True
            state = np.logical_xor.accumulate(is_quote) ^ self._inside
            self._inside = bool(state[-1])
            is_delimiter &= ~state
            # A line end inside of a cell shifts the numbers of all lines after it.
            self.joined = self.joined or bool((is_line & state).any())
            is_line &= ~state
        self.delimiters += int(np.count_nonzero(is_delimiter))
        self.lines += int(np.count_nonzero(is_line))
        is_return = chunk == 13
        if self._last == 13 or is_return.any():
            pairs = int(np.count_nonzero(is_return[:-1] & is_line[1:])) + int(self._last == 13 and chunk[0] == 10)
            self.lone_returns += int(np.count_nonzero(is_return)) - pairs
        self._last = int(chunk[-1])

    def rows(self, width: int) -> int:
        """Return the number of data lines; -1 if they cannot all have `width` cells."""
        rows = self.lines + (self._last != 10)
        even = self.delimiters == rows * (width - 1)
        return rows if even and not (self._inside or self.joined or self.lone_returns) else -1


def _survey(payload: Payload, plan: Plan, census: _Census) -> None:
    """Fingerprint the file and count its cells in one pass, beside polars; a file that goes away counts nothing."""
    digest = hashlib.sha256()
    skip = plan.start
    try:
        with payload.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                if len(chunk) > skip:
                    census.add(chunk[skip:])
                skip = max(0, skip - len(chunk))
    except OSError:
        census.lone_returns = 1
    payload.known_sha256 = digest.hexdigest()
