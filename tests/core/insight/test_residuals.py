"""Statistics of residuals, against formulas written out here and published values."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from series import HOUR
from workbench.core.clock import Clock
from workbench.core.insight.evidence import Evidence
from workbench.core.insight.residuals import (
    Residuals,
    chi_square_tail,
    correlation,
    groupings,
    groups,
    histogram,
    in_line,
    ljung_box,
    quantiles,
    residuals,
    worst,
)
from workbench.core.table import Step


def of(values: np.ndarray, ahead: int = 1) -> Residuals:
    return Residuals(np.arange(len(values)), np.asarray(values, dtype=float), ahead)


def evidence(count: int = 50, horizon: int = 3) -> Evidence:
    random = np.random.default_rng(0)
    values = random.normal(size=(count + horizon + 10, 1))
    origins = np.arange(10, 10 + count)
    truth = np.stack([values[row : row + horizon] for row in origins])
    return Evidence(
        "test", origins, truth, {"model": truth - np.arange(1, horizon + 1)[None, :, None]}, values, 10, np.ones(1)
    )


@pytest.mark.parametrize(
    ("value", "freedom", "p"),
    [(3.841458821, 1, 0.05), (5.991464547, 2, 0.05), (18.307038053, 10, 0.05), (24.724970311, 11, 0.01), (0.0, 3, 1.0),
     (6.634896601, 1, 0.01), (2.366, 3, 0.5), (2000.0, 4, 0.0)],
)  # fmt: skip
def test_that_the_tail_of_chi_square_is_that_of_the_tables(value: float, freedom: int, p: float) -> None:
    assert chi_square_tail(value, freedom) == pytest.approx(p, rel=2e-4, abs=1e-12)


def test_that_residuals_are_truth_less_forecast() -> None:
    found = residuals(evidence(), ahead=2)
    np.testing.assert_allclose(found.values, 2.0)
    assert found.rows.tolist() == list(range(11, 61))


def test_that_ljung_box_is_its_formula() -> None:
    values = np.random.default_rng(1).normal(size=200)
    centred = values - values.mean()
    expected = 0.0
    for lag in range(1, 11):
        products = [centred[t] * centred[t + lag] for t in range(200 - lag)]
        r = (sum(products) / (200 - lag)) / (centred @ centred / 200)
        expected += r**2 / (200 - lag)
    found = ljung_box(of(values))
    assert found is not None
    assert found.lags == 10
    assert found.statistic == pytest.approx(200 * 202 * expected)
    assert found.p == pytest.approx(chi_square_tail(found.statistic, 10))


def test_that_white_noise_passes_about_as_often_as_it_should_and_a_wave_never() -> None:
    ps = [ljung_box(of(np.random.default_rng(seed).normal(size=300))).p for seed in range(200)]  # type: ignore[union-attr]
    assert 0.01 <= np.mean(np.array(ps) < 0.05) <= 0.10
    assert ljung_box(of(np.sin(np.arange(300) / 5))).p < 1e-6  # type: ignore[union-attr]


def test_that_overlapping_errors_and_constant_ones_are_not_tested() -> None:
    values = np.random.default_rng(1).normal(size=200)
    assert ljung_box(of(values, ahead=2)) is None
    assert ljung_box(of(np.ones(50))) is None
    assert ljung_box(of(values[:5])) is None


def test_that_rows_without_a_forecast_are_gaps() -> None:
    found = Residuals(np.array([3, 4, 6, 7]), np.array([1.0, 2.0, 3.0, 4.0]), 1)
    np.testing.assert_array_equal(in_line(found), [1.0, 2.0, np.nan, 3.0, 4.0])
    thinned = Residuals(np.array([0, 3, 6]), np.array([1.0, 2.0, 3.0]), 1)
    np.testing.assert_array_equal(in_line(thinned), [1.0, 2.0, 3.0])
    shares, bound = correlation(of(np.random.default_rng(2).normal(size=400)))
    assert shares[0] == pytest.approx(1.0)
    assert bound == pytest.approx(0.1)
    assert len(shares) == 61


def test_that_histogram_and_quantiles_are_those_of_the_values() -> None:
    values = np.random.default_rng(3).normal(5, 2, 1_000)
    edges, shares = histogram(of(values))
    assert shares.sum() == pytest.approx(1.0)
    for low, high, share in zip(edges[:-2], edges[1:-1], shares[:-1], strict=True):
        assert share == pytest.approx(((values >= low) & (values < high)).mean())
    normal, standard = quantiles(of(values))
    assert np.abs(normal - standard)[20:-20].max() < 0.25
    assert normal[0] == pytest.approx(NormalDist().inv_cdf(0.5 / 1000))
    edges, shares = histogram(of(np.full(20, 3.0)))
    assert shares.tolist() == [1.0]


def test_that_groups_are_those_of_the_calendar() -> None:
    times = np.datetime64("2024-01-01T00", "us") + np.arange(24 * 40) * np.timedelta64(1, "h")
    clock = Clock(len(times), times, HOUR)
    hours = np.arange(len(times)) % 24
    found = groups(of(np.where(hours == 7, 3.0, -1.0)), clock, "hour")
    assert [entry.mean for entry in found] == [3.0 if hour == 7 else -1.0 for hour in range(24)]
    assert found[7].count == 40
    days = groups(of((np.arange(len(times)) // 24) % 7), clock, "weekday")
    assert [(entry.label, entry.mean) for entry in days][:2] == [("Mon", 0.0), ("Tue", 1.0)]
    months = groups(of(np.ones(len(times))), clock, "month")
    assert [entry.label for entry in months] == ["Jan", "Feb"]
    assert groupings(clock, np.arange(len(times))) == ("hour", "weekday", "month")
    assert groupings(clock, np.arange(20)) == ("hour",)
    assert groupings(Clock(5), np.arange(5)) == ()
    monthly = np.arange("2020-01", "2022-01", dtype="datetime64[M]").astype("datetime64[us]")
    assert groupings(Clock(24, monthly, Step(1, "month")), np.arange(24)) == ("month",)
    assert groups(of(np.ones(5)), Clock(5), "hour") == ()


def test_that_the_worst_windows_share_no_row() -> None:
    made = evidence()
    model = made.forecasts["model"].copy()
    model[20] += 50
    model[21] += 40
    model[40] += 30
    found = worst(Evidence("test", made.origins, made.truth, {"model": model}, made.values, 10, np.ones(1)), 2)
    assert [entry.origin for entry in found] == [30, 50]
    assert found[0].start == 20
    assert found[0].error == pytest.approx(48.0)
    assert found[0].times == pytest.approx(24.0)
