"""What is known ahead reaches the forecast, and nothing else from behind the origin does."""

from __future__ import annotations

import numpy as np
import pytest

from series import HOUR, hourly, table_of, wave
from workbench.core.calendar import calendar
from workbench.core.dataset import prepare
from workbench.core.dataspec import DataSpec
from workbench.core.problems import WorkbenchError
from workbench.core.table import Table

ROWS = 120


def table(**columns: np.ndarray) -> Table:
    """Return hourly columns ``a`` (a target), ``b`` (an input) and ``k`` (known ahead)."""
    found = {"a": wave(ROWS), "b": wave(ROWS, seed=1), "k": wave(ROWS, seed=2, period=7)} | columns
    return table_of(times=hourly(len(found["a"])), step=HOUR, **found)


def spec(**settings: object) -> DataSpec:
    known: dict[str, object] = {"targets": ("a",), "inputs": ("b", "k"), "known_future": ("k",)}
    made: DataSpec = DataSpec(window=10, horizon=4).changed(**{**known, "calendar": ("hour",), **settings})
    return made


def test_that_known_inputs_come_last_and_keep_their_level() -> None:
    made = spec(inputs=("k", "b"))
    assert made.columns == ("a", "b", "k")
    assert made.levels == 2
    assert made.ahead == ("k", "hour sin", "hour cos")
    assert spec(mask_inputs=True).ahead == ("k", "k missing", "hour sin", "hour cos")
    assert spec(known_future=()).columns == ("a", "b", "k")


def test_that_every_window_carries_the_known_rows_behind_it() -> None:
    dataset = prepare(table(), spec())
    assert dataset.ahead.shape == (ROWS + 1, 4, 3)
    assert dataset.ahead.base is not None, "a view, no copy"
    features = dict(zip(dataset.spec.features, dataset.scaled.T, strict=True))
    for start in (0, 17, ROWS - 14):
        behind = slice(start + 10, start + 14)
        expected = np.column_stack([features[name][behind] for name in dataset.spec.ahead])
        np.testing.assert_array_equal(dataset.ahead[start + 10], expected)


def test_that_the_calendar_goes_on_behind_the_file_and_an_input_does_not() -> None:
    dataset = prepare(table(), spec())
    times = hourly(ROWS + 4)[-4:]
    np.testing.assert_allclose(dataset.ahead[ROWS][:, 1:], calendar(times, ("hour",)), atol=1e-6)
    assert np.isnan(dataset.ahead[ROWS][:, 0]).all()
    assert not dataset.readable(ROWS - 10)
    plain = prepare(table(), spec(known_future=()))
    assert plain.readable(ROWS - 10)
    marked = prepare(table(), spec(mask_inputs=True))
    np.testing.assert_array_equal(marked.ahead[ROWS][:, :2], [[0.0, 1.0]] * 4)


@pytest.mark.parametrize("poison", [1e9, np.nan])
def test_that_only_what_is_known_is_read_from_behind_the_origin(poison: float) -> None:
    clean, origin = prepare(table(), spec()), 90
    spoilt = {name: np.array(values) for name, values in (("a", wave(ROWS)), ("b", wave(ROWS, seed=1)))}
    for values in spoilt.values():
        values[origin:] = poison
    found = prepare(table(**spoilt), spec())
    np.testing.assert_array_equal(found.ahead[origin], clean.ahead[origin])
    known = wave(ROWS, seed=2, period=7)
    known[origin:] = 5.0
    assert (prepare(table(k=known), spec()).ahead[origin][:, 0] != clean.ahead[origin][:, 0]).all()


def test_that_windows_without_their_known_rows_are_left_out() -> None:
    known = wave(ROWS, seed=2, period=7)
    known[50] = np.nan
    dataset = prepare(table(k=known), spec(train_share=0.6, valid_share=0.2))
    starts = np.concatenate([dataset.train.start, dataset.valid.start, dataset.test.start])
    reads = (starts[:, None] + np.arange(14)[None, :]) == 50
    assert len(starts)
    assert not reads.any()
    past = prepare(table(k=known), spec(train_share=0.6, valid_share=0.2, known_future=()))
    assert len(past.train) > len(dataset.train), "as a past input, row 50 may be among the targets"


@pytest.mark.parametrize(("names", "words"), [(("a",), "a is a target"), (("z",), "z is no input")])
def test_that_only_inputs_can_be_known_ahead(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(WorkbenchError) as found:
        spec(known_future=names)
    assert found.value.problem.key == "invalid-setting"
    assert words in found.value.problem.text()
    assert "Known ahead" in found.value.problem.text()


def test_that_one_answer_a_sequence_knows_nothing_ahead() -> None:
    assert spec(framing="label", calendar=()).ahead == ()
