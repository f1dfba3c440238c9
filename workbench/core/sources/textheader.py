"""Is the first row of a table of words a header? Evidence column by column, added up.

Numbers below words settle most tables (`header.count`); here every column holds words, so the judgement rests on what a
name is not: a value that comes again below it, a value of the same shape as all others, one of a few categories.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_SAMPLE = 200
_USUAL = re.compile(
    r"(?i).*(?:\b|_)(?:id|name|code|date|type|title|country|city|state|region|address|status|category|description|url|"
    r"e-?mail|phone|number|no|nr|key|value|year|month|day|time|comment|notes?|remark|department|amount|total|unit|"
    r"datum|ort|bezeichnung|nummer|straße|strasse|plz|art|typ|stand|nom|ville|libell[ée]|adresse|commune|pays|fecha|"
    r"nombre|c[oó]digo|municipio|provincia|data|nome|comune|munic[ií]pio|naam|datum|gemeente|nazwa|miejscowość|"
    r"navn|namn|kommune|kod|ad[ıi]|название|имя|город|адрес|код|дата)(?:\b|_).*|.*(?:名|号|日期|地址|类型|备注|名称|"
    r"番号|住所|コード|区分|氏名|이름|주소|번호|編號|名稱).*"
)
_CODED = re.compile(r"[a-z]+(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]*)+|[A-Z]+(?:_[A-Z0-9]+)+")
SURE = 1.0
"""A score per column beyond which, on either side of zero, nothing needs to be said."""


def score(rows: Sequence[Sequence[str]], at: int, start: int, width: int) -> float:
    """Return the evidence, as a mean over columns, that row `at` names the rows from `start` on; above 0 for yes."""
    row = [cell.strip() for cell in rows[at]]
    body = rows[start : start + _SAMPLE]
    total = 0.0
    for j in range(width):
        below = [r[j].strip() for r in body if j < len(r)]
        total += _column(row[j] if j < len(row) else "", [text for text in below if text], len(body))
    filled = [cell for cell in row if cell]
    total -= 1.5 * (len(filled) - len(set(filled)))
    if len(row) < width - 1:
        total -= width - 1 - len(row)
    return total / max(1, width) + 0.25


def _column(cell: str, below: Sequence[str], rows: int) -> float:
    if not cell:
        return 0.0 if not below else -0.6
    if not below:
        return 0.8
    counts = Counter(below)
    if cell in counts:
        return -2.5 if counts[cell] > 1 or len(counts) < len(below) else -1.5
    evidence = 0.0
    if len(counts) <= 0.35 * len(below) and len(below) >= 6:
        evidence += 1.2
    elif len(below) >= 6 and len(counts) > 0.9 * len(below):
        evidence -= 0.15
    for mark in (r"\d", "@", "://", r"[,;]", r"^\W", r"[a-z]"):
        share = sum(re.search(mark, text) is not None for text in below) / len(below)
        has = re.search(mark, cell) is not None
        if share > 0.9:
            evidence += -0.3 if has else 1.0
        elif share < 0.1 and has:
            evidence += 0.15 if mark == r"[a-z]" else -0.2
    lengths = sorted(len(text) for text in below)
    if lengths[0] == lengths[-1] and len(below) >= 4:
        evidence += 0.8 if len(cell) != lengths[0] else -0.6
    elif not lengths[0] <= len(cell) <= lengths[-1]:
        evidence += 0.4
    evidence += 0.7 * (_USUAL.fullmatch(cell) is not None) + 0.7 * (_CODED.fullmatch(cell) is not None)
    return evidence - (1.0 if len(cell) > 70 else 0.0)
