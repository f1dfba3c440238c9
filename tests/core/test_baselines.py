"""Baselines know the past only, and are exact where the series is made for them."""

from __future__ import annotations

import numpy as np
import pytest

from series import HOUR, hourly, table_of, wave
from workbench.core.baselines import LABELS, baselines, drift, last_value, seasonal_naive
from workbench.core.dataset import Dataset, prepare
from workbench.core.project import DataSpec
from workbench.core.scoring import reports


def dataset_of(values: object, **settings: object) -> Dataset:
    spec = DataSpec(targets=("a",), window=16, horizon=5).changed(**settings)
    return prepare(table_of(a=values), spec)  # type: ignore[arg-type]


def periodic(rows: int, period: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(size=period)[np.arange(rows) % period]


def test_that_the_seasonal_naive_is_exact_on_a_periodic_series() -> None:
    dataset = dataset_of(periodic(200))
    assert dataset.season == 8
    start = dataset.test.start
    np.testing.assert_allclose(seasonal_naive(dataset, start), dataset.truth(start), atol=1e-12)


def test_that_the_seasonal_naive_repeats_seasons_shorter_than_the_horizon() -> None:
    dataset = dataset_of(periodic(200), horizon=20)
    start = dataset.train.start
    np.testing.assert_allclose(seasonal_naive(dataset, start), dataset.truth(start), atol=1e-12)


def test_that_the_drift_is_exact_on_a_straight_line() -> None:
    dataset = dataset_of(3.0 + 0.5 * np.arange(200))
    start = dataset.test.start
    np.testing.assert_allclose(drift(dataset, start), dataset.truth(start), rtol=1e-12)


def test_that_the_last_value_is_the_last_value() -> None:
    dataset = dataset_of(wave(200))
    start = dataset.test.start
    expected = np.repeat(dataset.values[start + 15][:, None, :1], 5, axis=1)
    np.testing.assert_array_equal(last_value(dataset, start), expected)


@pytest.mark.parametrize("gaps", ["cut", "hold"])
def test_that_no_baseline_reads_behind_the_window(gaps: str) -> None:
    values = wave(200, period=8)
    values[[20, 21, 100, 150]] = np.nan
    before = dataset_of(values, gaps=gaps)
    start = before.valid.start[before.valid.start < 125]
    changed = values.copy()
    changed[start[-1] + 16 :] = 1e9
    after = dataset_of(changed, gaps=gaps)
    for name, method in baselines(before).items():
        assert np.isfinite(method(before, start)).all(), name
        np.testing.assert_array_equal(method(after, start), method(before, start), name)


def test_that_a_season_without_a_past_falls_back_to_the_last_value() -> None:
    dataset = dataset_of(wave(200))
    start = dataset.train.start[:1]
    np.testing.assert_array_equal(seasonal_naive(dataset, start, season=50), last_value(dataset, start))


def test_that_only_baselines_that_mean_something_are_offered() -> None:
    noise = np.random.default_rng(3).normal(size=200)
    assert list(baselines(dataset_of(periodic(200)))) == ["last", "seasonal", "drift", "average", "linear"]
    assert list(baselines(dataset_of(noise))) == ["last", "drift", "average", "linear"]
    assert list(baselines(dataset_of(noise, window=1))) == ["last"]
    assert set(baselines(dataset_of(periodic(200)))) <= set(LABELS)


def test_that_all_targets_are_forecast() -> None:
    spec = DataSpec(targets=("a", "b"), window=16, horizon=5)
    dataset = prepare(table_of(a=periodic(200), b=-periodic(200)), spec)
    for method in baselines(dataset).values():
        found = method(dataset, dataset.test.start)
        assert found.shape == (len(dataset.test), 5, 2)
        np.testing.assert_allclose(found[..., 1], -found[..., 0])


@pytest.mark.parametrize("seed", range(5))
def test_that_no_baseline_beats_a_random_walk_or_a_shuffled_series(seed: int) -> None:
    random = np.random.default_rng(seed)
    walk = np.cumsum(random.normal(size=4000))
    for values, horizon in ((walk, 1), (random.permutation(wave(4000)), 4)):
        dataset = dataset_of(values, horizon=horizon)
        found = reports(dataset, "test", baselines(dataset))
        if horizon == 1:
            assert all((report.value("mase") or 0.0) > 0.9 for report in found.values())
        # Nothing is left to forecast of a shuffled series but its mean.
        elif "linear" in found:
            assert (found["linear"].value("r2") or 0.0) < 0.02


def test_that_no_row_behind_the_training_rows_decides_what_is_fitted_or_which_baselines_there_are() -> None:
    values = wave(600, period=8) + 2 * np.sin(2 * np.pi * np.arange(600) / 56)
    before = dataset_of(values)
    changed = values.copy()
    changed[before.split.valid :] = np.random.default_rng(0).normal(0, 1e6, len(values) - before.split.valid)
    after = dataset_of(changed)
    first, other = baselines(before), baselines(after)
    assert list(first) == list(other)
    start = before.valid.start
    for name in first:
        assert first[name](before, start).tobytes() == other[name](after, start).tobytes(), name


def test_that_another_period_counts_where_it_was_better_on_training_windows() -> None:
    hours = np.arange(24 * 7 * 12)
    day, week = np.sin(2 * np.pi * hours / 24), np.random.default_rng(1).normal(size=168)[hours % 168]
    table = table_of(times=hourly(len(hours)), step=HOUR, a=4 * day + 0.8 * week)
    dataset = prepare(table, DataSpec(targets=("a",), window=48, horizon=24))
    found = reports(dataset, "test", baselines(dataset))
    best = found["period"] if "period" in found else found["seasonal"]
    assert best.value("mae") == pytest.approx(0.0, abs=1e-9), "the week repeats exactly"
