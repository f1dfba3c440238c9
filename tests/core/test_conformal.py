"""Conformal bands: the promised share on exchangeable data, plain quantiles by hand, and nothing known too early."""

from __future__ import annotations

import numpy as np
import pytest

from series import table_of, wave
from workbench.core.bands import Band
from workbench.core.baselines import baselines
from workbench.core.conformal import (
    adaptive_widening,
    conformity,
    least_windows,
    rank_of,
    split_widening,
    widened,
)
from workbench.core.dataset import Dataset, prepare
from workbench.core.intervals import Banded, Kind, banded, calibration_and_test
from workbench.core.project import DataSpec

SHARES = (0.8, 0.95)


def test_that_the_rank_is_that_of_the_finite_sample() -> None:
    assert rank_of(0.8, 4) == 4  # (4 + 1) 0.8 = 4
    assert rank_of(0.8, 9) == 8
    assert rank_of(0.95, 19) == 19
    assert rank_of(0.95, 18) == 19, "18 scores can not promise 95 %"


def test_that_each_step_ahead_gets_the_quantile_of_its_own_scores() -> None:
    scores = np.stack([np.arange(1.0, 10.0), 10 * np.arange(1.0, 10.0)], axis=1)[..., None]
    found = split_widening(scores[::-1], 0.8)
    np.testing.assert_array_equal(found.distance, [[8.0], [80.0]])
    assert found.enough
    none = split_widening(scores, 0.95)
    assert not none.enough, "9 windows promise no 95 %"
    assert np.isnan(none.distance).all()
    assert [least_windows(share) for share in (0.5, 0.8, 0.9, 0.95, 0.99)] == [1, 4, 9, 19, 99]


def test_that_scores_are_distances_from_a_band_and_from_a_point() -> None:
    truth, low, high = np.array([0.0, 5.0, 9.0]), np.array([1.0, 1.0, 1.0]), np.array([6.0, 6.0, 6.0])
    np.testing.assert_array_equal(conformity(truth, low, high), [1.0, -1.0, 3.0])
    np.testing.assert_array_equal(conformity(truth, low, low), np.abs(truth - 1.0))
    edges = widened(np.array([0.0, 0.0]), np.array([1.0, 4.0]), np.array([-1.0, -1.0]))
    np.testing.assert_array_equal(edges[0], [0.5, 1.0])
    np.testing.assert_array_equal(edges[1], [0.5, 3.0])


@pytest.mark.parametrize("share", SHARES)
def test_that_exchangeable_errors_are_covered_as_promised_within_one_point(share: float) -> None:
    random, inside = np.random.default_rng(0), []
    for _ in range(200):
        scores = np.abs(random.standard_t(3, (200, 3, 2))) * np.array([1.0, 2.0, 5.0])[:, None]
        found = split_widening(scores[:100], share)
        inside.append((scores[100:] <= found.distance).mean(axis=0))
    assert np.abs(np.mean(inside) - share) < 0.01
    # In expectation it is rank / (n + 1).
    np.testing.assert_allclose(np.mean(inside, axis=0), rank_of(share, 100) / 101, atol=0.012)


@pytest.mark.parametrize("share", SHARES)
def test_that_an_adapting_band_keeps_its_promise_where_errors_grow(share: float) -> None:
    random = np.random.default_rng(1)
    scores = np.abs(random.normal(size=(3000, 4, 1))) * np.linspace(1.0, 6.0, 3000)[:, None, None]
    rows = np.arange(3000)
    split = split_widening(scores[:500], share)
    found = adaptive_widening(scores[:500], rows[:500], scores[500:], rows[500:], share, split.distance)
    held, adapted = ((scores[500:] <= d).mean() for d in (split.distance, found.distance))
    assert held < share - 0.1
    assert abs(adapted - share) < 0.02


def test_that_a_band_owes_nothing_to_truths_that_are_not_known_yet() -> None:
    random = np.random.default_rng(2)
    scores, rows = np.abs(random.normal(size=(400, 5, 1))), np.arange(400)
    first = split_widening(scores[:100], 0.8).distance
    before = adaptive_widening(scores[:100], rows[:100], scores[100:], rows[100:], 0.8, first).distance
    at = 250
    poisoned = scores.copy()
    for step in range(5):  # all whose target row + step is not before the first target of window `at`
        poisoned[max(at - step, 0) :, step] = 1e9
    after = adaptive_widening(poisoned[:100], rows[:100], poisoned[100:], rows[100:], 0.8, first).distance
    assert before[: at - 100 + 1].tobytes() == after[: at - 100 + 1].tobytes()
    assert (before[at - 100 + 1 :] != after[at - 100 + 1 :]).any()


def bands_of(dataset: Dataset, kind: Kind, name: str = "last") -> Banded:
    method = baselines(dataset)[name]

    def forecast(start: np.ndarray) -> Band:
        return method(dataset, start), None, None

    return banded(dataset, forecast, SHARES, kind, name=name)


@pytest.mark.parametrize("kind", ["split", "adaptive"])
@pytest.mark.parametrize("name", ["last", "seasonal", "drift", "average", "linear"])
def test_that_no_test_row_calibrates_any_baseline(kind: Kind, name: str) -> None:
    values, spec = wave(600, period=8, noise=1.0), DataSpec(targets=("a",), window=16, horizon=4)
    before = bands_of(prepare(table_of(a=values), spec), kind, name)
    dataset = prepare(table_of(a=values), spec)
    assert before.calibration.max() + dataset.spec.window + 4 <= dataset.split.valid <= before.start.min() + 16
    place = len(before.start) // 2
    changed = values.copy()
    changed[before.start[place] + 16 :] = 1e9  # everything behind the window at `place`
    after = bands_of(prepare(table_of(a=changed), spec), kind, name)
    for share in SHARES:
        for one, other in zip(before.bands[share], after.bands[share], strict=True):
            assert one[: place + 1].tobytes() == other[: place + 1].tobytes()


@pytest.mark.parametrize("kind", ["split", "adaptive"])
def test_that_bands_of_white_noise_hold_what_they_promise(kind: Kind) -> None:
    covered: dict[float, list[float | None]] = {share: [] for share in SHARES}
    for seed in range(8):  # one draw of 1 500 calibration windows alone is off by a point
        noise = np.random.default_rng(seed).normal(size=10_000)
        found = bands_of(prepare(table_of(a=noise), DataSpec(targets=("a",), window=8, horizon=2)), kind, "average")
        for share in SHARES:
            covered[share].append(found.report.value("coverage", share))
    for share in SHARES:
        assert np.mean(np.array(covered[share], dtype=float)) == pytest.approx(share, abs=0.01)


def test_that_a_band_around_a_logarithm_stays_above_zero() -> None:
    random = np.random.default_rng(5)
    values = np.exp(random.normal(0.0, 1.5, 900))
    spec = DataSpec(targets=("a",), window=8, horizon=2, power="log")
    low, high = bands_of(prepare(table_of(a=values), spec), "split").bands[0.95]
    assert (low > 0).all()
    assert (high > low).all()


def test_that_series_of_all_sizes_share_their_calibration() -> None:
    random = np.random.default_rng(6)
    size = np.repeat(10.0 ** np.arange(6), 120)
    table = table_of(s=np.repeat(np.arange(6.0), 120), a=size * random.normal(size=720))
    dataset = prepare(table, DataSpec(targets=("a",), series="s", window=6, horizon=2))
    found = bands_of(dataset, "split")
    covered = found.report.by(("series",), "coverage", 0.8)
    assert covered is not None
    assert (np.abs(covered - 0.8) < 0.25).all()


def test_that_another_file_is_calibrated_by_its_first_windows_alone() -> None:
    dataset = prepare(table_of(a=wave(400)), DataSpec(targets=("a",), window=12, horizon=5))
    from dataclasses import replace

    from workbench.core.windows import Windows

    other = replace(dataset, valid=Windows("valid", dataset.valid.start[:0]))
    calibration, rest = calibration_and_test(other)
    assert calibration.max() + 5 <= rest.min()
    assert set(calibration) | set(rest) <= set(dataset.test.start)
