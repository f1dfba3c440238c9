"""Classical methods: the same forecasts as statsmodels' own, from training rows alone."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from series import table_of, wave
from workbench.core import classical as module
from workbench.core.backtest import baselines_refitted, planned
from workbench.core.classical import classical
from workbench.core.dataset import Dataset, prepare
from workbench.core.plan import Plan
from workbench.core.project import DataSpec

pytest.importorskip("statsmodels", reason="the optional package statsmodels is not installed")

SPEC = DataSpec(targets=("a",), window=12, horizon=6, season=12)


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    return wave(260) + 0.02 * np.arange(260)


def dataset_of(values: np.ndarray) -> Dataset:
    return prepare(table_of(a=values), SPEC)


def test_that_states_foretell_what_statsmodels_foretells_itself(values: np.ndarray) -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.forecasting.theta import ThetaModel
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    train = np.cumsum(np.random.default_rng(0).normal(size=150))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "ets": ETSModel(train, error="add", trend="add", damped_trend=True)
            .fit(disp=False, maxiter=200)
            .forecast(6),
            "stl": ETSModel(train, error="add").fit(disp=False, maxiter=200).forecast(6),
            "theta": ThetaModel(train, deseasonalize=False, use_test=False, period=1).fit().forecast(6),
        }
        tried = [SARIMAX(train - train.mean(), order=order).fit(disp=False, maxiter=50) for order in module.ORDERS]
        expected["arima"] = min(tried, key=lambda fit: fit.aicc).forecast(6) + train.mean()
        for name, forecast in expected.items():
            own = module.METHODS[name](train)(train, 6)[-1]
            np.testing.assert_allclose(own, np.asarray(forecast), rtol=1e-6, atol=1e-6, err_msg=name)


def test_that_no_row_from_the_origin_on_decides(values: np.ndarray) -> None:
    before = dataset_of(values)
    found = classical(before)
    assert set(found) == set(module.METHODS)
    start = before.test.start[:3]
    changed = values.copy()
    changed[before.split.valid :] = 1e6
    after = dataset_of(changed)
    for name, method in classical(after).items():
        assert method(after, start[:1]).tobytes() == found[name](before, start[:1]).tobytes(), name
        assert np.isfinite(method(after, start)).all()


def test_that_they_forecast_a_season_well(values: np.ndarray) -> None:
    dataset = dataset_of(values)
    truth = dataset.truth(dataset.test.start)
    for name, method in classical(dataset).items():
        assert np.abs(method(dataset, dataset.test.start) - truth).mean() < 0.6, name


def test_that_too_many_series_are_not_fitted() -> None:
    number = np.repeat(np.arange(30.0), 60)
    dataset = prepare(table_of(s=number, a=wave(1800)), SPEC.changed(series="s", season=0))
    assert classical(dataset) == {}


def test_that_refits_of_a_backtest_fit_them_anew(values: np.ndarray) -> None:
    own = dataset_of(values)
    blocks = planned(own, Plan(origins=2, refit=1, stride=30))
    (first, second) = baselines_refitted(table_of(a=values), own, blocks, ("ets", "last"))
    assert set(first.forecasts) == {"ets", "last"}
    changed = values.copy()
    changed[int(blocks[0].start[0]) + 12 :] += 50.0
    (again, after) = baselines_refitted(table_of(a=changed), dataset_of(changed), blocks, ("ets", "last"))
    assert first.forecasts["ets"].tobytes() == again.forecasts["ets"].tobytes(), "nothing behind the origin decides"
    assert (second.forecasts["ets"] != after.forecasts["ets"]).all()
