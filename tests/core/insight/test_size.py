"""The number of weights is known without building a network, and is right."""

from __future__ import annotations

import pytest

from workbench.core.cells import CELLS
from workbench.core.forecaster import Forecaster
from workbench.core.insight.size import parameter_count, recurrent_count, weight_shapes
from workbench.core.project import ModelSpec


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize(("inputs", "targets", "horizon"), [(1, 1, 1), (3, 2, 5)])
def test_that_shapes_are_those_of_the_network(cell: str, layers: int, inputs: int, targets: int, horizon: int) -> None:
    model = ModelSpec(cell=cell, hidden=6, layers=layers)
    network = Forecaster(model, inputs, targets, horizon)
    built = {name: tuple(weight.shape) for name, weight in network.state_dict().items()}
    assert weight_shapes(model, inputs, horizon * targets) == built
    assert list(weight_shapes(model, inputs, horizon * targets)) == list(built)
    assert parameter_count(model, inputs, horizon * targets) == sum(w.numel() for w in network.parameters())
    assert recurrent_count(model, inputs) == sum(weight.numel() for weight in network.layers.parameters())


@pytest.mark.parametrize(("cell", "weights"), [("rnn", 1184), ("lstm", 4736), ("gru", 3552)])
def test_that_the_known_sizes_are_met(cell: str, weights: int) -> None:
    assert recurrent_count(ModelSpec(cell=cell, hidden=32), inputs=3) == weights
