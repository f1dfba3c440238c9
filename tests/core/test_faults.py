"""Faults are found where they were made, and only there; ordinary seasons have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.faults import Fault, faults
from workbench.core.outliers import outliers, running_median
from workbench.core.sources.inspection import inspection
from workbench.core.sources.timestep import spacing
from workbench.core.table import Column, Step, Table, TimeAxis

HOUR = Step(3600, "second")


def _table(times: np.ndarray, values: np.ndarray) -> Table:
    found = spacing(times)
    axis = TimeAxis(("time",), "stored", times, found.step, found.duplicates, found.backward, found.gaps)
    missing = int(np.isnan(values).sum())
    columns = (Column("time", "time", times, 0), Column("load", "number", values, missing))
    return Table("a.csv", columns, axis, (), "", lines=range(2, len(times) + 2))


def _hours(count: int) -> np.ndarray:
    return np.datetime64("2024-01-01", "us") + np.arange(count) * np.timedelta64(3600, "s")


def _daily(count: int, noise: float = 1.0) -> np.ndarray:
    rows = np.arange(count)
    # A sharp peak at eight each day: an honest part of the series.
    peak = 60.0 * (rows % 24 == 8)
    return 100 + 20 * np.sin(2 * np.pi * rows / 24) + peak + np.random.default_rng(1).normal(0, noise, count)


def _kinds(found: tuple[Fault, ...]) -> dict[str, list[int]]:
    return {fault.kind: fault.rows.tolist() for fault in found}


def test_that_a_regular_seasonal_series_has_no_fault() -> None:
    assert faults(_table(_hours(24 * 30), _daily(24 * 30))) == ()


def test_that_duplicates_gaps_and_backward_rows_are_located() -> None:
    times = np.delete(_hours(200), [50, 51, 90])
    times = np.insert(times, 20, times[19])
    times[[120, 121]] = times[[121, 120]]
    found = faults(_table(times, _daily(len(times))))
    assert _kinds(found) == {"backward": [121], "duplicate": [20], "missing-step": [51, 89]}
    missing = next(fault for fault in found if fault.kind == "missing-step")
    assert missing.count == 3
    assert missing.text.values["row"] == 53
    assert missing.times is not None
    assert missing.times[0] == times[51]


def test_that_rows_off_the_step_are_irregular() -> None:
    times = _hours(300)
    times[100] += np.timedelta64(7, "m")
    assert _kinds(faults(_table(times, _daily(300))))["irregular"] == [100, 101]


def test_that_random_times_are_all_irregular() -> None:
    times = np.datetime64("2024-01-01", "us") + np.cumsum(np.random.default_rng(0).integers(1, 10**6, 50)).astype(
        "m8[s]"
    )
    assert len(_kinds(faults(_table(times, _daily(50))))["irregular"]) == 49


def test_that_missing_cells_and_times_are_located() -> None:
    times, values = _hours(100), _daily(100)
    times[7] = np.datetime64("NaT")
    values[[3, 60]] = np.nan
    found = _kinds(faults(_table(times, values)))
    assert found["missing-time"] == [7]
    assert found["missing-cell"] == [3, 60]


def test_that_a_clock_change_is_recognised() -> None:
    hours = np.datetime64("2024-03-29", "us") + np.arange(96) * np.timedelta64(3600, "s")
    times = hours[hours != np.datetime64("2024-03-31T02:00")]
    assert _kinds(faults(_table(times, _daily(95))))["clock-change"] == [50]


@pytest.mark.parametrize("step", [HOUR, None])
def test_that_spikes_are_outliers_and_daily_peaks_are_not(step: Step | None) -> None:
    values = _daily(24 * 60)
    values[[301, 302, 700]] += (55, 58, -70)
    assert outliers(values, step).tolist() == [301, 302, 700]


def test_that_a_missing_peak_is_no_reason_to_flag_the_others() -> None:
    values = _daily(24 * 40)
    values[8 + 24 * 20] -= 60
    assert outliers(values, HOUR).tolist() in ([], [8 + 24 * 20])


@pytest.mark.parametrize("seed", range(5))
def test_that_noise_a_random_walk_growth_rain_and_steps_have_hardly_any_outliers(seed: int) -> None:
    random = np.random.default_rng(seed)
    noise = random.normal(size=4000)
    rain = np.where(random.random(4000) < 0.15, random.exponential(5, 4000), 0.0)
    growth = np.exp(np.arange(400) / 60) * (1 + 0.3 * np.sin(np.arange(400) * np.pi / 6))
    steps = np.repeat(random.normal(0, 10, 40), 100) + random.normal(0, 0.1, 4000)
    for values in (noise, np.cumsum(noise), growth, steps):
        assert outliers(values, None).tolist() == []
    assert len(outliers(rain, None)) <= 8


def test_that_gaps_do_not_shift_the_season_of_outliers() -> None:
    values = _daily(24 * 60)
    values[100:137] = np.nan
    values[900] += 80
    assert outliers(values, HOUR).tolist() == [900]


@pytest.mark.parametrize("values", [np.arange(11.0), np.full(100, 3.0), np.full(100, np.nan), np.tile([0.0, 1.0], 50)])
def test_that_short_constant_empty_and_switching_series_have_no_outliers(values: np.ndarray) -> None:
    assert len(outliers(values, None)) == 0


@pytest.mark.parametrize("apart", [1, 3])
@pytest.mark.parametrize("count", [12, 13, 100, 40_000])
def test_that_the_running_median_is_the_median_of_seven(count: int, apart: int) -> None:
    x = np.random.default_rng(count).normal(size=count)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, 3 * apart, mode="reflect"), 6 * apart + 1)
    assert np.array_equal(running_median(x, apart), np.median(windows[:, ::apart], axis=1))


def test_that_inspect_tells_row_and_column_of_outliers_and_odd_distances(tmp_path: Path) -> None:
    times, values = _hours(400), _daily(400).round(2)
    times[100] += np.timedelta64(7, "m")
    values[200] = 999.5
    lines = [f"{str(t)[:19]};{v}".replace(".", ",") for t, v in zip(times, values, strict=True)]
    path = tmp_path / "a.csv"
    path.write_text("time;load\n" + "\n".join(lines) + "\n", encoding="utf-8")
    notes: object = inspection(sources.read(path))["notes"]
    assert isinstance(notes, list)
    found = {note["key"]: (note["row"], note["column"]) for note in notes}
    assert found["outliers"] == (202, "load")
    assert found["irregular-rows"] == (102, "time")


def test_that_rows_of_a_file_from_new_to_old_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{str(t)[:19]},{v:.3f}" for t, v in zip(_hours(50), _daily(50), strict=True)]
    path.write_text("time,load\n" + "\n".join(reversed(rows)) + "\n", encoding="utf-8")
    table = sources.read(path)
    assert (table.line(0), table.line(49)) == (51, 2)
