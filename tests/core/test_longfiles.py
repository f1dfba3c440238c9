"""Several series in one table train one model: nothing crosses from one to another, and each is split in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from series import HOUR, hourly, run_of, tiny_project, train, wave
from workbench.core.bundle import bundled
from workbench.core.calendar import calendar
from workbench.core.dataset import prepare
from workbench.core.dataspec import DataSpec
from workbench.core.exports import exported
from workbench.core.exports.forecast_csv import forecast_table
from workbench.core.exports.wbm import read_model
from workbench.core.forecasting import _last_windows, beyond, evaluated, view
from workbench.core.lanes import moved
from workbench.core.opening import proposed
from workbench.core.presets import PRESETS, preset_for
from workbench.core.problems import WorkbenchError
from workbench.core.table import Column, Step, Table, TimeAxis

SPEC = DataSpec(targets=("a",), series="id", window=6, horizon=3, train_share=0.5, valid_share=0.25)


def long_table(lengths: dict[str, int], *, mixed: bool = False, drop: tuple[int, ...] = ()) -> Table:
    """Return a long table; `mixed` puts its rows in order of time instead of series, `drop` leaves rows out."""
    names = np.concatenate([np.full(count, name) for name, count in lengths.items()])
    times = np.concatenate([hourly(count) for count in lengths.values()])
    values = np.concatenate([wave(count, seed=seed) + 100 * seed for seed, count in enumerate(lengths.values())])
    order = np.argsort(times, kind="stable") if mixed else np.arange(len(names))
    order = np.delete(order, list(drop))
    names, times, values = names[order], times[order], values[order]
    axis = TimeAxis(("time",), "%Y-%m-%d %H:%M", times, HOUR, backward=0)
    columns = (
        Column("time", "time", times, 0),
        Column("id", "text", names, 0),
        Column("a", "number", values, 0),
    )
    return Table("long.csv", columns, axis, (), "3" * 64)


def test_that_each_series_is_split_in_time_by_itself() -> None:
    dataset = prepare(long_table({"x": 40, "y": 80}), SPEC)
    assert dataset.names == ("x", "y")
    assert dataset.split.places is not None
    assert np.bincount(dataset.split.places[:40]).tolist() == [20, 10, 10]
    assert np.bincount(dataset.split.places[40:]).tolist() == [40, 20, 20]
    for part, place in (("train", 0), ("valid", 1), ("test", 2)):
        starts = dataset.part(part).start
        rows = starts[:, None] + np.arange(9)
        assert (dataset.sequence[rows] == dataset.sequence[starts][:, None]).all(), "no window crosses"
        assert (dataset.split.places[rows[:, 6:]] == place).all()
        assert len(starts) == dataset.window_count.counts(SPEC)[part]
        assert set(dataset.sequence[starts]) == {0, 1}, "both series are in every part"


def test_that_nothing_behind_the_training_rows_of_any_series_is_fitted() -> None:
    clean = prepare(long_table({"x": 40, "y": 80}), SPEC)
    table = long_table({"x": 40, "y": 80})
    values = np.array(table["a"].values)
    values[20:40] = values[80:] = 1e9
    spoilt = Table(table.name, (*table.columns[:2], Column("a", "number", values, 0)), table.time, (), table.sha256)
    found = prepare(spoilt, SPEC)
    assert found.scaler.shift.tolist() == clean.scaler.shift.tolist()
    assert found.mase_scale.tolist() == clean.mase_scale.tolist()
    assert found.season == clean.season


def test_that_the_order_of_the_rows_of_a_file_does_not_matter() -> None:
    one, two = (prepare(long_table({"x": 40, "y": 80}, mixed=mixed), SPEC) for mixed in (False, True))
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.train.start, two.train.start)
    assert two.names == ("x", "y")


def test_that_a_missing_step_is_a_gap_of_its_series() -> None:
    dataset = prepare(long_table({"x": 40, "y": 80}, drop=(50,)), SPEC)
    assert len(dataset.values) == 120
    assert dataset.file_rows[50] == -1
    assert np.isnan(dataset.values[50, 0])
    assert dataset.sequence[50] == 1
    starts = np.concatenate([dataset.part(part).start for part in ("train", "valid", "test")])
    assert not ((starts <= 50) & (starts + 9 > 50)).any()


def test_that_the_seasonal_baseline_stays_in_its_series() -> None:
    dataset = prepare(long_table({"x": 40, "y": 80}), SPEC.changed(season=12))
    from workbench.core.baselines import last_value, seasonal_naive

    first = np.array([40])
    np.testing.assert_array_equal(seasonal_naive(dataset, first), last_value(dataset, first))


def test_that_one_model_forecasts_every_series() -> None:
    project = tiny_project(series="id", window=6, horizon=3, train_share=0.5, valid_share=0.25, normalisation="revin")
    table = long_table({"x": 40, "y": 80, "z": 5})
    dataset = prepare(table, project.data)
    made = bundled(run_of(train(project, dataset), project), dataset)
    future = beyond(made, view(made, table), 7)
    assert future.starts.tolist() == [34, 114], "z is too short to be read"
    assert future.values.shape == (2, 7, 1)
    assert abs(future.values[1].mean() - 110) < 15
    assert abs(future.values[0].mean() - 10) < 15
    header, rows = forecast_table(view(made, table), future)
    assert header == ["id", "step", "time", "a"]
    assert [row[:2] for row in rows[5:9]] == [["x", 6], ["x", 7], ["y", 1], ["y", 2]]
    assert [row[2] for row in rows[6:8]] == ["2024-01-02 22:00", "2024-01-04 08:00"]
    assert evaluated(made, table)[2][0].windows == len(dataset.test) or made.facts.data.sha256 != table.sha256


@pytest.mark.parametrize("column", ["nothing"])
def test_that_an_unknown_series_column_is_refused(column: str) -> None:
    with pytest.raises(WorkbenchError) as found:
        prepare(long_table({"x": 40}), SPEC.changed(series=column))
    assert found.value.problem.key == "unknown-column"


def test_that_dates_split_all_series_alike() -> None:
    table: Any = long_table({"x": 60, "y": 80})
    spec = SPEC.changed(train_until="2024-01-02 12:00", valid_until="2024-01-03")
    places = prepare(table, spec).split.places
    assert places is not None
    assert np.bincount(places[:60]).tolist() == [36, 12, 12]
    assert np.bincount(places[60:]).tolist() == [36, 12, 32]


@pytest.mark.parametrize("key", PRESETS)
def test_that_what_is_proposed_and_every_preset_fit_the_longest_series(key: str) -> None:
    table = long_table({"x": 90, "y": 60, "z": 90, "w": 80}, mixed=True)
    project = proposed(table, "long.csv", series="id")
    assert project.data.series == "id"
    assert project.data.calendar == ("hour", "weekday"), "each series has a line of time of its own"
    assert (project.data.window, project.data.horizon) == (14, 7), "a twelfth of the longest series"
    dataset = prepare(table, project.data)
    made = project.edited(**preset_for(key, project, dataset))
    assert len(prepare(table, made.data).train) > 0
    made = made.edited(train={"epochs": 1, "device": "cpu"}, model={"hidden": 4})
    assert run_of(train(made, table), made).scores("test")["model"].windows > 0


def test_that_the_calendar_of_each_series_is_read() -> None:
    table = long_table({"x": 40, "y": 80}, drop=(50,))
    data = moved(SPEC.changed(series="", calendar=("hour", "weekday")), table, "id", "series").data
    assert data == {"series": "id"}, "the calendar stays"
    dataset = prepare(table, SPEC.changed(calendar=("hour", "weekday")))
    for first, rows in ((0, 40), (40, 80)):
        expected = calendar(hourly(rows), ("hour", "weekday"))
        np.testing.assert_allclose(dataset.scaled[first : first + rows, 1:], expected, atol=1e-6)


def test_that_the_calendar_goes_on_behind_each_series_by_itself() -> None:
    project = tiny_project(series="id", window=6, horizon=3, calendar=("hour",))
    table = long_table({"x": 40, "y": 80})
    dataset = prepare(table, project.data)
    _origins, _windows, ahead = _last_windows(dataset, 3, 3)
    for place, rows in ((0, 40), (1, 80)):
        np.testing.assert_allclose(ahead[place], calendar(hourly(rows + 3)[rows:], ("hour",)), atol=1e-6)
    assert dataset.readable(30)
    assert not dataset.readable(33), "what is known of the steps ahead would be another's"


def test_that_a_calendar_needs_times() -> None:
    table = long_table({"x": 40, "y": 80})
    with pytest.raises(WorkbenchError) as refused:
        prepare(Table(table.name, table.columns, None, (), table.sha256), SPEC.changed(calendar=("hour",)))
    assert refused.value.problem.key == "no-calendar"


@pytest.mark.parametrize(("difference", "lag"), [("step", 1), ("season", 12)])
@pytest.mark.parametrize("power", ["none", "log"])
def test_that_differences_stay_in_their_series_and_are_undone(difference: str, lag: int, power: str) -> None:
    table = long_table({"x": 60, "y": 80})
    dataset = prepare(table, SPEC.changed(difference=difference, season=12, power=power))
    assert dataset.fit.transform.lag == lag
    z = dataset.values[:, 0] if power == "none" else np.log(dataset.values[:, 0])
    raw = dataset.scaler.inverse(dataset.labels.astype(np.float64))[:, 0]
    for first, rows in ((0, 60), (60, 80)):
        assert np.isnan(raw[first : first + lag]).all(), "no difference reaches into the series before"
        own = slice(first + lag, first + rows)
        np.testing.assert_allclose(raw[own], z[own] - z[first : first + rows - lag], atol=1e-4)
    for part in ("train", "valid", "test"):
        starts = dataset.part(part).start  # type: ignore[arg-type]
        assert len(starts)
        rows = starts[:, None] + 6 + np.arange(3)
        np.testing.assert_allclose(dataset.to_original(dataset.labels[rows], starts), dataset.truth(starts), rtol=1e-4)
        np.testing.assert_allclose(dataset.to_scaled(dataset.truth(starts), starts), dataset.labels[rows], atol=1e-4)


def test_that_each_series_is_scaled_by_its_own_training_rows() -> None:
    table = long_table({"x": 40, "y": 80})
    spec = SPEC.changed(scale_each=True)
    dataset = prepare(table, spec)
    for first, learnt, rows in ((0, 20, 40), (40, 40, 80)):
        seen = dataset.values[first : first + learnt]
        expected = (dataset.values[first : first + rows] - seen.mean()) / seen.std()
        np.testing.assert_allclose(dataset.scaled[first : first + rows], expected, atol=1e-4)
    starts = dataset.test.start
    rows = starts[:, None] + 6 + np.arange(3)
    assert set(dataset.sequence[starts]) == {0, 1}
    np.testing.assert_allclose(dataset.to_original(dataset.labels[rows], starts), dataset.truth(starts), rtol=1e-5)
    np.testing.assert_allclose(dataset.to_scaled(dataset.truth(starts), starts), dataset.labels[rows], atol=1e-4)
    values = np.array(table["a"].values)
    values[20:40] = values[80:] = 1e9
    spoilt = Table(table.name, (*table.columns[:2], Column("a", "number", values, 0)), table.time, (), table.sha256)
    one, two = dataset.fit.each, prepare(spoilt, spec).fit.each
    assert one is not None
    assert two is not None
    assert one.shift.tolist() == two.shift.tolist()
    assert one.scale.tolist() == two.scale.tolist()


def test_that_a_constant_series_gets_the_spread_of_all() -> None:
    table = long_table({"x": 40, "y": 80})
    values = np.array(table["a"].values)
    values[:40] = 7.0
    flat = Table(table.name, (*table.columns[:2], Column("a", "number", values, 0)), table.time, (), table.sha256)
    dataset = prepare(flat, SPEC.changed(scale_each=True))
    each = dataset.fit.each
    assert each is not None
    assert each.shift[0, 0] == 7.0
    assert each.scale[0, 0] == dataset.scaler.scale[0]


def test_that_scales_of_series_travel_with_the_model(tmp_path: Path) -> None:
    settings = {"calendar": ("hour",), "difference": "step", "output": "quantiles", "loss": "pinball"}
    project = tiny_project(series="id", window=6, horizon=3, scale_each=True, **settings)
    table = long_table({"x": 60, "y": 80})
    dataset = prepare(table, project.data)
    made = bundled(run_of(train(project, dataset), project), dataset)
    exported(tmp_path / "m.wbm", made, dataset, None)
    again = read_model(tmp_path / "m.wbm")
    one, two = (beyond(bundle, view(bundle, table), 7) for bundle in (made, again))
    np.testing.assert_array_equal(one.values, two.values)
    assert one.low is not None
    assert two.low is not None
    np.testing.assert_array_equal(one.low, two.low)
    assert abs(one.values[0].mean() - 10) < 15
    assert abs(one.values[1].mean() - 110) < 15
    other = view(again, long_table({"y": 50, "new": 30}))
    assert [note.key for note in other.notes] == ["series-left-out"]
    future = beyond(again, other)
    assert future.starts.tolist() == [44]
    header, rows = forecast_table(other, future)
    assert header == ["id", "step", "time", "a", "a low", "a high"]
    assert [row[:3] for row in rows[:2]] == [["y", 1, "2024-01-03 02:00"], ["y", 2, "2024-01-03 03:00"]]
    with pytest.raises(WorkbenchError) as refused:
        view(again, long_table({"new": 50}))
    assert refused.value.problem.key == "unknown-series"


def test_that_months_of_several_series_go_on_by_the_calendar() -> None:
    months = np.arange("2020-01", "2022-01", dtype="datetime64[M]").astype("datetime64[us]")
    times = np.concatenate([np.delete(months, 5), months])
    names = np.concatenate([np.full(23, "x"), np.full(24, "y")])
    axis = TimeAxis(("time",), "%Y-%m", times, Step(1, "month"), backward=1)
    columns = (
        Column("time", "time", times, 0), Column("id", "text", names, 0), Column("a", "number", wave(47), 0),
    )  # fmt: skip
    dataset = prepare(Table("m.csv", columns, axis, (), "4" * 64), SPEC.changed(calendar=("month",)))
    assert dataset.file_rows[5] == -1
    assert dataset.clock.times is not None
    np.testing.assert_array_equal(dataset.clock.times, np.tile(months, 2))
    assert str(dataset.clock.of(24, 48).at(np.array([24, 25]))[1])[:7] == "2022-02"
