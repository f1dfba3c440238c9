"""Conformal bands of a run: what they hold, and around what nobody knows yet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from series import HOUR, hourly, table_of
from workbench.core.calibrated import Calibrated, calibrated
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Forecasted
from workbench.core.project import DataSpec, Project
from workbench.core.run import Run


def made(rows: int = 3_000, **settings: object) -> tuple[Run, Dataset]:
    """A forecaster that knows the wave and nothing of the noise."""
    wave = 20 + 5 * np.sin(2 * np.pi * np.arange(rows) / 24)
    table = table_of(times=hourly(rows), step=HOUR, a=wave + np.random.default_rng(0).normal(0, 1, rows))
    spec = DataSpec(targets=("a",), window=48, horizon=6).changed(**settings)
    dataset, run = prepare(table, spec), Run(1, Project(data=spec))
    for part in (dataset.valid, dataset.test):
        ahead = part.start[:, None] + 48 + np.arange(6)
        run.apply(Forecasted(1, part.part, part.start, wave[ahead][..., None], final=True))
    return run, dataset


def found(run: Run, dataset: Dataset) -> Calibrated:
    bands = calibrated(run, dataset)
    assert bands is not None
    return bands


def test_that_the_coverage_is_measured_on_the_test_rows() -> None:
    run, dataset = made()
    bands = found(run, dataset)
    for share in (0.8, 0.95):
        low, high = bands.test.bands[share]
        truth = dataset.truth(dataset.test.start)
        inside = ((truth >= low) & (truth <= high)).mean()
        assert bands.coverage[share] == pytest.approx(inside)
        assert inside == pytest.approx(share, abs=0.05)


def test_that_the_future_has_the_distance_of_all_that_is_known_and_none_beyond_the_horizon() -> None:
    run, dataset = made()
    bands = found(run, dataset)
    future = Forecasted(1, "future", np.array([len(dataset.values) - 48]), np.full((1, 8, 1), 20.0), final=True)
    low, high = bands.of_future(future, 0.8)
    assert np.isnan(low[0, 6:]).all()
    np.testing.assert_allclose(high[0, :6] - 20.0, bands.latest[0.8])
    np.testing.assert_allclose(20.0 - low[0, :6], bands.latest[0.8])
    assert bands.latest[0.8].mean() == pytest.approx(1.2816, abs=0.1)


def test_that_a_test_window_has_the_band_of_its_time_and_another_the_latest() -> None:
    run, dataset = made()
    bands = found(run, dataset)
    start = int(dataset.test.start[100])
    band = (np.full((1, 6, 1), 20.0), None, None)
    low, high = bands.of_window(start, band, 0.95)
    np.testing.assert_array_equal(low, bands.test.bands[0.95][0][100])
    np.testing.assert_array_equal(high, bands.test.bands[0.95][1][100])
    low, high = bands.of_window(int(dataset.train.start[3]), band, 0.95)
    np.testing.assert_allclose(high - low, 2 * bands.latest[0.95])


def test_that_a_band_around_logarithms_stays_above_zero() -> None:
    run, dataset = made(power="log")
    bands = found(run, dataset)
    future = Forecasted(1, "future", np.array([len(dataset.values) - 48]), np.full((1, 6, 1), 0.1), final=True)
    low, high = bands.of_future(future, 0.95)
    assert (low > 0).all()
    np.testing.assert_allclose(np.log(high / 0.1), np.log(0.1 / low))


def test_that_there_are_no_bands_without_both_parts() -> None:
    run, dataset = made()
    run.forecasts["test"] = replace(run.forecasts["test"], final=False)
    assert calibrated(run, dataset) is None
    del run.forecasts["valid"]
    assert calibrated(run, dataset) is None
