"""A look inside shows what the network does and where its gradients go, and leaves no trace in a training."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from series import tiny_project, tiny_table, train
from workbench.core import inspection, stopwatch
from workbench.core.cells import CELLS, NUMPY
from workbench.core.dataset import prepare
from workbench.core.events import EpochEnded, Event, Improved, Probed
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.forecaster.losses import loss_of
from workbench.core.insight.flow import against_lag, decades
from workbench.core.insight.ordering import gate_half_life
from workbench.core.layers import TORCH, RecurrentLayer
from workbench.core.looking import looked, probed
from workbench.core.opening import opened
from workbench.core.project import ModelSpec
from workbench.core.steering import Steering

OPTIONS: list[dict[str, object]] = [
    {},
    {"bias": False, "initial_state": "learned", "recurrent_dropout": 0.2, "zoneout": 0.1, "layer_norm": True},
]
SQUASHED = {"f": "sigmoid", "i": "sigmoid", "o": "sigmoid", "r": "sigmoid", "z": "sigmoid", "g": "tanh", "n": "tanh"}


def network(dtype: torch.dtype = torch.float32, **model: object) -> Forecaster:
    torch.manual_seed(0)
    made = Forecaster(ModelSpec(hidden=6).changed(**model), 3, 2, 4)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    return made.to(dtype)


def windows(count: int = 3, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(1)
    return tuple(torch.randn(count, *shape, dtype=dtype, generator=random) for shape in ((9, 3), (4, 2)))


@pytest.fixture(params=CELLS.keys())
def cell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "all"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_that_the_look_is_the_network(cell: str, options: dict[str, object], bidirectional: bool) -> None:
    made = network(cell=cell, options=options, layers=2, dropout=0.5, bidirectional=bidirectional)
    x, _answers = windows()
    traces, forecasts = made.trace(x)
    np.testing.assert_allclose(forecasts.numpy(), predicted(made, x.numpy()), atol=2e-5, rtol=2e-4)
    for window in traces:
        assert [trace.layer for trace in window] == [0, 1]
        for trace in window:
            assert set(trace.values) == {signal.key for signal in CELLS[cell].signals}
            assert {value.shape for value in trace.values.values()} == {(9, 12 if bidirectional else 6)}
            assert {value.dtype for value in trace.values.values()} == {np.dtype(np.float32)}
            assert trace.gradients == {}


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "all"])
def test_that_every_signal_is_the_steps_own_in_numpy(cell: str, options: dict[str, object]) -> None:
    made = network(torch.float64, cell=cell, options=options, normalisation="none")
    x, _answers = windows(dtype=torch.float64)
    layer = made.layers[0]
    assert isinstance(layer, RecurrentLayer)
    weights = {name: value.detach().numpy() for name, value in layer.weights(3, 6).items()}
    state = CELLS[cell].start(weights, np.zeros((3, 6)))
    traces, _forecasts = made.trace(x)
    for step in range(9):
        state, gates = CELLS[cell].step(weights, x[:, step].numpy(), state, NUMPY, layer.options)
        for key, value in {**state, **gates}.items():
            seen = np.stack([trace[0].values[key][step] for trace in traces])
            np.testing.assert_allclose(seen, value, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "all"])
def test_that_pre_activations_are_what_was_squashed(cell: str, options: dict[str, object]) -> None:
    made = network(torch.float64, cell=cell, options=options, bidirectional=True, layers=2)
    squash = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    gates = {gate.key for gate in CELLS[cell].gates}
    for trace in made.trace(windows(dtype=torch.float64)[0])[0][1]:
        assert set(trace.before) == (gates or {"h"})
        for key, value in trace.before.items():
            how = SQUASHED.get(key, "relu" if cell == "rnn-relu" else "tanh")
            if key == "h" and options:
                continue  # zoneout mixes the squashed value with the old one
            found = squash[how](torch.from_numpy(value)).numpy()
            np.testing.assert_allclose(found, trace.values[key], atol=1e-12, err_msg=key)


def nudged_gradients(made: Forecaster, x: Tensor, answers: Tensor) -> list[dict[str, Tensor]]:
    """Return |dL/ds| (N, T) of each layer's states, by autograd with respect to a 0 added to every state.

    What is added to c after a step misses the way through h of the same step, which is written out by hand.
    """
    sequence = x - x[:, -1:] if made.model.normalisation == "last" else x
    nudges: list[dict[str, list[Tensor]]] = []
    slopes: list[list[Tensor | None]] = [[] for _ in range(2 * len(made.layers))]
    for layer in made.layers:
        assert isinstance(layer, RecurrentLayer)
        outs, zero = [], x.new_zeros(len(x), layer.hidden)
        for way in ("", "_reverse") if layer.bidirectional else ("",):
            names = layer.cell.shapes(1, 1, layer.options)
            weights = {name: layer.kernel.get_parameter(f"{name}_l0{way}") for name in names}
            state, out = layer.cell.start(weights, zero), []
            added: dict[str, list[Tensor]] = {key + way: [] for key in state}
            for x_t in (sequence.flip(1) if way else sequence).unbind(1):
                state, gates = layer.cell.step(weights, x_t, state, TORCH, layer.options)
                slopes[len(nudges)].append(slope_of_h(layer, weights, state, gates))
                for key in state:
                    added[key + way].append(torch.zeros_like(zero).requires_grad_())
                    state[key] = state[key] + added[key + way][-1]
                out.append(state["h"])
            outs.append(torch.stack(out[::-1] if way else out, dim=1))
            nudges.append(added)
        sequence = torch.cat(outs, dim=2)
    last = torch.cat((sequence[:, -1, : made.model.hidden], sequence[:, 0, made.model.hidden :]), dim=1)
    forecast = made.head(last).view(len(x), 4, 2) + x[:, -1:, :2]
    loss = (forecast - answers).square().mean(dim=(1, 2)).sum()
    found: list[dict[str, Tensor]] = []
    for added, slope in zip(nudges, slopes, strict=False):
        gradients = {}
        for key, leaves in added.items():
            grads = torch.autograd.grad(loss, leaves, retain_graph=True, allow_unused=True)
            gradients[key] = [torch.zeros_like(leaves[0]) if grad is None else grad for grad in grads]
        for key in [key for key in gradients if key.startswith("c") and slope[0] is not None]:
            h = gradients[key.replace("c", "h", 1)]
            gradients[key] = [c + g * s for c, g, s in zip(gradients[key], h, slope, strict=True)]
        stacked = {key: torch.stack(rows, dim=1).norm(dim=-1) for key, rows in gradients.items()}
        found.append({key: value.flip(1) if key.endswith("_reverse") else value for key, value in stacked.items()})
    return found


def slope_of_h(
    layer: RecurrentLayer, weights: Mapping[str, Tensor], state: Mapping[str, Tensor], gates: Mapping[str, Tensor]
) -> Tensor | None:
    """Return dh/dc of one step of an LSTM; with zoneout h is made before c is held, and does not depend on it."""
    if "c" not in state or layer.options.zoneout:
        return None
    o, shown = gates["o"], torch.tanh(state["c"])
    slope = o * (1 - shown**2)
    if "weight_ch" in weights:
        slope = slope + weights["weight_ch"][-layer.hidden :] * o * (1 - o) * shown
    return slope


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "all"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_that_gradients_are_autograds(cell: str, options: dict[str, object], bidirectional: bool) -> None:
    made = network(torch.float64, cell=cell, options=options, layers=2, bidirectional=bidirectional).eval()
    x, answers = windows(dtype=torch.float64)
    traces, _forecasts = made.trace(x, answers, nn.functional.mse_loss)
    expected = nudged_gradients(made, x, answers)
    ways = 1 + bidirectional
    for layer in range(2):
        norms: Mapping[str, Tensor] = {}
        for found in expected[layer * ways : (layer + 1) * ways]:
            norms = {**norms, **found}
        states = {state.key + way for state in CELLS[cell].states for way in ("", "_reverse")[:ways]}
        assert set(norms) == states
        for index, window in enumerate(traces):
            assert set(window[layer].gradients) == states
            for key in states:
                assert window[layer].gradients[key].max() > 0
                np.testing.assert_allclose(
                    window[layer].gradients[key], norms[key][index].detach().numpy(), rtol=1e-9, atol=1e-12
                )


def test_that_a_window_has_the_gradients_it_would_have_alone(cell: str) -> None:
    made = network(torch.float64, cell=cell)
    x, answers = windows(dtype=torch.float64)
    together, _forecasts = made.trace(x, answers, nn.functional.l1_loss)
    for index in range(len(x)):
        part = slice(index, index + 1)
        alone, _forecast = made.trace(x[part], answers[part], nn.functional.l1_loss)
        for key, value in alone[0][0].gradients.items():
            np.testing.assert_allclose(value, together[index][0].gradients[key], rtol=1e-9)


def test_that_a_look_leaves_everything_as_it_was(cell: str) -> None:
    options = {"zoneout": 0.2, "recurrent_dropout": 0.2}
    made = network(cell=cell, layers=2, dropout=0.5, options=options).train()
    x, answers = windows()
    made(x).sum().backward()
    before = torch.get_rng_state()
    weights = {name: value.tobytes() for name, value in made.snapshot().items()}
    gradients = [None if weight.grad is None else weight.grad.clone() for weight in made.parameters()]
    made.trace(x, answers, nn.functional.l1_loss)
    assert torch.equal(torch.get_rng_state(), before)
    assert made.training
    assert weights == {name: value.tobytes() for name, value in made.snapshot().items()}
    for weight, gradient in zip(made.parameters(), gradients, strict=True):
        assert weight.grad is not None
        assert gradient is not None
        assert torch.equal(weight.grad, gradient)
    assert all(layer.readings is None for layer in made.layers)


@pytest.mark.parametrize("key", ["rnn", "lstm", "lstm-peephole", "gru"])
def test_that_a_training_looked_at_all_the_time_gives_the_same_weights(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in (
        (inspection, "LIVE_SHARE", np.inf), (inspection, "LIVE_EVERY_S", 0.0),
        (inspection, "FREE_S", np.inf), (stopwatch, "REPORT_S", 0.0)
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    project = tiny_project(
        cell=key, layers=2, dropout=0.3, epochs=3, options={"zoneout": 0.1, "recurrent_dropout": 0.3}
    )
    dataset = prepare(tiny_table(), project.data)

    def kept(events: list[Event]) -> list[bytes]:
        found = [value.tobytes() for one in events if isinstance(one, Improved) for value in one.weights.values()]
        return [*found, *(repr((e.train_loss, e.valid_loss)).encode() for e in events if isinstance(e, EpochEnded))]

    blind = train(project, dataset, Steering(project.train, probe=None))
    seen = train(project, dataset, Steering(project.train, probe=int(dataset.valid.start[-1]), audience=True))
    looks = [event for event in seen if isinstance(event, Probed)]
    assert not [event for event in blind if isinstance(event, Probed)]
    assert len(looks) > 15
    assert all(trace.gradients["h"].shape == (10,) for look in looks for trace in look.traces)
    assert kept(seen) == kept(blind)


@pytest.mark.parametrize("averaged", [0.0, 0.9])
def test_that_epochs_that_were_passed_over_are_seen_in_the_end_as_they_were(
    averaged: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tiny_project(epochs=6, average=averaged)
    dataset = prepare(tiny_table(), project.data)

    def looks(free_s: float, share: float) -> tuple[list[int], dict[int, Probed]]:
        monkeypatch.setattr(inspection, "FREE_S", free_s)
        monkeypatch.setattr(inspection, "EPOCH_SHARE", share)
        steering = Steering(project.train, probe=int(dataset.valid.start[-1]), audience=True)
        found = [event for event in train(project, dataset, steering) if isinstance(event, Probed) and not event.live]
        return [look.epoch for look in found], {look.epoch: look for look in found}

    (at_once, told), (later, back) = looks(np.inf, np.inf), looks(0.0, 0.0)
    assert at_once == [0, 1, 2, 3, 4, 5, 6]
    assert later == [0, 4, 2, 6, 1, 3, 5]  # the first look takes all the time there is
    for epoch, look in told.items():
        np.testing.assert_array_equal(back[epoch].forecast, look.forecast)
        np.testing.assert_array_equal(back[epoch].traces[0].values["h"], look.traces[0].values["h"])
        assert back[epoch].weights[0].updates == look.weights[0].updates
        assert back[epoch].weights[0].radius == look.weights[0].radius


def test_that_a_probe_is_told_in_original_units() -> None:
    project = tiny_project(cell="gru", inputs=("b",), targets=("a",))
    dataset = prepare(tiny_table(), project.data)
    made = Forecaster(project.model, 2, 1, 3)
    start = int(dataset.test.start[0])
    seen = looked(made, dataset, start, 5, nn.functional.l1_loss, live=False, deep=True)
    expected = dataset.scaler.inverse(predicted(made, dataset.x[start][None])[0])
    np.testing.assert_allclose(seen.forecast, expected, atol=1e-4)
    assert (seen.epoch, seen.start, seen.live) == (5, start, False)
    best = probed(project, Improved(7, 0.1, made.snapshot()), dataset, start)
    assert best.epoch == 7
    assert best.forecast.tobytes() == seen.forecast.tobytes()
    assert best.traces[0].gradients["h"].tobytes() == seen.traces[0].gradients["h"].tobytes()


def test_that_a_window_without_an_answer_is_shown_without_gradients() -> None:
    project = tiny_project()
    dataset = prepare(tiny_table(), project.data)
    made = Forecaster(project.model, 1, 1, 3)
    last = len(dataset.scaled) - project.data.window
    seen = looked(made, dataset, last, 1, nn.functional.l1_loss, live=True)
    assert seen.traces[0].values["h"].shape == (10, 4)
    assert seen.traces[0].gradients == {}


def test_that_an_exploded_network_can_be_looked_at_without_a_warning(cell: str) -> None:
    made = network(cell=cell)
    made.restore({name: np.full_like(value, 1e38) for name, value in made.snapshot().items()})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.trace(*windows(), nn.functional.l1_loss)


def test_that_flows_are_autograds_own_over_the_validation_windows() -> None:
    project = tiny_project(cell="lstm")
    dataset = prepare(tiny_table(), project.data)
    made = Forecaster(project.model, 1, 1, 3)
    seen = looked(made, dataset, int(dataset.valid.start[0]), 1, nn.functional.l1_loss, live=False, deep=True)
    starts = np.unique(np.linspace(0, len(dataset.valid) - 1, 8).round().astype(int))
    squares = []
    for start in dataset.valid.start[starts]:
        one = looked(made, dataset, int(start), 1, nn.functional.l1_loss, live=True)
        squares.append(np.square(one.traces[0].gradients["c"]))
    np.testing.assert_allclose(seen.traces[0].flows["c"], np.sqrt(np.mean(squares, axis=0)), rtol=1e-4)
    np.testing.assert_allclose(seen.traces[0].half_lives, gate_half_life(seen.traces[0].values["f"]))


def test_that_tanh_networks_lose_the_gradient_where_a_chrono_lstm_keeps_it() -> None:
    """Temporal order over 100 steps, before training: many powers of ten apart (Tallec & Ollivier 2018)."""
    opened_ = opened("task:temporal-order?length=100")
    falls = {}
    for cell, options in (("rnn", {}), ("lstm", {"chrono": 100})):
        torch.manual_seed(0)
        project = opened_.project.edited(model={"cell": cell, "hidden": 32, "options": options})
        dataset = prepare(opened_.table, project.data)
        made = Forecaster.of(project.model, project.data)
        start = int(dataset.valid.start[0])
        look = looked(made, dataset, start, 0, loss_of(project), live=False, deep=True)
        falls[cell] = against_lag(look.traces[0].flows["h"])[1]
    assert (falls["rnn"] > 0).all(), "float32 has numbers down to 1e-38"
    apart = decades(falls["rnn"], falls["lstm"])
    assert apart is not None
    assert apart > 8
