"""Nothing after the training rows, or after the end of a window, reaches what is fitted or read.

The letters are those of the list in the design: (a) what comes after the split changes nothing before it, (b) what is
read of a series up to a row is the same whether or not the series goes on, (f) a target is never an input.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from series import HOUR, hourly, table_of
from workbench.core.dataset import applied, prepare
from workbench.core.dataspec import DataSpec
from workbench.core.table import Table

ROWS, WINDOW, HORIZON = 960, 24, 6
POLICIES: list[dict[str, Any]] = [
    *({"gaps": gaps, "gap_limit": 5, "mask_inputs": mask}
      for gaps, mask in product(("cut", "hold", "seasonal", "interpolate"), (False, True))),
    *({"scaling": scaling, "power": power, "difference": difference}
      for scaling, power, difference in product(("standard", "minmax", "robust", "none"), ("none", "log", "box-cox"),
                                                ("none", "step", "season"))),
    {"known_future": ("b",), "calendar": ("hour", "weekday", "year")},
    *({"duplicates": policy} for policy in ("first", "last", "mean")),
]  # fmt: skip


def _table(poison: int = ROWS, holes: bool = True) -> Table:
    """Return two hourly columns above 0; everything from row `poison` on is 1e9 or missing."""
    random = np.random.default_rng(3)
    rows = np.arange(ROWS)
    a = 50 + 10 * np.sin(2 * np.pi * rows / 24) + random.normal(0, 1, ROWS)
    b = 20 + random.normal(0, 2, ROWS)
    for column in (a, b) if holes else ():
        for first in random.choice(ROWS - 60, 7, replace=False):
            column[first : first + random.integers(1, 8)] = np.nan
    a[poison:], b[poison:] = 1e9, 1e9
    b[poison + 60 : poison + 64] = np.nan
    times = hourly(ROWS)
    times[[31, 200]] = times[[30, 199]]
    return table_of(times=times, step=HOUR, a=a, b=b)


def _spec(policy: dict[str, Any], **more: Any) -> DataSpec:
    made: DataSpec = DataSpec(targets=("a",), inputs=("b",), window=WINDOW, horizon=HORIZON).changed(**policy, **more)
    return made


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_that_nothing_after_the_training_rows_is_learnt_from(policy: dict[str, Any]) -> None:
    spec = _spec(policy)
    clean = prepare(_table(), spec)
    spoilt = prepare(_table(clean.split.train), spec)
    train = slice(0, clean.split.train)
    for name in ("scale", "shift"):
        np.testing.assert_array_equal(getattr(clean.fit.scaler, name), getattr(spoilt.fit.scaler, name))
    np.testing.assert_array_equal(clean.fit.transform.exponents, spoilt.fit.transform.exponents)
    np.testing.assert_array_equal(clean.mase_scale, spoilt.mase_scale)
    assert (clean.fit.transform.lag, clean.season) == (spoilt.fit.transform.lag, spoilt.season)
    assert set(clean.train.start) == set(spoilt.train.start)
    for start in clean.train.start:
        np.testing.assert_array_equal(clean.x[start], spoilt.x[start])
    np.testing.assert_array_equal(clean.labels[train], spoilt.labels[train])


@pytest.mark.parametrize("end", [301, 433, 900])
@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_that_a_window_reads_the_same_whether_or_not_the_series_goes_on(policy: dict[str, Any], end: int) -> None:
    spec = _spec(policy)
    table = _table()
    whole = prepare(table, spec)
    assert table.time is not None
    kept = {name: np.asarray(table[name].values, dtype=np.float64)[:end] for name in ("a", "b")}
    part = applied(table_of(times=table.time.values[:end], step=HOUR, **kept), spec, whole.fit)
    rows = len(part.scaled)
    ends = [start for start in range(rows - WINDOW + 1) if whole.readable(start)]
    assert len(ends) > 10
    for start in ends:
        np.testing.assert_array_equal(whole.x[start], part.x[start])


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_that_no_target_is_an_input_and_no_window_crosses_a_gap_or_a_border(policy: dict[str, Any]) -> None:
    dataset = prepare(_table(), _spec(policy))
    for part, (first, behind) in (("train", (0, dataset.split.train)), ("valid", dataset.split.bounds("valid"))):
        starts = dataset.part(part).start  # type: ignore[arg-type]
        assert len(starts)
        origins = starts + dataset.spec.origin
        assert (origins > starts + WINDOW - 1).all()
        assert origins.min() >= first
        assert (origins + HORIZON).max() <= behind
        assert np.isfinite(dataset.truth(starts)).all()
        assert all(dataset.observed[k : k + HORIZON, 0].all() for k in origins)
        if dataset.spec.gaps == "cut" and not dataset.spec.mask_inputs:
            assert all(dataset.observed[k : k + WINDOW].all() for k in starts)


@pytest.mark.parametrize("how", ["mean", "sum", "first", "last", "min", "max"])
def test_that_combined_rows_know_their_own_step_only(how: str) -> None:
    spec = _spec({"resample": "6h", "aggregate": how}, window=8, horizon=2)
    clean = prepare(_table(holes=False), spec)
    spoilt = prepare(_table(clean.split.train * 6, holes=False), spec)
    np.testing.assert_array_equal(clean.scaled[: clean.split.train], spoilt.scaled[: clean.split.train])
    assert clean.clock.values is not None
    assert clean.clock.values[1] - clean.clock.values[0] == np.timedelta64(6, "h")


def test_that_no_window_crosses_from_one_sequence_to_the_next() -> None:
    table = table_of(a=np.sin(np.arange(300.0)) + 2, b=np.cos(np.arange(300.0)), s=np.repeat(np.arange(6.0), 50))
    dataset = prepare(table, _spec({"series": "s"}, window=10, horizon=3))
    for part in ("train", "valid", "test"):
        for start in dataset.part(part).start:  # type: ignore[arg-type]
            assert len(set(dataset.sequence[start : start + 13])) == 1
