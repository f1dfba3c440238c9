"""The network around the cells."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from workbench.core.cells import CELLS
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.project import ModelSpec


def network(seed: int = 0, *, inputs: int = 3, targets: int = 2, horizon: int = 4, **model: object) -> Forecaster:
    torch.manual_seed(seed)
    return Forecaster(ModelSpec(hidden=5).changed(**model), inputs, targets, horizon)


def windows(count: int = 9, steps: int = 7, inputs: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, steps, inputs)).astype(np.float32)


@pytest.mark.parametrize("cell", CELLS.keys())
@pytest.mark.parametrize("layers", [1, 2])
def test_that_weights_come_back_from_a_snapshot(cell: str, layers: int) -> None:
    one, other = network(0, cell=cell, layers=layers), network(1, cell=cell, layers=layers)
    kept = one.snapshot()
    assert predicted(one, windows()).tobytes() != predicted(other, windows()).tobytes()
    other.restore(kept)
    assert predicted(one, windows()).tobytes() == predicted(other, windows()).tobytes()
    with torch.no_grad():
        one.head.bias.add_(1.0)
    assert kept["head.bias"].tobytes() == other.snapshot()["head.bias"].tobytes(), "a snapshot is a copy"


@pytest.mark.parametrize("steps", [1, 7])
def test_that_a_forecast_is_horizon_times_targets(steps: int) -> None:
    assert predicted(network(), windows(steps=steps)).shape == (9, 4, 2)
    assert predicted(network(inputs=1, targets=1, horizon=1), windows(inputs=1, steps=steps)).shape == (9, 1, 1)
    assert predicted(network(), windows(0)).shape == (0, 4, 2)


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_the_size_of_a_batch_does_not_change_the_forecast(cell: str) -> None:
    made, x = network(cell=cell), windows(64)
    whole = predicted(made, x)
    for batch in (1, 7, 64):
        np.testing.assert_allclose(predicted(made, x, batch), whole, atol=2e-6)


def test_that_last_value_normalisation_moves_the_forecast_with_the_level() -> None:
    x, level = windows(), np.array([2.0, -1.0, 4.0], dtype=np.float32)
    moved = network(normalisation="last")
    np.testing.assert_allclose(predicted(moved, x + level), predicted(moved, x) + level[:2], atol=2e-6)
    fixed = network(normalisation="none")
    assert np.abs(predicted(fixed, x + level) - predicted(fixed, x) - level[:2]).max() > 0.1


def test_that_a_network_that_knows_nothing_repeats_the_last_value() -> None:
    made, x = network(normalisation="last"), windows()
    made.restore({name: np.zeros_like(value) for name, value in made.snapshot().items()})
    np.testing.assert_array_equal(predicted(made, x), np.repeat(x[:, -1:, :2], 4, axis=1))


def test_that_forecasting_switches_dropout_off_and_back_on() -> None:
    made, x = network(dropout=0.5, layers=2), windows()
    made.train()
    assert predicted(made, x).tobytes() == predicted(made, x).tobytes()
    assert made.training
    one, two = (made(torch.from_numpy(x)).detach().numpy() for _ in range(2))
    assert np.abs(one - two).max() > 0, "while training, units are dropped at random"


def test_that_a_forecast_does_not_depend_on_the_other_windows() -> None:
    made, x = network(), windows()
    alone = predicted(made, x[3:4])
    x[[0, 1, 2, 4, 5, 6, 7, 8]] = 1e6
    np.testing.assert_allclose(predicted(made, x)[3:4], alone, atol=2e-6)
