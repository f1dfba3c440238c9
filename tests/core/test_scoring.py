"""Errors in original units, and an honest verdict."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from series import run_of, table_of, tiny_project, wave
from workbench.core import scoring
from workbench.core.baselines import baselines
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Ended, Scores
from workbench.core.project import DataSpec
from workbench.core.scoring import Tally, baseline_losses, baseline_scores, chunks, loss, verdict


def dataset_of(**settings: object) -> Dataset:
    spec = DataSpec(targets=("a", "b"), window=10, horizon=4).changed(**settings)
    return prepare(table_of(a=wave(300), b=100 * wave(300, seed=1)), spec)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_that_scores_do_not_depend_on_how_windows_are_cut_into_pieces(pieces: list[int]) -> None:
    dataset, random = dataset_of(), np.random.default_rng(0)
    truth, forecast = random.normal(size=(2, sum(pieces), 4, 2))
    whole, parts = Tally(dataset), Tally(dataset)
    whole.add(truth, forecast)
    edges = np.cumsum(pieces)[:-1]
    for own, other in zip(np.split(truth, edges), np.split(forecast, edges), strict=True):
        parts.add(own, other)
    one, many = whole.scores("model", "test"), parts.scores("model", "test")
    assert (one.mae, one.rmse, one.mase) == pytest.approx((many.mae, many.rmse, many.mase), rel=1e-12)
    error = forecast - truth
    np.testing.assert_allclose([many.mae, many.rmse], [np.abs(error).mean(), np.sqrt((error**2).mean())], rtol=1e-12)
    np.testing.assert_allclose(many.mae_by_step, np.abs(error).mean(axis=(0, 2)), rtol=1e-12)
    mase = np.mean(np.abs(error).mean(axis=(0, 1)) / dataset.mase_scale)
    assert many.mase == pytest.approx(mase, rel=1e-12)
    assert many.windows == sum(pieces)


def test_that_the_seasonal_naive_has_a_mase_of_about_one_on_the_training_rows() -> None:
    spec = DataSpec(targets=("a",), window=12, horizon=12)
    dataset = prepare(table_of(a=wave(3000, noise=1.0)), spec)
    assert dataset.season == 12
    (score,) = [score for score in baseline_scores(dataset, "train") if score.name == "seasonal"]
    assert score.mase == pytest.approx(1.0, abs=0.03)


def test_that_a_random_walk_has_a_mase_of_about_one_and_no_season() -> None:
    walk = np.cumsum(np.random.default_rng(5).normal(size=5000))
    dataset = prepare(table_of(a=walk), DataSpec(targets=("a",), window=10, horizon=1))
    (score,) = [score for score in baseline_scores(dataset, "test") if score.name == "last"]
    assert dataset.season == 1
    assert score.mase == pytest.approx(1.0, abs=0.1)


def test_that_mase_is_not_told_where_training_rows_say_nothing() -> None:
    dataset = prepare(
        table_of(a=[*([0.0, 1.0] * 60), *wave(80)]), DataSpec(targets=("a",), window=2, horizon=1, train_share=0.6)
    )
    assert dataset.season == 2
    tally = Tally(dataset)
    tally.add(np.zeros((3, 1, 1)), np.ones((3, 1, 1)))
    assert tally.scores("model", "test").mase is None


@pytest.mark.parametrize("kind", ["mae", "mse", "huber"])
@given(seed=st.integers(0, 1000), spread=st.sampled_from([0.1, 1.0, 10.0]))
def test_that_losses_are_those_that_torch_trains_with(kind: str, seed: int, spread: float) -> None:
    from workbench.core.forecaster.losses import POINT_LOSSES

    truth, forecast = np.random.default_rng(seed).normal(0, spread, (2, 5, 3, 2))
    expected = float(POINT_LOSSES[kind](torch.from_numpy(forecast), torch.from_numpy(truth)))
    assert loss(kind, truth, forecast) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", ["mae", "mse", "huber"])
def test_that_the_lines_to_beat_are_the_losses_of_the_baselines_on_the_trainings_own_scale(kind: str) -> None:
    dataset, project = dataset_of(), tiny_project(loss=kind)
    start, scaler = dataset.valid.start, dataset.scaler
    truth = (dataset.truth(start) - scaler.shift) / scaler.scale
    for name, found in baseline_losses(dataset, project).items():
        forecast = (baselines(dataset)[name](dataset, start) - scaler.shift) / scaler.scale
        assert found == pytest.approx(loss(kind, truth, forecast), rel=1e-12)
    thinned = baseline_losses(dataset, project, most=10)
    assert thinned.keys() == baseline_losses(dataset, project).keys()


@pytest.mark.parametrize(("window", "horizon"), [(500, 1), (1, 500), (20, 20)])
def test_that_pieces_hold_neither_too_many_inputs_nor_too_many_forecasts(
    monkeypatch: pytest.MonkeyPatch, window: int, horizon: int
) -> None:
    spec = DataSpec(targets=("a",), window=window, horizon=horizon)
    dataset = prepare(table_of(a=wave(6000)), spec)
    monkeypatch.setattr(scoring, "CHUNK_VALUES", 2_000)
    pieces = list(chunks(dataset.train.start, dataset))
    assert np.concatenate(pieces).tolist() == dataset.train.start.tolist()
    assert all(len(piece) * max(window, horizon) <= 2_000 for piece in pieces)
    assert len(pieces) > 1


def score(name: str, mae: float, part: str = "test") -> Scores:
    return Scores(name, part, mae, mae, 1.0, np.full(4, mae), 50, 12)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "good", "headline"),
    [(0.5, True, "50 % better"), (0.99, False, "No better"), (1.0, False, "No better"), (1.5, False, "50 % worse")],
)
def test_that_only_a_clear_gain_over_the_best_baseline_is_called_good(model: float, good: bool, headline: str) -> None:
    scores = (score("model", model), score("last", 3.0), score("seasonal", 1.0), score("model", 0.1, "valid"))
    found = verdict(run_of([Ended("finished", 1, 1, 1.0, 1.0, scores=scores)], tiny_project()))
    assert found is not None
    assert found.good is good
    assert found.headline.format_map(found.values) == headline
    assert "seasonal naive (12 steps)" in found.sentence.format_map(found.values)


@pytest.mark.parametrize("scores", [(), (score("last", 1.0),), (score("model", 1.0),)])
def test_that_there_is_no_verdict_without_a_model_and_a_baseline(scores: tuple[Scores, ...]) -> None:
    assert verdict(run_of([Ended("stopped", 1, 1, 1.0, 1.0, scores=scores)], tiny_project())) is None


@pytest.mark.parametrize(("model", "best"), [(float("nan"), 1.0), (1.0, 0.0), (0.0, 0.0)])
def test_that_odd_scores_are_not_called_good(model: float, best: float) -> None:
    run = run_of(
        [Ended("finished", 1, 1, 1.0, 1.0, scores=(score("model", model), score("last", best)))], tiny_project()
    )
    found = verdict(run)
    assert found is not None
    assert not found.good


def test_that_one_mase_is_told_everywhere_with_the_scale_of_each_series() -> None:
    table = table_of(s=np.repeat([1.0, 2.0], 200), a=np.concatenate([wave(200), 1000 * wave(200, seed=3, noise=2.0)]))
    dataset = prepare(table, DataSpec(targets=("a",), series="s", window=12, horizon=4))
    methods = baselines(dataset)
    told = scoring.reports(dataset, "test", methods)
    for score in baseline_scores(dataset, "test", methods=methods):
        assert score.mase == pytest.approx(told[score.name].value("mase"), rel=1e-12)
        assert score.mae == pytest.approx(told[score.name].value("mae"), rel=1e-12)
