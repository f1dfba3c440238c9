"""Tell titles and lists of labels from the upper rows of a header that has several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.core.sources import header as headers
from workbench.core.sources.marks import look
from workbench.core.sources.timenumber import is_time_name

_NEAR = 3
_MOST_TABLES = 20
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_LABEL = re.compile(r"[:：](?:\s|$)")


def above(rows: Sequence[Sequence[str]], width: int) -> int:
    """Count the rows that stand above the header but are no part of it, such as ``Currency: EUR`` above ``Date``.

    A group's name stands above several names, so the first column has no name there or the same kind of name. A row
    whose first cell is a label, or is no time where a full row below it names the times, is about the whole table.
    """
    if width < 2 or not rows:
        return 0
    found = headers.count(rows, width)
    titles = max(_facts(rows[:found], width), _page_lines(rows, found))
    if not titles and width > 2 and _names_all(rows[0], width) and not _LABEL.search(rows[0][0]):
        return 0
    for k in range(found - 1):
        cell, below = rows[k][0].strip(), [row for row in rows[k + 1 : found] if _names_all(row, width)]
        if not cell or not below:
            continue
        named = any(is_time_name(row[0]) for row in below) and not is_time_name(cell)
        filled = sum(bool(c.strip()) for c in rows[k])
        alone = filled <= width / 2 or (width == 2 and found > 2)
        if _LABEL.search(cell) or (named and alone):
            titles = k + 1
    return titles


def _facts(head: Sequence[Sequence[str]], width: int) -> int:
    """Count the rows above full names that are no names: wider or shorter ones, or numbers below names of their own."""
    named = [k for k, row in enumerate(head) if len(row) == width and _names_all(row, width) and headers.is_words(row)]
    facts = 0
    for k, row in enumerate(head[: named[-1] if named else 0]):
        numbers = [cell for cell in row if look(cell) == "number" and not _YEAR.fullmatch(cell.strip())]
        short = len(row) < width - 1 and bool(row[0].strip())
        if (
            short
            or any(cell.strip() for cell in row[width:])
            or (k and named[-1] == len(head) - 1 and len(numbers) > 1)
        ):
            facts = k + 1
    return facts


def _page_lines(rows: Sequence[Sequence[str]], found: int) -> int:
    """Count the rows above the last header row that are others where it comes again: titles with the page's number."""
    again = [k for k in range(found, len(rows)) if rows[k] == rows[found - 1]] if found > 1 else []
    differ = [k for k in range(found - 1) if any(rows[i - found + 1 + k] != rows[k] for i in again)]
    return differ[-1] + 1 if differ else 0


def _names_all(row: Sequence[str], width: int) -> bool:
    """Tell whether a row gives nearly every column a name of its own."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return bool(row[0].strip()) and len(filled) >= 0.8 * width and len(set(filled)) == len(filled)


def are_years(rows: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    """Tell whether rows hold a year each, and the row below them nothing but names: a table for each year."""
    filled = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    years = all(len(cells) == 1 and _YEAR.fullmatch(cells[0]) for cells in filled)
    return bool(filled) and years and all(look(cell) == "text" for cell in names)


def is_sparse(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether rows leave so many cells empty that they are titles and labels padded to the width of a sheet."""
    filled = sum(bool(cell.strip()) for row in rows for cell in row)
    return filled <= 0.6 * width * len(rows)


def inner_headers(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the rows amid numbers that give every column a new name: each begins another table of the same width."""
    if width < 2 or len(rows) < 2 * _NEAR + 2:
        return []
    looks = headers.column_looks(rows, width)
    typed = [j for j, kind in enumerate(looks) if kind in ("number", "time")]
    if len(typed) < max(2, 0.5 * width):
        return []
    first, last = typed[0], typed[-1]
    known = [list(row) for row in rows[:8]]
    found = []
    for k in range(_NEAR + 1, len(rows) - _NEAR):
        row = rows[k]
        if len(row) != width or not row[first].strip()[:1].isalpha() or not row[last].strip()[:1].isalpha():
            continue
        names = len(set(row)) == width and all(cell.strip() for cell in row) and list(row) not in known
        near = [rows[i][j] for i in range(k - _NEAR, k) for j in typed if j < len(rows[i])]
        if names and all(look(row[j]) == "text" for j in typed) and all(look(cell) != "text" for cell in near):
            found.append(k)
    return found if len(found) < _MOST_TABLES else []
