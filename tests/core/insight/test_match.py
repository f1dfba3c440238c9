"""Planted repeats are found, and nothing else before them."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.insight.match import distances, matches, telling_units

ROWS, UNITS, LENGTH = 5_000, 6, 40
PLANTED = (700, 1_911, 3_500, 4_321)


def series(noise: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    walk = random.normal(0, 1, (ROWS, UNITS))
    states = np.tanh(np.apply_along_axis(lambda column: np.convolve(column, np.ones(15) / 4, "same"), 0, walk))
    pattern = np.stack([np.sin(np.arange(LENGTH) / 5), np.cos(np.arange(LENGTH) / 3)], axis=1)
    for row in PLANTED:
        states[row : row + LENGTH, [1, 4]] = pattern + random.normal(0, noise, pattern.shape)
    return states, pattern


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1])
def test_that_planted_repeats_are_the_nearest(noise: float) -> None:
    states, pattern = series(noise)
    found = matches(distances(states, pattern, [1, 4]), LENGTH, most=6)
    assert sorted(match.row for match in found[:4]) == list(PLANTED)
    assert found[4].distance > 2 * found[3].distance
    own = matches(distances(states, pattern, [1, 4]), LENGTH, besides=PLANTED[1], most=3)
    assert sorted(match.row for match in own) == [row for row in PLANTED if row != PLANTED[1]]


def test_that_the_distance_is_that_of_a_loop_and_gaps_are_no_place() -> None:
    states, pattern = series(0.1)
    states = states[:300]
    states[120, 4] = np.nan
    found = distances(states, pattern, [1, 4])
    seen = np.isfinite(states[:, [1, 4]]).all(axis=1)
    spread = states[seen][:, [1, 4]].std(axis=0)
    for row in (0, 50, 121, 260):
        expected = np.sqrt(np.mean(((states[row : row + LENGTH, [1, 4]] - pattern) / spread) ** 2))
        assert found[row] == pytest.approx(expected, rel=1e-9)
    assert np.isinf(found[81:121]).all()
    assert np.isfinite(found[[80, 121]]).all()


def test_that_matches_do_not_overlap() -> None:
    found = matches(np.abs(np.arange(200.0) - 100.0), 20, most=5)
    rows = sorted(match.row for match in found)
    assert found[0].row == 100
    assert min(np.diff(rows)) > 10


def test_that_the_telling_unit_is_the_one_that_changes_in_the_range() -> None:
    values = np.random.default_rng(0).normal(0, 0.1, (50, 5))
    values[30:40, 3] += 2.0
    assert telling_units(values, 30, 40)[0] == 3
    assert telling_units(values, 5, 5) == []
