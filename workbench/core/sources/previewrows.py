"""The lines of a file, or the rows of a table, one at a time for whoever looks at them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from workbench.core.sources.filelines import BLOCK, FileLines
from workbench.core.sources.records import Splitting, split
from workbench.core.table import Column, Table

LONGEST_CELL = 200
_MOST_BLOCKS = 64

Part = Literal["header", "units", "data", "ragged", "total", "skipped", "continued"]
CellKind = Literal["time", "number", "text", "missing", "bad", "header", "skipped"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number (from 1), its cells, and what part of the table it is."""

    number: int
    cells: Sequence[str]
    part: Part


class Rows(Protocol):
    """Lines by their place (from 0)."""

    def __len__(self) -> int: ...

    def line(self, place: int) -> Line:
        """Return one line."""

    def place(self, number: int) -> int:
        """Return the place of the line of this number."""


class TextRows:
    """The lines of a text file; those of the sample as the reader took them, the others split when they are seen."""

    def __init__(self, lines: FileLines, how: Splitting, known: Mapping[int, Line], width: int) -> None:
        self._lines, self._how, self._known, self._width = lines, how, known, width
        self._blocks: OrderedDict[int, dict[int, Line]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, place: int) -> Line:
        """Return one line; within quoted cells of several lines, all but the first are ``continued``."""
        found = self._known.get(place + 1)
        if found is not None:
            return found
        block = place // BLOCK
        if block not in self._blocks:
            self._blocks[block] = self._split(block)
            if len(self._blocks) > _MOST_BLOCKS:
                self._blocks.popitem(last=False)
        return self._blocks[block].get(place + 1, Line(place + 1, (), "continued"))

    def place(self, number: int) -> int:
        """Return the place of a line."""
        return min(max(number - 1, 0), max(len(self) - 1, 0))

    def _split(self, block: int) -> dict[int, Line]:
        records = split(self._lines.block(block), self._how, "\n", block * BLOCK + 1)
        found = {}
        for number, cells in zip(records.lines, records.rows, strict=True):
            blank = not "".join(cells).strip()
            part: Part = "skipped" if blank else "data" if len(cells) == self._width else "ragged"
            found[number] = Line(number, [cell[:LONGEST_CELL] for cell in cells], part)
        return found


class ListRows:
    """The rows of a sheet."""

    def __init__(self, rows: Sequence[Sequence[str]], known: Mapping[int, Line]) -> None:
        self._rows, self._known = rows, known

    def __len__(self) -> int:
        return len(self._rows)

    def line(self, place: int) -> Line:
        """Return one row; what is no part of the table is ``skipped``."""
        return self._known.get(place + 1) or Line(place + 1, self._rows[place], "skipped")

    def place(self, number: int) -> int:
        """Return the place of a row."""
        return min(max(number - 1, 0), max(len(self) - 1, 0))


class TableRows:
    """The rows of a table whose file has no lines."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table.rows

    def line(self, place: int) -> Line:
        """Return one row of the table as text."""
        return Line(place + 1, [_text(column, place) for column in self._table.columns], "data")

    def place(self, number: int) -> int:
        """Return the place of a row."""
        return min(max(number - 1, 0), max(len(self) - 1, 0))


def _text(column: Column, row: int) -> str:
    value = column.values[row]
    if column.kind == "time":
        return "" if np.isnat(value) else str(value).removesuffix(".000000").replace("T", " ")
    if column.kind == "text":
        return "" if value is None else str(value)[:LONGEST_CELL]
    return "" if np.isnan(value) else f"{value:.10g}"
