"""Tables that are not one series a column: series below each other, or one series a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import Problem, problem
from workbench.core.sources import bymonth, timeaxis, timetext
from workbench.core.sources.marks import TOTAL
from workbench.core.sources.problems import LONG_LAYOUT, ROWS_LAYOUT
from workbench.core.sources.rawcolumn import Lines, RawColumn
from workbench.core.sources.timenotes import irregularities
from workbench.core.sources.timestep import spacing
from workbench.core.table import Column, Table

_MOST_COLUMNS = 1000
MOSTLY_REPEATED = 0.3
"""Share of the rows that repeat a time in a file whose series stand below each other."""

_SERIES_NAME = re.compile(
    r"(?i)id|unique_id|series|station|site|sensor|store|shop|item|product|code|region|country|state|city|meter|symbol|"
    r"ticker|variable|indicator|name|location|dept|channel|device|站|编号|地区|城市|代码"
)
_COUNTED = re.compile(r"([A-Za-z_]*?)[ _]?(\d+)")


def across(columns: Sequence[RawColumn]) -> tuple[list[RawColumn], Problem] | None:
    """Turn a table with one series a row into one with a series a column.

    The names of the columns must be times, or count up (``V1``, ``V2``, ...) in a table wider than high; or a row is a
    year, and the columns are its months.

    Returns
    -------
    The new columns and a note, or None if the table is not of this kind.
    """
    import polars as pl

    if not columns or len(columns[0].cells) > _MOST_COLUMNS or not all(column.textual for column in columns):
        return None
    # Trailing delimiters make empty columns without a name; they are no step in time.
    columns = [c for c in columns if not c.name.startswith("column ") or not _is_empty(c)]
    by_month = bymonth.below_each_other(columns)
    if by_month is not None:
        return by_month
    given = len(columns)
    while len(columns) > 4 and TOTAL.fullmatch(columns[-1].name):
        columns = columns[:-1]
    start = _first_step(columns) if columns else None
    if start is None:
        return None
    labels, steps = columns[:start], columns[start:]
    rows = len(columns[0].cells)
    names = [" ".join(str(c.cells[k] or "") for c in labels).strip() or f"row {k + 1}" for k in range(rows)]
    if labels and len(set(names)) < rows:
        return None
    cells = zip(*(column.cells.to_list() for column in steps), strict=True)
    turned = [RawColumn("time", pl.Series([column.name for column in steps], dtype=pl.String))]
    turned += [RawColumn(name, pl.Series(list(row), dtype=pl.String)) for name, row in zip(names, cells, strict=True)]
    return turned, problem(ROWS_LAYOUT, count=rows, others=given - len(columns))


def _is_empty(column: RawColumn) -> bool:
    head = column.cells.head(100).to_list()
    return not any(cell and cell.strip() for cell in head) and not (column.cells.str.strip_chars() != "").any()


def _first_step(columns: Sequence[RawColumn]) -> int | None:
    """Return the index of the first column that is a step in time, if all after it are, too."""
    import polars as pl

    rows = len(columns[0].cells)
    for start in range(min(8, len(columns) - 3)):
        names = [column.name for column in columns[start:]]
        if not any(c.isdigit() for c in names[0]):
            continue
        readings = timetext.readings(pl.Series(names, dtype=pl.String))
        judged = timeaxis.ranked(readings, day_first=False)
        if judged and judged[0].reading.valid == len(names) and judged[0].spacing.share > 0.7:
            return start if start > 0 or rows < len(names) else None
        counted = [_COUNTED.fullmatch(name) for name in names]
        if all(counted) and start > 0 and rows < len(names) and len(names) >= 12:
            numbers = [int(m.group(2)) for m in counted if m]
            prefixes = {m.group(1) for m in counted if m}
            if len(prefixes) == 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
                return start
    return None


def stacked(table: Table) -> Table:
    """Turn series that stand below each other into columns; any other table is returned as it is.

    A column names the series if each of its values has every time at most once while the whole table repeats times.
    """
    axis, found = table.time, _series_column(table)
    if axis is None or found is None:
        return table
    column, codes, names = found
    values = [c for c in table.columns if c.kind == "number" and c.name not in (*axis.columns, column.name)]
    if not values or len(values) * len(names) > _MOST_COLUMNS:
        return table
    times, place = np.unique(axis.values, return_inverse=True)
    built = [Column(axis.columns[0], "time", times, 0)]
    for value in values:
        grid = np.full((len(names), len(times)), np.nan)
        grid[codes, place] = value.values
        for k, name in enumerate(names):
            title = name if len(values) == 1 else f"{value.name} {name}"
            built.append(Column(title, "number", grid[k], int(np.isnan(grid[k]).sum()), value.unit))
    measured = spacing(times)
    new_axis = replace(
        axis, columns=(axis.columns[0],), values=times, step=measured.step, duplicates=0, backward=0, gaps=measured.gaps
    )
    kept = [
        n
        for n in table.notes
        if n.key not in ("time-duplicates", "time-backward", "time-gaps", "no-step", "step-found")
    ]
    note = problem(LONG_LAYOUT, count=len(names), column=column.name)
    said = irregularities(new_axis, Lines(range(1, len(times) + 1)), turned=False, column=axis.columns[0])
    return replace(table, columns=tuple(built), time=new_axis, notes=(*kept, note, *said), lines=None)


def series_column(table: Table) -> str:
    """Return the name of the column that tells apart series which stand below each other, "" if there is none."""
    found = _series_column(table)
    return found[0].name if found is not None else ""


def _series_column(table: Table) -> tuple[Column, NDArray[np.int64], list[str]] | None:
    axis = table.time
    if axis is None or axis.duplicates < MOSTLY_REPEATED * table.rows or np.isnat(axis.values).any():
        return None
    place = np.unique(axis.values, return_inverse=True)[1]
    for column in table.columns:
        numeric = column.kind == "number" and _SERIES_NAME.search(column.name) is not None
        if column.name in axis.columns or column.missing or not (column.kind == "text" or numeric):
            continue
        texts = [f"{v:.15g}" if numeric else str(v) for v in column.values.tolist()]
        names = list(dict.fromkeys(texts))
        if not 2 <= len(names) <= _MOST_COLUMNS or len(names) > table.rows / 3:
            continue
        index = {name: k for k, name in enumerate(names)}
        codes = np.array([index[text] for text in texts])
        keys = codes * table.rows + place
        if len(np.unique(keys)) == table.rows:
            return column, codes, names
    return None
