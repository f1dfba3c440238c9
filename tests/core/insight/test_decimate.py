"""Thinning keeps peaks, gaps and ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.insight import decimate
from workbench.core.insight.decimate import curve, decimated, merged, runs, thinned

VALUES = arrays(
    np.float64, st.integers(1, 400), elements=st.one_of(st.floats(-1e3, 1e3, width=32), st.just(float("nan")))
)


@given(VALUES, st.integers(-5, 400), st.integers(-5, 405), st.integers(1, 20))
def test_that_extremes_and_gaps_survive(values: np.ndarray, lo: int, hi: int, pixels: int) -> None:
    x, y = decimated(curve(values), lo, hi, pixels)
    lo, hi = max(lo, 0), min(hi, len(values))
    assert len(x) == len(y) <= max(4 * pixels, 2 * pixels + 4)
    if hi <= lo:
        assert not len(x)
        return
    assert (np.diff(x) >= 0).all()
    inside = values[lo:hi]
    if np.isfinite(inside).any():
        assert np.nanmax(y) >= np.nanmax(inside) - 1e-3
        assert np.nanmin(y) <= np.nanmin(inside) + 1e-3
    elif hi - lo <= 4 * pixels:
        assert np.isnan(y).all()


@given(VALUES)
def test_that_few_rows_come_back_as_they_are(values: np.ndarray) -> None:
    x, y = decimated(curve(values), 0, len(values), len(values))
    np.testing.assert_array_equal(x, np.arange(len(values)))
    np.testing.assert_allclose(y, values, atol=1e-3)


def test_that_a_small_movement_around_a_large_level_survives() -> None:
    values = 1e9 + np.sin(np.arange(100))
    _x, y = decimated(curve(values), 0, 100, 100)
    np.testing.assert_allclose(y, values, atol=1e-6)


def test_that_a_long_gap_breaks_a_thinned_curve_and_a_short_one_does_not() -> None:
    values = np.ones(10_000)
    values[3_000:5_000] = np.nan
    values[8_000] = np.nan
    x, y = decimated(curve(values), 0, 10_000, 100)
    broken = x[np.isnan(y)]
    assert broken.min() >= 3_000
    assert broken.max() < 5_000
    assert len(broken) == pytest.approx(40, abs=4)


def test_that_a_single_spike_is_drawn_at_every_zoom() -> None:
    rows = 3_000_000
    values = np.sin(np.arange(rows) / 700)
    spike = 1_777_777
    values[spike] = 40.0
    values[100_000:900_000] = np.nan
    prepared = curve(values)
    random = np.random.default_rng(2)
    for width in np.geomspace(10, rows, 60).astype(int):
        lo = int(np.clip(spike - random.integers(0, width), 0, rows - width))
        lo = min(lo, spike)
        x, y = decimated(prepared, lo, max(lo + width, spike + 1), 1400)
        assert np.nanmax(y) == pytest.approx(40.0, abs=1e-5)
        at = x[np.nanargmax(y)]
        assert abs(at - spike) <= max(1, width / 1400)


def test_that_a_curve_made_block_by_block_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    values = 1e6 + random.normal(size=10_000)
    values[random.random(10_000) < 0.3] = np.nan
    values[:40] = values[2_000:4_500] = values[-7:] = np.inf
    whole = curve(values)
    monkeypatch.setattr(decimate, "_BLOCK", 97)
    parts = curve(values)
    start, stop = runs(~np.isfinite(values))
    for found in (whole, parts):
        np.testing.assert_array_equal(found.gap_start, start)
        np.testing.assert_array_equal(found.gap_stop, stop)
        assert np.isfinite(found.filled).all()
    np.testing.assert_array_equal(whole.filled, parts.filled)


def test_that_buckets_do_not_move_while_the_range_is_dragged() -> None:
    prepared = curve(np.random.default_rng(0).normal(size=100_000))
    first_x, first_y = decimated(prepared, 10_000, 60_000, 500)
    second_x, second_y = decimated(prepared, 10_037, 60_037, 500)
    shared = np.intersect1d(first_x, second_x)
    assert len(shared) > 400
    inner = slice(10, 400)
    keep = np.isin(first_x, shared[inner]), np.isin(second_x, shared[inner])
    np.testing.assert_array_equal(first_y[keep[0]], second_y[keep[1]])


@given(st.integers(0, 300), st.integers(1, 50))
def test_that_thinning_any_curve_keeps_its_extremes(count: int, points: int) -> None:
    y = np.random.default_rng(count).normal(size=count)
    x, thin = thinned(np.linspace(0, 1, count), y, points)
    assert len(x) == len(thin) <= max(points + 4, 4)
    if count:
        assert (thin.min(), thin.max()) == (y.min(), y.max())


@given(arrays(np.bool_, st.integers(0, 60)))
def test_that_runs_rebuild_the_flags(flags: np.ndarray) -> None:
    rebuilt = np.zeros(len(flags), dtype=bool)
    for start, stop in zip(*runs(flags), strict=True):
        assert stop > start
        rebuilt[start:stop] = True
    np.testing.assert_array_equal(rebuilt, flags)


def test_that_runs_closer_than_a_pixel_are_joined() -> None:
    start, stop = merged(np.array([0, 5, 50]), np.array([2, 8, 60]), 10)
    assert (start.tolist(), stop.tolist()) == ([0, 50], [8, 60])
    assert len(merged(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 1)[0]) == 0
