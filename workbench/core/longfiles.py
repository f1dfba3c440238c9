"""Several series in one table: their rows one series below the other, each on a grid of times of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workbench.core.clock import MOST_GROWTH, Clock, Times, advance, places
from workbench.core.dataspec import DataSpec
from workbench.core.table import Step, Table

USUAL = 0.8
"""A distance that at least this share of the rows keep from the row before is the step of the series."""

OF_ONE_SERIES = ("time-duplicates", "time-backward")
"""Notes on a table that tell of no fault where several series stand one below the other."""

Rows = NDArray[np.int64]


def by_sequence(
    values: NDArray[np.float64], sequence: Rows, change: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Change the rows (R, F) of each sequence by themselves; `sequence` (R,) numbers them."""
    borders = np.flatnonzero(np.diff(sequence)) + 1
    return np.concatenate([change(part) for part in np.split(values, borders)])


def stacked(table: Table, spec: DataSpec) -> tuple[Rows, Clock]:
    """Return the row in the table of each row of a dataset, -1 for a step that its series lacks, and their times.

    Series stand in the order of their first rows, each in order of time; of rows that repeat a time of their series
    the first counts.
    """
    names = np.asarray(table[spec.series].values).astype(str)
    _, first, of = np.unique(names, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[of]
    if table.time is None:
        return np.argsort(rank, kind="stable"), Clock(len(rank))
    times = table.time.values.astype("datetime64[us]")
    dated = np.flatnonzero(~np.isnat(times))
    rows = dated[np.lexsort((times[dated], rank[dated]))]
    again = (np.diff(rank[rows]) == 0) & (np.diff(times[rows]) == np.timedelta64(0))
    rows = rows[np.concatenate([[True], ~again])]
    series = np.split(rows, np.flatnonzero(np.diff(rank[rows])) + 1)
    step = _step(table.time.step, [times[own] for own in series])
    if step is None:
        return rows, Clock(len(rows), stamps=times[rows])
    laid = [_laid(own, times[own], step) for own in series]
    found, stamps = (np.concatenate(parts) for parts in zip(*laid, strict=True))
    return found, Clock(len(found), None, step, stamps)


def _step(known: Step | None, series: list[Times]) -> Step | None:
    """Return the step of most series: that of the file if it is one of the calendar, else the most usual distance."""
    if known is not None and known.unit != "second":
        fitting = sum(len(times) for times in series if places(times, known) is not None)
        return known if fitting >= USUAL * sum(map(len, series)) else None
    distances = np.concatenate([np.diff(times).astype(np.int64) for times in series])
    if not len(distances):
        return None
    values, counts = np.unique(distances, return_counts=True)
    usual = int(values[np.argmax(counts)])
    multiples = bool((distances % usual == 0).all()) if usual > 0 else False
    return Step(usual / 1e6, "second") if multiples and counts.max() >= USUAL * len(distances) else None


def _laid(rows: Rows, times: Times, step: Step) -> tuple[Rows, Times]:
    """Give every step of one series a row; rows that do not fit, or would grow too many, stay as they are."""
    if step.unit == "second":
        place = (times - times[0]).astype(np.int64) // round(step.count * 1e6)
        fits = place[-1] + 1 <= MOST_GROWTH * len(rows) + 10
    else:
        fitting = places(times, step)
        place, fits = (rows, False) if fitting is None else (fitting, True)
    if not fits:
        return rows, times
    found = np.full(int(place[-1]) + 1, -1, dtype=np.int64)
    found[place] = rows
    stamps = advance(times[0], step, np.arange(len(found)))
    stamps[place] = times
    return found, stamps
