"""Baselines know the past only, and are exact where the series is made for them."""

from __future__ import annotations

import numpy as np
import pytest

from series import table_of, wave
from workbench.core.baselines import LABELS, baselines, drift, last_value, seasonal_naive
from workbench.core.dataset import Dataset, prepare
from workbench.core.project import DataSpec


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
