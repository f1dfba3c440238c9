from __future__ import annotations

import numpy as np
import pytest

from workbench.core import sources
from workbench.core.problems import WorkbenchError


def test_that_the_sine_mixture_is_a_plain_series() -> None:
    table = sources.read("task:sine-mixture")
    assert table.rows == 4000
    assert table.numeric == ("value",)
    spectrum = np.abs(np.fft.rfft(table["value"].values.astype(float)))
    periods = 4000 / np.argsort(spectrum)[-3:]
    assert np.abs(periods[:, None] - [24, 57, 133]).min(axis=1).max() < 3


@pytest.mark.parametrize("length", [10, 60, 61])
def test_that_the_adding_problem_marks_one_number_in_each_half(length: int) -> None:
    table = sources.read(f"task:adding?length={length}&sequences=40")
    value, marker, target = (table[n].values.astype(float).reshape(40, length) for n in ("value", "marker", "target"))
    assert (marker[:, : length // 2].sum(axis=1) == 1).all()
    assert (marker[:, length // 2 :].sum(axis=1) == 1).all()
    assert np.allclose((value * marker).sum(axis=1), target[:, 0])
    assert (target == target[:, :1]).all()
    assert (table["sequence"].values.astype(float).reshape(40, length) == np.arange(40)[:, None]).all()


def test_that_temporal_order_shows_two_symbols_and_names_their_order() -> None:
    table = sources.read("task:temporal-order?length=100&sequences=50")
    x, y = (table[name].values.astype(float).reshape(50, 100) for name in "XY")
    target = table["target"].values.astype(float).reshape(50, 100)[:, 0]
    for k in range(50):
        places = np.flatnonzero(x[k] + y[k])
        assert len(places) == 2
        assert 10 <= places[0] < 20
        assert 50 <= places[1] < 60
        assert target[k] == 2 * y[k, places[0]] + y[k, places[1]]


def test_that_the_same_address_gives_the_same_table() -> None:
    one, two = (sources.read("task:adding?seed=3") for _ in range(2))
    assert one.sha256 == two.sha256
    assert one.sha256 != sources.read("task:adding?seed=4").sha256


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("task:sorting", "unknown-task"),
        ("task:", "unknown-task"),
        ("task:adding?length=0", "bad-task-option"),
        ("task:adding?length=x", "bad-task-option"),
        ("task:adding?width=3", "bad-task-option"),
        ("task:adding?length=99999999999999", "bad-task-option"),
        ("task:adding?length=²", "bad-task-option"),
    ],
)
def test_that_a_wrong_address_is_a_problem(address: str, key: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        sources.read(address)
    assert caught.value.problem.key == key
