"""What the network reads of a window in which points were moved by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.operations import MovePoint, Operations


def moved_window(dataset: Dataset, start: int, operations: Operations) -> NDArray[np.float32]:
    """Return what the network reads (T, F) of the window at row `start` with the points that were moved in it."""
    window = dataset.x[start].copy()
    moves = _moves(start, operations)
    if not moves:
        return window
    back, columns = dataset.fit.transform.lag, dataset.values.shape[1]
    rows = slice(max(start - back, 0), start + dataset.spec.window)
    values = dataset.filled[rows].copy()
    for move in moves:
        values[start - rows.start + move.step, move.column] = move.value
    if not dataset.fit.transform.plain:
        count = dataset.targets
        values = np.column_stack([dataset.fit.transform.forward(values[:, :count]), values[:, count:]])
    scaled = dataset.fit.scaled(values, dataset.sequence[rows], dataset.names)[-dataset.spec.window :]
    for column in {move.column for move in moves}:
        if dataset.spec.framing == "forecast" or column >= dataset.targets:
            window[:, column] = scaled[:, column]
    assert window.shape[1] >= columns
    return window


def moved_levels(dataset: Dataset, start: int, operations: Operations) -> Dataset:
    """Return the dataset whose last values before the forecast are those that were moved: differences build on them."""
    moves = [move for move in _moves(start, operations) if move.column < dataset.targets]
    if not dataset.fit.transform.lag or not moves:
        return dataset
    carried = dataset.carried.copy()
    for move in moves:
        carried[start + move.step, move.column] = move.value
    return replace(dataset, carried=carried)


def _moves(start: int, operations: Operations) -> list[MovePoint]:
    return [entry for entry in operations if isinstance(entry, MovePoint) and entry.window == start]
