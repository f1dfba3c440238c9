"""The probe explains the very network that forecasts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from series import tiny_project, tiny_table
from workbench.core.cells import CELLS
from workbench.core.dataset import prepare
from workbench.core.events import Improved
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.insight.probe import looked, probed, traced
from workbench.core.project import ModelSpec


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("normalisation", ["last", "none"])
@pytest.mark.parametrize(("layers", "steps", "targets"), [(1, 1, 1), (2, 9, 2)])
def test_that_the_probes_forecast_is_the_networks(
    cell: str, normalisation: str, layers: int, steps: int, targets: int
) -> None:
    model = ModelSpec(hidden=6).changed(cell=cell, layers=layers, normalisation=normalisation)
    torch.manual_seed(1)
    network = Forecaster(model, 3, targets, 4)
    x = np.random.default_rng(0).normal(size=(steps, 3)).astype(np.float32)
    traces, forecast = traced(model, network.snapshot(), x, targets)
    np.testing.assert_allclose(forecast, predicted(network, x[None])[0], atol=1e-5)
    assert [trace.layer for trace in traces] == list(range(layers))
    for trace in traces:
        assert set(trace.values) == {signal.key for signal in CELLS[cell].signals}
        assert all(value.shape == (steps, 6) and value.dtype == np.float32 for value in trace.values.values())


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_traced_states_are_the_hidden_states_of_the_layers(cell: str) -> None:
    model = ModelSpec(cell=cell, hidden=6, layers=2, normalisation="none")
    torch.manual_seed(1)
    network = Forecaster(model, 3, 1, 4)
    x = torch.randn(1, 9, 3)
    traces, _forecast = traced(model, network.snapshot(), x[0].numpy(), 1)
    sequence = x
    for trace, layer in zip(traces, network.layers, strict=True):
        sequence = layer(sequence)
        np.testing.assert_allclose(trace.values["h"], sequence[0].detach().numpy(), atol=1e-5)


def test_that_a_probe_is_told_in_original_units() -> None:
    project = tiny_project(cell="gru", inputs=("b",), targets=("a",))
    dataset = prepare(tiny_table(), project.data)
    network = Forecaster(project.model, 2, 1, 3)
    start = int(dataset.test.start[0])
    seen = looked(project.model, network.snapshot(), dataset, start, 5, live=False)
    expected = dataset.scaler.inverse(predicted(network, dataset.x[start][None])[0])
    np.testing.assert_allclose(seen.forecast, expected, atol=1e-4)
    assert (seen.epoch, seen.start, seen.live) == (5, start, False)
    best = probed(project.model, Improved(7, 0.1, network.snapshot()), dataset, start)
    assert best.epoch == 7
    assert best.forecast.tobytes() == seen.forecast.tobytes()


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_an_exploded_network_can_be_looked_at_without_a_warning(cell: str) -> None:
    model = ModelSpec(cell=cell, hidden=6)
    weights = {name: np.full_like(value, 1e38) for name, value in Forecaster(model, 3, 1, 4).snapshot().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        traced(model, weights, np.ones((9, 3), dtype=np.float32), 1)
