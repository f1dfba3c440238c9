"""Several series in one table: their rows one series below the other, each on a grid of times of its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataspec import DataSpec
from workbench.core.table import Table

USUAL = 0.8
"""A distance that at least this share of the rows keep from the row before is the step of the series."""

MOST_GROWTH = 3.0

OF_ONE_SERIES = ("time-duplicates", "time-backward")
"""Notes on a table that tell of no fault where several series stand one below the other."""


def stacked_rows(table: Table, spec: DataSpec) -> NDArray[np.int64]:
    """Return the row in the table of each row of a dataset, -1 for a step that its series lacks.

    Series stand in the order of their first rows, each in order of time; of rows that repeat a time of their series
    the first counts.
    """
    names = np.asarray(table[spec.series].values).astype(str)
    _, first, of = np.unique(names, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[of]
    times = None if table.time is None else table.time.values.astype("datetime64[us]").astype(np.int64)
    if times is None:
        return np.argsort(rank, kind="stable")
    dated = np.flatnonzero(~np.isnat(table.time.values)) if table.time is not None else np.arange(0)
    rows = dated[np.lexsort((times[dated], rank[dated]))]
    again = (np.diff(rank[rows]) == 0) & (np.diff(times[rows]) == 0)
    rows = rows[np.concatenate([[True], ~again])]
    step = _usual_step(rank[rows], times[rows])
    if step is None:
        return rows
    return np.concatenate(list(_laid(rows, rank[rows], times[rows], step)))


def _usual_step(rank: NDArray[np.int64], times: NDArray[np.int64]) -> int | None:
    """Return the microseconds between most rows of a series and the next, None if there is no such distance."""
    distances = np.diff(times)[np.diff(rank) == 0]
    if not len(distances):
        return None
    values, counts = np.unique(distances, return_counts=True)
    usual = int(values[np.argmax(counts)])
    multiples = bool((distances % usual == 0).all()) if usual > 0 else False
    return usual if multiples and counts.max() >= USUAL * len(distances) else None


def _laid(
    rows: NDArray[np.int64], rank: NDArray[np.int64], times: NDArray[np.int64], step: int
) -> Iterator[NDArray[np.int64]]:
    for own in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rank)) + 1):
        places = (times[own] - times[own[0]]) // step
        if places[-1] + 1 > MOST_GROWTH * len(own) + 10:
            yield rows[own]
            continue
        found = np.full(int(places[-1]) + 1, -1, dtype=np.int64)
        found[places] = rows[own]
        yield found
