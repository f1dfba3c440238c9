"""What samples of a large text file say about all of it: where the data begin, and the type of each column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.sources import cells as numbers
from workbench.core.sources import structure, timeaxis, timetext
from workbench.core.sources.assemble import named
from workbench.core.sources.dialect import Sniffed, sniff
from workbench.core.sources.encoding import detect
from workbench.core.sources.fixedtime import FixedTime, fixed_time
from workbench.core.sources.payload import Payload
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.records import WHITESPACE, Splitting, split

if TYPE_CHECKING:
    import polars as pl

_SAMPLE_BYTES = 1 << 15
_PROBES, _PROBE_BYTES = 100, 512
_HARMLESS = {"no-header", "header-rows", "units-row", "preamble", "comments"}

_ISO_FORMS = {
    "0000-00-00": "%Y-%m-%d",
    **{f"0000-00-00{mark}00:00": f"%Y-%m-%d{mark}%H:%M" for mark in " T"},
    **{f"0000-00-00{mark}00:00:00": f"%Y-%m-%d{mark}%H:%M:%S" for mark in " T"},
}
"""ISO dates and times as they look with every digit 0."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the whole file is read.

    Attributes
    ----------
    rows
        The records of head, middle and tail that were looked at.
    start
        Byte at which the first data line begins; `first_line` is its number, from 1.
    kinds
        True for columns of numbers.
    forms
        The form of the time in a column of text, or None.
    clocks
        The columns whose times have a fixed width and no quotation marks.
    tokens
        Cells that mean “missing” in columns of numbers.
    """

    sniffed: Sniffed
    body: structure.Body
    rows: Sequence[list[str]]
    start: int
    first_line: int
    kinds: list[bool]
    forms: list[str | None]
    clocks: Mapping[int, FixedTime]
    tokens: list[str]
    decimal: str
    line_bytes: float

    @property
    def how(self) -> Splitting:
        """Delimiter and quotation mark."""
        return self.sniffed.how

    @property
    def names(self) -> list[str]:
        """The names of the columns, each one of its own."""
        return named(self.body.header, self.body.width)[0]

    def unit(self, j: int) -> str | None:
        """Return the unit the file gives a column."""
        units = self.body.units or []
        return (units[j] or None) if j < len(units) else None

    def lines(self, size: int) -> int:
        """About how many lines a file of `size` bytes has."""
        return max(1, round((size - self.start) / self.line_bytes))


def planned(payload: Payload, hints: Hints) -> Plan | None:
    """Judge head, middle and tail of the file; None if it needs care.

    What `hints` settle about delimiter, decimal mark and header is followed.
    """
    size = payload.length
    head = payload.part(0, _SAMPLE_BYTES)
    sample = payload.part(0, 4 * _SAMPLE_BYTES).rpartition(b"\n")[0]
    if b"\0" in head or head.startswith(b"sep=") or detect(sample)[0] not in ("utf-8", "utf-8-sig"):
        return None
    newline = "\r\n" if b"\r\n" in head else "\n"
    lines = _lines(head.removeprefix(b"\xef\xbb\xbf"), newline)[:-1]
    later = _lines(payload.part(size // 2, _SAMPLE_BYTES), newline)[1:-1]
    later += [line for line in _lines(payload.part(max(0, size - _SAMPLE_BYTES), _SAMPLE_BYTES), newline)[1:] if line]
    if len(lines) < 20 or len(later) < 20:
        return _widely(payload, hints, newline) if len(head) == _SAMPLE_BYTES else None
    return _judged(payload, lines, later, head, newline, hints)


def _widely(payload: Payload, hints: Hints, newline: str) -> Plan | None:
    """Judge a file with long lines by a larger head and tail."""
    size = 32 * _SAMPLE_BYTES
    head = payload.part(0, size)
    lines = _lines(head.removeprefix(b"\xef\xbb\xbf"), newline)[:-1]
    later = [line for line in _lines(payload.part(max(0, payload.length - size), size), newline)[1:] if line]
    return _judged(payload, lines, later, head, newline, hints) if min(len(lines), len(later)) >= 20 else None


def _judged(
    payload: Payload, lines: list[str], later: list[str], head: bytes, newline: str, hints: Hints
) -> Plan | None:
    sniffed = sniff([*lines, *later], newline, hints.delimiter)
    how = sniffed.how
    if len(how.delimiter) != 1 or how.delimiter == WHITESPACE or how.escape or not how.delimiter.isascii():
        return None
    body = structure.lay_out(split(lines, how, newline), hints.header_rows)
    structure.note_ragged(body)
    rest = split(later, how, newline)
    if {note.key for note in body.notes} - _HARMLESS or len(body.rows) < 10:
        return None
    if any(len(row) != body.width for row in [*body.rows, *rest.rows]) or rest.joined or rest.stray:
        return None
    bare = how.quote is None or not any(how.quote in line for line in [*lines, *later])
    size = sum(len(line.encode()) + len(newline) for line in [*lines[body.lines[0] - 1 :], *later])
    line_bytes = size / max(1, len(lines) - body.lines[0] + 1 + len(later))

    def spread() -> list[list[str]]:
        rows = split(_spread(payload, newline), how, newline).rows
        return [row for row in rows if len(row) == body.width]

    return _typed(sniffed, body, rest.rows, spread, head, bare, line_bytes, hints)


def _spread(payload: Payload, newline: str) -> list[str]:
    """Return a few lines from each of many places."""
    places = range(0, payload.length - _PROBE_BYTES, max(1, payload.length // _PROBES))
    return [line for at in places for line in _lines(payload.part(at, _PROBE_BYTES), newline)[1:-1]]


def _lines(data: bytes, newline: str) -> list[str]:
    return data.decode("utf-8", errors="replace").split(newline)


def _offset(head: bytes, lines: int) -> int:
    at = 0
    for _ in range(lines):
        at = head.index(b"\n", at) + 1
    return at


def _typed(
    sniffed: Sniffed,
    body: structure.Body,
    later: Sequence[list[str]],
    spread: Callable[[], list[list[str]]],
    head: bytes,
    bare: bool,
    line_bytes: float,
    hints: Hints,
) -> Plan | None:
    """Find the type of each column from the sampled rows; None where numbers need more than a cast."""
    import polars as pl

    rows = [*body.rows, *later]
    texts = [pl.Series(column, dtype=pl.String) for column in zip(*rows, strict=True)]
    filled = [numbers.missing_as_null(cells) for cells in texts]
    decimal, sure = numbers.gather(filled).decimal(sniffed.how.delimiter)
    if hints.decimal is not None:
        decimal, sure = hints.decimal, True
    if not sure:
        return None
    kinds: list[bool] = []
    forms: list[str | None] = []
    tokens: set[str] = set()
    for j, (raw, cells) in enumerate(zip(texts, filled, strict=True)):
        read = numbers.read_numbers(cells, decimal)
        if read is not None and (read.bad or read.grouped or read.marked or read.unit):
            return None
        kinds.append(read is not None or cells.null_count() == len(cells))
        more = lambda j=j: numbers.missing_as_null(pl.Series([row[j] for row in spread()], dtype=pl.String))  # noqa: E731
        forms.append(None if kinds[-1] else _form(cells, more))
        if kinds[-1]:
            tokens |= set(raw.filter(cells.is_null()).str.strip_chars().unique().to_list()) - {""}
    fixed = {j: fixed_time(form) for j, form in enumerate(forms) if form is not None and bare}
    clocks = {j: clock for j, clock in fixed.items() if clock is not None and clock.width == len(rows[0][j].encode())}
    first_line = body.lines[0]
    start = _offset(head, first_line - 1)
    return Plan(
        sniffed, body, rows, start, first_line, kinds, forms, clocks, sorted(tokens), decimal, line_bytes,
    )  # fmt: skip


def _form(cells: pl.Series, more: Callable[[], pl.Series] | None = None) -> str | None:
    """Return the one strptime form of a column of times, None if it is none or could be several.

    Parameters
    ----------
    more
        Cells of other places: whether day or month stands first shows only where a day is past the 12th.
    """
    import polars as pl

    form = _ISO_FORMS.get(re.sub("[0-9]", "0", cells[0] or ""))
    # Nothing else can be meant by ISO times, so the many other forms need not be tried.
    if form is not None and cells.str.len_chars().n_unique() == 1 and _all_read(cells, form):
        return form
    readings = timetext.readings(cells)
    ranked = timeaxis.ranked(readings, day_first=False)
    if len(ranked) != 1 or any(r.rank < ranked[0].reading.rank for r in readings):
        return _form(pl.concat([cells, more()])) if readings and more is not None else None
    form = ranked[0].reading.format
    plain = set(form.replace("%", "")) & set("GVuqpzabBjf")
    whole = ranked[0].reading.timezone is None and "%d" in form and not plain
    return form if whole and cells.str.len_chars().n_unique() == 1 else None


def _all_read(cells: pl.Series, form: str) -> bool:
    return cells.str.to_datetime(form, strict=False, time_unit="us").null_count() == 0
