"""What was understood of a file, as plain JSON values."""

from __future__ import annotations

import numpy as np

from workbench.core.faults import faults
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.sources.timenotes import iso, step_text
from workbench.core.table import Table, TimeAxis

MOST_EXAMINED = 200
"""Columns in which `inspect` looks for outliers; thousands would take longer than reading them."""

OUTLIERS_LIMITED = ProblemKind(
    "outliers-limited",
    "note",
    N_("Outliers were looked for in the first {looked} of {count} columns."),
    N_("Read only the columns you need to have them examined."),
)


def inspection(table: Table) -> dict[str, object]:
    """Describe a table as `inspect --json` prints it.

    Returns
    -------
    ``delimiter, quote, encoding, header_rows, columns, rows, time, notes``; values are None where there is no such
    thing. ``columns`` have ``name, kind, missing``; ``notes`` have ``key, row, column, text``. ``time`` has ``column``
    (a list if there are several), ``format``, ``first`` and ``last`` (the earliest and the latest time in ISO 8601),
    ``step_s`` (seconds) or ``calendar`` (such as ``1 month``), ``duplicates``, ``gaps``, ``backward``, ``timezone``,
    ``alternatives`` (each ``format, first, last``).
    """
    dialect = table.dialect
    return {
        "delimiter": dialect.delimiter if dialect else None,
        "quote": dialect.quote if dialect else None,
        "encoding": dialect.encoding if dialect else None,
        "header_rows": dialect.header_rows if dialect else None,
        "columns": [{"name": c.name, "kind": c.kind, "missing": c.missing} for c in table.columns],
        "rows": table.rows,
        "time": _time(table.time) if table.time else None,
        "notes": [_note(note) for note in said(table)],
    }


def said(table: Table) -> tuple[Problem, ...]:
    """Return the notes of a table, and the faults that reading it does not look for: outliers and odd distances."""
    names = table.numeric
    found = [fault.text for fault in faults(table, names[:MOST_EXAMINED]) if fault.kind in ("outlier", "irregular")]
    if len(names) > MOST_EXAMINED:
        found.append(problem(OUTLIERS_LIMITED, looked=MOST_EXAMINED, count=len(names)))
    return (*table.notes, *found)


def _time(axis: TimeAxis) -> dict[str, object]:
    valid = axis.values[~np.isnat(axis.values)]
    step = axis.step
    return {
        "column": axis.columns[0] if len(axis.columns) == 1 else list(axis.columns),
        "format": axis.format,
        "first": iso(valid.min(), axis.timezone) if len(valid) else None,
        "last": iso(valid.max(), axis.timezone) if len(valid) else None,
        "step_s": step.seconds if step else None,
        "calendar": step_text(step) if step and step.seconds is None else None,
        "duplicates": axis.duplicates,
        "gaps": axis.gaps,
        "backward": axis.backward,
        "timezone": axis.timezone,
        "alternatives": [{"format": form, "first": first, "last": last} for form, first, last in axis.alternatives],
    }


def _note(note: Problem) -> dict[str, object]:
    return {
        "key": note.key,
        "row": note.values.get("row"),
        "column": note.values.get("column"),
        "text": note.text(),
    }
