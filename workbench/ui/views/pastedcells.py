"""Cells copied from a spreadsheet, as numbers a table can take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def pasted_cells(text: str) -> list[list[str]]:
    """Return rows of cells of text with tabs, or with one cell a line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    return [[cell.strip() for cell in line.split("\t")] for line in lines]


def numbers_of(cells: Sequence[str]) -> NDArray[np.float64]:
    """Return cells as numbers, NaN where one is none; a comma is a decimal mark where no point stands beside it."""
    return np.array([_number(cell) for cell in cells], dtype=np.float64)


def _number(cell: str) -> float:
    text = cell.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("−", "-")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")
