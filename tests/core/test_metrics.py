"""Measures against vectors worked out by hand, and against plain loops over single values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from series import table_of, wave
from workbench.core.baselines import baselines
from workbench.core.dataset import prepare
from workbench.core.metrics import MEASURES, POINT, Errors, Report, crps_of_samples
from workbench.core.project import DataSpec
from workbench.core.scales import Scale, scale_of
from workbench.core.scoring import reports

UNIT = Scale(1, np.array([[2.0]]), np.array([[4.0]]))

# y, f for two windows of two steps: errors +1 -1 +2 0
TRUTH = np.array([[1.0, 3.0], [2.0, 0.0]])[..., None]
FORECAST = np.array([[2.0, 2.0], [4.0, 0.0]])[..., None]


def report(truth: object, forecast: object, scale: Scale = UNIT, **given: object) -> Report:
    y = np.asarray(truth, dtype=float)
    errors = Errors(y.shape[1], y.shape[2], len(scale.absolute))
    errors.add(y, np.asarray(forecast, dtype=float), **given)  # type: ignore[arg-type]
    return Report("model", errors, scale)


# sMAPE: 200 (1/3 + 1/5 + 2/6 + 0) / 4; R2: 1 - 6 / 5 with a mean of 1.5.
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("mae", 1.0),
        ("mse", 1.5),
        ("rmse", 1.5**0.5),
        ("bias", 0.5),
        ("mase", 0.5),
        ("rmsse", (1.5 / 4.0) ** 0.5),
        ("smape", 200.0 * (1 / 3 + 1 / 5 + 1 / 3) / 4),
        ("wape", 4.0 / 6.0),
        ("r2", 1.0 - 6.0 / 5.0),
    ],
)
def test_that_measures_are_those_worked_out_by_hand(key: str, expected: float) -> None:
    assert report(TRUTH, FORECAST).value(key) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("mae", [1.5, 0.5]),
        ("bias", [1.5, -0.5]),
        ("rmse", [2.5**0.5, 0.5**0.5]),
        ("mase", [0.75, 0.25]),
        ("smape", [100.0 * (1 / 3 + 1 / 3), 20.0]),
        ("wape", [1.0, 1 / 3]),
        # Step 1: 1 - 5 / 0.5; step 2: 1 - 1 / 4.5.
        ("r2", [-9.0, 1 - 1 / 4.5]),
    ],
)
def test_that_steps_ahead_are_measured_by_themselves(key: str, expected: list[float]) -> None:
    np.testing.assert_allclose(report(TRUTH, FORECAST).by(("step",), key), expected, rtol=1e-12)


def test_that_every_series_has_its_own_scale_and_all_count_alike() -> None:
    scale = Scale(24, np.array([[1.0], [10.0]]), np.array([[1.0], [100.0]]))
    truth, forecast = np.array([[[0.0]], [[0.0]]]), np.array([[[1.0]], [[20.0]]])
    found = report(truth, forecast, scale, series=np.array([0, 1]))
    np.testing.assert_allclose(found.by(("series",), "mase"), [1.0, 2.0])
    assert found.value("mase") == pytest.approx(1.5)
    assert found.value("rmsse") == pytest.approx(1.5)
    np.testing.assert_allclose(found.by(("series",), "mae"), [1.0, 20.0])


def test_that_a_series_without_a_scale_is_left_out_and_none_gives_no_number() -> None:
    scale = Scale(1, np.array([[0.0], [2.0]]), np.array([[0.0], [4.0]]))
    truth, forecast = np.zeros((2, 1, 1)), np.ones((2, 1, 1))
    found = report(truth, forecast, scale, series=np.array([0, 1]))
    assert found.value("mase") == pytest.approx(0.5)
    assert found.value("rmsse") == pytest.approx(0.5)
    flat = Scale(1, np.zeros((1, 1)), np.zeros((1, 1)))
    assert report(truth, forecast, flat).value("mase") is None
    assert report(truth, forecast, flat).value("rmsse") is None
    assert report(truth, forecast, flat).value("r2") is None, "the truth never changes"
    assert report(truth, forecast, flat).value("wape") is None, "the truth is 0"


def test_that_a_missing_truth_counts_in_nothing_and_a_missing_forecast_hides_nothing() -> None:
    truth = np.concatenate([TRUTH, np.full((1, 2, 1), np.nan)])
    forecast = np.concatenate([FORECAST, np.full((1, 2, 1), 77.0)])
    for key in POINT:
        assert report(truth, forecast).value(key) == pytest.approx(report(TRUTH, FORECAST).value(key)), key
    spoilt = FORECAST.copy()
    spoilt[0, 0] = np.nan
    for key in ("mae", "rmse", "mase", "rmsse", "bias", "wape", "smape"):
        assert report(TRUTH, spoilt).value(key) is None, key


def test_that_bands_and_levels_are_measured_by_hand() -> None:
    errors = Errors(1, 1, levels=(0.1, 0.5, 0.9), shares=(0.8,))
    truth = np.array([1.0, 5.0, 11.0])[:, None, None]
    low, middle, high = (np.full((3, 1, 1), edge) for edge in (1.0, 4.0, 9.0))
    errors.add(
        truth, middle, quantiles=np.concatenate([low, middle, high], axis=2)[:, :, None, :], bands={0.8: (low, high)}
    )
    found = Report("model", errors, UNIT)
    assert found.value("coverage") == pytest.approx(2 / 3)  # an edge is inside
    assert found.value("width") == pytest.approx(8.0)
    assert found.value("winkler") == pytest.approx(8.0 + 10.0 * 2.0 / 3)
    # pinball at .1: 0, .4, 1.0; at .5: 1.5, .5, 3.5; at .9: .8, .4, 1.8
    assert found.value("pinball") == pytest.approx((1.4 + 5.5 + 3.0) / 9)
    assert found.value("crps") == pytest.approx(2 * (1.4 + 5.5 + 3.0) / 9)
    assert report(TRUTH, FORECAST).value("coverage") is None
    assert report(TRUTH, FORECAST).value("crps") is None


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_that_the_crps_of_samples_is_the_mean_over_all_pairs(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    truth, samples = random.normal(size=4), random.normal(size=(4, count))
    pairs = np.abs(samples[:, :, None] - samples[:, None, :]).mean(axis=(1, 2))
    expected = np.abs(samples - truth[:, None]).mean(axis=1) - pairs / 2
    np.testing.assert_allclose(crps_of_samples(truth, samples), expected, atol=1e-12)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 1e9]))
def test_that_pieces_and_levels_change_nothing(seed: int, level: float) -> None:
    random = np.random.default_rng(seed)
    truth, forecast = level + random.normal(size=(2, 9, 3, 2))
    series = random.integers(0, 2, 9)
    scale = Scale(1, np.ones((2, 2)), np.ones((2, 2)))
    whole, pieces = Errors(3, 2, 2), Errors(3, 2, 2)
    whole.add(truth, forecast, series)
    for place in np.array_split(np.arange(9), 4):
        pieces.add(truth[place], forecast[place], series[place])
    for key in POINT:
        one, many = (Report("model", errors, scale).value(key) for errors in (whole, pieces))
        assert one == pytest.approx(many, rel=1e-6), key
    found = Report("model", whole, scale)
    error = forecast - truth
    assert found.value("mae") == pytest.approx(np.abs(error).mean(), rel=1e-9)
    around = [
        1
        - (error[..., c] ** 2).sum()
        / sum(((truth[series == s, :, c] - truth[series == s, :, c].mean()) ** 2).sum() for s in set(series.tolist()))
        for c in range(2)
    ]
    assert found.value("r2") == pytest.approx(np.mean(around), rel=1e-6)


def test_that_every_measure_tells_its_formula_season_and_scale() -> None:
    found = report(TRUTH, FORECAST)
    for key in MEASURES:
        assert MEASURES[key].formula in found.explained(key)
    assert "m = 1, s = 2" in found.explained("mase")
    assert "200 %" in found.explained("smape")


def test_that_the_scale_sees_training_rows_of_its_own_series_only() -> None:
    values = wave(300)
    table = table_of(a=values)
    dataset = prepare(table, DataSpec(targets=("a",), window=12, horizon=6))
    found, train = scale_of(dataset), values[: round(300 * 0.7)]
    m = dataset.season
    assert found.season == m == 12
    np.testing.assert_allclose(found.absolute, [[np.abs(train[m:] - train[:-m]).mean()]])
    np.testing.assert_allclose(found.squared, [[((train[m:] - train[:-m]) ** 2).mean()]])
    np.testing.assert_allclose(found.absolute[0], dataset.mase_scale)
    poisoned = values.copy()
    poisoned[round(300 * 0.7) :] = 1e9
    after = scale_of(prepare(table_of(a=poisoned), dataset.spec))
    assert after.absolute.tobytes() == found.absolute.tobytes()
    assert after.squared.tobytes() == found.squared.tobytes()


def test_that_the_reports_of_baselines_are_means_over_all_windows() -> None:
    dataset = prepare(table_of(a=wave(400)), DataSpec(targets=("a",), window=24, horizon=6))
    methods = baselines(dataset)
    found = reports(dataset, "test", methods)
    assert list(found) == list(methods)
    for name, method in methods.items():
        error = method(dataset, dataset.test.start) - dataset.truth(dataset.test.start)
        np.testing.assert_allclose(found[name].by(("step",), "mae"), np.abs(error).mean(axis=(0, 2)))
        assert found[name].windows == len(dataset.test)
