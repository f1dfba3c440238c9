"""Orders of units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.insight.ordering import (
    LONGEST,
    course_half_life,
    gate_half_life,
    memory_order,
    similarity_order,
)


@given(st.integers(1, 30), st.integers(1, 40))
def test_that_every_unit_appears_once(steps: int, units: int) -> None:
    values = np.random.default_rng(steps).normal(size=(steps, units)).astype(np.float32)
    for order in (similarity_order(values), memory_order(course_half_life(values))):
        assert sorted(order.tolist()) == list(range(units))


def test_that_the_order_of_the_same_trace_is_the_same() -> None:
    values = np.random.default_rng(1).normal(size=(96, 64))
    np.testing.assert_array_equal(similarity_order(values), similarity_order(values.copy()))


def test_that_units_that_move_alike_are_neighbours() -> None:
    noise = np.random.default_rng(2)
    time = np.arange(200)
    phases = np.repeat([0.0, 2.0, 4.0], 8)
    values = np.sin(time[:, None] / 9 + phases) + noise.normal(0, 0.2, (200, 24))
    shuffled = noise.permutation(24)
    groups = (shuffled // 8)[similarity_order(values[:, shuffled])]
    assert (np.diff(groups) != 0).sum() == 2


def test_that_still_units_stand_at_the_end() -> None:
    values = np.random.default_rng(3).normal(size=(50, 6))
    values[:, [1, 4]] = 0.3
    assert set(similarity_order(values)[-2:].tolist()) == {1, 4}


def test_that_half_of_a_state_is_left_after_the_half_life() -> None:
    for keep in (0.5, 0.9, 0.99):
        found = gate_half_life(np.full((40, 1), keep))[0]
        assert keep**found == pytest.approx(0.5)


def test_that_open_and_closed_gates_have_finite_half_lives() -> None:
    found = gate_half_life(np.array([[1.0, 0.0]] * 5))
    assert found[0] == LONGEST
    assert 0.0 < found[1] < 0.05


def test_that_a_slow_course_remembers_longer_than_a_fast_one() -> None:
    noise = np.random.default_rng(4)
    course = np.zeros((3_000, 3))
    for step in range(1, len(course)):
        course[step] = [0.5, 0.9, 0.98] * course[step - 1] + noise.normal(size=3)
    found = course_half_life(course)
    assert found == pytest.approx(np.log(0.5) / np.log([0.5, 0.9, 0.98]), rel=0.3)
    assert memory_order(found).tolist() == [0, 1, 2]


def test_that_a_still_or_alternating_course_has_no_memory() -> None:
    course = np.stack([np.ones(50), np.where(np.arange(50) % 2, 1.0, -1.0)], axis=1)
    np.testing.assert_array_equal(course_half_life(course), [0.0, 0.0])
