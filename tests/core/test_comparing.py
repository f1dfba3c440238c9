"""The Diebold-Mariano test and the interval of the skill, against tables, simulation and plain formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.core.bootstrap import skill_interval
from workbench.core.comparing import compared, diebold_mariano, overlap_of
from workbench.core.student import student_quantile, student_upper


# Percentiles of Student's t as every table has them.
@pytest.mark.parametrize(
    ("t", "degrees", "upper"),
    [
        (12.7062, 1, 0.025),
        (2.2281, 10, 0.025),
        (1.6973, 30, 0.05),
        (2.7500, 30, 0.005),
        (1.9600, 10**7, 0.025),
        (0, 5, 0.5),
    ],
)
def test_that_the_tail_of_students_t_is_that_of_the_tables(t: float, degrees: int, upper: float) -> None:
    assert student_upper(t, degrees) == pytest.approx(upper, rel=2e-4)
    assert upper == 0.5 or student_quantile(1 - upper, degrees) == pytest.approx(t, rel=2e-4)


@pytest.mark.parametrize("degrees", [3, 8, 40])
def test_that_the_tail_is_the_integral_of_the_density(degrees: int) -> None:
    x = np.linspace(1.3, 4_000, 4_000_001)
    constant = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    density = constant * (1 + x**2 / degrees) ** (-(degrees + 1) / 2)
    assert student_upper(1.3, degrees) == pytest.approx(np.trapezoid(density, x), rel=1e-4)


def test_that_the_statistic_is_that_of_the_formula() -> None:
    losses, others = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 1.0]), np.array([2.0, 2.0, 5.0, 5.0, 4.0, 3.0])
    d = losses - others
    g0, g1 = ((d - d.mean()) ** 2).mean(), ((d - d.mean())[1:] * (d - d.mean())[:-1]).sum() / 6
    plain = d.mean() / math.sqrt((g0 + 2 * g1) / 6) if g0 + 2 * g1 > 0 else d.mean() / math.sqrt(g0 / 6)
    found = diebold_mariano(losses, others, 2)
    assert found is not None
    assert found[0] == pytest.approx(plain * math.sqrt((6 + 1 - 4 + 2 / 6) / 6), rel=1e-12)
    assert found[1] == pytest.approx(2 * student_upper(abs(found[0]), 5), rel=1e-12)


def test_that_equal_forecasters_are_told_apart_as_seldom_as_promised() -> None:
    random, wrong = np.random.default_rng(0), 0
    for _ in range(2000):  # overlapping horizons: moving averages of noise
        noise = random.normal(size=(2, 62))
        a, b = (np.abs(np.convolve(row, np.ones(3) / 3, "valid")) for row in noise)
        found = diebold_mariano(a, b, 3)
        wrong += found is not None and found[1] < 0.05
    assert 0.02 < wrong / 2000 < 0.09


def test_that_a_real_difference_is_found_and_the_interval_holds_it() -> None:
    random = np.random.default_rng(1)
    common = np.abs(random.normal(size=60)) + 0.5
    found = compared("a", 0.8 * common * random.uniform(0.9, 1.1, 60), "b", common, 1)
    assert found.p is not None
    assert found.p < 0.001
    assert found.statistic is not None
    assert found.statistic < 0
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.2 < found.high
    assert found.high - found.low < 0.1


def test_that_the_interval_of_the_skill_covers() -> None:
    random, inside = np.random.default_rng(2), 0
    for _ in range(300):
        losses, others = np.abs(random.normal(size=(2, 60)))
        found = skill_interval(0.9 * losses, others, 1, 0.95)
        inside += found is not None and found[0] <= 0.1 <= found[1]
    assert 0.88 < inside / 300 < 0.99


def test_that_too_little_or_nothing_different_tells_nothing() -> None:
    same = np.ones(20)
    assert diebold_mariano(same, same, 1) is None
    assert diebold_mariano(same[:3], 2 * same[:3], 1) is None
    assert skill_interval(same[:3], same[:3], 1, 0.95) is None
    assert compared("a", same, "b", same, 1).skill == 0.0


def test_that_horizons_overlap_as_far_as_the_stride_lets_them() -> None:
    assert [overlap_of(24, stride) for stride in (1, 12, 23, 24, 48)] == [24, 2, 2, 1, 1]
