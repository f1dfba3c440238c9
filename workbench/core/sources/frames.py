"""Tables drawn with lines: cells between bars with a rule below the names, or columns under broken lines of dashes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_BAR_RULE = re.compile(r"[ |+:=─-]*(?:--|==|──|:-|-:)[ |+:=─-]*")
_RULE = re.compile(r"\s*(?:-{2,}|={2,})(?: +(?:-{2,}|={2,}))+\s*")
_MOST_LEAD = 60


def is_framed(lines: Sequence[str]) -> bool:
    """Tell whether nearly all lines begin and end with a bar, as many in each, and one of them is a rule."""
    filled = [text for text in (line.strip() for line in lines[:2000]) if text]
    rules = [text for text in filled if text[0] in "|+-" and _BAR_RULE.fullmatch(text)]
    barred = [text for text in filled if len(text) > 1 and text[0] == text[-1] == "|" and not _BAR_RULE.fullmatch(text)]
    usual = max((text.count("|") for text in barred[:20]), default=0)
    even = sum(text.count("|") == usual for text in barred)
    return bool(rules) and even >= 2 and even >= 0.9 * len(barred) and len(barred) + len(rules) >= 0.8 * len(filled)


def inner(line: str) -> str:
    """Take away the outer bars of a line; a rule becomes an empty line."""
    text = line.strip()
    if text[:1] in ("|", "+", "-") and _BAR_RULE.fullmatch(text):
        return line.replace(text, "")
    framed = len(text) > 1 and text[0] == text[-1] == "|"
    return line.replace(text, text[1:-1].strip()) if framed else line


def cuts(lines: Sequence[str]) -> tuple[int, ...]:
    """Return where the columns begin after the first, if a line of dashes says so and the lines below keep to it.

    Returns
    -------
    Places in a line; empty if there is no such rule, or if blanks alone part the cells as well.
    """
    for k, line in enumerate(lines[1:_MOST_LEAD], 1):
        if lines[k - 1].strip() and is_rule(line):
            spans = [match.span() for match in re.finditer(r"-+|=+", line)]
            below = [text for text in lines[k + 1 : k + 400] if text.strip()]
            kept = [text for text in below if _keeps_to(text, spans)]
            odd = sum(len(text.split()) != len(spans) for text in kept)
            if len(kept) >= 3 and len(kept) >= 0.9 * len(below) and odd:
                return tuple(end for _, end in spans[:-1])
            return ()
    return ()


def _keeps_to(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a line has nothing between the columns."""
    return all(not text[end:start].strip() for (_, end), (start, _) in pairwise(spans)) and bool(
        text[spans[1][0] :].strip()
    )


def is_rule(line: str) -> bool:
    """Tell whether a line is broken dashes and nothing else."""
    return _RULE.fullmatch(line.rstrip("\r\n")) is not None


def cut(line: str, places: Sequence[int]) -> list[str]:
    """Cut a line at these places; one with something across a place has as many words, or is a cell of its own."""
    line = line.rstrip("\r\n")
    if any(line[place : place + 1].strip() for place in places):
        words = line.split()
        return words if len(words) == len(places) + 1 else [line.strip()]
    edges = [0, *places, len(line)]
    return [line[a:b].strip() for a, b in pairwise(edges)]
