"""Which rows each number was made from, counted window by window."""

from __future__ import annotations

import numpy as np
import pytest

from series import HOUR, hourly, table_of, wave
from workbench.core.dataset import Dataset, prepare
from workbench.core.insight.rowuses import USES, runs, used_rows
from workbench.core.project import DataSpec


def made(**settings: object) -> Dataset:
    values = wave(400)
    values[[50, 51, 200, 330]] = np.nan
    table = table_of(times=hourly(400), step=HOUR, a=values)
    return prepare(table, DataSpec(targets=("a",), window=20, horizon=5).changed(**settings))


@pytest.mark.parametrize("gaps", ["cut", "hold"])
def test_that_rows_are_those_of_the_windows(gaps: str) -> None:
    dataset = made(gaps=gaps)
    for use in USES[1:]:
        expected = np.zeros(400, dtype=bool)
        for start in dataset.part(use.part).start.tolist():
            if use.key in ("weights", "read"):
                expected[start : start + 20] = True
            if use.key != "read":
                expected[start + 20 : start + 25] = True
        np.testing.assert_array_equal(used_rows(dataset, use), expected, err_msg=use.key)
    np.testing.assert_array_equal(used_rows(dataset, USES[0]), np.arange(400) < dataset.split.train)


@pytest.mark.parametrize("gaps", ["cut", "hold"])
def test_that_nothing_fitted_or_chosen_sees_a_scored_row(gaps: str) -> None:
    dataset = made(gaps=gaps)
    used = {use.key: used_rows(dataset, use) for use in USES}
    for key in ("scaler", "weights", "stop"):
        assert not (used[key] & used["scores"]).any(), key
    assert not (used["weights"] & used["stop"]).any()


def test_that_runs_are_first_and_behind() -> None:
    assert runs(np.array([1, 1, 0, 1, 0, 0, 1], dtype=bool)).tolist() == [[0, 2], [3, 4], [6, 7]]
    assert runs(np.zeros(3, dtype=bool)).tolist() == []
