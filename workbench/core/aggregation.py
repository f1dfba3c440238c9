"""Combine the rows of each step of time: which step a time belongs to, and what becomes of the values in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.table import Step

Times = NDArray[np.datetime64]
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

_WEEK_S = 604_800
# Weeks start on Monday: day 4 of the epoch was one.
_MONDAY_US = 4 * 86_400_000_000


def bucket_numbers(times: Times, step: Step) -> Rows:
    """Return the number of the step each time (datetime64[us], no NaT) falls into; steps start at round times."""
    if step.unit == "month":
        months: Rows = times.astype("datetime64[M]").astype(np.int64) // int(step.count)
        return months
    shift = _MONDAY_US if step.count == _WEEK_S else 0
    numbers: Rows = (times.astype("datetime64[us]").view(np.int64) - shift) // round(step.count * 1e6)
    return numbers


def bucket_starts(numbers: Rows, step: Step) -> Times:
    """Return the first time, datetime64[us], of the steps with these numbers."""
    if step.unit == "month":
        return (np.asarray(numbers) * int(step.count)).astype("datetime64[M]").astype("datetime64[us]")
    shift = _MONDAY_US if step.count == _WEEK_S else 0
    return (np.asarray(numbers) * round(step.count * 1e6) + shift).astype("datetime64[us]")


def first_of_each(numbers: Rows) -> Rows:
    """Return the first row of each run of equal numbers."""
    return np.flatnonzero(np.concatenate([[True], np.diff(numbers) != 0]))


def aggregated(values: Floats, first: Rows, how: str) -> Floats:
    """Combine runs of rows that start at `first`, leaving NaN out; a run of nothing but NaN stays NaN."""
    if how in ("first", "last"):
        last = np.append(first[1:], len(values)) - 1
        return values[first if how == "first" else last]
    seen = np.isfinite(values)
    counts = np.add.reduceat(seen, first, axis=0, dtype=np.int64)
    reduced = _reduced(values, seen, first, how)
    if how == "mean":
        reduced = reduced / np.maximum(counts, 1)
    return np.where(counts > 0, reduced, np.nan)


def _reduced(values: Floats, seen: NDArray[np.bool_], first: Rows, how: str) -> Floats:
    """Return sums, smallest or largest values of the runs; what NaN alone gives has no meaning."""
    neutral = {"min": np.inf, "max": -np.inf}.get(how, 0.0)
    function = {"min": np.minimum, "max": np.maximum}.get(how, np.add)
    reduced: Floats = function.reduceat(np.where(seen, values, neutral), first, axis=0)
    return reduced


class Accumulator:
    """Combine rows that come in batches, in order of time, without keeping them.

    Parameters
    ----------
    how
        ``mean``, ``sum``, ``first``, ``last``, ``min`` or ``max``.
    """

    def __init__(self, step: Step, how: str) -> None:
        self._step, self._how = step, how
        self._numbers: list[Rows] = []
        self._parts: list[Floats] = []
        self._counts: list[Rows] = []

    def add(self, times: Times, columns: Sequence[Floats]) -> None:
        """Take (R,) known times, none before those of an earlier batch, and the (R,) values of each column."""
        if not len(times):
            return
        numbers = bucket_numbers(times, self._step)
        first = first_of_each(numbers)
        values = np.column_stack(columns)
        self._numbers.append(numbers[first])
        if self._how in ("first", "last"):
            self._parts.append(aggregated(values, first, self._how))
            return
        seen = np.isfinite(values)
        self._counts.append(np.add.reduceat(seen, first, axis=0, dtype=np.int64))
        self._parts.append(_reduced(values, seen, first, self._how))

    def result(self) -> tuple[Times, Floats]:
        """Return the times (S,) of the steps that had rows, and their values (S, columns)."""
        numbers, parts = np.concatenate(self._numbers), np.concatenate(self._parts)
        first = first_of_each(numbers)
        times = bucket_starts(numbers[first], self._step)
        if self._how in ("first", "last"):
            return times, aggregated(parts, first, self._how)
        counts = np.add.reduceat(np.concatenate(self._counts), first, axis=0)
        whole = _reduced(parts, np.ones(parts.shape, dtype=bool), first, self._how)
        if self._how == "mean":
            whole = whole / np.maximum(counts, 1)
        return times, np.where(counts > 0, whole, np.nan)
