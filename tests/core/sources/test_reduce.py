"""Only some columns, and rows combined to steps of time, while a file is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.aggregation import Accumulator, aggregated, bucket_numbers, bucket_starts, first_of_each
from workbench.core.dataspec import DataSpec
from workbench.core.grid import regular
from workbench.core.problems import WorkbenchError
from workbench.core.reading import Reading
from workbench.core.sources.reduce import reduced
from workbench.core.steps import STEPS

HOWS = ("mean", "sum", "first", "last", "min", "max")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file of ten-minute rows with a hole, an empty cell and words."""
    lines = ["time,load,heat,place"]
    for k in range(2000):
        if 300 <= k < 330:
            continue
        time = np.datetime64("2024-01-30T22:50", "m") + 10 * k
        load = "" if k % 97 == 0 else f"{10 * np.sin(k / 20):.4f}"
        lines.append(f"{str(time).replace('T', ' ')},{load},{k % 31},{'Hill' if k % 2 else 'Dale'}")
    target = tmp_path / "rows.csv"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def test_that_only_the_chosen_columns_and_the_time_are_kept(path: Path) -> None:
    table = sources.read(path, hints=Reading(columns=("heat",)).hints)
    assert [column.name for column in table.columns] == ["time", "heat"]
    assert all(note.values.get("column") != "load" for note in table.notes)


def test_that_an_unknown_column_is_refused_with_the_known_ones(path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"“cold”.*“load”, “heat”"):
        sources.read(path, hints=Reading(columns=("heat", "cold")).hints)


@pytest.mark.parametrize("every", ["1h", "6h", "1d", "1w", "1mo"])
@pytest.mark.parametrize("how", HOWS)
def test_that_combining_while_reading_is_the_resampling_of_the_grid(path: Path, every: str, how: str) -> None:
    whole = sources.read(path)
    table = reduced(whole, Reading(every=every, combine=how).hints)
    spec = DataSpec(targets=("load", "heat"), resample=every, aggregate=how)
    grid = regular(whole, spec)
    assert grid.clock.values is not None
    assert table.time is not None
    there = np.isin(grid.clock.values, table.time.values)
    assert there.sum() == table.rows
    for k, name in enumerate(("load", "heat")):
        assert np.allclose(table[name].values, grid.values[there, k], rtol=1e-12, equal_nan=True)
    assert table.time.step == STEPS[every]


def test_that_combined_rows_are_said_and_holes_stay_holes(path: Path) -> None:
    table = sources.read(path, hints=Reading(every="1h").hints)
    notes = {note.key: note for note in table.notes}
    assert "1970 rows were combined to" in notes["rows-combined"].text()
    assert table.time is not None
    assert table.time.gaps in (4, 5)
    assert "place" not in table


def test_that_rows_without_times_are_not_combined(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("a,b\n" + "".join(f"{np.sin(k):.3f},{k % 7}\n" for k in range(50)), encoding="utf-8")
    with pytest.raises(WorkbenchError) as caught:
        sources.read(path, hints=Reading(every="1h").hints)
    assert caught.value.problem.key == "no-time-to-combine"


def test_that_an_unknown_step_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="Combine to"):
        Reading().changed(every="7h")


@pytest.mark.parametrize("how", HOWS)
def test_that_batches_give_what_the_whole_gives(how: str) -> None:
    random = np.random.default_rng(1)
    times = np.datetime64("2020-02-27", "us") + np.cumsum(random.integers(1, 9, 5000)) * np.timedelta64(60, "s")
    values = random.normal(size=(5000, 3))
    values[random.random(values.shape) < 0.2] = np.nan
    step = STEPS["1h"]
    first = first_of_each(bucket_numbers(times, step))
    heap = Accumulator(step, how)
    for rows in np.array_split(np.arange(5000), [7, 7, 8, 1000, 3001]):
        heap.add(times[rows], list(values[rows].T))
    found_times, found = heap.result()
    assert np.array_equal(found_times, bucket_starts(bucket_numbers(times, step)[first], step))
    assert np.allclose(found, aggregated(values, first, how), rtol=1e-12, equal_nan=True)
