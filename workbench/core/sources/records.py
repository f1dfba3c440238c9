"""Split text into records and cells.

Python's csv module cannot split at several characters, hides malformed quotes and keeps a global size limit, so the
splitter is our own: lines without a quotation mark take ``str.split``, all others a regular expression per cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.core.sources import frames

WHITESPACE = "whitespace"
_LONGEST_RECORD_LINES = 400
_LONGEST_RECORD = 1 << 18
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Splitting:
    """How lines become cells.

    Attributes
    ----------
    delimiter
        One or more characters, or :data:`WHITESPACE` for runs of blanks.
    quote, escape
        One character or None. A doubled quotation mark inside a quoted cell stands for one in any case.
    framed
        Lines stand between bars, and rules of dashes between lines.
    cuts
        Places in a line where columns end; then delimiter and quotation marks play no part.
    """

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    framed: bool = False
    cuts: tuple[int, ...] = ()


@dataclass(slots=True)
class Records:
    """Cells of each record with the line (from 1) on which it begins."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)
    quoted: int = 0
    joined: int = 0


def lines_of(text: str) -> list[str]:
    """Split at CR, LF and CRLF only, keeping the ends if quoted cells may need them."""
    if "\r" not in text:
        lines = text.split("\n")
    elif text.count("\r") == text.count("\r\n") == text.count("\n"):
        lines = text.split("\r\n")
    elif "\n" not in text:
        lines = text.split("\r")
    else:
        return _LINE.findall(text)
    if lines and not lines[-1]:
        lines.pop()
    return lines


def newline_of(text: str) -> str:
    """Return the line end that `lines_of` removed."""
    if "\r\n" in text:
        return "\r\n"
    return "\r" if "\r" in text and "\n" not in text else "\n"


def split(lines: Sequence[str], how: Splitting, newline: str = "\n", first_line: int = 1) -> Records:
    """Split `lines` into records; a quoted cell may go on over several lines."""
    records = Records()
    if how.cuts:
        kept = [(k, line) for k, line in enumerate(lines, first_line) if not frames.is_rule(line)]
        return Records([frames.cut(line, how.cuts) for _, line in kept], [k for k, _ in kept])
    if how.framed:
        lines = [frames.inner(line) for line in lines]
    cells_of = _Cells(how)
    position, total = 0, len(lines)
    ended = total > 0 and lines[0].endswith(("\n", "\r"))
    if not ended and (how.quote is None or not any(how.quote in line for line in lines)):
        return Records([cells_of.plain(line) for line in lines], list(range(first_line, first_line + total)))
    while position < total:
        line = lines[position]
        if ended:
            line = line.rstrip("\r\n")
        records.lines.append(first_line + position)
        if how.quote is None or how.quote not in line:
            records.rows.append(cells_of.plain(line))
        else:
            found, used, stray = cells_of.quoted(lines, position, newline)
            records.rows.append(found)
            records.quoted += 1
            records.joined += used - 1
            if stray:
                records.stray.append(first_line + position)
            position += used - 1
        position += 1
    return records


class _Cells:
    """The cell grammar of one splitting, compiled once."""

    def __init__(self, how: Splitting) -> None:
        self.delimiter = how.delimiter
        self.blank = how.delimiter == WHITESPACE
        self.quote = how.quote
        self.escape = how.escape
        limit = " +" if self.blank else re.escape(how.delimiter)
        self.limit = re.compile(limit)
        if how.quote is None:
            return
        q = re.escape(how.quote)
        body = rf"[^{q}]++|{q}{q}"
        if how.escape:
            e = re.escape(how.escape)
            body = rf"[^{q}{e}]++|{q}{q}|{e}."
        pad = "" if self.blank or how.delimiter in " \t" else r"[ \t]*"
        self.strict = re.compile(rf"{pad}{q}((?:{body})*+){q}{pad}(?={limit}|$)", re.DOTALL)
        self.start = re.compile(rf"{pad}{q}")
        # An escape that only stands before the closing mark, as in "C:\", is a plain character.
        self.lenient = re.compile(rf"{pad}{q}(.*?){q}{pad}(?={limit}|$)")

    def plain(self, line: str) -> list[str]:
        """Split a line that holds no quotation mark."""
        if self.blank:
            return [cell for cell in line.split(" ") if cell] or [""]
        return line.split(self.delimiter)

    def quoted(self, lines: Sequence[str], position: int, newline: str) -> tuple[list[str], int, bool]:
        """Split a record with quotation marks; return cells, lines used, and whether a mark was left open."""
        text, used, stray = _bare(lines[position]), 1, False
        cells: list[str] = []
        at = 0
        if self.blank:
            text = text.strip(" ")
        while True:
            start = self.start.match(text, at)
            match = self.strict.match(text, at) if start else None
            if start and match is None and self._open(text, start.end()):
                text, used, match = self._extended(lines, position, text, at, used, newline)
            if start and match is None:
                match = self.lenient.match(text, at)
                stray = True
            if match is not None:
                cells.append(self._unquoted(match.group(1)))
                at = match.end()
            else:
                end = self.limit.search(text, at)
                stop = end.start() if end else len(text)
                cells.append(text[at:stop])
                at = stop
            step = self.limit.match(text, at)
            if step is None:
                return cells, used, stray
            at = step.end()

    def _open(self, text: str, at: int) -> bool:
        """Tell whether the quoted cell that begins at `at` has no closing mark on this line."""
        quote, escape = self.quote or "", self.escape
        while True:
            at = text.find(quote, at)
            if at < 0:
                return True
            if escape and text[at - 1] == escape:
                at += 1
            elif text.startswith(quote, at + 1):
                at += 2
            else:
                return False

    def _extended(
        self, lines: Sequence[str], position: int, text: str, at: int, used: int, newline: str
    ) -> tuple[str, int, re.Match[str] | None]:
        """Look for the closing mark on the next lines."""
        parts, size, quote = [text], len(text), self.quote or ""
        for more in range(used, min(_LONGEST_RECORD_LINES, len(lines) - position)):
            before = lines[position + more - 1]
            end = before[len(_bare(before)) :] or newline
            line = _bare(lines[position + more])
            parts += [end, line]
            size += len(end) + len(line)
            if size > _LONGEST_RECORD:
                break
            if quote in line:
                joined = "".join(parts)
                match = self.strict.match(joined, at)
                if match is not None:
                    return joined, more + 1, match
                if not self._open(joined, at + 1):
                    break
        return text, used, None

    def _unquoted(self, inner: str) -> str:
        quote, escape = self.quote or "", self.escape
        if escape and escape in inner:
            inner = re.sub(rf"{re.escape(escape)}([{re.escape(quote + escape)}])", r"\1", inner)
        return inner.replace(quote + quote, quote) if quote in inner else inner


def _bare(line: str) -> str:
    return line.rstrip("\r\n") if line.endswith(("\n", "\r")) else line
