"""What to read where values are missing. Nothing filled here is ever a target or counted in a score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def filled(values: Floats, policy: str, limit: int, season: int) -> NDArray[np.float64]:
    """Fill missing values of each column of (R, F) by `policy`: ``cut``, ``hold``, ``seasonal`` or ``interpolate``."""
    if policy == "hold":
        return hold(values, limit)
    if policy == "seasonal":
        return seasonal(values, limit, season)
    if policy == "interpolate":
        return interpolated(values, limit)
    return np.array(values, dtype=np.float64)


def hold(values: Floats, limit: int) -> NDArray[np.float64]:
    """Fill up to `limit` missing values in a row with the value before them; the rest of a longer gap stays missing.

    A row is filled from the rows before it alone, so nothing after a row decides about it.
    """
    found = np.array(values, dtype=np.float64)
    for column in found.T:
        bad = ~np.isfinite(column)
        last, age = _last_known(bad)
        take = bad & (last >= 0) & (age <= limit)
        column[take] = column[last[take]]
    return found


def seasonal(values: Floats, limit: int, season: int) -> NDArray[np.float64]:
    """Fill up to `limit` missing values in a row with the value one season (or two, ...) before. Uses the past only."""
    found = np.array(values, dtype=np.float64)
    for column in found.T:
        bad = ~np.isfinite(column)
        _last, age = _last_known(bad)
        for row in np.flatnonzero(bad & (age <= limit)):
            if row >= season:
                column[row] = column[row - season]
    return found


def interpolated(values: Floats, limit: int) -> NDArray[np.float64]:
    """Fill gaps of at most `limit` rows by a straight line between the values around them.

    A filled row knows the value behind its gap. So no window may end on one, see :func:`settled`; a window that
    holds the whole gap also holds the value behind it.
    """
    found = np.array(values, dtype=np.float64)
    rows = np.arange(len(found))
    for column in found.T:
        bad = ~np.isfinite(column)
        if bad.all() or not bad.any():
            continue
        line = np.interp(rows, rows[~bad], column[~bad])
        length = _gap_lengths(bad)
        inner = (rows > rows[~bad][0]) & (rows < rows[~bad][-1])
        take = bad & inner & (length <= limit)
        column[take] = line[take]
    return found


def settled(observed: NDArray[np.bool_], policy: str) -> NDArray[np.bool_]:
    """Return the rows (R,) on which a window may end: those whose values owe nothing to later rows."""
    if policy != "interpolate":
        return np.ones(len(observed), dtype=bool)
    return np.logical_and.reduce(observed, axis=1)


def _last_known(bad: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each row, the last row that is not bad (-1: none) and how far back it is."""
    rows = np.arange(len(bad))
    last = np.maximum.accumulate(np.where(bad, -1, rows))
    return last, rows - last


def _gap_lengths(bad: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return, for each bad row, the length of its run of bad rows; 0 elsewhere."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(np.int8), [0]])))
    lengths = np.zeros(len(bad), dtype=np.int64)
    for first, behind in zip(edges[::2], edges[1::2], strict=True):
        lengths[first:behind] = behind - first
    return lengths
