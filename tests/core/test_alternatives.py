"""The effect told of a choice is the effect it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from series import HOUR, hourly, table_of, wave
from workbench.core.alternatives import Alternative, alternatives, worth_showing
from workbench.core.dataset import Dataset, prepare
from workbench.core.dataspec import DataSpec
from workbench.core.table import Table

SPEC = DataSpec(targets=("a",), inputs=("b",), window=10, horizon=3)


def gappy() -> Table:
    a, b = wave(400, period=24), wave(400, seed=1)
    a[[50, 51, 90, 200, 201, 202, 203, 204]] = np.nan
    b[[60, 61, 300]] = np.nan
    return table_of(times=hourly(400), step=HOUR, a=a, b=b)


def repeating() -> Table:
    """Hours 10 and 20 stand twice, with other values the second time."""
    order = np.insert(np.arange(200), [11, 21], [10, 20])
    a = wave(200)[order]
    a[[11, 22]] += 5.0
    table = table_of(times=hourly(200)[order], step=HOUR, a=a, b=wave(200)[order])
    assert table.time is not None
    return replace(table, time=replace(table.time, duplicates=2))


def windows(dataset: Dataset) -> int:
    return len(dataset.train) + len(dataset.valid) + len(dataset.test)


@pytest.mark.parametrize("policy", ["gaps", "mask_inputs", "resample"])
def test_that_each_choice_has_the_effect_that_is_told(policy: str) -> None:
    table = gappy()
    present = prepare(table, SPEC)
    found = alternatives(table, present, SPEC, policy)  # type: ignore[arg-type]
    assert len(found) > 1
    for choice in found:
        dataset = prepare(table, SPEC.changed(**{policy: choice.value}))
        assert choice.problem is None
        assert (choice.windows, choice.rows) == (windows(dataset), len(dataset.values))
        if policy == "gaps":
            filled = np.isfinite(dataset.filled) & ~dataset.observed
            assert choice.filled == filled.sum()
            rows, values = choice.points["a"]
            np.testing.assert_array_equal(rows, np.flatnonzero(filled[:, 0]))
            np.testing.assert_array_equal(values, dataset.filled[filled[:, 0], 0])


def test_that_gaps_differ_by_choice() -> None:
    table = gappy()
    by_value = {choice.value: choice for choice in alternatives(table, prepare(table, SPEC), SPEC, "gaps")}
    assert by_value["cut"].filled == 0
    assert by_value["cut"].windows < by_value["hold"].windows
    # Of the gap of five the first three rows are held; the straight line leaves it alone.
    assert by_value["hold"].filled == 2 + 1 + 3 + 2 + 1
    assert by_value["interpolate"].filled == 2 + 1 + 2 + 1


def test_that_repeated_times_can_be_compared_and_refusing_is_told() -> None:
    table = repeating()
    present = prepare(table, SPEC)
    by_value = {choice.value: choice for choice in alternatives(table, present, SPEC, "duplicates")}
    refused = by_value["error"].problem
    assert refused is not None
    assert refused.key == "repeated-times"
    rows, first = by_value["first"].points["a"]
    _rows, last = by_value["last"].points["a"]
    _rows, mean = by_value["mean"].points["a"]
    np.testing.assert_array_equal(rows, [10, 20])
    np.testing.assert_allclose(last - first, 5.0)
    np.testing.assert_allclose(mean, (first + last) / 2)


def test_that_a_resampled_series_is_laid_over_the_present_one() -> None:
    table = gappy()
    found = alternatives(table, prepare(table, SPEC), SPEC, "resample")
    assert [choice.value for choice in found] == ["", "6h"]
    rows, _values = found[1].points["a"]
    assert (np.diff(rows) == 6).all()


def test_that_only_what_matters_is_worth_showing() -> None:
    whole = table_of(times=hourly(50), step=HOUR, a=wave(50), b=wave(50, seed=1))
    assert worth_showing(whole, prepare(whole, SPEC), SPEC) == ()
    assert worth_showing(gappy(), prepare(gappy(), SPEC), SPEC) == ("gaps", "mask_inputs", "resample")
    assert worth_showing(repeating(), None, SPEC.changed(duplicates="error")) == ("duplicates",)
    assert worth_showing(table_of(a=wave(50), b=wave(50)), None, SPEC) == ()


def test_that_it_can_be_cancelled() -> None:
    table = gappy()
    assert alternatives(table, prepare(table, SPEC), SPEC, "gaps", lambda: True) == ()


def test_that_an_impossible_choice_says_why() -> None:
    values = np.random.default_rng(0).normal(size=300)
    values[50] = np.nan
    table = table_of(a=values, b=wave(300))
    found: dict[object, Alternative] = {
        choice.value: choice for choice in alternatives(table, prepare(table, SPEC), SPEC, "gaps")
    }
    refused = found["seasonal"].problem
    assert refused is not None
    assert refused.key == "no-season"
