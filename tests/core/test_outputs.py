"""Outputs and losses against plain formulas and torch's own distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import distributions

from series import run_of, table_of, tiny_project, tiny_table, train, wave
from workbench.core.bands import in_original_units
from workbench.core.dataset import prepare
from workbench.core.forecaster.losses import gaussian_nll, loss_of, pinball, student_nll
from workbench.core.forecaster.outputs import Gaussian, Point, Quantiles, StudentT
from workbench.core.quantiles import normal_quantile, student_quantile


def numbers(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_that_the_likelihoods_are_those_of_torchs_distributions() -> None:
    raw, truth = numbers(5, 4, 2, 3), numbers(5, 4, 2) * 3
    found = Gaussian().placed(raw[..., :2], None, None)
    expected = -distributions.Normal(found[..., 0], found[..., 1]).log_prob(truth).mean()
    torch.testing.assert_close(gaussian_nll(found, truth), expected)
    found = StudentT().placed(raw, None, None)
    expected = -distributions.StudentT(found[..., 2], found[..., 0], found[..., 1]).log_prob(truth).mean()
    torch.testing.assert_close(student_nll(found, truth), expected)


def test_that_a_level_moves_a_distribution_as_a_whole() -> None:
    raw, shift, scale = numbers(5, 4, 2, 3), numbers(5, 1, 2), numbers(5, 1, 2).abs() + 0.5
    for output, part in ((Gaussian(), raw[..., :2]), (StudentT(), raw), (Point(), raw[..., :1])):
        plain, placed = output.placed(part, None, None), output.placed(part, shift, scale)
        torch.testing.assert_close(output.point(placed), output.point(plain) * scale + shift)
        if not isinstance(output, Point):
            low, moved = output.quantile(plain, 0.1), output.quantile(placed, 0.1)
            assert low is not None
            torch.testing.assert_close(moved, low * scale + shift)


def test_that_the_pinball_loss_is_smallest_at_the_quantile() -> None:
    truth = numbers(20_000, 1, 1)
    places = torch.linspace(-2.5, 2.5, 501, dtype=torch.float64)
    for level in (0.1, 0.5, 0.9):
        losses = [float(pinball((level,))(place.expand(20_000, 1, 1, 1), truth)) for place in places]
        assert float(places[int(np.argmin(losses))]) == pytest.approx(normal_quantile(level), abs=0.05)
    forecast = torch.tensor([[[[1.0, 2.0]]]])
    one = pinball((0.2, 0.7))(forecast, torch.tensor([[[1.5]]]))
    assert float(one) == pytest.approx((0.2 * 0.5 + 0.3 * 0.5) / 2)


def test_that_crossing_quantiles_are_sorted() -> None:
    output = Quantiles((0.1, 0.5, 0.9))
    crossed = torch.tensor([3.0, 1.0, 2.0])
    assert [float(output.quantile(crossed, level)) for level in (0.1, 0.5, 0.9)] == [1.0, 2.0, 3.0]
    assert float(output.point(crossed)) == 2.0


@pytest.mark.parametrize("degrees", [2.0, 2.3, 3.0, 5.0, 12.0, 200.0])
@pytest.mark.parametrize("level", [0.05, 0.1, 0.4, 0.5, 0.75, 0.975])
def test_that_students_quantiles_invert_its_distribution(degrees: float, level: float) -> None:
    z = float(student_quantile(level, np.array(degrees)))
    t = np.linspace(0.0, abs(z), 200_001)
    constant = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    density = constant * (1 + t * t / degrees) ** (-(degrees + 1) / 2)
    half = float(((density[1:] + density[:-1]) / 2 * np.diff(t)).sum())
    assert 0.5 + math.copysign(half, z) == pytest.approx(level, abs=2e-3 if degrees < 3 else 2e-4)


def test_that_a_distribution_is_never_narrower_than_can_be_believed() -> None:
    found = Gaussian().placed(torch.full((1, 1, 1, 2), -1e3), None, None)
    assert float(found[..., 1]) == pytest.approx(1e-4)


@pytest.mark.parametrize("output", ["quantiles", "gaussian", "student-t"])
def test_that_the_band_holds_about_its_share_of_the_truth(output: str) -> None:
    noise = np.random.default_rng(0).normal(size=2_000)
    project = tiny_project(output=output, loss="pinball" if output == "quantiles" else "nll", epochs=12, hidden=8,
                           batch=64, learning_rate=0.01, horizon=2, normalisation="none")  # fmt: skip
    run = run_of(train(project, table_of(a=noise)), project)
    scores = run.scores("test")["model"]
    assert scores.coverage == pytest.approx(0.8, abs=0.06)
    made = run.forecasts["test"]
    assert made.low is not None
    assert made.high is not None
    assert (made.low <= made.values).all()
    assert (made.values <= made.high).all()
    probe = run.live_probe
    assert probe is None or probe.low is not None


def test_that_a_point_forecast_has_no_band() -> None:
    project = tiny_project()
    run = run_of(train(project), project)
    assert run.forecasts["test"].low is None
    assert run.scores("test")["model"].coverage is None


@pytest.mark.parametrize("data", [{}, {"power": "log"}, {"difference": "step"}, {"power": "log", "difference": "step"}])
def test_that_a_band_goes_back_to_original_units(data: dict[str, Any]) -> None:
    project = tiny_project(**data)
    dataset = prepare(tiny_table(), project.data)
    start = dataset.test.start[:4]
    point, distance = np.zeros((4, 3, 1)), np.full((4, 3, 1), 0.5)
    values, low, high = in_original_units(dataset, start, point, point - distance, point + distance)
    assert low is not None
    assert high is not None
    np.testing.assert_allclose(values, dataset.to_original(point, start))
    if "difference" not in data:
        np.testing.assert_allclose(high, dataset.to_original(point + distance, start))
        return
    transform = dataset.fit.transform
    width = (transform.power(high) - transform.power(low))[0, :, 0]
    np.testing.assert_allclose(width / width[0], np.sqrt([1.0, 2.0, 3.0]), rtol=1e-9)


def test_that_every_loss_of_a_project_can_be_trained_through() -> None:
    for output, losses in {"point": ("mae", "mse", "huber"), "quantiles": ("pinball",), "gaussian": ("nll",)}.items():
        for loss in losses:
            project = tiny_project(output=output, loss=loss)
            parameters = torch.rand(2, 3, 1, *{"point": (), "quantiles": (3,), "gaussian": (2,)}[output]) + 0.5
            parameters.requires_grad_()
            loss_of(project)(parameters, torch.zeros(2, 3, 1)).backward()
            assert parameters.grad is not None
            assert parameters.grad.abs().max() > 0


def test_that_a_wave_is_learnt_with_every_output() -> None:
    for output, loss in (("quantiles", "pinball"), ("gaussian", "nll"), ("student-t", "nll")):
        project = tiny_project(output=output, loss=loss, epochs=15, hidden=12, cell="gru", learning_rate=0.01)
        scores = run_of(train(project, table_of(a=wave(400, noise=0.1))), project).scores("test")
        assert scores["model"].mae < 0.6 * scores["last"].mae
