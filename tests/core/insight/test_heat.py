"""Figures and colours of a heatmap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.insight.heat import coloured, level, pooled, rounded_up, shares


def test_that_closed_and_still_units_count_as_dead() -> None:
    steps = np.linspace(0, 1, 50)
    closed, still, alive = 0.019 * np.ones(50), np.full(50, 0.7), 0.2 + 0.6 * steps
    found = shares(np.stack([closed, still, alive, alive], axis=1))
    assert found.dead == 0.5


def test_that_a_small_but_restless_unit_is_alive() -> None:
    restless = np.where(np.arange(100) % 2 == 0, 0.0, 0.1)
    assert shares(restless[:, None]).dead == 0.0


@pytest.mark.parametrize(("low", "ends"), [(0.0, (0.04, 0.96)), (-1.0, (-0.96, 0.96))])
def test_that_values_near_the_ends_of_the_range_are_saturated(low: float, ends: tuple[float, float]) -> None:
    values = np.array([[ends[0], ends[1], 0.5, 0.94]])
    assert shares(values, low, 1.0).saturated == 0.5


def test_that_a_candidate_near_zero_is_not_saturated() -> None:
    assert shares(np.zeros((10, 3)), -1.0, 1.0).saturated == 0.0


@given(st.floats(1e-12, 1e12))
def test_that_levels_are_round_and_never_below(size: float) -> None:
    found = rounded_up(size)
    assert size <= found * (1 + 1e-8)
    assert found <= size * 1.7
    assert f"{found:.1e}".split("e")[0] in ("1.0", "1.5", "2.0", "3.0", "5.0", "7.0")


def test_that_a_level_grows_and_never_falls() -> None:
    small, large = np.full((20, 10), 0.4), np.full((20, 10), 3.2)
    assert level(small) == 0.5
    assert level(large, level(small)) == 5.0
    assert level(small, 5.0) == 5.0


def test_that_one_restless_unit_does_not_pale_the_others() -> None:
    values = np.ones((50, 100))
    values[:, 0] = 500.0
    assert level(values) == 1.0


@pytest.mark.parametrize("values", [np.zeros((0, 4)), np.zeros((3, 3)), np.full((2, 2), np.nan)])
def test_that_nothing_has_a_level_too(values: np.ndarray) -> None:
    assert level(values) == 1.0


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40), st.integers(1, 40))
def test_that_pooling_fits_the_screen_and_keeps_the_mean(rows: int, columns: int, high: int, wide: int) -> None:
    values = np.random.default_rng(rows * 100 + columns).normal(size=(rows, columns))
    small = pooled(values, high, wide)
    assert small.shape == (min(rows, high), min(columns, wide))
    assert values.min() - 1e-9 <= small.min()
    assert small.max() <= values.max() + 1e-9
    if rows % small.shape[0] == 0 and columns % small.shape[1] == 0:
        assert small.mean() == pytest.approx(values.mean(), abs=1e-9)


def test_that_colours_run_from_the_first_to_the_last_of_the_table() -> None:
    table = np.arange(256, dtype=np.uint32)
    values = np.array([[-2.0, -1.0, 0.0, 1.0, 2.0, np.nan]])
    assert coloured(values, -1.0, 1.0, table).tolist() == [[0, 0, 128, 255, 255, 0]]
