"""Strength, spectrum and shape of a period are what their formulas say, and the bundled series have their seasons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from workbench.core.clock import Clock, advance
from workbench.core.dataset import prepare
from workbench.core.insight.periods import (
    MOST_POINTS,
    MOST_ROWS,
    centred_mean,
    found_periods,
    periodogram,
    profile,
    seasonality,
    strengths_of,
)
from workbench.core.opening import proposed
from workbench.core.sources import read
from workbench.core.sources.samples import SAMPLES
from workbench.core.table import Step

HOUR = Step(3600, "second")


def clock_of(rows: int, step: Step, first: str = "2024-01-03T05") -> Clock:
    return Clock(rows, advance(np.datetime64(first, "us"), step, np.arange(rows)), step)


def decomposed(values: NDArray[np.float64], period: int) -> tuple[list[float], list[float]]:
    """Seasonal part and remainder of a classical decomposition, row by row (Hyndman & Athanasopoulos, section 3.4)."""
    half, rest = period // 2, []
    for row in range(half, len(values) - half):
        if period % 2:
            mean = sum(values[row - half : row + half + 1]) / period
        else:
            mean = (sum(values[row - half + 1 : row + half]) + (values[row - half] + values[row + half]) / 2) / period
        rest.append(float(values[row] - mean))
    means = [sum(rest[phase::period]) / len(rest[phase::period]) for phase in range(period)]
    level = sum(means) / period
    part = [means[row % period] - level for row in range(len(rest))]
    return part, [value - seasonal for value, seasonal in zip(rest, part, strict=True)]


def variance(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / len(values)


@pytest.mark.parametrize("period", [2, 5, 12])
@pytest.mark.parametrize("noise", [0.0, 0.5, 5.0])
def test_that_the_strength_is_that_of_a_plain_decomposition(period: int, noise: float) -> None:
    random = np.random.default_rng(period)
    rows = np.arange(9 * period + 3)
    values = 0.1 * rows + random.normal(size=period)[rows % period] + random.normal(0, noise, len(rows))
    part, remainder = decomposed(values, period)
    both = [a + b for a, b in zip(part, remainder, strict=True)]
    expected = max(0.0, 1 - variance(remainder) / variance(both))
    assert strengths_of(values, (period,)) == pytest.approx((expected,), abs=1e-9)


@given(st.integers(4, 60), st.integers(2, 15), st.integers(0, 99))
def test_that_the_centred_mean_counts_both_ends_of_an_even_period_half(rows: int, width: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=rows)
    half = width // 2
    weights = np.ones(width) if width % 2 else np.r_[0.5, np.ones(width - 1), 0.5]
    for row in range(half, rows - half):
        window = values[row - half : row - half + len(weights)]
        assert centred_mean(values, width)[row] == pytest.approx((window * weights).sum() / width, abs=1e-12)


@pytest.mark.parametrize("rows", [40, 41])
def test_that_the_periodogram_is_the_plain_sum_and_its_shares_add_up(rows: int) -> None:
    x = np.random.default_rng(rows).normal(size=rows)
    x -= x.mean()
    periods, share = periodogram(x)
    for index, (period, found) in enumerate(zip(periods, share, strict=True), start=1):
        wave = np.exp(-2j * np.pi * index * np.arange(rows) / rows)
        expected = 2 * abs((x * wave).sum()) ** 2 / (rows * (x**2).sum())
        expected /= 2 if 2 * index == rows else 1
        assert (period, found) == (pytest.approx(rows / index), pytest.approx(expected))
    assert share.sum() == pytest.approx(1.0)


def test_that_a_long_periodogram_keeps_its_peaks() -> None:
    rows = np.arange(200_000)
    x = np.sin(2 * np.pi * rows / 48) + 0.3 * np.sin(2 * np.pi * rows / 336)
    periods, share = periodogram(x)
    assert len(periods) <= MOST_POINTS
    assert (np.diff(periods) < 0).all()
    top = np.sort(periods[np.argsort(share)[-2:]])
    np.testing.assert_allclose(top, [48, 336], rtol=2e-3)


@pytest.mark.parametrize("gaps", [False, True])
def test_that_a_profile_is_mean_and_quartiles_of_each_phase(gaps: bool) -> None:
    clock = clock_of(24 * 9, HOUR)
    values = 5 + np.sin(2 * np.pi * np.arange(clock.rows) / 24) + np.random.default_rng(0).normal(0, 0.1, clock.rows)
    if gaps:
        values[[3, 50, 51, 100]] = np.nan
    found = profile(values, clock, 24)
    rest = values - centred_mean(values, 24) + np.nanmean(values)
    assert clock.values is not None
    hours = [int(str(time)[11:13]) for time in clock.values]
    for hour in range(24):
        of_hour = np.array([value for value, at in zip(rest, hours, strict=True) if at == hour and np.isfinite(value)])
        assert found.counts[hour] == len(of_hour)
        assert found.mean[hour] == pytest.approx(of_hour.mean())
        assert found.low[hour] == pytest.approx(np.quantile(of_hour, 0.25))
        assert found.high[hour] == pytest.approx(np.quantile(of_hour, 0.75))


@pytest.mark.parametrize(
    ("step", "steps", "first", "phase", "turning"),
    [
        (Step(1800, "second"), 48, "2024-01-03T05:30", 11, "time"),
        (HOUR, 168, "2024-01-03T05", 53, "time"),
        (Step(86_400, "second"), 7, "2024-01-07", 6, "time"),
        (Step(604_800, "second"), 52, "2024-01-03", 0, "year"),
        (Step(1, "month"), 12, "2024-03-01", 2, "year"),
        (Step(3, "month"), 4, "2024-04-01", 1, "year"),
        (Step(1, "businessday"), 5, "2024-01-05", 4, "time"),
        (HOUR, 31, "2024-01-03T05", 0, "row"),
    ],
)
def test_that_a_profile_starts_where_people_expect_it(
    step: Step, steps: int, first: str, phase: int, turning: str
) -> None:
    clock = clock_of(3 * steps, step, first)
    values = np.zeros(clock.rows)
    values[0] = 99.0
    found = profile(values, clock, steps)
    assert found.turning == turning
    assert int(np.nanargmax(found.mean)) == phase


EXPECTED = {
    "nyc_taxi_half_hourly.csv": {48, 336},
    "co2_weekly.csv": {52},
    "elnino_monthly.csv": {12},
    "sunspots_yearly.csv": {11},
    "sunspots_monthly.csv": {133},
    "seattle_temps_hourly.csv": {24},
    "seattle_weather_daily.csv": {365},
    "us_flu_weekly.csv": {52},
    "nile_yearly.csv": set(),
}


@pytest.mark.parametrize("sample", [entry for entry in SAMPLES if entry.file in EXPECTED], ids=lambda s: s.file)
def test_that_the_samples_have_their_seasons(sample: object) -> None:
    table = read(sample.address)  # type: ignore[attr-defined]
    project = proposed(table, sample.address, sample.target)  # type: ignore[attr-defined]
    dataset = prepare(table, project.data)
    train = dataset.split.train
    assert dataset.clock.values is not None
    found = seasonality(dataset.values[:train, 0], Clock(train, dataset.clock.values[:train], dataset.clock.step))
    assert found is not None
    assert {period.steps for period in found.periods} == EXPECTED[sample.file]  # type: ignore[attr-defined]
    assert all(0 <= period.strength <= 1 for period in found.periods)


def test_that_the_airline_passengers_have_a_year() -> None:
    months = np.arange(144)
    passengers = (110 + 2.6 * months) * (1 + 0.2 * np.sin(2 * np.pi * months / 12))
    assert found_periods(passengers, Step(1, "month")) == (12,)


def test_that_a_second_period_hidden_by_the_first_is_found() -> None:
    rows = np.arange(3000)
    values = np.sin(2 * np.pi * rows / 24) + 0.6 * np.sin(2 * np.pi * rows / 110)
    values += np.random.default_rng(0).normal(0, 0.3, len(rows))
    first, second = found_periods(values, HOUR)
    assert (first, second) == (24, pytest.approx(110, abs=3))


def test_that_noise_stays_in_the_band_of_noise() -> None:
    inside = []
    for seed in range(20):
        found = seasonality(np.random.default_rng(seed).normal(size=1000), Clock(1000))
        assert found is not None
        assert found.periods == ()
        inside.append(np.abs(found.correlation[1:61]) < found.band)
    assert 0.93 < np.mean(inside) < 0.97


@pytest.mark.parametrize("values", [np.zeros(0), np.full(500, 3.0), np.full(100, np.nan), np.arange(5.0)])
def test_that_there_is_none_where_nothing_changes(values: NDArray[np.float64]) -> None:
    assert seasonality(values, Clock(len(values))) is None


def test_that_of_very_many_rows_the_newest_count() -> None:
    rows = MOST_ROWS + 5_000
    values = np.sin(2 * np.pi * np.arange(rows) / 24)
    values[:4_000] = 50.0
    found = seasonality(values, Clock(rows))
    assert found is not None
    assert found.rows == MOST_ROWS
    assert [period.steps for period in found.periods] == [24]
    assert found.periods[0].strength > 0.999
