"""What a model forecast of rows that are known, beside what came: one line for each window, step and target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workbench.core.bands import in_original_units
from workbench.core.bundle import Bundle
from workbench.core.dataset import Dataset
from workbench.core.events import Part
from workbench.core.scoring import chunks

Columns = dict[str, NDArray[np.generic]]


def scored_part(dataset: Dataset) -> Part:
    """Return the part whose windows are told: the test, or the validation part where there is no test."""
    return "test" if len(dataset.test) else "valid"


def residual_rows(dataset: Dataset) -> int:
    """Return how many lines the table has."""
    return len(dataset.part(scored_part(dataset))) * dataset.spec.horizon * dataset.targets


def residual_columns(bundle: Bundle, dataset: Dataset) -> Iterator[Columns]:
    """Yield pieces of the table, in order of windows: a column of each name.

    ``origin`` is the last row read, ``time`` the row forecast (times, or numbers of rows from 1), ``residual`` what
    came minus the forecast, in original units; ``low`` and ``high`` are there where the forecast has a band.
    """
    from workbench.core.forecaster import foreseen
    from workbench.core.forecasting import restored

    network = restored(bundle)
    for start in chunks(dataset.part(scored_part(dataset)).start, dataset):
        known = dataset.ahead[start + dataset.spec.origin]
        found = in_original_units(dataset, start, *foreseen(network, dataset.x[start], known))
        yield _piece(dataset, start, dataset.truth(start), found)


def _piece(
    dataset: Dataset,
    start: NDArray[np.int64],
    truth: NDArray[np.float64],
    found: tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64] | None],
) -> Columns:
    _windows, horizon, targets = truth.shape
    rows = start[:, None] + dataset.spec.origin + np.arange(horizon)
    step = np.broadcast_to(np.arange(1, horizon + 1)[None, :, None], truth.shape)
    name = np.broadcast_to(np.array(dataset.spec.targets, dtype=object), truth.shape)

    def each(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.repeat(values.reshape(-1), targets if values.ndim == 2 else horizon * targets)

    times = dataset.clock.times
    when = (lambda row: row + 1) if times is None else (lambda row: times[row])
    columns: Columns = {}
    if dataset.names:
        own = np.array(dataset.names, dtype=object)[dataset.sequence[start]]
        columns[dataset.spec.series] = each(own)
    columns |= {"origin": each(when(start + dataset.spec.window - 1)), "time": each(when(rows))}
    columns |= {"step": step.reshape(-1), "target": name.reshape(-1)}
    columns |= {"truth": truth.reshape(-1), "forecast": found[0].reshape(-1)}
    for edge, label in zip(found[1:], ("low", "high"), strict=True):
        if edge is not None:
            columns[label] = edge.reshape(-1)
    return columns | {"residual": (truth - found[0]).reshape(-1)}
