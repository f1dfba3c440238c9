"""Only some columns, and rows combined to steps of time, while a file is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.aggregation import Accumulator, aggregated, bucket_numbers, bucket_starts, first_of_each
from workbench.core.dataspec import DataSpec
from workbench.core.grid import regular
from workbench.core.problems import WorkbenchError
from workbench.core.reading import Reading
from workbench.core.sources import payload
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


@pytest.fixture
def long_path(tmp_path: Path) -> Path:
    """Return a clean file that is large enough to be read in batches, with a sentinel and empty cells."""
    rows = 60_000
    times = np.datetime64("2021-03-01", "s") + np.arange(rows) * np.timedelta64(60, "s")
    heat = np.round(20 + 5 * np.sin(np.arange(rows) / 700), 2)
    lines = ["time,load,heat,flow,place"]
    for k, (time, warm) in enumerate(zip(times, heat.tolist(), strict=True)):
        load = "" if k % 211 == 7 else f"{k % 1013}.25"
        flow = "-999" if k % 5003 == 9 else f"{k % 17}"
        lines.append(f"{str(time).replace('T', ' ')},{load},{warm},{flow},{'Hill' if k % 2 else 'Dale'}")
    target = tmp_path / "long.csv"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


@pytest.mark.parametrize("how", HOWS)
def test_that_combining_in_batches_is_combining_the_whole(long_path: Path, how: str) -> None:
    hints = Reading(every="1h", combine=how).hints
    quick = sources.read(long_path, hints=hints)
    whole = reduced(sources.read(long_path), hints)
    assert quick.rows == whole.rows == 1000
    assert quick.numeric == whole.numeric == ("load", "heat", "flow")
    for name in quick.numeric:
        assert np.allclose(quick[name].values, whole[name].values, rtol=1e-12, equal_nan=True), name
    for key in ("sentinels", "rows-combined"):
        texts = [[note.text() for note in table.notes if note.key == key] for table in (quick, whole)]
        assert texts[0] == texts[1] != []
    assert quick.time is not None
    assert whole.time is not None
    assert (quick.time.values == whole.time.values).all()
    assert quick.time.step == whole.time.step
    assert quick.sha256 == whole.sha256


@pytest.mark.parametrize(
    ("change", "combined"),
    [
        (lambda lines: [*lines[:30_001], *lines[30_101:30_201], *lines[30_001:]], 1000),
        (lambda lines: [*lines[:30_001], "2021-03-21 20:00:00,broken,1,1,Hill", *lines[30_002:]], 1000),
        (lambda lines: [*lines[:30_001], ",5,1,1,Hill", *lines[30_002:]], 1000),
        (lambda lines: [lines[0], *(x for line in lines[1:20_001] for x in (line, line.replace("Hill", "Dale")))], 334),
    ],
    ids=["times that go back", "a bad number", "a missing time", "repeated times"],
)
def test_that_what_must_be_seen_together_is_read_whole(
    change: Callable[[list[str]], list[str]], combined: int, long_path: Path
) -> None:
    lines = change(long_path.read_text(encoding="utf-8").splitlines())
    long_path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    hints = Reading(every="1h").hints
    found, whole = sources.read(long_path, hints=hints), reduced(sources.read(long_path), hints)
    assert found.rows == whole.rows
    assert abs(found.rows - combined) <= 1
    for name in whole.numeric:
        assert np.allclose(found[name].values, whole[name].values, rtol=1e-12, equal_nan=True), name
    assert [note.text() for note in found.notes] == [note.text() for note in whole.notes]


def test_that_only_the_wanted_columns_of_a_large_file_are_read(long_path: Path) -> None:
    whole = sources.read(long_path)
    table = sources.read(long_path, hints=Reading(columns=("flow",)).hints)
    assert [column.name for column in table.columns] == ["time", "flow"]
    assert np.array_equal(table["flow"].values, whole["flow"].values, equal_nan=True)
    assert table.time is not None
    assert whole.time is not None
    assert np.array_equal(table.time.values, whole.time.values)


def test_that_an_unknown_column_of_a_large_file_is_refused(long_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="cold"):
        sources.read(long_path, hints=Reading(columns=("cold",)).hints)


@pytest.mark.parametrize(
    ("budget", "proposed"),
    [
        (60_000 * 16 * 3, {"every": "5min", "columns": ()}),
        (200_000, {"every": "30min", "columns": ()}),
    ],
)
def test_that_a_table_too_large_is_refused_with_numbers_and_a_way_that_works(
    long_path: Path, monkeypatch: pytest.MonkeyPatch, budget: int, proposed: dict[str, object]
) -> None:
    monkeypatch.setattr(payload, "memory_budget", lambda: budget)
    with pytest.raises(WorkbenchError) as caught:
        sources.read(long_path)
    found = caught.value.problem
    assert found.key == "too-large"
    assert {key: found.values[key] for key in proposed} == proposed
    assert found.values["limit_mb"] == budget >> 20
    assert "rows x 5 columns" in found.text()
    table = sources.read(long_path, hints=Reading(every=str(found.values["every"])).hints)
    assert table.rows < 60_000


def test_that_columns_are_proposed_where_there_is_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    path = tmp_path / "plain.csv"
    np.savetxt(path, random.normal(size=(40_000, 6)), "%.3f", ",", header="a,b,c,d,e,f", comments="")
    monkeypatch.setattr(payload, "memory_budget", lambda: 40_000 * 40)
    with pytest.raises(WorkbenchError) as caught:
        sources.read(path)
    columns = caught.value.problem.values["columns"]
    assert columns == ("a", "b")
    assert sources.read(path, hints=Reading(columns=("a", "b")).hints).numeric == ("a", "b")


def test_that_a_large_file_that_needs_care_is_refused_before_it_fills_the_memory(
    long_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with long_path.open("a", encoding="utf-8") as stream:
        stream.write("one,two,three,four,five,six\n")
    monkeypatch.setattr(payload, "memory_budget", lambda: 10 * long_path.stat().st_size)
    with pytest.raises(WorkbenchError) as caught:
        sources.read(long_path)
    assert caught.value.problem.key == "too-large"
