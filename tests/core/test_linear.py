"""The closed-form linear forecast is a ridge regression, sees training windows only, and is exact on linear series."""

from __future__ import annotations

import numpy as np
import pytest

from series import table_of, wave
from workbench.core import linear
from workbench.core.dataset import Dataset, prepare
from workbench.core.linear import STRENGTHS, linear_fit
from workbench.core.project import DataSpec


def dataset_of(values: object, **settings: object) -> Dataset:
    return prepare(table_of(a=values), DataSpec(targets=("a",), window=16, horizon=5).changed(**settings))  # type: ignore[arg-type]


def test_that_the_weights_are_those_of_ridge_regression() -> None:
    values = np.cumsum(np.random.default_rng(1).normal(size=400))
    dataset = dataset_of(values)
    found = linear_fit(dataset)
    assert found is not None
    spread = dataset.values[dataset.split.of("train"), 0].std()
    rows = [values[s : s + 21] for s in dataset.train.start]
    windows = (np.array(rows) - np.array(rows)[:, 15:16]) / spread
    x, y = windows[:, :15], windows[:, 16:]
    # Minimise |x w - y|² + n λ |w|² as least squares of stacked rows: another way to the same weights.
    damp = np.sqrt(found.strength * len(x)) * np.eye(15)
    expected = np.linalg.lstsq(np.vstack([x, damp]), np.vstack([y, np.zeros((15, 5))]), rcond=None)[0]
    np.testing.assert_allclose(found.weights, expected, atol=2e-4)
    start = dataset.test.start[:3]
    ahead = np.array([(values[s : s + 15] - values[s + 15]) @ found.weights + values[s + 15] for s in start])
    np.testing.assert_allclose(found(dataset, start)[..., 0], ahead, rtol=1e-9)


def test_that_a_sum_of_waves_is_forecast_nearly_exactly() -> None:
    t = np.arange(600)
    dataset = dataset_of(5 + np.sin(t / 3) + 0.5 * np.sin(t / 7 + 1))
    found = linear_fit(dataset)
    assert found is not None
    assert found.strength == min(STRENGTHS), "validation chooses the weakest penalty where there is no noise"
    error = found(dataset, dataset.test.start) - dataset.truth(dataset.test.start)
    assert np.abs(error).max() < 0.02


def test_that_one_map_serves_targets_of_all_sizes() -> None:
    a = wave(400)
    dataset = prepare(table_of(a=a, b=1e6 * a + 7), DataSpec(targets=("a", "b"), window=16, horizon=5))
    found = linear_fit(dataset)
    assert found is not None
    both = found(dataset, dataset.test.start)
    np.testing.assert_allclose(both[..., 1], 1e6 * both[..., 0] + 7, rtol=1e-6)


def test_that_no_row_behind_the_training_windows_decides_about_the_weights() -> None:
    values = wave(400)
    before = dataset_of(values)
    changed = values.copy()
    changed[before.split.valid :] = 1e9
    one, other = linear_fit(before), linear_fit(dataset_of(changed))
    assert one is not None
    assert other is not None
    assert one.weights.tobytes() == other.weights.tobytes()
    assert one.scale.tobytes() == other.scale.tobytes()
    # Validation rows choose between a few penalties and no more: with one to choose from they do nothing.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear, "STRENGTHS", STRENGTHS[:1])
        changed[before.split.train :] = 1e9
        one, other = linear_fit(before), linear_fit(dataset_of(changed))
    assert one is not None
    assert other is not None
    assert one.weights.tobytes() == other.weights.tobytes()


def test_that_it_is_left_out_where_it_can_not_be_fitted() -> None:
    assert linear_fit(dataset_of(wave(300), window=1)) is None
    assert linear_fit(dataset_of(wave(44), window=20, horizon=5, train_share=0.7, valid_share=0.15)) is None
