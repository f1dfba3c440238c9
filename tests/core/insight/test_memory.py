"""Half-lives against simulated decays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from workbench.core.cells import CELLS, NUMPY
from workbench.core.forecaster import Forecaster
from workbench.core.insight.memory import LONGEST, decays, finding, half_life_of, half_lives
from workbench.core.insight.ordering import gate_half_life
from workbench.core.project import ModelSpec

STEPS, UNITS = 60, 6


def crossing(left: np.ndarray) -> float:
    """Return when a simulated course falls below half, read off between two steps on a logarithmic scale."""
    below = int(np.flatnonzero(left >= 0.5)[-1]) + 1
    first, second = np.log(left[below - 1]), np.log(left[below])
    return below - 1 + (np.log(0.5) - first) / (second - first)


@pytest.mark.parametrize("forget", [0.3, 0.8, 0.95, 0.99])
def test_that_a_gates_half_life_is_that_of_a_simulated_cell_state(forget: float) -> None:
    c, left = 1.0, [1.0]
    for _ in range(200):
        c = forget * c
        left.append(c)
    assert gate_half_life(np.full((50, 1), forget))[0] == pytest.approx(crossing(np.array(left)), rel=1e-6)


def simulated(key: str, weights: dict[str, np.ndarray], x: np.ndarray, **options: Any) -> np.ndarray:
    """Change each unit by a little before several steps of a float64 run, and return what is left of it, (K + 1, H)."""
    cell = CELLS[key]
    chosen = cell.Options(**options)
    h, course = np.zeros(UNITS), [np.zeros(UNITS)]
    for row in x:
        h = cell.step(weights, row[None], {"h": h[None]}, NUMPY, chosen)[0]["h"][0]
        course.append(h)
    starts = np.unique(np.linspace(0, 3 * len(x) // 8, 4).astype(int))
    longest, eps = len(x) - starts[-1], 1e-6
    left = np.zeros((longest + 1, UNITS))
    left[0] = len(starts)
    for start in starts:
        for unit in range(UNITS):
            up, down = course[start].copy(), course[start].copy()
            up[unit] += eps
            down[unit] -= eps
            for k in range(longest):
                row = x[start + k][None]
                up = cell.step(weights, row, {"h": up[None]}, NUMPY, chosen)[0]["h"][0]
                down = cell.step(weights, row, {"h": down[None]}, NUMPY, chosen)[0]["h"][0]
                left[k + 1, unit] += np.linalg.norm(up - down) / (2 * eps)
    return left / len(starts)


@pytest.mark.parametrize(
    ("key", "options"),
    [("rnn", {}), ("rnn", {"zoneout": 0.3}), ("rnn-relu", {}), ("gru", {}), ("gru", {"form": "original"})],
)
def test_that_half_lives_of_a_network_equal_a_simulated_decay(key: str, options: dict[str, Any]) -> None:
    torch.manual_seed(3)
    model = ModelSpec(cell=key, hidden=UNITS, options=options, normalisation="none")
    network = Forecaster(model, 2, 1, 4).double()
    with torch.no_grad():
        network.layers[0].kernel.weight_hh_l0 *= 1.5
    x = torch.randn(1, STEPS, 2, dtype=torch.float64)
    traces, _ = network.trace(x, memory=True)
    layer = network.layers[0]
    weights = {name: value.detach().numpy() for name, value in layer.weights(2, UNITS).items()}
    left = simulated(key, weights, x[0].numpy(), **options)
    found, source = half_lives(model, traces[0][0])
    assert source == "jacobian"
    fading = left[-1] < 0.4
    assert fading.any()
    expected = [crossing(left[:, unit]) for unit in np.flatnonzero(fading)]
    np.testing.assert_allclose(found[fading], expected, rtol=1e-4)


def test_that_decays_multiply_the_jacobians_in_order() -> None:
    random = np.random.default_rng(0)
    jacobians = random.normal(size=(3, 4, 4))
    expected = np.linalg.norm(jacobians[1] @ jacobians[0], axis=0)
    np.testing.assert_allclose(decays(jacobians[:2])[2], expected)


def test_that_what_never_fades_is_remembered_for_ever() -> None:
    grows = 1.01 ** np.arange(20)
    slow = 0.99 ** np.arange(20)
    found = half_life_of(np.stack([grows, slow], axis=1))
    assert found[0] == LONGEST
    assert found[1] == pytest.approx(np.log(0.5) / np.log(0.99))


@pytest.mark.parametrize(
    ("longest", "period", "window", "kind"),
    [(6.0, 24, 96, "short"), (9.0, 24, 96, "fits"), (6.0, 24, 12, "window"), (6.0, None, 96, "no-period")],
)
def test_that_the_finding_compares_memory_and_period(longest: float, period: int, window: int, kind: str) -> None:
    assert finding(np.array([1.0, longest]), period, window).kind == kind
