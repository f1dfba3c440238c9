"""Combine the rows of a large clean text file to steps of time while it is read, without holding its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.aggregation import Accumulator
from workbench.core.problems import Problem, problem
from workbench.core.sources import cells as numbers
from workbench.core.sources.bulkplan import Plan
from workbench.core.sources.bulkscan import only_missing, parts
from workbench.core.sources.layout import MOSTLY_REPEATED
from workbench.core.sources.payload import Payload
from workbench.core.sources.problems import SENTINELS
from workbench.core.sources.rawcolumn import RawColumn
from workbench.core.steps import STEPS

if TYPE_CHECKING:
    import polars as pl


class Combined:
    """One pass over the file.

    Attributes
    ----------
    rows
        Rows of the file.
    notes
        What has to be said about cells, because nobody sees them later.
    """

    def __init__(self, payload: Payload, plan: Plan, time: int, chosen: Sequence[int], every: str, how: str) -> None:
        self._payload, self._plan, self._time = payload, plan, time
        self._numbers = [j for j in chosen if plan.kinds[j]]
        self._every, self._how = every, how
        self._low = dict.fromkeys(self._numbers, np.inf)
        self._high = dict.fromkeys(self._numbers, -np.inf)
        self._nulls = dict.fromkeys(self._numbers, 0)
        self._empty: NDArray[np.int64] = np.zeros(plan.body.width, dtype=np.int64)
        self.rows = 0
        self.quoted = False
        self.notes: list[Problem] = []

    def columns(self) -> list[RawColumn] | None:
        """Return time and numbers of each step; None if the rows must be seen together to be read right."""
        import polars as pl

        try:
            heap = self._pass({})
            if heap is None:
                return None
            empty = {j: int(self._empty[j]) for j in self._numbers}
            if not all(only_missing(self._payload, self._plan, j, self._nulls[j], empty[j]) for j in self._numbers):
                return None
            sentinels = self._sentinels()
            heap = self._pass(sentinels) if sentinels else heap
            return None if heap is None else self._built(heap)
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None

    def _pass(self, sentinels: Mapping[int, float]) -> Accumulator | None:
        """Combine all rows, `sentinels` counting as missing; None if times go back, are missing or often repeat."""
        heap = Accumulator(STEPS[self._every], self._how)
        last, repeated, self.rows = np.iinfo(np.int64).min, 0, 0
        self._empty[:] = 0
        for part in parts(self._payload, self._plan, [self._time, *self._numbers]):
            cells = part.cells.get_columns()
            self._empty += part.seen.empty
            self.quoted |= part.seen.quoted
            if cells[0].null_count():
                return None
            times = cells[0].to_numpy().astype("M8[us]")
            steps = np.diff(times.view(np.int64), prepend=last)
            if self.rows == 0:
                steps = steps[1:]
            if (steps < 0).any():
                return None
            repeated += int((steps == 0).sum())
            last = times.view(np.int64)[-1]
            values = [self._values(j, column, sentinels) for j, column in zip(self._numbers, cells[1:], strict=True)]
            if any(np.isinf(column).any() for column in values):
                return None
            heap.add(times, values)
            self.rows += part.seen.rows
        return heap if self.rows and repeated < MOSTLY_REPEATED * self.rows else None

    def _values(self, j: int, cells: pl.Series, sentinels: Mapping[int, float]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = cells.to_numpy()
        if j in sentinels:
            return np.where(values == sentinels[j], np.nan, values)
        if not sentinels:
            self._nulls[j] += cells.null_count()
            self._low[j] = float(np.fmin.reduce(values, initial=self._low[j]))
            self._high[j] = float(np.fmax.reduce(values, initial=self._high[j]))
        return values

    def _sentinels(self) -> dict[int, float]:
        """Look at whole columns, one after the other, whose smallest or largest value may mean “missing”."""
        found = {}
        for j in self._numbers:
            if not any(numbers.is_nines(extreme) for extreme in (self._low[j], self._high[j])):
                continue
            values = np.concatenate(
                [part.cells.to_series().to_numpy() for part in parts(self._payload, self._plan, [j])]
            )
            marker = numbers.sentinel(values)
            if marker is not None:
                found[j] = marker
                hits = np.flatnonzero(values == marker)
                row = self._plan.first_line + int(hits[0])
                name = self._plan.names[j]
                self.notes.append(problem(SENTINELS, column=name, value=f"{marker:g}", count=len(hits), row=row))
        return found

    def _built(self, heap: Accumulator) -> list[RawColumn]:
        import polars as pl

        plan = self._plan
        times, values = heap.result()
        built = [RawColumn(plan.names[self._time], pl.Series(times), form=plan.forms[self._time])]
        for k, j in enumerate(self._numbers):
            column = numbers.Numbers(np.ascontiguousarray(values[:, k]), 0)
            built.append(RawColumn(plan.names[j], pl.Series([], dtype=pl.Float64), column, plan.unit(j)))
        return built
