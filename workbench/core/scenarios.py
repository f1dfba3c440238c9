"""What if: forecast the future with inputs that a person fills in for rows that no file has yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.table import Column, Table

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle

Values = NDArray[np.float64]
Given = Mapping[str, Values]
Stamps = NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class FutureRows:
    """The rows that a forecast is about.

    Attributes
    ----------
    origin
        Row behind the last one with a target.
    texts
        Their times, or row numbers.
    known
        By name of an input that is known ahead, its values (n,), NaN where nobody has said them yet.
    """

    origin: int
    texts: tuple[str, ...]
    known: Given


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A forecast under inputs that somebody assumed."""

    name: str
    given: Given
    future: Forecasted


def future_rows(dataset: Dataset, steps: int) -> FutureRows:
    """Return the `steps` rows behind the last row with a target, with what the file says of them; of one series."""
    seen = np.flatnonzero(dataset.observed[:, : dataset.targets].all(axis=1))
    origin = int(seen[-1]) + 1 if dataset.spec.known_future and len(seen) else len(dataset.values)
    rows = np.arange(origin, origin + steps)
    there = rows[rows < len(dataset.values)]
    known = {}
    for name in dataset.spec.known_future:
        values = np.full(steps, np.nan)
        values[: len(there)] = dataset.values[there, dataset.columns.index(name)]
        known[name] = values
    return FutureRows(origin, tuple(dataset.clock.text(row) for row in rows.tolist()), known)


def filled_from_the_past(dataset: Dataset, rows: FutureRows) -> dict[str, Values]:
    """Return what is known, gaps filled with the value one season before, or the last one where there is no season."""
    season, found = max(dataset.season, 1), {}
    for name, given in rows.known.items():
        past = dataset.values[: rows.origin, dataset.columns.index(name)]
        line = np.concatenate([past, given])
        for place in range(rows.origin, len(line)):
            if np.isnan(line[place]) and place >= season:
                line[place] = line[place - season]
        found[name] = line[rows.origin :]
    return found


def with_future(table: Table, dataset: Dataset, given: Given) -> Table:
    """Return `table` with rows behind its last target that hold `given` (n,) and nothing else.

    Rows that the file has there are replaced. Their times follow from the step of `dataset`.
    """
    count = max(len(values) for values in given.values())
    rows = future_rows(dataset, count)
    times = dataset.clock.at(np.arange(rows.origin, rows.origin + count))
    axis = table.time
    if axis is not None and dataset.clock.values is not None:
        kept = axis.values < times[0]
    else:
        file_rows = dataset.file_rows[: rows.origin]
        kept = np.arange(table.rows) <= int(file_rows.max(initial=-1))
    columns = tuple(_longer(column, kept, count, given.get(column.name), times) for column in table.columns)
    if axis is not None:
        axis = replace(axis, values=np.concatenate([axis.values[kept], times.astype("datetime64[us]")]))
    return replace(table, columns=columns, time=axis, lines=None)


def _longer(column: Column, kept: NDArray[np.bool_], count: int, given: Values | None, times: Stamps) -> Column:
    """Return a column with `count` more cells: those given, times, or nothing."""
    cells: NDArray[np.generic]
    if column.kind == "number" and given is not None:
        cells = np.asarray(given, dtype=np.float64)
    elif column.kind == "time" and times.dtype.kind == "M":
        cells = times.astype("datetime64[us]")
    elif column.kind == "text":
        cells = np.full(count, None, dtype=object)
    else:
        cells = np.full(count, np.nan if column.kind != "time" else np.datetime64("NaT", "us"))
    values = np.concatenate([column.values[kept], cells])
    return replace(column, values=values, missing=column.missing + (count if given is None else 0))


def what_if(bundle: Bundle, table: Table, dataset: Dataset, given: Given, steps: int) -> Forecasted:
    """Forecast `steps` rows beyond `dataset`, the data of `table`, with inputs `given` by name, (n,) each.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.core.forecasting.beyond`; ``not-known-ahead`` if `given` has gaps.
    """
    from workbench.core.forecasting import beyond, view

    if not given:
        return beyond(bundle, dataset, steps)
    return beyond(bundle, view(bundle, with_future(table, dataset, given)), steps)
