"""What a file held, as numpy arrays, with a note on whatever was guessed or repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import Problem

ColumnKind = Literal["number", "text", "time", "empty"]
StepUnit = Literal["second", "businessday", "month"]


@dataclass(frozen=True, slots=True)
class Step:
    """The constant distance between two rows: `count` times `unit`.

    Months are calendar months (a quarter is 3 months, a year 12), so their length in seconds varies.
    """

    count: float
    unit: StepUnit

    @property
    def seconds(self) -> float | None:
        """Length in seconds; None for calendar steps."""
        return self.count if self.unit == "second" else None


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column.

    Attributes
    ----------
    values
        ``number``: float64 with NaN for missing cells; ``text``: object array of str or None;
        ``time``: datetime64[us] with NaT; ``empty``: float64, all NaN. Length: rows.
    missing
        Number of missing cells.
    unit
        What the file says about the unit, such as ``°C`` or ``%``.
    """

    name: str
    kind: ColumnKind
    values: NDArray[np.generic]
    missing: int
    unit: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TimeAxis:
    """The time of each row, and what is irregular about it.

    Attributes
    ----------
    columns
        The columns it was read from, in order (usually one).
    format
        strptime-like format, or a word for numeric ones such as ``epoch-ms`` or ``decimal-year``.
    values
        datetime64[us], rows long, in file order.
    step
        The regular step, or None if the rows have none.
    duplicates, backward, gaps
        Rows with the time of an earlier row; rows earlier than their predecessor; missing steps.
    alternatives
        Other readings that fit the column, as (format, first, last) texts.
    """

    columns: tuple[str, ...]
    format: str
    values: NDArray[np.datetime64]
    step: Step | None
    duplicates: int = 0
    backward: int = 0
    gaps: int = 0
    timezone: str | None = None
    alternatives: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text of a file was read."""

    delimiter: str
    quote: str | None
    encoding: str
    header_rows: int
    decimal: str
    skipped_rows: int = 0
    escape: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The content of one file.

    Attributes
    ----------
    name
        File name without folder, or the title of a generated task.
    columns
        All columns in file order, time columns included.
    time
        The time axis, or None if the rows are only numbered.
    notes
        What was guessed, repaired or looks wrong (severity ``note`` or ``warning``).
    sha256
        Hex digest of the file's bytes; the identity of the data in runs and model files.
    dialect
        How text was read; None for formats that need no guessing.
    lines
        Line of the file (from 1) on which each row begins; None if rows are no lines, as after a change of layout.
    """

    name: str
    columns: tuple[Column, ...]
    time: TimeAxis | None
    notes: tuple[Problem, ...]
    sha256: str
    dialect: Dialect | None = None
    lines: Sequence[int] | None = None

    def line(self, row: int) -> int:
        """Return the line of the file on which `row` (from 0) begins, or its number from 1 if there are no lines."""
        return int(self.lines[row]) if self.lines is not None else row + 1

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0].values) if self.columns else 0

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def numeric(self) -> tuple[str, ...]:
        """Names of the columns a model can use: numbers that are not part of the time axis."""
        taken = self.time.columns if self.time else ()
        return tuple(c.name for c in self.columns if c.kind == "number" and c.name not in taken)
