"""The anomaly lens finds what was planted, and flags about as many rows as chance would."""

from __future__ import annotations

import numpy as np
import pytest

from series import HOUR, hourly, table_of
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Forecasted
from workbench.core.insight.anomalies import lens
from workbench.core.project import DataSpec

ROWS = 4_000


def made(planted: dict[int, float], part: str = "test") -> tuple[Dataset, Forecasted, Forecasted]:
    wave = 20 + 5 * np.sin(2 * np.pi * np.arange(ROWS) / 24)
    series = wave + np.random.default_rng(0).normal(0, 1, ROWS)
    for row, size in planted.items():
        series[row] += size
    dataset = prepare(table_of(times=hourly(ROWS), step=HOUR, a=series), DataSpec(targets=("a",), window=24, horizon=3))
    told = []
    for windows in (dataset.valid, dataset.test):
        rows = windows.start[:, None] + 24 + np.arange(3)
        told.append(Forecasted(1, windows.part, windows.start, wave[rows][..., None], final=True))
    return dataset, told[0], told[1]


def test_that_planted_rows_are_found_and_the_strongest_comes_first() -> None:
    dataset, valid, test = made({3_700: 30.0, 3_701: 20.0, 3_800: -12.0})
    found = lens(dataset, valid, test, 0.999)
    assert found is not None
    assert (found.events[0].first, found.events[0].last, found.events[0].peak) == (3_700, 3_701, 3_700)
    assert found.events[1].peak == 3_800
    assert found.events[0].strength == pytest.approx(np.abs(found.truth - found.forecast).max() / found.distance)


@pytest.mark.parametrize("share", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("ahead", [1, 3])
def test_that_chance_flags_as_many_as_it_should(share: float, ahead: int) -> None:
    dataset, valid, test = made({})
    found = lens(dataset, valid, test, share, ahead)
    assert found is not None
    assert found.expected == pytest.approx((1 - share) * len(found.rows))
    assert abs(found.flagged.sum() - found.expected) < 4 * np.sqrt(found.expected) + 5
    np.testing.assert_array_equal(found.flagged, found.strength > 1)


def test_that_test_rows_do_not_decide_what_is_unusual() -> None:
    calm, wild = made({}), made(dict.fromkeys(range(3500, 3600), 50.0))
    one, other = lens(*calm, 0.95), lens(*wild, 0.95)
    assert one is not None
    assert other is not None
    assert one.distance == other.distance


def test_that_few_validation_rows_give_no_lens() -> None:
    dataset, valid, test = made({})
    few = Forecasted(1, "valid", valid.starts[:5], valid.values[:5], final=True)
    assert lens(dataset, few, test, 0.95) is None
