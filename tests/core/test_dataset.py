"""From a table to windows, without a look at the future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from numpy.typing import NDArray

from series import HOUR, hourly, table_of, wave
from workbench.core.dataset import Dataset, applied, prepare
from workbench.core.events import Part
from workbench.core.gaps import hold
from workbench.core.problems import WorkbenchError
from workbench.core.project import DataSpec
from workbench.core.scaler import Fit, fitted, mase_scale
from workbench.core.table import Column, Table
from workbench.core.transforms import Transform

PARTS: tuple[Part, ...] = ("train", "valid", "test")

PLAIN = Transform(np.array([np.nan]))


def spec(**values: object) -> DataSpec:
    found: DataSpec = DataSpec(targets=("a",), window=8, horizon=3).changed(**values)
    return found


def prefix(table: Table, rows: int) -> Table:
    return table_of(**{column.name: np.asarray(column.values[:rows], dtype=float) for column in table.columns})


def with_gaps(values: NDArray[np.float64], gaps: set[int]) -> NDArray[np.float64]:
    found = values.copy()
    found[sorted(gaps)] = np.nan
    return found


def refused(table: Table, wished: DataSpec) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        prepare(table, wished)
    return caught.value


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Datasets of random sizes, gaps, columns and policies."""
    rows = draw(st.integers(40, 160))
    wished = spec(
        window=draw(st.integers(1, 12)),
        horizon=draw(st.integers(1, 6)),
        gaps=draw(st.sampled_from(["cut", "hold"])),
        gap_limit=draw(st.integers(1, 4)),
        train_share=draw(st.sampled_from([0.5, 0.7])),
        targets=draw(st.sampled_from([("a",), ("a", "b")])),
        inputs=draw(st.sampled_from([(), ("c",), ("c", "b")])),
        scaling=draw(st.sampled_from(["standard", "minmax", "none"])),
    )
    columns = {
        key: with_gaps(wave(rows, seed=seed), draw(st.sets(st.integers(0, rows - 1), max_size=6)))
        for seed, key in enumerate("abc")
    }
    table = table_of(**columns)
    try:
        return prepare(table, wished)
    except WorkbenchError:
        with pytest.raises(WorkbenchError, match="No window fits"):
            prepare(table, wished)
        reject()


@given(datasets())
def test_that_no_window_reads_its_own_targets_or_crosses_a_gap(dataset: Dataset) -> None:
    wished = dataset.spec
    for part in PARTS:
        first, behind = dataset.split.bounds(part)
        for start in dataset.part(part).start:
            inputs = np.arange(start, start + wished.window)
            targets = np.arange(start + wished.window, start + wished.window + wished.horizon)
            assert targets.min() > inputs.max()
            assert first <= targets.min()
            assert targets.max() < behind, "targets never leave their part"
            assert np.isfinite(dataset.scaled[inputs]).all()
            assert dataset.observed[targets, : dataset.targets].all(), "a held value is never a target"
            assert dataset.readable(int(start))


@given(datasets())
def test_that_every_usable_window_is_used_once(dataset: Dataset) -> None:
    wished, found = dataset.spec, np.concatenate([dataset.part(part).start for part in PARTS])
    assert len(set(found)) == len(found)
    for start in set(range(len(dataset.values) - wished.window - wished.horizon + 1)) - set(found.tolist()):
        middle, end = start + wished.window, start + wished.window + wished.horizon
        whole = (
            np.isfinite(dataset.scaled[start:middle]).all() and dataset.observed[middle:end, : dataset.targets].all()
        )
        at_edge = any(middle < edge < end for edge in (dataset.split.train, dataset.split.valid))
        assert not whole or at_edge, f"window {start} was lost"


@given(datasets())
def test_that_scaling_back_gives_the_values_of_the_file(dataset: Dataset) -> None:
    again = dataset.scaler.inverse(dataset.scaler.forward(dataset.values))
    np.testing.assert_allclose(again, dataset.values, rtol=1e-12)
    one = dataset.scaler.inverse(dataset.scaler.forward(dataset.values)[:, :1])
    np.testing.assert_array_equal(one, again[:, :1], "the first columns scale alike alone")


@given(datasets())
def test_that_windows_are_views_on_one_copy(dataset: Dataset) -> None:
    assert np.shares_memory(dataset.x, dataset.scaled)
    assert np.shares_memory(dataset.y, dataset.values)
    start = dataset.train.start
    rows = start[:, None] + dataset.spec.window + np.arange(dataset.spec.horizon)
    np.testing.assert_array_equal(dataset.truth(start), dataset.values[rows, : dataset.targets])
    assert dataset.x[start].shape == (len(start), dataset.spec.window, len(dataset.columns))


@pytest.mark.parametrize("poison", [1e9, np.nan])
@pytest.mark.parametrize("gaps", ["cut", "hold"])
@pytest.mark.parametrize("scaling", ["standard", "minmax", "none"])
def test_that_nothing_behind_the_training_rows_reaches_what_was_fitted(poison: float, gaps: str, scaling: str) -> None:
    columns = {"a": wave(200), "b": with_gaps(wave(200, seed=1), {5, 6, 50})}
    wished = spec(gaps=gaps, scaling=scaling, inputs=("b",), valid_share=0.2)
    clean = prepare(table_of(**columns), wished)
    for cut in (clean.split.train, clean.split.valid):
        if np.isnan(poison) and cut == clean.split.train:
            continue  # nothing would be left to validate
        for column in columns.values():
            column[cut:] = poison
        other = prepare(table_of(**columns), wished)
        assert other.season == clean.season == 12
        for own, theirs in ((other.scaler, clean.scaler),):
            assert own.shift.tobytes() == theirs.shift.tobytes()
            assert own.scale.tobytes() == theirs.scale.tobytes()
        assert other.mase_scale.tobytes() == clean.mase_scale.tobytes()
        assert other.scaled[:cut].tobytes() == clean.scaled[:cut].tobytes()
        assert other.carried[:cut].tobytes() == clean.carried[:cut].tobytes()
        assert other.train.start.tobytes() == clean.train.start.tobytes()
        if cut == clean.split.valid:
            assert other.valid.start.tobytes() == clean.valid.start.tobytes()
        columns = {"a": wave(200), "b": with_gaps(wave(200, seed=1), {5, 6, 50})}


@given(st.integers(1, 60), st.sets(st.integers(0, 59)), st.integers(1, 8))
def test_that_holding_looks_back_only(rows: int, gaps: set[int], limit: int) -> None:
    values = with_gaps(wave(60), gaps)[:, None]
    np.testing.assert_array_equal(hold(values[:rows], limit), hold(values, limit)[:rows])


@given(st.sets(st.integers(0, 39)), st.integers(1, 8))
def test_that_a_held_value_is_the_last_one_seen_and_not_older_than_the_limit(gaps: set[int], limit: int) -> None:
    values = with_gaps(np.arange(40.0), gaps)[:, None]
    before = values.copy()
    found = hold(values, limit)[:, 0]
    for row in range(40):
        seen = [earlier for earlier in range(row + 1) if earlier not in gaps]
        expected = seen[-1] if seen and row - seen[-1] <= limit else np.nan
        np.testing.assert_equal(found[row], float(expected))
    np.testing.assert_array_equal(values, before)


@given(st.sets(st.integers(0, 99), max_size=20), st.integers(30, 100), st.sampled_from(["cut", "hold"]))
def test_that_windows_of_the_past_do_not_change_when_rows_arrive(gaps: set[int], rows: int, policy: str) -> None:
    whole = table_of(a=with_gaps(wave(100), gaps), b=wave(100, seed=1))
    wished = spec(gaps=policy, inputs=("b",))
    fit = Fit(fitted(np.column_stack([wave(100), wave(100, seed=1)]), "standard"), PLAIN, 12, np.ones(1))
    later, now = applied(whole, wished, fit), applied(prefix(whole, rows), wished, fit)
    known = later.test.start[later.test.start + wished.window + wished.horizon <= rows]
    assert now.test.start.tolist() == known.tolist()
    assert now.scaled.tobytes() == later.scaled[:rows].tobytes()
    assert now.carried.tobytes() == later.carried[:rows].tobytes()


@pytest.mark.parametrize("kind", ["standard", "minmax", "none"])
@pytest.mark.parametrize("level", [0.0, 0.1, 1e6 + 0.1, -1e15, 1e-300])
def test_that_a_constant_column_scales_to_zero_and_back(kind: str, level: float) -> None:
    values = np.full((50, 1), level)
    scaler = fitted(values, kind)
    assert (scaler.scale == 1.0).all()
    assert np.abs(scaler.forward(values)).max() <= (abs(level) if kind == "none" else 1e-9 * max(abs(level), 1))
    np.testing.assert_allclose(scaler.inverse(scaler.forward(values)), values, rtol=1e-12)


def test_that_scalers_do_what_their_names_say() -> None:
    values = np.column_stack([wave(100), with_gaps(wave(100, seed=1), {3, 4}), np.full(100, np.nan)])
    standard = fitted(values, "standard").forward(values)
    np.testing.assert_allclose(np.nanmean(standard[:, :2], axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.nanstd(standard[:, :2], axis=0), 1, rtol=1e-12)
    scaled = fitted(values, "minmax").forward(values)
    np.testing.assert_array_equal(np.nanmin(scaled[:, :2], axis=0), 0)
    np.testing.assert_allclose(np.nanmax(scaled[:, :2], axis=0), 1, rtol=1e-12)
    np.testing.assert_array_equal(fitted(values, "none").forward(values), values)


def test_that_the_mase_scale_is_the_error_of_the_seasonal_naive_inside_the_training_rows() -> None:
    train = np.array([[1.0], [5.0], [2.0], [np.nan], [6.0], [5.0]])
    np.testing.assert_allclose(mase_scale(train, 1), [(4 + 3 + 1) / 3])
    np.testing.assert_allclose(mase_scale(train, 2), [(1 + 4) / 2])
    assert np.isnan(mase_scale(train, 6)).all()
    assert mase_scale(np.ones((9, 1)), 1) == 0.0


def test_that_long_gaps_cut_windows_and_short_ones_are_held() -> None:
    column = with_gaps(wave(200), {40, 41, 90, 91, 92, 93})
    cut = prepare(table_of(a=column), spec())
    held = prepare(table_of(a=column), spec(gaps="hold", gap_limit=2))
    assert 35 not in cut.train.start
    assert 35 in held.train.start, "41 is held, and 43 is known"
    assert 38 not in held.train.start.tolist() or not np.isnan(held.scaled[38:46]).any()
    assert 86 not in held.train.start, "a gap of four is longer than two"
    assert not np.isnan(held.scaled[40:42]).any()
    assert np.isnan(held.scaled[92:94]).all()
    assert np.isnan(held.values[40:42]).all(), "original values keep their gaps"


def test_that_infinite_values_count_as_missing_and_the_table_stays() -> None:
    column = wave(200)
    column[50] = np.inf
    table = table_of(a=column)
    dataset = prepare(table, spec())
    assert not dataset.observed[50, 0]
    assert np.isfinite(dataset.scaler.scale).all()
    assert np.isinf(table["a"].values[50])


@pytest.mark.parametrize(
    ("columns", "values", "key"),
    [
        ({"a": wave(100)}, {"targets": ()}, "no-target"),
        ({"a": wave(100)}, {"targets": ("z",)}, "unknown-column"),
        ({"a": wave(100)}, {"inputs": ("z",)}, "unknown-column"),
        ({"a": np.full(100, 7.0)}, {}, "constant-target"),
        ({"a": [*[7.0] * 70, *wave(30)]}, {}, "constant-target"),
        ({"a": wave(3)}, {}, "no-windows"),
        ({"a": wave(1)}, {}, "no-windows"),
        ({"a": np.full(100, np.nan)}, {}, "no-windows"),
        ({"a": wave(100)}, {"window": 5000}, "no-windows"),
        ({"a": wave(100)}, {"horizon": 5000}, "no-windows"),
        ({"a": with_gaps(wave(100), set(range(0, 100, 5)))}, {}, "no-windows"),
    ],
)
def test_that_what_cannot_be_cut_is_a_problem_with_a_remedy(
    columns: dict[str, NDArray[np.float64]], values: dict[str, object], key: str
) -> None:
    found = refused(table_of(**columns), spec(**values)).problem
    assert found.key == key
    assert found.text()
    assert found.remedy()


@given(st.integers(2, 120), st.integers(1, 200), st.integers(1, 200), st.sets(st.integers(0, 119), max_size=3))
def test_that_the_advised_window_and_horizon_fit(rows: int, window: int, horizon: int, gaps: set[int]) -> None:
    table = table_of(a=with_gaps(wave(rows, noise=1), {row for row in gaps if row < rows}))
    wished = spec(window=window, horizon=horizon)
    try:
        prepare(table, wished)
    except WorkbenchError as error:
        found = error.problem
        if found.key != "no-windows" or "Shorten" not in found.remedy():
            return
        advised = wished.changed(window=found.values["window"], horizon=found.values["horizon"])
        assert f"window to {advised.window} and the horizon to {advised.horizon}" in found.remedy()
        prepare(table, advised)


def test_that_what_may_spoil_the_result_is_noted() -> None:
    keys = [note.key for note in prepare(table_of(a=wave(200), b=np.ones(200)), spec(inputs=("b",))).notes]
    assert keys == ["constant-input"]
    few = spec(train_share=0.6, valid_share=0.38, horizon=5)
    assert [note.key for note in prepare(table_of(a=wave(200)), few).notes] == ["no-test"]
    gappy = table_of(a=with_gaps(wave(200), {20, 40, 60, 80, 130}))
    (note,) = prepare(gappy, spec()).notes
    assert note.key == "cut-windows"
    assert note.values["missing"] == 5
    assert prepare(table_of(a=wave(200)), spec()).notes == ()


def test_that_a_model_sees_another_file_through_its_own_scaler() -> None:
    here = prepare(table_of(a=wave(200)), spec())
    there = applied(table_of(a=5 * wave(60)), here.spec, here.fit)
    assert there.scaler is here.scaler
    assert (len(there.train), len(there.valid), len(there.test)) == (0, 0, 60 - 8 - 3 + 1)
    with pytest.raises(WorkbenchError, match="no column with numbers called a"):
        applied(table_of(b=wave(60)), here.spec, here.fit)


def test_that_missing_time_steps_are_gaps_that_can_be_named() -> None:
    kept = np.delete(np.arange(200), [30, 31])
    dataset = prepare(table_of(times=hourly(200)[kept], step=HOUR, a=wave(200)[kept]), spec())
    assert len(dataset.values) == 200
    assert dataset.file_rows[[29, 30, 31, 32]].tolist() == [29, -1, -1, 30]
    assert dataset.clock.text(31) == "2024-01-02 07:00"
    assert not dataset.observed[30:32].any()


def test_that_text_columns_are_no_columns_to_forecast() -> None:
    table = table_of(a=wave(100))
    words = Column("w", "text", np.array(["x"] * 100, dtype=object), 0)
    table = Table(table.name, (*table.columns, words), None, (), "")
    assert refused(table, spec(targets=("w",))).problem.key == "unknown-column"


def test_that_a_long_series_is_cut_without_copies_of_its_windows() -> None:
    dataset = prepare(table_of(a=wave(300_000)), spec(window=2_000, horizon=500))
    assert dataset.x.nbytes > 2_000_000_000
    assert dataset.scaled.nbytes + dataset.values.nbytes + dataset.carried.nbytes < 10_000_000
