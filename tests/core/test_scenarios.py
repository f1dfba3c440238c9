"""What if: inputs a person fills in are what a file with these rows would say."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from series import HOUR, hourly, run_of, table_of, tiny_project, train, wave
from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import prepare
from workbench.core.forecasting import beyond, view
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.scenarios import filled_from_the_past, future_rows, what_if, with_future
from workbench.core.table import Table

ROWS = 120


@lru_cache(maxsize=2)
def made(calendar: bool = False) -> tuple[Bundle, Project]:
    project = tiny_project(
        inputs=("b",), known_future=("b",), calendar=("hour",) if calendar else (), cell="gru", epochs=2
    )
    return bundled(run_of(train(project, table()), project), prepare(table(), project.data)), project


def table(behind: int = 0, known: object = None, *, dated: bool = True) -> Table:
    """Return ROWS rows of both columns and `behind` rows more of `b` alone."""
    a = np.concatenate([wave(ROWS), np.full(behind, np.nan)])
    b = np.concatenate([wave(ROWS, seed=1, period=7), np.full(behind, np.nan) if known is None else np.asarray(known)])
    if not dated:
        return table_of(a=a, b=b)
    return table_of(times=hourly(ROWS + behind), step=HOUR, a=a, b=b)


@pytest.mark.parametrize("calendar", [False, True])
@pytest.mark.parametrize("dated", [False, True])
def test_that_inputs_filled_in_are_those_of_a_file_with_these_rows(calendar: bool, dated: bool) -> None:
    if calendar and not dated:
        return
    bundle, _project = made(calendar)
    plans = np.array([9.0, 14.0, 11.0])
    whole = view(bundle, table(3, plans, dated=dated))
    expected = beyond(bundle, whole)
    short = table(dated=dated)
    found = what_if(bundle, short, view(bundle, short), {"b": plans}, 3)
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.starts, expected.starts)


def test_that_other_inputs_give_another_forecast_and_replace_what_the_file_says() -> None:
    bundle, _project = made()
    held = table(3, [9.0, 14.0, 11.0])
    dataset = view(bundle, held)
    plain = what_if(bundle, held, dataset, {"b": np.array([9.0, 14.0, 11.0])}, 3)
    np.testing.assert_array_equal(plain.values, beyond(bundle, dataset).values)
    other = what_if(bundle, held, dataset, {"b": np.array([30.0, 30.0, 30.0])}, 3)
    assert np.abs(other.values - plain.values).max() > 1e-3


def test_that_gaps_in_what_should_be_known_are_refused() -> None:
    bundle, _project = made()
    with pytest.raises(WorkbenchError) as found:
        what_if(bundle, table(), view(bundle, table()), {"b": np.array([9.0, np.nan, 11.0])}, 3)
    assert found.value.problem.key == "not-known-ahead"


def test_that_the_rows_to_come_are_dated_and_say_what_the_file_knows() -> None:
    bundle, _project = made()
    dataset = view(bundle, table(2, [9.0, 14.0]))
    rows = future_rows(dataset, 4)
    assert rows.origin == ROWS
    assert rows.texts == ("2024-01-06 00:00", "2024-01-06 01:00", "2024-01-06 02:00", "2024-01-06 03:00")
    np.testing.assert_array_equal(rows.known["b"], [9.0, 14.0, np.nan, np.nan])


def test_that_empty_inputs_are_filled_from_one_season_before() -> None:
    bundle, _project = made()
    dataset = view(bundle, table(2, [9.0, 14.0]))
    seasonal = replace(dataset, fit=replace(dataset.fit, season=3))
    filled = filled_from_the_past(seasonal, future_rows(seasonal, 6))["b"]
    past = dataset.values[:ROWS, 1]
    np.testing.assert_array_equal(filled, [9.0, 14.0, past[-1], 9.0, 14.0, past[-1]])


def test_that_the_table_before_is_left_as_it_was() -> None:
    bundle, _project = made()
    before = table(3, [9.0, 14.0, 11.0])
    values = before["b"].values.copy()
    longer = with_future(before, view(bundle, before), {"b": np.full(5, 1.0)})
    assert longer.rows == ROWS + 5
    np.testing.assert_array_equal(before["b"].values, values)
    assert np.isnan(longer["a"].values[ROWS:].astype(float)).all()
