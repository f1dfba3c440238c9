"""One training step is that of torch's optimisers, and of a float64 loop written from the papers."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from series import run_of, tiny_project, tiny_table, train
from workbench.core import training
from workbench.core.averaging import Average
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded
from workbench.core.forecaster import Forecaster
from workbench.core.optimising import Optimiser
from workbench.core.project import TrainSpec
from workbench.core.steering import Steering

Array = NDArray[np.float64]
SHAPES = ((3, 4), (4,), (2, 3))


def gradients(steps: int) -> list[list[Array]]:
    random = np.random.default_rng(0)
    return [[random.normal(size=shape) * 3 for shape in SHAPES] for _ in range(steps)]


def start() -> list[Array]:
    random = np.random.default_rng(1)
    return [random.normal(size=shape) for shape in SHAPES]


def ours(steps: int, **settings: Any) -> list[Array]:
    spec = TrainSpec(learning_rate=0.05, **settings)
    weights = [torch.nn.Parameter(torch.tensor(value)) for value in start()]
    optimiser = Optimiser(weights, spec)
    for values in gradients(steps):
        optimiser.clear()
        for weight, value in zip(weights, values, strict=True):
            weight.grad = torch.tensor(value)
        optimiser.step(spec, spec.learning_rate)
    return [weight.detach().numpy() for weight in weights]


def clipped(grads: list[Array], clip: float, clip_value: float) -> list[Array]:
    if clip_value:
        grads = [np.clip(grad, -clip_value, clip_value) for grad in grads]
    norm = np.sqrt(sum(float((grad**2).sum()) for grad in grads))
    return [grad * min(1.0, clip / (norm + 1e-6)) for grad in grads] if clip else grads


def by_hand(
    steps: int, optimiser: str = "adam", weight_decay: float = 0.0, momentum: float = 0.9, clip: float = 1.0,
    clip_value: float = 0.0,
) -> list[Array]:  # fmt: skip
    """Train in float64 as the papers have it."""
    weights = start()
    m, v = ([np.zeros(shape) for shape in SHAPES] for _ in range(2))
    for t, grads in enumerate(gradients(steps), start=1):
        for place, grad in enumerate(clipped(grads, clip, clip_value)):
            w, g = weights[place], grad
            if optimiser == "adamw":
                w = w - 0.05 * weight_decay * w
            else:
                g = g + weight_decay * w
            if optimiser == "sgd":
                m[place] = g if t == 1 else momentum * m[place] + g
                weights[place] = w - 0.05 * m[place]
            elif optimiser == "rmsprop":
                v[place] = 0.99 * v[place] + 0.01 * g**2
                weights[place] = w - 0.05 * g / (np.sqrt(v[place]) + 1e-8)
            else:
                m[place], v[place] = 0.9 * m[place] + 0.1 * g, 0.999 * v[place] + 0.001 * g**2
                mean, spread = m[place] / (1 - 0.9**t), v[place] / (1 - 0.999**t)
                weights[place] = w - 0.05 * mean / (np.sqrt(spread) + 1e-8)
    return weights


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "rmsprop", "sgd"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize(("clip", "clip_value"), [(1.0, 0.0), (0.0, 0.0), (0.0, 0.5), (2.0, 0.5)])
def test_that_a_step_is_that_of_the_paper(optimiser: str, weight_decay: float, clip: float, clip_value: float) -> None:
    settings: dict[str, Any] = {
        "optimiser": optimiser, "weight_decay": weight_decay, "clip": clip, "clip_value": clip_value,
    }  # fmt: skip
    for own, expected in zip(ours(7, **settings), by_hand(7, **settings), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-9, atol=1e-12)


def test_that_the_momentum_counts() -> None:
    for momentum in (0.0, 0.5):
        own, expected = ours(5, optimiser="sgd", momentum=momentum), by_hand(5, "sgd", momentum=momentum)
        np.testing.assert_allclose(own[0], expected[0], rtol=1e-9)


def test_that_the_norm_told_is_the_one_before_any_clipping() -> None:
    spec = TrainSpec(clip=0.1, clip_value=0.2)
    weight = torch.nn.Parameter(torch.zeros(2))
    optimiser = Optimiser([weight], spec)
    weight.grad = torch.tensor([3.0, 4.0])
    optimiser.step(spec, 0.1)
    assert float(optimiser.norm) == pytest.approx(5.0)
    assert weight.grad.norm() <= 0.1


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "rmsprop", "sgd"])
def test_that_a_step_goes_on_from_a_state(optimiser: str) -> None:
    spec = TrainSpec(learning_rate=0.05, optimiser=optimiser, weight_decay=0.01)
    whole = ours(6, optimiser=optimiser, weight_decay=0.01)
    first = [torch.nn.Parameter(torch.tensor(value)) for value in start()]
    made = Optimiser(first, spec)
    second: list[torch.nn.Parameter] = []
    for place, values in enumerate(gradients(6)):
        if place == 3:
            second = [torch.nn.Parameter(weight.detach().clone()) for weight in first]
            other = Optimiser(second, spec)
            other.load(made.state())
            first, made = second, other
        for weight, value in zip(first, values, strict=True):
            weight.grad = torch.tensor(value)
        made.step(spec, spec.learning_rate)
    for own, expected in zip(second, whole, strict=True):
        assert np.array_equal(own.detach().numpy(), expected)


@pytest.mark.parametrize("loss", ["mae", "mse", "huber"])
@pytest.mark.parametrize(("batch", "accumulate"), [(16, 4), (8, 8), (7, 9), (64, 1)])
def test_that_accumulated_batches_take_the_step_of_one_large_batch(loss: str, batch: int, accumulate: int) -> None:
    settings: dict[str, Any] = {"cell": "gru", "loss": loss, "epochs": 2, "targets": ("a", "b"), "clip": 0.5}
    large = tiny_project(batch=batch * accumulate, **settings)
    small = tiny_project(batch=batch, accumulate=accumulate, **settings)
    dataset = prepare(tiny_table(400), large.data)
    assert len(dataset.train) % (batch * accumulate), "the last step is a smaller one"
    runs = [run_of(train(project, dataset), project) for project in (large, small)]
    for one, two in zip(runs[0].epochs, runs[1].epochs, strict=True):
        assert two.train_loss == pytest.approx(one.train_loss, rel=1e-5)
        assert two.valid_loss == pytest.approx(one.valid_loss, rel=1e-4)
    assert len(runs[0].batch_losses[0]) == len(runs[1].batch_losses[0])


def test_that_in_float64_the_accumulated_gradient_is_that_of_the_large_batch() -> None:
    project = tiny_project(batch=5, accumulate=4, clip=0.0, cell="lstm")
    dataset = prepare(tiny_table(), project.data)
    rows, found = torch.from_numpy(dataset.train.start[:18]), []
    for size in (5, 18):
        made = training.Training(
            project.changed(train=project.train.changed(batch=size)), dataset, Steering(project.train)
        )
        made.forecaster.double()
        cut = made.batches_of.cut
        made.batches_of.cut = lambda rows, cut=cut: tuple(None if part is None else part.double() for part in cut(rows))  # type: ignore[method-assign,misc]
        made.optimiser = Optimiser(made.forecaster.parameters(), project.train)
        made._batch(rows, 0.0)
        found.append([weight.grad.clone() for weight in made.forecaster.parameters() if weight.grad is not None])
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-12, atol=1e-14)


def test_that_an_average_is_that_of_the_formula_and_leaves_the_weights_alone() -> None:
    weights = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(value)) for value in start()])
    average, random = Average(weights, 0.9), np.random.default_rng(2)
    expected = [value.copy() for value in start()]
    for step in range(1, 40):
        for weight, mean in zip(weights, expected, strict=True):
            new = random.normal(size=mean.shape)
            weight.data.copy_(torch.tensor(new))
            share = min(0.9, (1 + step) / (10 + step))
            mean[...] = share * mean + (1 - share) * new
        average.update()
    live = [weight.detach().clone() for weight in weights]
    with average.applied():
        for weight, mean in zip(weights, expected, strict=True):
            np.testing.assert_allclose(weight.detach().numpy(), mean, rtol=1e-12)
        found = average.live(weights.state_dict())
        assert all(torch.equal(one, two) for one, two in zip(found.values(), live, strict=True))
    for weight, before in zip(weights, live, strict=True):
        assert torch.equal(weight, before)


def test_that_the_averaged_weights_are_validated_kept_and_shown_and_the_live_ones_go_on() -> None:
    plain, averaged = tiny_project(epochs=3, cell="gru"), tiny_project(epochs=3, cell="gru", average=0.9)
    dataset = prepare(tiny_table(), plain.data)
    made = training.Training(averaged, dataset, Steering(averaged.train, probe=int(dataset.valid.start[0])))
    events = [item for item in made.train() if not isinstance(item, str)]
    run, without = run_of(events, averaged), run_of(train(plain, dataset), plain)
    assert [entry.train_loss for entry in run.epochs] == [entry.train_loss for entry in without.epochs]
    assert [entry.valid_loss for entry in run.epochs] != [entry.valid_loss for entry in without.epochs]
    assert run.best is not None
    network = Forecaster.of(averaged.model, averaged.data)
    network.restore(run.best.weights)
    x, _ahead, y = made.batches_of.cut(torch.from_numpy(dataset.valid.start))
    network.eval()
    with torch.inference_mode():
        assert float((network(x) - y).abs().mean()) == pytest.approx(run.best.valid_loss, rel=1e-5)
    assert not np.array_equal(run.best.weights["head.weight"], made.forecaster.snapshot()["head.weight"])


def test_that_a_training_goes_on_from_a_state_taken_while_the_average_is_validated() -> None:
    project = tiny_project(epochs=3, average=0.9)
    dataset = prepare(tiny_table(), project.data)
    first, second = (training.Training(project, dataset, Steering(project.train)) for _ in range(2))
    stream = first.train()
    for item in stream:
        if item == "chunk" and first.epoch == 2:
            break
    second.load(copy.deepcopy(first.state()), first.best)
    rest = [item for item in second.train() if isinstance(item, EpochEnded)]
    expected = [item for item in stream if isinstance(item, EpochEnded)]
    assert [entry.valid_loss for entry in rest] == [entry.valid_loss for entry in expected]
    assert [entry.train_loss for entry in rest] == [entry.train_loss for entry in expected]
