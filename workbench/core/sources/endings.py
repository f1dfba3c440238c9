"""The ends of a table and what comes again inside of it: remarks below it, totals, names on top of every page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.core.problems import Problem, problem
from workbench.core.sources import header as headers
from workbench.core.sources.marks import TOTAL, Look, look
from workbench.core.sources.repair import listed
from workbench.core.sources.textproblems import REPEATED_HEADERS, TABLES_JOINED, TOTAL_ROWS

_RULE = re.compile(r"[^-=_*~. ]")
_DIGITS = re.compile(r"\d+")


def tail(rows: Sequence[Sequence[str]], members: Sequence[int], width: int) -> int:
    """Count the lines after the table: one filled cell of words in a table of several columns."""
    found = 0
    end = len(members)
    gap = next((k for k in range(end - 1, max(3, end - 30), -1) if members[k] > members[k - 1] + 1), end)
    looks = headers.column_looks([rows[i] for i in members[:gap]], width) if width > 1 else []
    while width > 1 and found < min(60, len(members) - 2):
        row = rows[members[len(members) - 1 - found]]
        filled = [cell for cell in row if cell.strip()]
        thin = len(filled) <= 1 and (len(row) < width or width >= 3 or _is_remark(rows, members, found))
        words = headers.is_words(filled) or (len(row) < width and not _RULE.search("".join(filled)))
        odd = _fits_nowhere(row, looks) and (
            (end - 1 - found >= gap and len(filled) < width) or (len(row) <= width / 2 and row[0].strip().isalpha())
        )
        if not odd and (not (thin or (len(row) < width and len(filled) <= width / 3)) or not words):
            break
        found += 1
    return found


def _fits_nowhere(row: Sequence[str], looks: Sequence[Look]) -> bool:
    """Tell whether a row has something where numbers and times stand, but nothing of that kind."""
    typed = [(look(cell), kind) for cell, kind in zip(row, looks, strict=False) if kind in ("number", "time")]
    kinds = [(found, kind) for found, kind in typed if found != "empty"]
    return bool(kinds) and all(found != kind for found, kind in kinds)


def _is_remark(rows: Sequence[Sequence[str]], members: Sequence[int], tail: int) -> bool:
    """Tell whether the last row but `tail` of two columns is words in a first column of numbers or times."""
    above = [rows[i] for i in members[max(0, len(members) - 60) : len(members) - 1 - tail]]
    return bool(rows[members[len(members) - 1 - tail]][0].strip()) and headers.column_looks(above, 1)[0] in (
        "number",
        "time",
    )


def names_again(first: Sequence[Sequence[str]], after: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether one of the next few rows is a row of names that stands among the first rows already."""
    names = [row for row in first if len(row) == width and headers.is_words(row) and sum(map(bool, row)) > width / 2]
    return any(row in names for row in after[:4])


def repeats(
    rows: Sequence[Sequence[str]],
    head: Sequence[Sequence[str]],
    lead: Sequence[Sequence[str]],
    lines: Sequence[int],
    notes: list[Problem],
) -> set[int]:
    """Return the rows that are the header again, and the titles of pages or parts that stand right above them.

    Parameters
    ----------
    head, lead
        The header rows, and the rows before them.
    """
    found: list[int] = []
    for k, row in enumerate(rows):
        again = bool(head) and (row[0] == head[0][0] or bool(found and found[-1] == k - 1))
        if again and row in head:
            found.append(k)
    if not found or len(found) >= len(rows):
        return set()
    numbers = [lines[k] for k in found]
    notes.append(problem(REPEATED_HEADERS, count=len(found), rows=listed(numbers), row=numbers[0]))
    titles, known = [], {_shape(row) for row in lead}
    for k in found:
        above = k - 1
        while above >= 0 and above not in found and _is_title(rows[above], len(head[0]), known):
            titles.append(above)
            above -= 1
    if titles:
        cell = " ".join(filter(None, (cell.strip() for cell in rows[titles[0]])))[:60]
        notes.append(problem(TABLES_JOINED, count=len(titles), cell=cell, row=lines[titles[0]]))
    return {*found, *titles}


def _is_title(row: Sequence[str], width: int, known: set[str]) -> bool:
    filled = sum(bool(cell.strip()) for cell in row)
    return _shape(row) in known or (filled <= 1 and (width > 2 or len(row) < width))


def _shape(row: Sequence[str]) -> str:
    """Write a row without its numbers: those of pages differ."""
    return _DIGITS.sub("0", " ".join(row).strip())


def totals(rows: Sequence[Sequence[str]], width: int, lines: Sequence[int], notes: list[Problem]) -> list[int]:
    """Return the rows at the end that are totals: named so, or with nothing where all others have their time."""
    if width < 2 or not rows:
        return []
    found = []
    for k in range(max(0, len(rows) - 4), len(rows)):
        if TOTAL.fullmatch(rows[k][0]) and not headers.wordy_column(rows[:-4] or rows[:k], 0):
            found.append(k)
    last = len(rows) - 1
    if not found and last >= 4 and not rows[last][0].strip() and all(look(row[0]) == "time" for row in rows[:last]):
        found.append(last)
    if found:
        cell = next((cell.strip() for cell in rows[found[0]] if cell.strip()), "")
        notes.append(problem(TOTAL_ROWS, count=len(found), cell=cell, row=lines[found[0]]))
    return found
