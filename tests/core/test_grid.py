"""Equal steps are equal times: rows of a file are laid on a grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from series import HOUR, hourly, table_of
from workbench.core.clock import Clock, advance
from workbench.core.dataspec import DataSpec
from workbench.core.grid import regular as on_grid
from workbench.core.problems import Problem
from workbench.core.table import Step, Table

STEPS = [HOUR, Step(0.5, "second"), Step(86_400, "second"), Step(1, "month"), Step(3, "month"), Step(1, "businessday")]


def regular(table: Table, columns: tuple[str, ...]) -> tuple[np.ndarray, Clock, np.ndarray, tuple[Problem, ...]]:
    grid = on_grid(table, DataSpec(targets=columns))
    return grid.values, grid.clock, grid.file_rows, grid.notes


def keys(notes: tuple) -> list[str]:
    return [note.key for note in notes]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_that_a_complete_series_stays_as_it_is(step: Step) -> None:
    times = advance(np.datetime64("2024-01-31T12:00", "us"), step, np.arange(90))
    numbers = np.arange(90.0)
    values, clock, rows, notes = regular(table_of(times=times, step=step, a=numbers), ("a",))
    assert (values[:, 0] == numbers).all()
    assert clock.values is not None
    assert (clock.values == times).all()
    assert (rows == np.arange(90)).all()
    assert notes == ()


@pytest.mark.parametrize("step", STEPS, ids=str)
@given(drawn=st.data())
def test_that_missing_steps_become_rows_of_nan_exactly_where_they_are_missing(step: Step, drawn: st.DataObject) -> None:
    times = advance(np.datetime64("2024-01-31T12:00", "us"), step, np.arange(40))
    lost = drawn.draw(st.sets(st.integers(1, 38), min_size=1, max_size=20))
    kept = np.array([row for row in range(40) if row not in lost])
    numbers = np.arange(40.0)
    values, clock, rows, notes = regular(table_of(times=times[kept], step=step, a=numbers[kept]), ("a",))
    assert clock.rows == len(values) == 40
    assert clock.values is not None
    assert (clock.values == times).all()
    assert set(np.flatnonzero(np.isnan(values[:, 0]))) == lost
    assert (values[kept, 0] == numbers[kept]).all()
    assert (rows[kept] == np.arange(len(kept))).all()
    assert (rows[sorted(lost)] == -1).all()
    assert keys(notes) == ["missing-steps"]
    assert notes[0].values["count"] == len(lost)


@given(st.permutations(range(30)))
def test_that_the_order_of_rows_in_the_file_does_not_matter(order: list[int]) -> None:
    numbers, times = np.arange(30.0), hourly(30)
    values, clock, rows, notes = regular(table_of(times=times[order], step=HOUR, a=numbers[order]), ("a",))
    assert (values[:, 0] == numbers).all()
    assert clock.values is not None
    assert (clock.values == times).all()
    assert (numbers[order][rows] == numbers).all()
    assert keys(notes) == ([] if order == sorted(order) else ["rows-reordered"])


def test_that_the_first_of_two_rows_with_one_time_is_kept() -> None:
    times = hourly(20)[[0, 1, 1, 2, *range(3, 20)]]
    values, _clock, rows, notes = regular(table_of(times=times, step=HOUR, a=np.arange(21.0)), ("a",))
    assert values[:4, 0].tolist() == [0.0, 1.0, 3.0, 4.0]
    assert rows[:4].tolist() == [0, 1, 3, 4]
    assert keys(notes) == ["duplicate-times"]


def test_that_times_without_a_step_count_rows_and_say_so() -> None:
    times = hourly(1000)[np.cumsum(np.random.default_rng(0).integers(1, 30, 30))]
    for step in (None, HOUR):  # no step, or one that would give far more rows than the file has
        values, clock, _rows, notes = regular(table_of(times=times, step=step, a=np.arange(30.0)), ("a",))
        assert len(values) == 30
        assert clock.step is None
        assert keys(notes) == ["irregular-times"]


def test_that_rows_without_a_time_are_left_out() -> None:
    times = hourly(10)
    times[4] = np.datetime64("NaT")
    values, _clock, rows, _notes = regular(table_of(times=times, step=HOUR, a=np.arange(10.0)), ("a",))
    assert np.isnan(values[4, 0])
    assert 4 not in rows


@pytest.mark.parametrize("rows", [0, 3])
def test_that_a_table_without_any_time_counts_rows(rows: int) -> None:
    times = np.full(rows, np.datetime64("NaT", "us"))
    values, clock, file_rows, _notes = regular(table_of(times=times, step=HOUR, a=np.arange(float(rows))), ("a",))
    assert len(values) == len(file_rows) == clock.rows == rows
    assert clock.values is None


def test_that_the_columns_come_in_the_order_asked_for_and_the_table_stays() -> None:
    table = table_of(a=[1, 2, 3], b=[4, 5, 6])
    values, clock, _rows, notes = regular(table, ("b", "a"))
    assert values.tolist() == [[4, 1], [5, 2], [6, 3]]
    assert (clock.values, notes) == (None, ())
    values[:] = 0
    assert table["a"].values.tolist() == [1, 2, 3]
