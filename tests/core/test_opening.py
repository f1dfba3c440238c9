"""From a file to a first project that trains as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from series import HOUR, hourly, table_of, wave
from workbench.core.dataset import prepare
from workbench.core.opening import LONGEST_WINDOW, opened, proposed
from workbench.core.problems import WorkbenchError
from workbench.core.table import Table


@given(st.integers(12, 600), st.sampled_from([0, 2, 7, 12, 24]), st.sets(st.integers(0, 599), max_size=3))
def test_that_a_proposal_can_be_trained_as_it_is(rows: int, period: int, gaps: set[int]) -> None:
    values = wave(rows, period=period) if period else np.random.default_rng(rows).normal(size=rows)
    if rows > 100:
        values[[row for row in gaps if row < rows]] = np.nan
    table = table_of(a=values)
    project = proposed(table, "x.csv")
    dataset = prepare(table, project.data)
    assert min(len(dataset.train), len(dataset.valid)) >= 1
    assert project.data.window <= LONGEST_WINDOW
    assert project.data.targets == ("a",)


def test_that_one_season_is_forecast_from_two() -> None:
    project = proposed(table_of(times=hourly(600), step=HOUR, a=wave(600, period=24)), "x.csv")
    assert (project.data.window, project.data.horizon) == (48, 24)


def test_that_the_proposal_names_the_file_and_its_identity() -> None:
    project = proposed(table_of(a=wave(100), name="taxi.rides.csv"), "/folder/taxi.rides.csv")
    assert project.title == "taxi.rides"
    assert project.data.source == "/folder/taxi.rides.csv"
    assert project.data.sha256 == "1" * 64


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({"a": wave(100), "b": wave(100)}, "a"),
        ({"row": np.arange(100.0), "b": wave(100)}, "b"),
        ({"constant": np.ones(100), "b": wave(100)}, "b"),
        ({"missing": np.full(100, np.nan), "b": wave(100)}, "b"),
        ({"row": np.arange(100.0)}, "row"),
    ],
)
def test_that_the_target_is_a_column_that_lives(columns: dict[str, np.ndarray], target: str) -> None:
    assert proposed(table_of(**columns), "x.csv").data.targets == (target,)


def test_that_a_wished_target_is_taken() -> None:
    assert proposed(table_of(a=wave(100), b=wave(100)), "x.csv", "b").data.targets == ("b",)


def test_that_scattered_gaps_are_held_and_rare_ones_cut() -> None:
    many, few = wave(400), wave(400)
    many[::37] = np.nan
    few[[100, 101]] = np.nan
    assert proposed(table_of(a=many), "x.csv").data.gaps == "hold"
    assert proposed(table_of(a=few), "x.csv").data.gaps == "cut"


def test_that_a_table_without_numbers_is_a_problem() -> None:
    with pytest.raises(WorkbenchError) as caught:
        proposed(Table("t.csv", (), None, (), ""), "t.csv")
    assert caught.value.problem.key == "no-numbers"


def test_that_a_file_is_opened_with_its_proposal(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    lines = [
        f"{time},{value:.3f}" for time, value in zip(hourly(300).astype("M8[m]"), wave(300, period=24), strict=True)
    ]
    path.write_text("time,load\n" + "\n".join(lines) + "\n")
    found = opened(path)
    assert found.project.data.targets == ("load",)
    assert (found.project.data.window, found.project.data.horizon) == (48, 24)
    assert found.project.data.sha256 == found.table.sha256
    assert prepare(found.table, found.project.data).season == 24


def test_that_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as caught:
        opened(tmp_path / "nothing.csv")
    assert caught.value.problem.remedy()
