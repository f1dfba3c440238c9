"""How much memory a table will take, and what to propose where that is too much."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.problems import WorkbenchError
from workbench.core.sources import payload as files
from workbench.core.sources.payload import Payload
from workbench.core.sources.problems import TOO_LARGE
from workbench.core.sources.timenotes import step_text
from workbench.core.steps import STEPS
from workbench.core.table import Step, Table

NUMBER_BYTES = 16
"""A number or a time, and as much again while the table is put together; measured on 5 million rows: 15 to 16."""

TEXT_BYTES = 110
"""A short text: as polars and as Python hold it."""

CAREFUL_BYTES = 25
"""For each byte of a text file that is split cell by cell; measured on numbers of six characters."""

TYPED_BYTES = 3 * 8
"""A cell of a file that stores types: the file's pages, the cell, and the cell as a number."""

TREE_BYTES = 10
"""For each byte of JSON, as Python objects; a guess from above."""

SHEET_BYTES = 40
"""For each byte of a packed workbook, as cells of text; a guess from above."""


def afford(payload: Payload, needed: int, size: str, *, every: str = "", columns: Sequence[str] = ()) -> None:
    """Refuse what does not fit into the memory that may be used.

    Parameters
    ----------
    needed
        Bytes.
    size
        What is so large, in words, such as ``900000000 rows x 4 columns``.
    every, columns
        What to propose instead: a step to combine rows to, or columns to keep.

    Raises
    ------
    WorkbenchError
        ``too-large``.
    """
    limit = files.memory_budget()
    if needed <= limit:
        return
    advice = ""
    if every:
        advice = f"; steps of {step_text(STEPS[every])} would fit"
    elif columns:
        advice = f"; {len(columns)} of them would fit"
    raise WorkbenchError(
        TOO_LARGE,
        name=payload.name,
        size=size,
        needed_mb=max(1, needed >> 20),
        limit_mb=limit >> 20,
        advice=advice,
        source=str(payload.path),
        every=every,
        columns=tuple(columns),
    )


def table_fits(rows: int, numbers: int, texts: int) -> bool:
    """Tell whether a table with these numbers of rows, columns of numbers and columns of text may be read."""
    return _table_bytes(rows, numbers, texts) <= files.memory_budget()


def _table_bytes(rows: int, numbers: int, texts: int) -> int:
    return rows * (numbers * NUMBER_BYTES + texts * TEXT_BYTES)


def refuse_table(payload: Payload, rows: int, sample: Table | None, numbers: int, texts: int) -> None:
    """Refuse a table that does not fit, with a way to read less of it.

    Parameters
    ----------
    sample
        Its first rows, from which a remedy is found; None if they could not be read.

    Raises
    ------
    WorkbenchError
        ``too-large``.
    """
    needed, limit = _table_bytes(rows, numbers, texts), files.memory_budget()
    every, columns = "", tuple[str, ...]()
    if sample is not None:
        every = _step_that_fits(sample, rows * numbers * NUMBER_BYTES, limit)
        room = max(1, limit // (rows * NUMBER_BYTES) - (sample.time is not None))
        columns = sample.numeric[:room] if not every and len(sample.numeric) > room else ()
    about = f"about {float(f'{rows:.3g}'):,.0f} rows x {numbers + texts} columns"
    afford(payload, needed, about, every=every, columns=columns)


def _step_that_fits(sample: Table, needed: int, limit: int) -> str:
    """Return the shortest step at which the numbers fit, or an empty text."""
    step = sample.time.step if sample.time is not None else None
    length = _seconds(step)
    if length is None:
        return ""
    fitting = (key for key, longer in STEPS.items() if _fits(longer, length, needed, limit))
    return next(fitting, "")


def _fits(longer: Step, length: float, needed: int, limit: int) -> bool:
    seconds = _seconds(longer)
    return seconds is not None and seconds > length and needed * length / seconds <= limit


def _seconds(step: Step | None) -> float | None:
    if step is None:
        return None
    return {"second": 1.0, "businessday": 86_400.0, "month": 2_629_800.0}[step.unit] * step.count
