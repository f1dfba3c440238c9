"""Find delimiter, quotation mark and escape of a text file from its lines alone.

Every candidate splits the same sample. Its score is consistency (how many records have the usual width) times
quality (how many cells look like a number, a time, nothing, or one clean text) times a small reward for width; the
idea is that of Wang et al., "Wrangling messy CSV files by detecting row and type patterns" (2019), simplified.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.problems import Problem, problem
from workbench.core.sources.marks import TIME, look
from workbench.core.sources.records import WHITESPACE, Records, Splitting, split
from workbench.core.sources.textproblems import DELIMITER_GUESSED, DELIMITER_UNSURE

_COMMON = (",", ";", "\t", "|")
_RARE = (":", "^", "~", "!", "#", "&", "@", "\x1f", "\x01", "¦", "，", "；", "§", "=")
_PRIOR = {WHITESPACE: 0.96, " ": 0.93, ":": 0.75, "#": 0.8, "=": 0.7, "&": 0.8, "!": 0.85}
_RARE_QUOTES = ("`", "´", "$", "~", "^", "|", "*", "%", "#", "@", "!", "/")
_SAMPLE_LINES = 300
_LONGEST_SAMPLE = 1 << 17
_NAMES = {
    ",": "a comma",
    ";": "a semicolon",
    "\t": "a tab",
    "|": "a vertical bar",
    " ": "a blank",
    WHITESPACE: "blanks",
    "": "no mark at all (one column)",
}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The best splitting, and the second best delimiter when it is nearly as good (else None)."""

    how: Splitting
    score: float
    rival: str | None = None

    def notes(self) -> list[Problem]:
        """Say which delimiter was found, unless it is a comma beyond doubt."""
        name = delimiter_name(self.how.delimiter)
        if self.rival is not None:
            return [problem(DELIMITER_UNSURE, delimiter=name, other=delimiter_name(self.rival))]
        return [problem(DELIMITER_GUESSED, delimiter=name)] if self.how.delimiter != "," else []


def delimiter_name(delimiter: str) -> str:
    """Name a delimiter for a sentence."""
    return _NAMES.get(delimiter, f"“{delimiter}”")


def sample_of(lines: Sequence[str]) -> list[str]:
    """Take lines from the start, the middle and the end, at most 128 kB."""
    if len(lines) > _SAMPLE_LINES:
        middle = len(lines) // 2
        lines = [*lines[: _SAMPLE_LINES - 100], *lines[middle : middle + 60], *lines[-40:]]
    sample: list[str] = []
    size = 0
    for line in lines:
        size += len(line)
        if size > _LONGEST_SAMPLE and sample:
            break
        sample.append(line[:_LONGEST_SAMPLE])
    return sample


def sniff(
    lines: Sequence[str],
    newline: str = "\n",
    delimiter: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
) -> Sniffed:
    """Choose the splitting of `lines`.

    Parameters
    ----------
    delimiter
        Take this delimiter and find only the quotation mark.
    quote
        Take this quotation mark, ``""`` for none.
    escape
        Take this before a quotation mark inside of a cell, ``""`` if it is doubled.
    """
    known = None if escape is None else [escape or None]
    marks = None if quote is None else [quote or None]
    sample = [line for line in sample_of(lines) if line.strip()]
    text = "\n".join(sample)
    scored: list[tuple[float, Splitting]] = []
    candidates = [delimiter] if delimiter else _delimiters(sample, text)
    parts = {q for d in candidates if len(d) > 1 for q in d if text.count(q) == d.count(q) * text.count(d)}
    rare = [q for q in _RARE_QUOTES if q in text and q not in parts]
    for candidate in candidates:
        for quote in marks or _quotes(text, candidate, rare):
            for before in known or _escapes(text, candidate, quote):
                how = Splitting(candidate, quote, before)
                records = split(sample, how, newline)
                scored.append((_score(records, how) * _PRIOR.get(candidate, 1.0), how))
    scored.sort(key=lambda pair: -pair[0])
    best, how = scored[0]
    rivals = (s for s, other in scored if other.delimiter != how.delimiter and not _kin(other, how))
    second = next(rivals, 0.0)
    rival = None
    if second > 0.97 * best and best > 0:
        rival = next(o.delimiter for s, o in scored if s == second and o.delimiter != how.delimiter)
    if rival is None and delimiter is None and _may_be_words(how, sample, newline):
        rival = ""
    return Sniffed(how, best, rival)


def _may_be_words(how: Splitting, sample: Sequence[str], newline: str) -> bool:
    """Tell whether blanks that separate columns may as well be those between words of one column."""
    if how.delimiter not in (WHITESPACE, " ") or how.quote is not None:
        return False
    rows = split(sample, how, newline).rows
    width = Counter(map(len, rows)).most_common(1)[0][0]
    body = [row for row in rows if len(row) == width]
    return 2 * sum(_is_typed(body, j) for j in range(width)) < width


def _kin(one: Splitting, other: Splitting) -> bool:
    """Tell whether two delimiters differ only in blanks, as `,` and `, ` do."""
    blank = {WHITESPACE, " "}
    if one.delimiter in blank and other.delimiter in blank:
        return True
    return one.delimiter.strip() == other.delimiter.strip()


def _delimiters(sample: Sequence[str], text: str) -> list[str]:
    found = [d for d in _COMMON if d in text]
    if "  " in text or " " in text:
        found += [WHITESPACE, " "]
    most = 0.8 * len(sample)
    doubled = {run: sum(line.count(run) for line in sample) for run in (",,", ";;", "\t\t")}
    found += [d for d in _RARE if d in text and sum(d in line for line in sample) >= most]
    runs = Counter(run for line in sample for run in set(re.findall(r"[,;|:~^#@&*<>!$%=\t]{2,4}", line)))
    # A doubled comma once a line is an empty column; twice a line and never single, it is a delimiter.
    empty = {run for run, count in doubled.items() if 2 * count < 0.9 * text.count(run[0]) or count < 1.5 * len(sample)}
    found += [run for run, count in runs.most_common(3) if count >= most and run not in empty]
    for mark in (",", ";", "|"):
        if text.count(mark + " ") > 0.8 * text.count(mark) > 0:
            found.append(mark + " ")
    if " | " in text and text.count(" | ") >= 0.8 * text.count("|"):
        found.append(" | ")
    return found or [","]


def _quotes(text: str, delimiter: str, rare: Sequence[str]) -> list[str | None]:
    found: list[str | None] = []
    limit = _limit(delimiter)
    for quote in ('"', "'"):
        if re.search(rf"(?:^|{limit})\s{{0,100}}{quote}", text, re.MULTILINE):
            found.append(quote)
    found += [q for q in rare if q not in delimiter and _encloses(text, limit, delimiter, q)]
    return [*found, None]


def _limit(delimiter: str) -> str:
    return r"[ \t]" if delimiter == WHITESPACE else re.escape(delimiter)


def _encloses(text: str, limit: str, delimiter: str, quote: str) -> bool:
    """Tell whether a rare mark stands at both ends of cells, and keeps delimiters inside of them."""
    q = re.escape(quote)
    marks = (" ", "\t") if delimiter == WHITESPACE else (delimiter,)
    starts = text.startswith(quote) + sum(text.count(before + quote) for before in (*marks, "\n"))
    ends = text.endswith(quote) + sum(text.count(quote + after) for after in (*marks, "\n"))
    if not starts or abs(starts - ends) > 0.2 * starts or starts + ends < 0.1 * text.count(quote):
        return False
    whole = re.findall(rf"(?:^|(?<={limit})){q}((?:[^{q}\n]|{q}{q})+){q}(?={limit}|$)", text, re.MULTILINE)
    mark = " " if delimiter == WHITESPACE else delimiter
    held = sum(mark in inner for inner in whole)
    return bool(whole) and (held > 0.3 * len(whole) or len(whole) > 0.8 * starts)


def _escapes(text: str, delimiter: str, quote: str | None) -> list[str | None]:
    """Return what may stand before a quotation mark inside of a cell, the likeliest first; None where it is doubled."""
    if quote is None:
        return [None]
    q = re.escape(quote)
    limit = _limit(delimiter)
    # Marks in the midst of a cell: neither the first nor the last thing in it, and not doubled.
    before = Counter(re.findall(rf"([^{q}\n]){q}(?!{q}|\s*{limit}|\s*$)", text, re.MULTILINE))
    before = Counter({c: n for c, n in before.items() if not re.match(limit, c)})
    inner = Counter({c: n for c, n in before.items() if not c.isalnum() and c not in " \t.([-"})
    found: list[str | None] = ["\\"] if "\\" + quote in text else []
    if inner:
        mark, count = inner.most_common(1)[0]
        if mark not in ("\\", delimiter) and count >= 0.8 * before.total():
            found.append(mark)
    return [*found, None]


def _score(records: Records, how: Splitting) -> float:
    rows = records.rows
    if not rows:
        return 0.0  # nothing but separators and control characters
    widths = [len(row) for row in rows]
    lead = 0
    while lead < min(30, len(widths) - 2) and widths[lead] == 1:
        lead += 1
    counts = Counter(widths[lead:])
    width = max(counts, key=lambda w: counts[w] * (1 - 1 / (2 * w)) * (w > 1 or 0.6))
    body = [row for row in rows if len(row) == width]
    consistency = counts[width] / max(1, len(widths) - lead) * (1 - 0.3 * lead / max(1, len(widths)))
    if width == 1:
        times = sum(TIME.fullmatch(row[0].strip()) is not None for row in body)
        return 0.76 if times > 0.8 * len(body) else 0.5 * consistency * _quality(body, how)
    empty_columns = sum(all(not any(c.isalnum() for c in row[j]) for row in body) for j in range(width)) / width
    if how.delimiter in (WHITESPACE, " "):
        # Blanks also stand between words: they separate cells only if nearly every line agrees.
        consistency *= consistency
        if not records.quoted and not any(_is_typed(body, j) for j in range(width)):
            consistency *= 0.5
    strays = 1 - 0.5 * len(records.stray) / max(1, len(rows))
    return consistency * _quality(body, how) * (1 - 1 / (2 * width)) * (1 - 0.6 * empty_columns) * strays


def _is_typed(body: Sequence[Sequence[str]], j: int) -> bool:
    looks = [look(row[j]) for row in body[1:60]]
    return sum(kind in ("number", "time") for kind in looks) > 0.8 * len(looks)


def _quality(body: Sequence[Sequence[str]], how: Splitting) -> float:
    """Average over cells; a cell that still holds a delimiter or a quotation mark speaks against the splitting."""
    others = [d for d in _COMMON if d != how.delimiter and d != how.delimiter.strip()]
    total, cells, padded = 0.0, 0, 0
    for row in body:
        for cell in row:
            cells += 1
            padded += cell[:1] == " "
            kind = look(cell)
            if kind in ("number", "time"):
                total += 1.0
            elif kind == "empty":
                total += 0.9
            else:
                total += _text_quality(cell.strip(), others, how)
    return total / max(1, cells) - 0.02 * padded / max(1, cells)


def _text_quality(text: str, others: Sequence[str], how: Splitting) -> float:
    if text[:1] in "\"'" or text[-1:] in "\"'":
        return 0.3
    held = [mark for mark in others if mark in text]
    if held:
        bare = 0.25 if held == [","] else 0.1
        return bare if how.quote is None else bare + 0.45
    return 0.85 if len(text) < 60 else 0.75
