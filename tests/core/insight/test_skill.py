"""Skill, its spread over the origins, and up to which step ahead it reaches."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.insight.skill import reach, skill, skill_by_step


@pytest.mark.parametrize(
    ("signs", "kind", "step", "better"),
    [
        ("++++", "all", 4, 4),
        ("----", "none", 0, 0),
        ("+++++-----", "up-to", 5, 5),
        ("++++-+----", "up-to", 4, 5),
        ("-----+++++", "from", 6, 5),
        ("+-+-+-+-", "mixed", 0, 4),
        ("+", "all", 1, 1),
        ("-", "none", 0, 0),
        ("----+----------", "mixed", 0, 1),
        ("++++++++-+++++++", "mixed", 0, 15),
    ],
)
def test_that_the_border_is_where_it_gets_better_or_worse(signs: str, kind: str, step: int, better: int) -> None:
    found = reach(np.array([1.0 if sign == "+" else -1.0 for sign in signs]))
    assert (found.kind, found.step, found.better) == (kind, step, better)


def test_that_skill_is_one_less_the_ratio_of_the_errors() -> None:
    own, other = np.full((50, 3), 2.0), np.full((50, 3), 5.0)
    found = skill(own, other)
    assert (found.value, found.low, found.high) == pytest.approx((0.6, 0.6, 0.6))
    np.testing.assert_allclose(skill_by_step(own, other), 0.6)


@pytest.mark.parametrize(("apart", "windows"), [(1, 400), (10, 400), (1, 4), (10, 50)])
def test_that_the_interval_holds_the_truth_about_as_often_as_it_says(apart: int, windows: int) -> None:
    """Errors that are the same over `apart` windows: single draws, or so few as they are, make it far too narrow."""
    held, trials = 0, 150
    for seed in range(trials):
        random = np.random.default_rng(seed)
        own, other = (np.repeat(random.exponential(size, (windows // apart, 1)), apart, axis=0) for size in (0.8, 1.0))
        found = skill(own, other, apart)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.2 <= found.high
    assert 0.78 <= held / trials <= 0.97


def test_that_windows_that_share_their_truth_tell_nothing_about_chance() -> None:
    found = skill(np.ones((11, 12)), np.full((11, 12), 2.0), apart=11)
    assert (found.value, found.low, found.high, found.pieces) == (0.5, None, None, 1.0)


def test_that_a_forecaster_without_errors_is_not_beaten() -> None:
    found = skill(np.ones((20, 2)), np.zeros((20, 2)))
    assert found.value == 0.0
    assert found.low is not None
    assert np.isfinite(found.low)
    np.testing.assert_allclose(skill_by_step(np.ones((20, 2)), np.zeros((20, 2))), 0.0)
