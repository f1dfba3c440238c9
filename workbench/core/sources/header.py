"""Find the header rows of a table of text: rows of words above columns of numbers or times."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.core.problems import Problem, problem
from workbench.core.sources import textheader
from workbench.core.sources.marks import TOTAL, Look, look
from workbench.core.sources.textproblems import (
    HEADER_ROWS,
    HEADER_UNSURE,
    NO_HEADER,
    UNITS_ROW,
)

_UNIT = re.compile(
    r"[\[(]?\s*(?:°\s?[CFK]?|deg\.?\s?[CFKT]?|degrees?|[CFK]|℃|[kMGTmcµμnd]?(?:m|g|W|Wh|J|Pa|V|A|Hz|bar|l|L|s|eV|b|t)"
    r"|%|‰|hPa|mmHg|inHg|h|hr|hrs|min|mn|sec|d|dy|day|days|mo|yr|yy(?:yy)?[-/.\w :]*|[mM]/s|m s-1|km/h|kn|kt|knots|mph|"
    r"ft|in|mi|nmi|W/m[2²^]+|[uµμnm]g/m[\^3³]+|ppm|ppb|mg/l|kg/m[\^23²³]+|mm/h|m[23²³]|MWh|GWh|kWh|USD|EUR|CNY|"
    r"€(?:/\w+)?|\$|元|万元|亿元|个|人|次|index|number|count|no\.?|text|string|date|unitless|-|Mio\.?.*|1000.*|thousands?|"
    r"millions?.*|psu|dB|rpm|pH|\d{1,3}[sdn]|UTC|local time|[\w°%]{1,5}/[\w²³^]{1,5})\s*[\])]?",
)
_MOST_HEADER_ROWS = 6
_MOST_FACTS = 10
_COUNTED = 6
_MOST_CELLS = 100_000
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_POINT_IN_TIME = re.compile(r"((?:1[5-9]|20|21)\d\d)(?:\.(\d\d))?")


@dataclass(frozen=True, slots=True)
class Names:
    """Header texts (None without a header), number of header rows, units."""

    header: list[str] | None
    rows: int
    units: list[str] | None


def is_words(cells: Sequence[str]) -> bool:
    """Tell whether the filled cells are words, not numbers or times."""
    looks = [look(cell) for cell in cells if cell.strip()]
    return not looks or looks.count("text") > 0.5 * len(looks)


def is_wordy(rows: Sequence[Sequence[str]], members: Sequence[int]) -> bool:
    """Tell whether the first of these records holds words."""
    return any(look(cell) == "text" for i in members for cell in rows[i])


def wordy_column(rows: Sequence[Sequence[str]], j: int) -> bool:
    """Tell whether column `j` holds words in most rows."""
    looks = Counter(look(row[j]) for row in rows[:200] if j < len(row))
    return looks["text"] > 0.5 * sum(looks.values())


def column_looks(rows: Sequence[Sequence[str]], width: int) -> list[Look]:
    """Return what most cells of each column look like, from at most 200 rows, fewer of very wide tables."""
    stride = max(1, len(rows) // min(200, max(30, _MOST_CELLS // max(1, width))))
    sample = rows[::stride]
    found: list[Look] = []
    for j in range(width):
        looks = Counter(look(row[j]) for row in sample if j < len(row))
        filled = sum(looks.values()) - looks["empty"]
        kind: Look = "empty" if filled == 0 else "text"
        if filled and looks["number"] + looks["time"] >= 0.6 * filled:
            kind = "time" if looks["time"] > looks["number"] else "number"
        found.append(kind)
    return found


def count(rows: Sequence[Sequence[str]], width: int) -> int:
    """Count the header rows at the top of `rows`; 0 if there are none."""
    if len(rows) < 2:
        return int(bool(rows) and is_words(rows[0]) and all(c.strip() for c in rows[0]))
    skip = min(_MOST_HEADER_ROWS, len(rows) // 2)
    looks = column_looks(rows[skip:], width)
    typed = [j for j, kind in enumerate(looks) if kind in ("number", "time")]
    if not typed:
        return _text_headers(rows, width)
    found = 0
    for k, row in enumerate(rows[: min(_MOST_HEADER_ROWS, len(rows) - 1)]):
        steps = _counts_up(row) and not _counts_up(rows[k + 1])
        if not steps and not _stands_out(row, looks, typed, width, first=k == 0):
            break
        found += 1
    return _past_facts(rows, looks, typed, found) if found else 0


def _past_facts(rows: Sequence[Sequence[str]], looks: Sequence[Look], typed: Sequence[int], found: int) -> int:
    """Go past rows of facts below the names (unit, type, ...), some of them numbers, down to a last row of words."""
    last = found
    for k in range(found, min(found + _MOST_FACTS, len(rows) - 2)):
        kinds = [(look(rows[k][j]), looks[j]) for j in typed if j < len(rows[k])]
        filled = sum(kind != "empty" for kind, _wanted in kinds)
        differ = sum(kind not in ("empty", wanted) for kind, wanted in kinds)
        if differ == 0:
            break
        unit = (
            k == last
            and looks[typed[0]] == "time"
            and _is_fact("".join(rows[k][typed[0] :][:1]))
            and len(rows) > 2 * _MOST_FACTS
        )
        if len(kinds) > 1 and (differ == filled or unit):
            last = k + 1
    return last


def _numbers_columns(row: Sequence[str], looks: Sequence[Look]) -> bool:
    """Tell whether a row counts the columns, 1 to the last, above columns of which some hold words."""
    places = [cell.strip(" ()") for cell in row]
    return "text" in looks and places == [str(j + 1) for j in range(len(looks))]


def _is_fact(cell: str) -> bool:
    """Tell whether a word stands where all others have their time, as in ``Unit,1,100`` below ``Date,EUR,JPY``."""
    return cell.strip().isalpha() and look(cell) == "text" and TOTAL.fullmatch(cell) is None


def _stands_out(row: Sequence[str], looks: Sequence[Look], typed: Sequence[int], width: int, *, first: bool) -> bool:
    """Tell whether the cells of a row do not look like the columns below them."""
    shift = 1 if len(row) == width - 1 else 0
    agree = differ = 0.0
    for j in typed:
        if j - shift < 0 or j - shift >= len(row):
            continue
        kind = look(row[j - shift])
        if kind == "empty":
            continue
        alike = kind == looks[j] or (kind == "number" and looks[j] == "time" and len(row[j - shift].strip()) > 4)
        # Numbers of years are names, too; a word in the first row above nothing but numbers hardly is a datum.
        year = first and kind == "number" and _YEAR.fullmatch(row[j - shift].strip()) is not None
        agree += alike * (0.5 if year else 1.0)
        differ += (not alike) * (1.5 if first else 1.0)
    words = sum(look(cell) == "text" for cell in row)
    if differ + agree == 0:
        return words > 0.5 * width
    return differ > agree


def _counts_up(row: Sequence[str]) -> bool:
    """Tell whether a row holds years, or months such as 2019.01, at equal steps, or counts 1, 2, 3: names of columns.

    Years may begin again, below the names of groups.
    """
    filled = [cell.strip() for cell in row if cell.strip()]
    found = [match for match in map(_POINT_IN_TIME.fullmatch, filled) if match]
    if len(found) < 3 or len(found) < len(filled) - 6:
        return len(row) > _COUNTED and [cell.strip() for cell in row[1:]] == [str(j) for j in range(1, len(row))]
    months = [int(m.group(1)) * 12 + int(m.group(2) or 1) for m in found]
    if any(m.group(2) for m in found) and not all(m.group(2) and 1 <= int(m.group(2)) <= 12 for m in found):
        return False
    steps = {b - a for a, b in pairwise(months) if b != months[0]} - {0}
    again = months.count(months[0]) > 1 and months[0] != months[1]
    return len(steps) == 1 and abs(*steps) <= 120 and (not again or len(found) >= len(filled) - 1)


def _text_headers(rows: Sequence[Sequence[str]], width: int) -> int:
    """Count the header rows of a table without numbers; group names may stand above the names."""
    scores = [textheader.score(rows, k, k + 1, width) for k in range(min(3, len(rows) - 1))]
    if len(scores) > 1 and _is_group_row(rows[0]) and scores[1] > 0.5:
        return 2
    if scores[0] <= 0:
        return 0
    return 1


def _is_group_row(row: Sequence[str]) -> bool:
    """Tell whether names are repeated, or hold for the empty cells after them."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return len(set(filled)) < len(row) and all(one == other for one, other in pairwise(_last_places(filled)))


def _last_places(names: Sequence[str]) -> list[int]:
    """Return how often a name begins again after another one; all zero if equal names stand together."""
    runs = Counter(name for k, name in enumerate(names) if k == 0 or names[k - 1] != name)
    return [count - 1 for count in runs.values()] + [0]


def read(
    rows: Sequence[Sequence[str]],
    width: int,
    known: int | None,
    lines: Sequence[int],
    notes: list[Problem],
) -> Names:
    """Take the names from the first rows.

    Parameters
    ----------
    known
        Number of header rows, if the user or a comment mark says so.
    lines
        Line numbers of the first rows, for the notes.
    """
    found = count(rows, width) if known is None else known
    if found == 0:
        notes.append(problem(NO_HEADER, row=lines[0] if lines else 1))
        return Names(None, 0, None)
    if known is None and _is_unsure(rows, found, width):
        notes.append(problem(HEADER_UNSURE, row=lines[0]))
    named = [row for row in rows[:found] if not _is_rule(row)] or rows[:found]
    head = [_fitted(row, rows[found:], width) for row in named]
    units = None
    if len(head) >= 2 and _is_units(head[-1]):
        # Widths such as 15s or 8n, as hydrologists write them, are no units.
        units = [re.sub(r"^\d+[sdn]$", "", cell.strip().strip("[]()")) for cell in head[-1]]
        cell = next((u for u in units if u), "")
        notes.append(problem(UNITS_ROW, row=lines[found - 1], cell=cell))
        # Fewer units than columns, as below blanks, do not tell which columns they belong to.
        units = units if len(named[-1]) >= width else None
        head = head[:-1]
    if len(head) > 1:
        notes.append(problem(HEADER_ROWS, count=len(head), row=lines[0]))
    return Names(_joined(head), found, units)


def _is_rule(row: Sequence[str]) -> bool:
    """Tell whether a row is drawn, not written: dashes below the names."""
    return all(re.fullmatch(r"(?:[-=_*]{2,})?", cell.strip()) for cell in row)


def _is_unsure(rows: Sequence[Sequence[str]], found: int, width: int) -> bool:
    """Tell whether a header above words alone could as well be data."""
    if any(k in ("number", "time") for k in column_looks(rows[found:], width)):
        return False
    return len(rows) > found and abs(textheader.score(rows, found - 1, found, width)) < textheader.SURE


def _fitted(row: Sequence[str], below: Sequence[Sequence[str]], width: int) -> list[str]:
    """Bring a header row to the width of the table; one name fewer means unnamed row labels, as R writes them."""
    cells = [cell.strip() for cell in row]
    if len(cells) == width - 1 and any(len(r) == width and r[-1].strip() for r in below[:200]):
        return ["", *cells]
    return cells + [""] * (width - len(cells))


def _is_units(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    if len(filled) > 1 and all(cell[0] == "[" and cell[-1] == "]" for cell in filled):
        return True
    return bool(filled) and sum(_UNIT.fullmatch(cell) is not None for cell in filled) > 0.5 * len(filled)


def _joined(head: Sequence[Sequence[str]]) -> list[str]:
    """Join header rows column by column; a group's name holds until the next one in its row."""
    if len(head) == 1:
        return list(head[0])
    filled = []
    for depth, row in enumerate(head):
        carried, last = list(row), ""
        if depth < len(head) - 1:
            for j, cell in enumerate(row):
                last = cell or last
                below = any(lower[j] for lower in head[depth + 1 :] if j < len(lower))
                carried[j] = cell or (last if below else "")
        filled.append(carried)
    width = max(len(row) for row in filled)
    columns = [[row[j] for row in filled if j < len(row) and row[j]] for j in range(width)]
    return [" ".join(dict.fromkeys(parts)) for parts in columns]
