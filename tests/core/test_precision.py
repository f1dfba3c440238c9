"""Half precision is of CUDA devices alone; the scaling of the loss changes no step that does not overflow."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from series import ending, tiny_project, tiny_table, train
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded
from workbench.core.forecaster import Forecaster
from workbench.core.optimising import Optimiser
from workbench.core.problems import WorkbenchError
from workbench.core.project import TrainSpec


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_that_half_precision_is_refused_on_a_cpu_with_a_remedy(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    end = ending(train(tiny_project(device="auto", precision=precision)))
    assert end.problem is not None
    assert (end.outcome, end.problem.key) == ("failed", "no-half-precision")
    assert "CPU" in end.problem.text()
    assert "float32" in end.problem.remedy()
    for field in ("precision", "device"):
        with pytest.raises(WorkbenchError, match="CUDA"):
            tiny_project(device="auto").edited(train={"precision": precision, "device": "cpu", field: {
                "precision": precision, "device": "cpu"}[field]})  # fmt: skip


def stepped(scaler: torch.amp.GradScaler | None, losses: list[float]) -> tuple[torch.Tensor, Optimiser]:
    spec = TrainSpec(learning_rate=0.1, clip=1.0)
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimiser = Optimiser([weight], spec, scaler)
    for factor in losses:
        optimiser.clear()
        optimiser.backward((weight.square() * factor).sum())
        optimiser.step(spec, 0.1)
    return weight.detach(), optimiser


def test_that_scaling_the_loss_changes_no_step_and_an_overflow_is_left_out() -> None:
    plain, _ = stepped(None, [1.0, 2.0, 3.0])
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    scaled, _ = stepped(scaler, [1.0, 2.0, 3.0])
    torch.testing.assert_close(scaled, plain, rtol=1e-6, atol=0)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    left_out, optimiser = stepped(scaler, [1.0, float("inf"), 2.0, 3.0])
    torch.testing.assert_close(left_out, plain, rtol=1e-6, atol=0)
    assert scaler.get_scale() == 512.0
    state = optimiser.state()
    other = torch.amp.GradScaler("cpu", init_scale=1024.0)
    _, fresh = stepped(other, [1.0])
    fresh.load(state)
    assert other.get_scale() == 512.0


@pytest.mark.parametrize("cell", ["gru", "lstm", "lstm-peephole", "lstm-coupled"])
def test_that_only_torchs_own_kernels_see_half_precision(cell: str) -> None:
    """Our kernels are written for float32, and get it also where linear maps around them are halved."""
    project = tiny_project(cell=cell, segment=2, horizon=4, decoder="recursive")
    network = Forecaster.of(project.model, project.data)
    x = torch.randn(3, 10, 1)
    with torch.autocast("cpu", torch.bfloat16):
        halved = network(x)
    halved.float().square().mean().backward()
    np.testing.assert_allclose(halved.detach().float(), network(x).detach(), atol=0.05)
    assert all(weight.grad is None or bool(weight.grad.isfinite().all()) for weight in network.parameters())


# Truncated backpropagation through time ----------------------------------------------------------------------


def _by_hand(network: Forecaster, x: torch.Tensor, y: torch.Tensor, steps: int) -> torch.Tensor:
    """Return the gradient of U of an Elman RNN under MSE, of which only the last `steps` steps count, in a loop."""
    weights = {name: value.detach().numpy() for name, value in network.layers[0].weights(1, 4).items()}
    w, u, b = weights["weight_ih"], weights["weight_hh"], weights["bias_ih"] + weights["bias_hh"]
    head, offset = network.head.weight.detach().numpy(), network.head.bias.detach().numpy()
    total = np.zeros_like(u)
    for window, truth in zip(x.numpy(), y.numpy()[..., 0], strict=True):
        states = [np.zeros(len(u))]
        for row in window - window[-1]:
            states.append(np.tanh(w @ row + u @ states[-1] + b))
        error = 2 * (head @ states[-1] + offset + window[-1] - truth) / y.numel()
        back = head.T @ error
        for step in range(len(window), len(window) - steps, -1):
            back = back * (1 - states[step] ** 2)
            total += np.outer(back, states[step - 1])
            back = u.T @ back
    return torch.from_numpy(total)


@pytest.mark.parametrize("steps", [1, 3, 7, 10])
def test_that_a_truncated_gradient_is_that_of_the_last_steps(steps: int) -> None:
    project = tiny_project(truncate=steps, clip=0.0)
    network = Forecaster.of(project.model, project.data).double()
    network.truncated = steps
    x, y = torch.randn(5, 10, 1, dtype=torch.float64), torch.randn(5, 3, 1, dtype=torch.float64)
    (network(x) - y).square().mean().backward()
    found = network.layers[0].kernel.weight_hh_l0.grad
    torch.testing.assert_close(found, _by_hand(network, x, y, steps), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cell", ["rnn-relu", "lstm", "lstm-peephole", "lstm-coupled", "lstm-peephole-coupled", "gru"])
@pytest.mark.parametrize("decoder", ["direct", "recursive", "parallel"])
def test_that_truncation_changes_the_gradient_and_not_the_forecast(cell: str, decoder: str) -> None:
    project = tiny_project(cell=cell, decoder=decoder, layers=2, segment=2, horizon=4, teacher_forcing=0.0)
    network = Forecaster.of(project.model, project.data).double()
    x, found, gradients = torch.randn(5, 10, 1, dtype=torch.float64), [], []
    for tokens in (0, 2, 5):
        network.truncated = tokens
        network.zero_grad()
        forecast = network(x)
        forecast.square().mean().backward()
        found.append(forecast.detach())
        gradients.append(torch.cat([w.grad.flatten() for w in network.parameters() if w.grad is not None]))
    torch.testing.assert_close(found[1], found[0], rtol=1e-9, atol=1e-12)
    assert not torch.allclose(gradients[1], gradients[0])
    assert torch.equal(gradients[2], gradients[0])
    network.eval()
    assert torch.equal(network(x), found[0])


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"bidirectional": True}, "0, which is the whole window"),
        ({"options": {"recurrent_dropout": 0.2}}, "0, which is the whole window"),
        ({"options": {"initial_state": "learned"}}, "0, which is the whole window"),
        ({"segment": 5}, ": 5, or 0"),
    ],
)
def test_that_truncation_is_refused_where_it_makes_no_sense(settings: dict[str, object], remedy: str) -> None:
    project = tiny_project(**settings)
    with pytest.raises(WorkbenchError) as refused:
        project.edited(train={"truncate": 4})
    assert "Truncated BPTT cannot be 4" in refused.value.problem.text()
    assert remedy in refused.value.problem.remedy()
    assert project.edited(train={"truncate": 10}).train.truncate == 10, "as long as the window it does nothing"


def test_that_a_truncated_training_learns() -> None:
    project = tiny_project(truncate=5, epochs=8, cell="gru", learning_rate=0.02, dropout=0.1, layers=2)
    losses = [e.train_loss for e in train(project, prepare(tiny_table(), project.data)) if isinstance(e, EpochEnded)]
    assert losses[-1] < 0.8 * losses[0]
