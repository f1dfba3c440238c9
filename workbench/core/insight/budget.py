"""Compare cells at an equal budget: as many units as give the same number of weights."""

from __future__ import annotations

from workbench.core.dataspec import DataSpec
from workbench.core.insight.size import around, hidden_for, parameters_for
from workbench.core.project import ModelSpec


def parameters(model: ModelSpec, data: DataSpec) -> int:
    """Return the number of weights of the network for the columns and the horizon of `data`."""
    return parameters_for(model, data)


def with_budget(model: ModelSpec, data: DataSpec, budget: int) -> ModelSpec:
    """Return `model` with as many units as bring it nearest to `budget` weights."""
    found: ModelSpec = model.changed(
        hidden=hidden_for(model, len(data.features), data.horizon * len(data.targets), budget, **around(data))
    )
    return found


def with_cell(model: ModelSpec, data: DataSpec, cell: str) -> ModelSpec:
    """Return `model` with another cell of about the same size, its options at their defaults."""
    return with_budget(model.changed(cell=cell, options={}), data, parameters(model, data))
