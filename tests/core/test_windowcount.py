"""Windows counted from runs are the windows that are really cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from series import table_of, wave
from workbench.core.dataset import prepare
from workbench.core.dataspec import DataSpec
from workbench.core.problems import WorkbenchError
from workbench.core.windowcount import PARTS, no_windows, window_count
from workbench.core.windows import Split, part_windows, usable_starts


@st.composite
def rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Split]:
    size = draw(st.integers(1, 60))
    flags = [np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=bool) for _ in range(3)]
    # Mostly whole: random flags alone leave no window.
    readable, known, settled = (flag | (np.random.default_rng(draw(st.integers(0, 9))).random(size) < 0.8)
                                for flag in flags)  # fmt: skip
    borders = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    sequence = np.cumsum(np.array(borders) == 4)
    train = draw(st.integers(0, size))
    return readable, known, settled, sequence, Split(train, draw(st.integers(train, size)), size)


@given(rows(), st.integers(1, 12), st.integers(1, 8), st.sampled_from(["forecast", "label"]))
def test_that_the_counts_are_those_of_the_windows_that_are_cut(
    made: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Split], window: int, horizon: int, framing: str
) -> None:
    readable, known, settled, sequence, split = made
    spec = DataSpec(window=max(window, horizon), horizon=horizon, framing=framing)  # type: ignore[arg-type]
    starts = usable_starts(readable, known, settled, sequence, spec)
    expected = {part: len(part_windows(part, starts, spec, split)) for part in PARTS}
    assert window_count(readable, known, settled, sequence, split).counts(spec) == expected


@pytest.mark.parametrize("gaps", ["cut", "hold", "interpolate"])
def test_that_a_dataset_counts_for_another_window_what_it_would_hold(gaps: str) -> None:
    values = wave(400)
    values[[50, 51, 52, 200, 201, 202, 203, 204, 310]] = np.nan
    table = table_of(a=values)
    count = prepare(table, DataSpec(targets=("a",), window=5, horizon=2, gaps=gaps)).window_count  # type: ignore[arg-type]
    for window, horizon in ((1, 1), (10, 3), (40, 12), (60, 20)):
        spec = DataSpec(targets=("a",), window=window, horizon=horizon, gaps=gaps)  # type: ignore[arg-type]
        dataset = prepare(table, spec)
        assert count.counts(spec) == {part: len(dataset.part(part)) for part in PARTS}


def test_that_a_window_that_does_not_fit_is_told_with_numbers() -> None:
    table = table_of(a=wave(100))
    spec = DataSpec(targets=("a",), window=90, horizon=30)
    with pytest.raises(WorkbenchError) as refused:
        prepare(table, spec)
    values = refused.value.problem.values
    fitting = spec.model_copy(update={"window": values["window"], "horizon": values["horizon"]})
    assert len(prepare(table, fitting).train)
    count = prepare(table, fitting).window_count
    assert no_windows("train", spec, count).problem.text() == refused.value.problem.text()
    assert "120" in refused.value.problem.text()
