"""When was the day, and when the week learnt?"""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.dataset import Dataset, prepare
from workbench.core.insight.patterns import Patterns, courses, learnt_at
from workbench.core.project import DataSpec
from workbench.core.table import Column, Step, Table, TimeAxis

ROWS = 24 * 7 * 20
HOURS = np.arange(ROWS)
DAY = 5.0 * np.sin(2 * np.pi * HOURS / 24)
WEEK = np.where(HOURS % 168 >= 120, -6.0, 2.4)


def dataset() -> Dataset:
    times = np.datetime64("2024-01-01T00", "us") + HOURS * np.timedelta64(1, "h")
    load = 40 + DAY + WEEK + np.random.default_rng(0).normal(0, 0.3, ROWS)
    table = Table(
        name="weeks.csv",
        columns=(Column("time", "time", times, 0), Column("load", "number", load, 0)),
        time=TimeAxis(("time",), "%Y-%m-%d %H:%M", times, Step(3600, "second")),
        notes=(),
        sha256="0" * 64,
    )
    spec = DataSpec(source="weeks.csv", sha256="0" * 64, targets=("load",), window=48, horizon=24)
    return prepare(table, spec)


@pytest.mark.parametrize(("day", "week"), [(1.0, 1.0), (1.0, 0.0), (0.5, 0.25), (0.0, 0.0)])
def test_that_each_planted_share_of_a_pattern_is_found(day: float, week: float) -> None:
    data = dataset()
    patterns = Patterns.of(data)
    assert patterns.periods == (24, 168)
    starts = data.valid.start[::7]
    rows = starts[:, None] + data.spec.origin + np.arange(24)
    found = patterns.learned((40 + day * DAY[rows] + week * WEEK[rows])[:, :, None], starts)
    assert found[24] == pytest.approx(day, abs=0.03)
    assert found[168] == pytest.approx(week, abs=0.05)


def test_that_a_series_without_a_period_has_no_pattern() -> None:
    random = np.random.default_rng(1).normal(size=400)
    table = Table("noise.csv", (Column("x", "number", random, 0),), None, (), "0" * 64)
    data = prepare(table, DataSpec(source="noise.csv", sha256="0" * 64, targets=("x",), window=20, horizon=5))
    assert Patterns.of(data).learned(np.zeros((len(data.valid.start), 5, 1)), data.valid.start) == {}


def test_that_a_pattern_is_learnt_when_its_share_stays() -> None:
    assert learnt_at([0, 1, 2, 5, 6], [0.0, 0.9, 0.5, 0.85, 1.1]) == 5
    assert learnt_at([0, 1], [0.0, 0.5]) is None
    assert courses({2: {24: 0.5}, 0: {24: 0.0, 168: 0.1}}) == {24: ([0, 2], [0.0, 0.5]), 168: ([0], [0.1])}
