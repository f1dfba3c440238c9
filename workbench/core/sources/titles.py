"""Tell titles and lists of labels from the upper rows of a header that has several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.core.sources import header as headers
from workbench.core.sources.timenumber import is_time_name

_LABEL = re.compile(r"[:：](?:\s|$)")


def above(rows: Sequence[Sequence[str]], width: int) -> int:
    """Count the rows that stand above the header but are no part of it, such as ``Currency: EUR`` above ``Date``.

    A group's name stands above several names, so the first column has no name there or the same kind of name. A row
    whose first cell is a label, or is no time where a full row below it names the times, is about the whole table.
    """
    if width < 2 or not rows or (width > 2 and _names_all(rows[0], width) and not _LABEL.search(rows[0][0])):
        return 0
    found = headers.count(rows, width)
    titles = 0
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


def _names_all(row: Sequence[str], width: int) -> bool:
    """Tell whether a row gives nearly every column a name of its own."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return bool(row[0].strip()) and len(filled) >= 0.8 * width and len(set(filled)) == len(filled)


def is_sparse(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether rows leave so many cells empty that they are titles and labels padded to the width of a sheet."""
    filled = sum(bool(cell.strip()) for row in rows for cell in row)
    return filled <= 0.6 * width * len(rows)
