"""A model on another file: columns are matched in the open, and what is unlike the training is said."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from series import HOUR, hourly, run_of, table_of, tiny_project, tiny_table, train, wave
from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import prepare
from workbench.core.forecasting import beyond, view
from workbench.core.problems import WorkbenchError
from workbench.core.reuse import checked, matched
from workbench.core.table import Step, Table


@lru_cache(maxsize=1)
def bundle() -> Bundle:
    project = tiny_project(targets=("a",), inputs=("b",))
    dataset = prepare(tiny_table(), project.data)
    return bundled(run_of(train(project, dataset), project), dataset)


def other(**columns: object) -> Table:
    return table_of(times=hourly(80), step=HOUR, name="other.csv", **columns)  # type: ignore[arg-type]


def refusal(table: Table, **chosen: str) -> str:
    with pytest.raises(WorkbenchError) as caught:
        view(bundle(), matched(table, bundle(), chosen)[0])
    return caught.value.problem.key


def test_that_columns_of_the_same_name_need_no_word() -> None:
    table = other(a=wave(80), b=wave(80))
    assert matched(table, bundle()) == (table, ())


def test_that_other_names_are_matched_in_the_open() -> None:
    values = wave(80), wave(80, period=7)
    plain = beyond(bundle(), view(bundle(), other(a=values[0], b=values[1]))).values
    for names in (("A", "B"), (" a_", "b"), ("a [m]", "B (s)")):
        table, (note,) = matched(other(**dict(zip(names, values, strict=True))), bundle())
        assert note.key == "columns-matched"
        assert np.array_equal(beyond(bundle(), view(bundle(), table)).values, plain)
    table, (note,) = matched(other(a=values[1], x=values[0]), bundle(), {"a": "x", "b": "a"})
    assert np.array_equal(beyond(bundle(), view(bundle(), table)).values, plain)
    assert "“a” is read from “x”" in note.text()


def test_that_a_missing_column_is_a_problem() -> None:
    assert refusal(other(a=wave(80))) == "unknown-column"
    assert refusal(other(a=wave(80), b=wave(80)), b="c") == "unknown-column"


def test_that_another_unit_is_a_problem() -> None:
    facts = bundle().facts
    data = facts.project.data.model_copy(update={"targets": ("a [m]",)})
    made = Bundle(
        facts.model_copy(update={"project": facts.project.model_copy(update={"data": data})}), bundle().weights
    )
    with pytest.raises(WorkbenchError) as caught:
        matched(other(**{"a [km]": wave(80), "b": wave(80)}), made)
    assert caught.value.problem.key == "other-unit"


def test_that_another_step_is_a_problem() -> None:
    table = table_of(
        times=np.datetime64("2024-01-01", "us") + np.arange(80) * np.timedelta64(1, "D"),
        step=Step(86_400, "second"), name="daily.csv", a=wave(80), b=wave(80),
    )  # fmt: skip
    with pytest.raises(WorkbenchError) as caught:
        checked(view(bundle(), table), bundle())
    assert caught.value.problem.key == "other-step"
    assert "1 day" in caught.value.problem.text()
    assert "1 hour" in caught.value.problem.text()


def test_that_values_beyond_the_training_are_told_and_others_are_not() -> None:
    assert checked(view(bundle(), other(a=wave(80), b=wave(80))), bundle()) == ()
    (note,) = checked(view(bundle(), other(a=wave(80) * 100, b=wave(80))), bundle())
    assert (note.key, note.severity, note.values["column"]) == ("out-of-range", "warning", "a")
    assert replace(note) == note
