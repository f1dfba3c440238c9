"""Several series in one table train one model: nothing crosses from one to another, and each is split in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from series import HOUR, hourly, run_of, tiny_project, train, wave
from workbench.core.bundle import bundled
from workbench.core.dataset import prepare
from workbench.core.dataspec import DataSpec
from workbench.core.exports.forecast_csv import forecast_table
from workbench.core.forecasting import beyond, evaluated, view
from workbench.core.lanes import moved
from workbench.core.opening import proposed
from workbench.core.presets import PRESETS, preset_for
from workbench.core.problems import WorkbenchError
from workbench.core.table import Column, Table, TimeAxis

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
    assert header == ["id", "step", "a"]
    assert [row[:2] for row in rows[5:9]] == [["x", 6], ["x", 7], ["y", 1], ["y", 2]]
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
    assert project.data.calendar == (), "rows of several series are in no single line of time"
    assert (project.data.window, project.data.horizon) == (14, 7), "a twelfth of the longest series"
    dataset = prepare(table, project.data)
    made = project.edited(**preset_for(key, project, dataset))
    assert len(prepare(table, made.data).train) > 0
    made = made.edited(train={"epochs": 1, "device": "cpu"}, model={"hidden": 4})
    assert run_of(train(made, table), made).scores("test")["model"].windows > 0


def test_that_the_calendar_goes_when_a_sequence_column_comes() -> None:
    data = SPEC.changed(series="", calendar=("hour",))
    assert moved(data, long_table({"x": 40, "y": 80}), "id", "series").data == {"series": "id", "calendar": ()}
    with pytest.raises(WorkbenchError) as refused:
        prepare(long_table({"x": 40, "y": 80}), data.changed(series="id"))
    assert refused.value.problem.key == "no-calendar-of-many"
    assert "Sequence column empty" in refused.value.problem.remedy()
