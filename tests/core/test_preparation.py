"""Gaps, transforms, calendar, resampling: what the data card prepares, and that it can be undone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from series import HOUR, hourly, table_of, wave
from workbench.core.calendar import PERIODS, calendar
from workbench.core.dataset import prepare
from workbench.core.dataspec import DataSpec
from workbench.core.gaps import filled, hold, interpolated, seasonal
from workbench.core.grid import regular
from workbench.core.problems import WorkbenchError
from workbench.core.transforms import Transform, best_exponent

NAN = np.nan


def holed(rows: int = 400, *, seed: int = 0) -> np.ndarray:  # type: ignore[type-arg]
    """A daily wave above 0 with holes of one to eight rows."""
    noise = np.random.default_rng(seed)
    values = 50 + 10 * np.sin(2 * np.pi * np.arange(rows) / 24) + noise.normal(0, 1, rows)
    for first in noise.choice(rows - 10, 8, replace=False):
        values[first : first + noise.integers(1, 9)] = NAN
    return values


def test_that_a_line_is_drawn_over_short_gaps_only() -> None:
    values = np.array([[1.0], [NAN], [NAN], [4.0], [NAN], [NAN], [NAN], [8.0], [NAN]])
    np.testing.assert_array_equal(interpolated(values, 2)[:, 0], [1, 2, 3, 4, NAN, NAN, NAN, 8, NAN])


def test_that_a_season_before_is_taken() -> None:
    values = np.array([[1.0], [2.0], [3.0], [NAN], [NAN], [6.0], [NAN]])
    np.testing.assert_array_equal(seasonal(values, 2, 3)[:, 0], [1, 2, 3, 1, 2, 6, 1])


@pytest.mark.parametrize("policy", ["cut", "hold", "seasonal", "interpolate"])
@pytest.mark.parametrize("end", [150, 233, 399])
def test_that_no_usable_window_knows_what_comes_after_it(policy: str, end: int) -> None:
    values = holed()
    spec = DataSpec(targets=("a",), window=12, horizon=3, gaps=policy, gap_limit=6)
    whole = prepare(table_of(times=hourly(400), step=HOUR, a=values), spec)
    cut = filled(values[:end, None], policy, 6, whole.season)
    for start in np.concatenate([whole.part(part).start for part in ("train", "valid", "test")]):
        if start + 12 <= end:
            np.testing.assert_array_equal(whole.filled[start : start + 12, 0], cut[start : start + 12, 0])


@pytest.mark.parametrize("policy", ["hold", "seasonal", "interpolate"])
def test_that_filling_gives_more_windows_and_never_a_filled_target(policy: str) -> None:
    values = holed()
    table = table_of(times=hourly(400), step=HOUR, a=values)
    cut = prepare(table, DataSpec(targets=("a",), window=12, horizon=3))
    more = prepare(table, DataSpec(targets=("a",), window=12, horizon=3, gaps=policy, gap_limit=6))
    assert len(more.train) > len(cut.train)
    assert np.isfinite(more.truth(more.train.start)).all()
    for start in more.train.start:
        assert more.observed[start + 12 : start + 15].all()


def test_that_holding_looks_back_only() -> None:
    values = holed()[:, None]
    for end in range(20, 400, 37):
        np.testing.assert_array_equal(hold(values, 3)[:end], hold(values[:end], 3))


@given(
    values=st.lists(st.floats(0.1, 1e4), min_size=12, max_size=40),
    exponent=st.sampled_from([NAN, 0.0, 0.5, 1.0, -0.5]),
    lag=st.sampled_from([0, 1, 4]),
)
def test_that_every_transform_is_undone_exactly(values: list[float], exponent: float, lag: int) -> None:
    series = np.array(values)[:, None]
    transform = Transform(np.array([exponent]), lag)
    origin = 6
    changed = transform.forward(series)[origin:]
    back = transform.inverse_at(changed[None], series[None, origin - lag : origin])
    np.testing.assert_allclose(back[0], series[origin:], rtol=1e-6)
    again = transform.forward_at(series[None, origin:], series[None, origin - lag : origin])
    np.testing.assert_allclose(again[0], changed, rtol=1e-6, atol=1e-9)


def test_that_box_cox_finds_the_power_that_made_the_series() -> None:
    normal = 10 + np.random.default_rng(0).normal(0, 1, 4000)
    assert best_exponent(np.exp(normal / 4)) == pytest.approx(0.0, abs=0.15)
    assert best_exponent(normal**2) == pytest.approx(0.5, abs=0.3)


@pytest.mark.parametrize("power", ["none", "log", "box-cox"])
@pytest.mark.parametrize("difference", ["none", "step", "season"])
def test_that_labels_return_to_original_units(power: str, difference: str) -> None:
    values = 100 + np.arange(300) + 10 * np.sin(2 * np.pi * np.arange(300) / 24)
    spec = DataSpec(targets=("a",), window=30, horizon=9, power=power, difference=difference)
    dataset = prepare(table_of(times=hourly(300), step=HOUR, a=values), spec)
    for part in ("train", "valid", "test"):
        start = dataset.part(part).start
        labels = np.stack([dataset.labels[s + 30 : s + 39] for s in start]).astype(np.float64)
        np.testing.assert_allclose(dataset.to_original(labels, start), dataset.truth(start), rtol=2e-5)
        np.testing.assert_allclose(dataset.to_scaled(dataset.truth(start), start), labels, atol=2e-5)


def test_that_a_logarithm_of_nothing_is_refused_with_a_remedy() -> None:
    values = np.arange(100.0)
    with pytest.raises(WorkbenchError) as refused:
        prepare(table_of(a=values), DataSpec(targets=("a",), window=8, horizon=2, power="log"))
    assert refused.value.problem.key == "not-positive"
    assert "Power" in refused.value.problem.remedy()


def test_that_the_transform_is_fitted_on_training_rows_only() -> None:
    values = np.exp(np.random.default_rng(0).normal(2, 0.5, 300))
    spec = DataSpec(targets=("a",), window=8, horizon=2, power="box-cox", scaling="robust")
    poisoned = values.copy()
    poisoned[210:] = np.linspace(1e6, 1e9, 90)
    first, second = (prepare(table_of(a=series), spec) for series in (values, poisoned))
    np.testing.assert_array_equal(first.fit.transform.exponents, second.fit.transform.exponents)
    np.testing.assert_array_equal(first.fit.scaler.scale, second.fit.scaler.scale)
    np.testing.assert_array_equal(first.fit.scaler.shift, second.fit.scaler.shift)


@pytest.mark.parametrize("period", PERIODS)
def test_that_the_calendar_turns_round(period: str) -> None:
    length = {"hour": 24, "weekday": 168}.get(period)
    times = hourly(24 * 800)
    waves = calendar(times, (period,))
    np.testing.assert_allclose((waves**2).sum(axis=1), 1.0)
    if length:
        np.testing.assert_allclose(waves[:length], waves[length : 2 * length], atol=1e-9)
    else:
        assert np.unique(waves.round(6), axis=0).shape[0] > 11


def test_that_harmonics_are_faster_waves_that_the_network_reads_ahead_too() -> None:
    spec = DataSpec(targets=("a",), window=24, horizon=6, calendar=("hour", "weekday"), harmonics=3)
    assert spec.dated[:6] == ("hour sin", "hour cos", "hour sin 2", "hour cos 2", "hour sin 3", "hour cos 3")
    times = hourly(306)
    waves = calendar(times, spec.calendar, "", 3)
    assert waves.shape == (306, 12)
    day = 2 * np.pi * (np.arange(306) % 24) / 24
    np.testing.assert_allclose(waves[:, 4:6], np.column_stack([np.sin(3 * day), np.cos(3 * day)]), atol=1e-9)
    np.testing.assert_array_equal(waves[:, [0, 1, 6, 7]], calendar(times, spec.calendar))
    dataset = prepare(table_of(times=times[:300], step=HOUR, a=wave(300)), spec)
    np.testing.assert_allclose(dataset.scaled[:, 1:], waves[:300], atol=1e-6)
    np.testing.assert_allclose(dataset.ahead[300], waves[300:], atol=1e-6)


def test_that_monday_is_the_first_day_of_the_week() -> None:
    monday = np.array(["2024-01-01T00:00"], dtype="datetime64[us]")
    np.testing.assert_allclose(calendar(monday, ("weekday",)), [[0.0, 1.0]], atol=1e-12)


def test_that_the_network_reads_the_calendar_and_keeps_its_phase() -> None:
    spec = DataSpec(targets=("a",), window=24, horizon=6, calendar=("hour", "weekday"))
    dataset = prepare(table_of(times=hourly(300), step=HOUR, a=holed(300, seed=3)), spec)
    assert dataset.scaled.shape == (300, 5)
    assert spec.features[1:] == ("hour sin", "hour cos", "weekday sin", "weekday cos")
    with pytest.raises(WorkbenchError, match="time"):
        prepare(table_of(a=np.arange(300.0) % 7), spec)


def test_that_missing_inputs_are_marked_and_cost_no_window() -> None:
    numbers = np.arange(300)
    target, other = np.sin(numbers / 4), np.cos(numbers / 4)
    other[50:90] = NAN
    table = table_of(a=target, b=other)
    spec = DataSpec(targets=("a",), inputs=("b",), window=12, horizon=3)
    marked = prepare(table, spec.changed(mask_inputs=True))
    assert len(marked.train) > len(prepare(table, spec).train)
    assert spec.changed(mask_inputs=True).features == ("a", "b", "b missing")
    assert (marked.scaled[50:90, 2] == 1).all()
    assert (marked.scaled[50:90, 1] == 0).all()
    assert marked.scaled[:50, 2].sum() == 0


@pytest.mark.parametrize(
    ("how", "expected"),
    [("mean", 1.5), ("sum", 6.0), ("first", 0.0), ("last", 3.0), ("min", 0.0), ("max", 3.0)],
)
def test_that_rows_of_one_step_are_combined(how: str, expected: float) -> None:
    times = np.datetime64("2024-01-01T00:00", "us") + np.arange(400) * np.timedelta64(15, "m")
    table = table_of(times=times, step=None, a=np.arange(400.0) % 4)
    grid = regular(table, DataSpec(targets=("a",), resample="1h", aggregate=how))
    assert grid.values.shape == (100, 1)
    assert (grid.values == expected).all()
    assert grid.clock.step == HOUR


def test_that_irregular_times_become_regular_months() -> None:
    noise = np.random.default_rng(0)
    times = np.sort(
        np.datetime64("2020-01-03", "us") + noise.integers(0, 3 * 365 * 86_400, 500) * np.timedelta64(1, "s")
    )
    grid = regular(table_of(times=times, step=None, a=np.ones(500)), DataSpec(targets=("a",), resample="1mo"))
    assert grid.clock.rows == 36
    assert grid.clock.text(0) == "2020-01"
    weeks = regular(table_of(times=times, step=None, a=np.ones(500)), DataSpec(targets=("a",), resample="1w"))
    assert weeks.clock.values is not None
    assert all(day.astype("datetime64[D]").astype(int) % 7 == 4 for day in weeks.clock.values), "weeks start on Monday"


def test_that_a_step_far_too_short_is_refused() -> None:
    times = np.datetime64("2020-01-01", "us") + np.arange(50) * np.timedelta64(7, "D")
    with pytest.raises(WorkbenchError, match="empty"):
        regular(table_of(times=times, step=None, a=np.ones(50)), DataSpec(targets=("a",), resample="1min"))


@pytest.mark.parametrize(("policy", "expected"), [("first", 1.0), ("last", 3.0), ("mean", 2.0)])
def test_that_repeated_times_follow_the_policy(policy: str, expected: float) -> None:
    times = np.repeat(hourly(30), 3)
    table = table_of(times=times, step=HOUR, a=np.tile([1.0, 2.0, 3.0], 30))
    grid = regular(table, DataSpec(targets=("a",), duplicates=policy))
    assert (grid.values == expected).all()
    assert [note.key for note in grid.notes] == ["duplicate-times"]
    with pytest.raises(WorkbenchError, match="repeat"):
        regular(table, DataSpec(targets=("a",), duplicates="error"))


def test_that_the_split_follows_dates() -> None:
    table = table_of(times=hourly(400), step=HOUR, a=holed(400, seed=2))
    spec = DataSpec(targets=("a",), window=12, horizon=3, gaps="hold", gap_limit=9)
    times = hourly(400)
    dated = prepare(table, spec.changed(train_until=str(times[200])[:16], valid_until=str(times[300])[:16]))
    assert (dated.split.train, dated.split.valid) == (200, 300)
    with pytest.raises(WorkbenchError, match="dates"):
        prepare(table, spec.changed(train_until="1999-01-01"))
    with pytest.raises(WorkbenchError, match="date"):
        spec.changed(train_until="yesterday")


@pytest.mark.parametrize("season", [7, 24])
def test_that_a_season_that_is_set_is_the_one_that_is_used(season: int) -> None:
    values = wave(300, period=12)
    spec = DataSpec(targets=("a",), window=30, horizon=5, season=season, difference="season")
    dataset = prepare(table_of(a=values), spec)
    assert dataset.season == season
    assert dataset.fit.transform.lag == season


def test_that_differences_from_season_to_season_need_a_season() -> None:
    noise = np.random.default_rng(0).normal(size=300)
    spec = DataSpec(targets=("a",), window=30, horizon=5, difference="season")
    with pytest.raises(WorkbenchError, match="No season was found") as refused:
        prepare(table_of(a=noise), spec)
    assert refused.value.problem.key == "no-season"


def test_that_a_season_must_be_there_twice() -> None:
    with pytest.raises(WorkbenchError, match="150 steps is not there twice in the 210 training rows") as refused:
        prepare(table_of(a=wave(300)), DataSpec(targets=("a",), window=30, horizon=5, season=150))
    assert refused.value.problem.key == "season-too-long"
    assert refused.value.problem.values["most"] == 105


def test_that_values_no_logarithm_takes_are_told_wherever_they_are() -> None:
    values = wave(300)
    values[290] = -1.0
    with pytest.raises(WorkbenchError, match="the lowest is -1"):
        prepare(table_of(a=values), DataSpec(targets=("a",), window=30, horizon=5, power="log"))
