"""The period of a series is found where there is one, and only there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.insight.seasonality import autocorrelation, detected_season
from workbench.core.table import Step

HOUR = Step(3600, "second")


@given(st.integers(10, 80), st.sets(st.integers(0, 79), max_size=10), st.integers(0, 1000))
def test_that_the_fast_autocorrelation_is_the_plain_one(rows: int, gaps: set[int], seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=rows)
    values[[row for row in gaps if row < rows - 5]] = np.nan
    longest = rows // 3
    centred = values - np.nanmean(values)
    sums = [np.nanmean(centred[lag:] * centred[: rows - lag]) if lag < rows else 0 for lag in range(longest + 1)]
    np.testing.assert_allclose(autocorrelation(values, longest), np.array(sums) / sums[0], atol=1e-9)


@pytest.mark.parametrize("period", [4, 7, 12, 24, 31, 100])
@pytest.mark.parametrize("trend", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(3))
def test_that_a_noisy_period_is_found(period: int, trend: float, seed: int) -> None:
    rows = np.arange(12 * period + 5)
    shape = np.random.default_rng(seed + 10).normal(size=period)
    noise = np.random.default_rng(seed).normal(0, 0.3, len(rows))
    assert detected_season(2 * shape[rows % period] + trend * rows + noise, None) == period


@pytest.mark.parametrize(
    ("step", "period"),
    [
        (HOUR, 24),
        (Step(1800, "second"), 48),
        (Step(86_400, "second"), 7),
        (Step(1, "month"), 12),
        (Step(3, "month"), 4),
    ],
)
def test_that_natural_periods_are_found_under_noise(step: Step, period: int) -> None:
    rows = np.arange(30 * period)
    values = np.sin(2 * np.pi * rows / period) + np.random.default_rng(0).normal(0, 0.5, len(rows))
    assert detected_season(values, step) == period


def test_that_gaps_do_not_hide_a_period() -> None:
    values = np.sin(2 * np.pi * np.arange(600) / 24)
    values[np.random.default_rng(0).random(600) < 0.2] = np.nan
    values[200:260] = np.nan
    assert detected_season(values, HOUR) == 24


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(0),
        np.ones(5),
        np.full(500, 0.1),
        np.full(500, 1e6 + 0.1),
        np.full(100, np.nan),
        np.arange(1000) * 0.1 + 3,
        (np.arange(1000) * 0.01) ** 2,
        np.r_[np.zeros(500), np.ones(500)],
    ],
    ids=["none", "few", "constant", "high", "missing", "line", "parabola", "stair"],
)
def test_that_a_series_without_a_period_has_none(values: np.ndarray) -> None:
    assert detected_season(values, None) == 1
    assert detected_season(values, HOUR) == 1


def test_that_noise_and_random_walks_hardly_ever_show_a_period() -> None:
    random = np.random.default_rng(7)
    steps = [random.normal(size=size) for size in (140, 300, 560, 800) for _ in range(50)]
    assert sum(detected_season(step, HOUR) > 1 for step in steps) <= 2
    assert sum(detected_season(np.cumsum(step), None) > 1 for step in steps) <= 2


@given(st.floats(0.001, 1000), st.floats(-1e4, 1e4))
def test_that_units_do_not_matter(scale: float, shift: float) -> None:
    values = np.sin(2 * np.pi * np.arange(200) / 12) + np.random.default_rng(0).normal(0, 0.2, 200)
    assert detected_season(values * scale + shift, None) == 12


def test_that_a_long_series_takes_no_time() -> None:
    import time

    values = np.sin(2 * np.pi * np.arange(2_000_000) / 24)
    began = time.perf_counter()
    assert detected_season(values, HOUR) == 24
    assert time.perf_counter() - began < 2
