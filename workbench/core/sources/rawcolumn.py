"""A column on its way from a file into a Table, and what the user may settle beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.cells import Numbers

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Hints:
    """What the user settled; None leaves the guess to the reader.

    Attributes
    ----------
    delimiter, encoding, decimal, header_rows
        See `workbench.core.table.Dialect`.
    quote
        The quotation mark, ``""`` for none.
    escape
        What stands before a quotation mark inside of a cell, ``""`` where it is doubled.
    thousands
        The separator of thousands, ``""`` for none; a blank stands for all kinds of blanks, ``'`` for apostrophes.
    first_row
        Line of the file, from 1, at which the table begins, header included.
    time
        Name of the time column, or ``""`` to number the rows.
    time_format
        A form as `TimeAxis.format` or its alternatives name it.
    layout
        ``wide`` keeps the columns as they are, ``long`` and ``rows`` turn series into columns.
    sheet
        Name of the sheet of a workbook.
    columns
        Names of the columns to keep besides the time; None keeps all.
    every, combine
        A key of `workbench.core.steps.STEPS`: one row for each such step of time is made of the rows in it, and how
        (``mean``, ``sum``, ``first``, ``last``, ``min``, ``max``).
    """

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    header_rows: int | None = None
    time: str | None = None
    time_format: str | None = None
    layout: str | None = None
    sheet: str | None = None
    columns: tuple[str, ...] | None = None
    every: str | None = None
    combine: str = "mean"
    quote: str | None = None
    first_row: int | None = None
    escape: str | None = None
    thousands: str | None = None


@dataclass(slots=True)
class RawColumn:
    """A column as the file holds it.

    Attributes
    ----------
    cells
        Text columns: strings, null where missing. Typed formats: whatever the file stores.
    numbers
        The column read as numbers, or None.
    form
        The form in which the text of a column of times was written, if that is known.
    """

    name: str
    cells: pl.Series
    numbers: Numbers | None = None
    unit: str | None = None
    form: str | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.numbers.values) if self.numbers is not None else len(self.cells)

    @property
    def temporal(self) -> bool:
        """True if the file itself stores times."""
        return self.cells.dtype.is_temporal()

    @property
    def textual(self) -> bool:
        """True if the cells are strings."""
        import polars as pl

        return self.cells.dtype == pl.String

    @property
    def floats(self) -> NDArray[np.float64] | None:
        """The numbers, NaN where missing, or None."""
        return self.numbers.values if self.numbers is not None else None


@dataclass(frozen=True, slots=True)
class Lines:
    """Map data rows (from 0) to the numbers that the user sees: lines of the file."""

    numbers: Sequence[int]

    def of(self, row: int) -> int:
        """Return the line of a data row."""
        return int(self.numbers[row]) if row < len(self.numbers) else row + 1

    def listed(self, rows: Sequence[int], most: int = 8) -> str:
        """Write the lines of `rows` for a sentence."""
        shown = ", ".join(str(self.of(row)) for row in rows[:most])
        return shown + (", …" if len(rows) > most else "")
