"""The range test finds the rate at which a network learns, and disturbs nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from series import tiny_project, tiny_table, train, wave
from workbench.cli import main
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded, Event, Improved
from workbench.core.problems import WorkbenchError
from workbench.core.rangetest import SMOOTHING, RangePoint, RangeResult, _judged, range_test


def swept(project: Any, **range_of: Any) -> tuple[list[RangePoint], RangeResult]:
    stream, points = range_test(project, prepare(tiny_table(), project.data), **range_of), []
    while True:
        try:
            points.append(next(stream))
        except StopIteration as end:
            return points, end.value


def test_that_rates_grow_exponentially_and_losses_are_those_of_a_loop() -> None:
    project = tiny_project(cell="gru", optimiser="sgd", momentum=0.0)
    points, found = swept(project, low=1e-3, high=1e-1, steps=20)
    assert [point.rate for point in points] == pytest.approx(np.geomspace(1e-3, 1e-1, 20))
    from workbench.core.steering import Steering
    from workbench.core.training import Training

    made, losses, mean = Training(project, prepare(tiny_table(), project.data), Steering(project.train)), [], 0.0
    made.forecaster.train()
    for step, rate in enumerate(np.geomspace(1e-3, 1e-1, 20), start=1):
        losses.append(float(made.step(float(rate))))
        mean = SMOOTHING * mean + (1 - SMOOTHING) * losses[-1]
        assert points[step - 1].smoothed == pytest.approx(mean / (1 - SMOOTHING**step))
    assert [point.loss for point in points] == pytest.approx(losses, rel=1e-6)
    assert found.outcome == "end"
    assert len(found.rates) == 20


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_that_the_suggestion_learns_better_than_a_hundredth_and_than_where_it_diverges(optimiser: str) -> None:
    project = tiny_project(cell="gru", hidden=8, epochs=4, optimiser=optimiser, loss="mse")
    _points, found = swept(project, high=10.0)
    assert found.outcome == "diverged" or optimiser == "adam"
    assert found.suggestion is not None
    assert found.suggestion == min(found.steepest or 0, found.tenth or 0)

    def best(rate: float) -> float:
        events = train(project.changed(train=project.train.changed(learning_rate=rate)))
        losses = [event.valid_loss for event in events if isinstance(event, EpochEnded)]
        return min(losses) if losses else float("inf")

    assert best(found.suggestion) < best(found.suggestion / 100)
    if found.outcome == "diverged":
        assert best(found.suggestion) < best(float(found.rates[-1]))


def judged(losses: list[float]) -> RangeResult:
    rates = np.geomspace(1e-5, 1e1, len(losses))
    points = [
        RangePoint(k + 1, len(losses), float(r), v, v) for k, (r, v) in enumerate(zip(rates, losses, strict=True))
    ]
    return _judged(points, diverged=True)


def test_that_the_steepest_and_the_lowest_are_found_on_a_known_curve() -> None:
    x = np.linspace(-5, 1, 121)  # the logarithm of the rate
    curve = 1 - 0.8 / (1 + np.exp(-6 * (x + 2))) + np.exp(4 * (x - 0.5))
    found = judged(curve.tolist())
    assert found.steepest == pytest.approx(1e-2, rel=0.15)
    assert found.tenth == pytest.approx(10 ** x[curve.argmin()] / 10, rel=1e-6)
    assert found.suggestion == min(found.steepest or 0, found.tenth or 0)


def test_that_a_loss_that_only_grows_suggests_nothing() -> None:
    assert judged(np.linspace(1, 2, 60).tolist()).suggestion is None
    assert judged([1.0] * 5 + [float("nan")]).suggestion is None


def test_that_a_later_training_has_the_same_bits_and_others_the_same_random_numbers() -> None:
    project = tiny_project(dropout=0.4, layers=2, epochs=3)

    def weights(events: list[Event]) -> list[bytes]:
        return [value.tobytes() for event in events if isinstance(event, Improved) for value in event.weights.values()]

    expected = weights(train(project))
    torch.manual_seed(5)
    drawn = torch.rand(4)
    torch.manual_seed(5)
    stream = range_test(project, prepare(tiny_table(), project.data))
    found = [torch.rand(1)]
    for _ in range(3):
        next(stream)
        found.append(torch.rand(1))
    stream.close()
    assert torch.equal(torch.cat(found), drawn)
    assert weights(train(project)) == expected
    again = [next(range_test(project, prepare(tiny_table(), project.data))).loss for _ in range(2)]
    assert again[0] == again[1]


@pytest.mark.parametrize("wrong", [{"low": 0.0}, {"low": 1.0, "high": 0.1}, {"high": 11.0}, {"steps": 5}])
def test_that_a_range_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(WorkbenchError, match="cannot be tested"):
        swept(tiny_project(), **wrong)


def test_that_the_command_line_prints_a_table_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wave.csv"
    path.write_text("value\n" + "\n".join(f"{value!r}" for value in wave(400).tolist()) + "\n")
    options = ["--target", "value", "--window", "12", "--horizon", "2", "--hidden", "8", "--device", "cpu"]
    assert main(["range-test", str(path), *options, "--high", "10"]) == 0
    told = capsys.readouterr().out
    assert "suggestion: --lr " in told
    assert main(["range-test", str(path), *options, "--high", "10", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert f"--lr {document['suggestion']:.2g}" in told
    assert len(document["rates"]) == len(document["losses"]) == len(document["smoothed"])
    assert main(["range-test", str(path), *options, "--low", "-1"]) == 2


def test_that_the_weights_it_begins_with_are_those_of_a_model() -> None:
    project = tiny_project(cell="gru", epochs=3, learning_rate=0.02)
    best = [event for event in train(project) if isinstance(event, Improved)][-1]
    drawn, _found = swept(project, steps=20)
    learnt, _found = swept(project, steps=20, start=best.weights)
    assert learnt[0].loss < 0.9 * drawn[0].loss
