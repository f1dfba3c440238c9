"""The plane of a trajectory against the eigenvectors of its covariance."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.insight.phase import plane


def test_that_the_plane_is_that_of_the_largest_eigenvalues() -> None:
    states = np.random.default_rng(0).normal(size=(80, 5)) * [5.0, 3.0, 0.5, 0.2, 0.1]
    found = plane(states)
    values, vectors = np.linalg.eigh(np.cov(states.T))
    assert found.shares == pytest.approx(tuple(values[::-1][:2] / values.sum()))
    for axis, vector in zip(found.axes, vectors.T[::-1], strict=False):
        assert abs(axis @ vector) == pytest.approx(1.0)
        assert axis[np.argmax(np.abs(axis))] > 0
    placed = found.seen(states)
    assert placed.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_that_one_unit_and_a_state_that_rests_have_a_plane() -> None:
    assert plane(np.arange(5.0)[:, None]).shares == (1.0, 0.0)
    assert plane(np.ones((4, 3))).seen(np.ones((4, 3))).tolist() == [[0, 0]] * 4
    assert np.isfinite(plane(np.array([[np.nan, 1.0], [2.0, np.inf]])).axes).all()
