"""Figures of weights against numpy's own eigenvalues and norms."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.cells import CELLS
from workbench.core.insight.weights import blocks, decoded, spectral_radius, weight_facts


@pytest.mark.parametrize("size", [1, 2, 12, 64])
@pytest.mark.parametrize("seed", range(3))
def test_that_the_spectral_radius_is_the_largest_eigenvalue(size: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(size, size))
    assert spectral_radius(matrix) == pytest.approx(np.abs(np.linalg.eigvals(matrix)).max(), rel=1e-5)


def test_that_rotations_and_nothing_have_their_radius() -> None:
    assert spectral_radius(np.array([[0.0, -2.0], [2.0, 0.0]])) == pytest.approx(2.0)
    assert spectral_radius(np.zeros((3, 3))) == 0.0
    assert spectral_radius(np.array([[0.0, 1.0], [0.0, 0.0]])) == 0.0
    assert np.isnan(spectral_radius(np.array([[np.nan]])))


def test_that_codes_histograms_and_updates_tell_of_the_weights() -> None:
    random, cell = np.random.default_rng(0), CELLS["lstm"]
    before = {"weight_ih_l0": random.normal(size=(20, 3)), "weight_hh_l0": random.normal(size=(20, 5))}
    after = {name: value * 1.01 for name, value in before.items()}
    facts = weight_facts(cell, after, before)
    for name, matrix in after.items():
        assert np.abs(decoded(facts, name) - matrix).max() <= 0.5 * np.abs(matrix).max() / 127 * 1.001
        assert facts.updates[name] == pytest.approx(0.01, rel=1e-6)
        assert facts.counts[name].sum() == matrix.size
    forget = blocks(cell, after["weight_hh_l0"])["f"]
    np.testing.assert_array_equal(forget, after["weight_hh_l0"][5:10])
    assert facts.radius["f"] == pytest.approx(np.abs(np.linalg.eigvals(forget)).max(), rel=1e-5)
    assert list(facts.radius) == ["i", "f", "g", "o"]
    assert weight_facts(cell, after).updates == {}
