"""Mend single records that were split into the wrong number of cells, if another way of splitting gives the right one.

A quotation mark too many, a whole record in quotation marks, or one record with a delimiter of its own: each is
only accepted where it yields exactly the width that most records have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workbench.core.problems import Problem, problem
from workbench.core.sources.marks import look
from workbench.core.sources.records import Records, Splitting, split
from workbench.core.sources.textproblems import OTHER_DELIMITER, ROWS_QUOTED, STRAY_QUOTES

_DELIMITERS = (",", ";", "\t", "|", ", ", " ")
_STAND_IN = "\ue000"
_MOST_MENDED = 300
_MOST_OPENINGS = 8
_HEAD = 1 << 16


@dataclass(slots=True)
class Repairs:
    """Lines of the records that were mended, by reason."""

    delimiter: list[int] = field(default_factory=list)
    wrapped: list[int] = field(default_factory=list)

    def notes(self) -> list[Problem]:
        """Say what was mended."""
        found = []
        for kind, lines in ((OTHER_DELIMITER, self.delimiter), (ROWS_QUOTED, self.wrapped)):
            if lines:
                found.append(problem(kind, count=len(lines), rows=listed(lines), row=lines[0]))
        return found


def stray_note(lines: Sequence[int]) -> list[Problem]:
    """Say which records hold a quotation mark that was read as text."""
    return [problem(STRAY_QUOTES, count=len(lines), rows=listed(lines), row=lines[0])] if lines else []


def listed(numbers: Sequence[int], most: int = 8) -> str:
    """Write row numbers for a sentence: the first few, then an ellipsis."""
    shown = ", ".join(str(n) for n in numbers[:most])
    return shown + (", …" if len(numbers) > most else "")


def mend(records: Records, lines: Sequence[str], how: Splitting, width: int, first_line: int = 1) -> Repairs:
    """Replace records of the wrong width in place where another splitting gives `width` cells.

    Parameters
    ----------
    lines
        The lines that `records` were split from; the first has the number `first_line`.
    """
    repairs = Repairs()
    if width < 2 or how.cuts:
        return repairs
    rows, numbers = records.rows, records.lines
    odd = [k for k, row in enumerate(rows) if len(row) != width]
    full = [k for k, row in enumerate(rows) if len(row) == width]
    if not odd or not full:
        return repairs
    ends = [*numbers[1:], first_line + len(lines)]
    stray = set(records.stray)
    full_rows = [rows[k] for k in full[:60]]
    changed: dict[int, list[list[str]]] = {}
    for k in odd[:_MOST_MENDED]:
        texts = [line.rstrip("\r\n") for line in lines[numbers[k] - first_line : ends[k] - first_line]]
        inside = full[0] < k < full[-1]
        if len(rows[k]) == 1 and how.quote and texts[0].strip() != rows[k][0] and len(texts) == 1:
            cells = _exact(rows[k][0], how, width)
            if cells and not _alike(cells, full_rows, strict=False) and (width == 2 or k > 0):
                cells = None
            found = [cells] if cells else None
            repairs.wrapped += [numbers[k]] if cells else []
        elif len(texts) > 1:
            found = _apart(texts, how, width)
        else:
            cells = _literal(texts[0], how, width) if numbers[k] in stray else None
            if cells is None and (cells := _otherwise(texts[0], how, full_rows, inside=inside)):
                repairs.delimiter.append(numbers[k])
            found = [cells] if cells else None
        if found is not None:
            changed[k] = found
    _replace(records, changed)
    return repairs


def _apart(texts: Sequence[str], how: Splitting, width: int) -> list[list[str]] | None:
    """Split each line of a record that a stray mark joined."""
    parts = [_literal(text, how, width) or _exact(text, how, width) for text in texts if text.strip()]
    whole = [part for part in parts if part is not None]
    return whole if len(whole) == len(parts) and len(whole) > 1 else None


def _exact(text: str, how: Splitting, width: int) -> list[str] | None:
    cells = split([text], how).rows[0]
    return cells if len(cells) == width else None


def _literal(text: str, how: Splitting, width: int) -> list[str] | None:
    """Split with one opening mark, or all of them, read as plain text."""
    quote = how.quote
    if quote is None or quote not in text:
        return None
    limit = r"\s" if how.delimiter == "whitespace" else re.escape(how.delimiter)
    places = [m.end() - 1 for m in re.finditer(rf"(?:^|{limit})[ \t]*{re.escape(quote)}", text)]
    found: list[tuple[int, list[str]]] = []
    for at in places[:_MOST_OPENINGS]:
        cells = _exact(text[:at] + _STAND_IN + text[at + len(quote) :], how, width)
        if cells is not None:
            cells = [cell.replace(_STAND_IN, quote) for cell in cells]
            found.append((sum(quote in cell for cell in cells), cells))
    if found:
        # The mark that was too many stays in one cell; taking another one for text leaves its partner behind, too.
        return min(found, key=lambda pair: pair[0])[1]
    return _exact(text, replace(how, quote=None, escape=None), width)


def _otherwise(text: str, how: Splitting, full: Sequence[Sequence[str]], *, inside: bool) -> list[str] | None:
    """Split at another common delimiter, if that gives the usual number of cells and numbers where numbers stand."""
    width = len(full[0])
    for delimiter in _DELIMITERS if inside else _DELIMITERS[:4]:
        if delimiter in (how.delimiter, how.delimiter.strip()) or (width == 2 and not inside):
            continue
        cells = _exact(text, Splitting(delimiter, how.quote or '"', how.escape), width)
        if cells is not None and _alike(cells, full, strict=delimiter == " "):
            return cells
    return None


def _alike(cells: Sequence[str], full: Sequence[Sequence[str]], *, strict: bool) -> bool:
    """Tell whether numbers and times stand where they do in the other records."""
    typed = agree = 0
    for j, cell in enumerate(cells):
        looks = Counter(look(row[j]) for row in full[1:60])
        usual, count = looks.most_common(1)[0] if looks else ("text", 0)
        if usual in ("number", "time") and count > 0.8 * looks.total() and look(cell) != "empty":
            typed += 1
            agree += look(cell) == usual
    return agree > 0.5 * typed if typed else not strict


def _replace(records: Records, changed: dict[int, list[list[str]]]) -> None:
    if not changed:
        return
    rows: list[list[str]] = []
    numbers: list[int] = []
    for k, row in enumerate(records.rows):
        new = changed.get(k, [row])
        rows += new
        numbers += [records.lines[k] + i for i in range(len(new))]
    records.rows, records.lines = rows, numbers


_WHOLE = re.compile(r'^"((?:[^"]|"")*+)"(?=[ \t]*\r?$)', re.MULTILINE)


def unwrapped(text: str, delimiter: str) -> tuple[str, list[int]] | None:
    """Take away the marks around whole records, where most lines are one quoted cell that holds a record.

    Returns
    -------
    The text without these marks and the lines that had them, or None if the file is not written like that. One column
    of quoted sentences is not: cells inside must be quoted again, or there must be three of them, the same number in
    every record.
    """
    head = text[:_HEAD].rpartition("\n")[0] if len(text) > _HEAD else ""
    if head and unwrapped(head, delimiter) is None:
        return None
    found = list(_WHOLE.finditer(text))
    inside = sum(match.group().count("\n") for match in found)
    total = sum(1 for line in text.split("\n") if line.strip()) - inside
    if total < 2 or len(found) < 0.6 * total:
        return None
    bare = _WHOLE.sub(lambda match: match.group(1).replace('""', '"'), text)
    widths = [len(row) for row in split(bare.splitlines()[:2000], Splitting(delimiter, '"')).rows if any(row)]
    first = text.split("\n", 1)[0]
    again = any('""' in match.group(1) for match in found) or (not first.startswith('"') and delimiter in first)
    if len(set(widths)) != 1 or widths[0] < (2 if again else 3):
        return None
    lines, at, number = [], 0, 1
    for match in found:
        number += text.count("\n", at, match.start())
        at = match.start()
        lines.append(number)
    return bare, lines
