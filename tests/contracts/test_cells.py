"""What every cell promises, for all of them: a new cell is proven by adding its equations to `ORACLES`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from series import tiny_project, tiny_table
from workbench.core.bundle import bundled
from workbench.core.cells import CELLS, NUMPY, AbstractCell
from workbench.core.dataset import prepare
from workbench.core.events import Improved
from workbench.core.exports import Package
from workbench.core.exports.wbm import WbmExport, read_model
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.forecasting import restored
from workbench.core.layers import TORCH, LoopKernel, RecurrentLayer
from workbench.core.project import ModelSpec
from workbench.core.run import Run

Array = NDArray[np.float64]
Weights = dict[str, Array]
F, H, T, B = 3, 5, 11, 2


def sigma(a: Array) -> Array:
    """Return 1 / (1 + e^-a)."""
    result: Array = 1.0 / (1.0 + np.exp(-a))
    return result


def blocks(weights: Weights, count: int) -> list[tuple[Array, Array, Array, Array]]:
    """Cut the stacked weights into (W, U, b, b') of each gate."""
    return list(
        zip(*(np.split(weights[name], count) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")), strict=True)
    )


def elman(squash: Callable[[Array], Array]) -> Callable[[Weights, Array], Array]:
    """Elman 1990: h_t = f(W x_t + b + U h_(t-1) + b')."""

    def run(weights: Weights, x: Array) -> Array:
        ((w, u, b, b2),) = blocks(weights, 1)
        h, out = np.zeros(len(u)), []
        for x_t in x:
            h = squash(w @ x_t + b + u @ h + b2)
            out.append(h)
        return np.array(out)

    return run


def lstm(weights: Weights, x: Array) -> Array:
    """Gers, Schmidhuber, Cummins 2000 without peepholes; torch stacks i, f, g, o."""
    (wi, ui, bi, ci), (wf, uf, bf, cf), (wg, ug, bg, cg), (wo, uo, bo, co) = blocks(weights, 4)
    h, c, out = np.zeros(len(ui)), np.zeros(len(ui)), []
    for x_t in x:
        i = sigma(wi @ x_t + bi + ui @ h + ci)
        f = sigma(wf @ x_t + bf + uf @ h + cf)
        g = np.tanh(wg @ x_t + bg + ug @ h + cg)
        o = sigma(wo @ x_t + bo + uo @ h + co)
        c = f * c + i * g
        h = o * np.tanh(c)
        out.append(h)
    return np.array(out)


def lstm_peephole(weights: Weights, x: Array) -> Array:
    """Gers & Schmidhuber 2000, diagonal peepholes: i and f see c(t-1), o sees c(t)."""
    (wi, ui, bi, ci), (wf, uf, bf, cf), (wg, ug, bg, cg), (wo, uo, bo, co) = blocks(weights, 4)
    pi, pf, po = np.split(weights["weight_ch"], 3)
    h, c, out = np.zeros(len(ui)), np.zeros(len(ui)), []
    for x_t in x:
        i = sigma(wi @ x_t + bi + ui @ h + ci + pi * c)
        f = sigma(wf @ x_t + bf + uf @ h + cf + pf * c)
        c = f * c + i * np.tanh(wg @ x_t + bg + ug @ h + cg)
        h = sigma(wo @ x_t + bo + uo @ h + co + po * c) * np.tanh(c)
        out.append(h)
    return np.array(out)


def lstm_coupled(weights: Weights, x: Array) -> Array:
    """Olah 2015: c = f c + (1 - f) g; the blocks are f, g, o, and `weight_ch` holds peepholes of f and o, if any."""
    (wf, uf, bf, cf), (wg, ug, bg, cg), (wo, uo, bo, co) = blocks(weights, 3)
    pf, po = np.split(weights["weight_ch"], 2) if "weight_ch" in weights else (0.0, 0.0)
    h, c, out = np.zeros(len(uf)), np.zeros(len(uf)), []
    for x_t in x:
        f = sigma(wf @ x_t + bf + uf @ h + cf + pf * c)
        c = f * c + (1 - f) * np.tanh(wg @ x_t + bg + ug @ h + cg)
        h = sigma(wo @ x_t + bo + uo @ h + co + po * c) * np.tanh(c)
        out.append(h)
    return np.array(out)


def gru(weights: Weights, x: Array) -> Array:
    """Cho et al. 2014 with the reset behind the product, as torch has it: r, z, n; z keeps the old state."""
    (wr, ur, br, cr), (wz, uz, bz, cz), (wn, un, bn, cn) = blocks(weights, 3)
    h, out = np.zeros(len(ur)), []
    for x_t in x:
        r = sigma(wr @ x_t + br + ur @ h + cr)
        z = sigma(wz @ x_t + bz + uz @ h + cz)
        n = np.tanh(wn @ x_t + bn + r * (un @ h + cn))
        h = (1 - z) * n + z * h
        out.append(h)
    return np.array(out)


ORACLES: dict[str, Callable[[Weights, Array], Array]] = {
    "rnn": elman(np.tanh),
    "rnn-relu": elman(lambda a: np.maximum(a, 0.0)),
    "lstm": lstm,
    "lstm-peephole": lstm_peephole,
    "lstm-coupled": lstm_coupled,
    "lstm-peephole-coupled": lstm_coupled,
    "gru": gru,
}


@pytest.fixture(params=CELLS.keys())
def cell(request: pytest.FixtureRequest) -> AbstractCell:
    return CELLS[request.param]


def pair(cell: AbstractCell, dtype: torch.dtype, seed: int = 0) -> tuple[RecurrentLayer, LoopKernel, torch.Tensor]:
    """Return the layer that trains, the loop with the same weights, and windows (B, T, F)."""
    torch.manual_seed(seed)
    layer = RecurrentLayer(cell, cell.Options(), F, H).to(dtype)
    loop = LoopKernel(cell, F, H).to(dtype)
    loop.load_state_dict(layer.kernel.state_dict())
    return layer, loop, torch.randn(B, T, F, dtype=dtype)


def numpy_weights(cell: AbstractCell, layer: RecurrentLayer) -> Weights:
    return {name: weight.detach().numpy() for name, weight in layer.weights(F, H).items()}


def numpy_signals(cell: AbstractCell, weights: Weights, x: Array) -> dict[str, Array]:
    """Return all signals (B, T, H) by the cell's own step in numpy."""
    state = {signal.key: np.zeros((len(x), weights["weight_hh"].shape[1])) for signal in cell.states}
    seen: dict[str, list[Array]] = {signal.key: [] for signal in cell.signals}
    for step in range(x.shape[1]):
        state, gates = cell.step(weights, x[:, step], state, NUMPY)
        assert set(state) == {signal.key for signal in cell.states}
        assert set(gates) == {signal.key for signal in cell.gates}
        for key, value in {**state, **gates}.items():
            seen[key].append(value)
    return {key: np.stack(values, axis=1) for key, values in seen.items()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("dtype", "forward", "gradient"), [(torch.float64, 1e-12, 1e-10), (torch.float32, 1e-6, 1e-5)], ids=["f64", "f32"]
)
def test_that_the_kernel_that_trains_is_the_step_that_explains(
    cell: AbstractCell, dtype: torch.dtype, forward: float, gradient: float, seed: int
) -> None:
    layer, loop, x = pair(cell, dtype, seed)
    fused, stepped = layer(x), loop(x)[0]
    assert float((fused - stepped).detach().abs().max()) <= forward
    weight = torch.randn(fused.shape, dtype=dtype)
    (fused * weight).sum().backward()
    (stepped * weight).sum().backward()
    compared = 0
    for own, other in zip(layer.kernel.parameters(), loop.parameters(), strict=True):
        assert own.grad is not None
        assert other.grad is not None
        assert float((own.grad - other.grad).norm() / other.grad.norm()) <= gradient
        compared += 1
    assert compared == len(cell.shapes(F, H))


@pytest.mark.parametrize("seed", range(3))
def test_that_the_cell_is_the_one_of_the_paper(cell: AbstractCell, seed: int) -> None:
    assert cell.key in ORACLES, "write the paper's equations into ORACLES"
    layer, _loop, x = pair(cell, torch.float64, seed)
    weights = numpy_weights(cell, layer)
    expected = np.stack([ORACLES[cell.key](weights, window) for window in x.numpy()])
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(numpy_signals(cell, weights, x.numpy())["h"], expected, atol=1e-12)


def test_that_no_oracle_is_left_over() -> None:
    assert set(ORACLES) == set(CELLS.keys())


def test_that_gradients_are_those_of_differences(cell: AbstractCell) -> None:
    random = torch.Generator().manual_seed(0)
    shapes = cell.shapes(2, 3)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64, generator=random).requires_grad_()

    def run(x: torch.Tensor, *tensors: torch.Tensor) -> torch.Tensor:
        weights = dict(zip(shapes, tensors, strict=True))
        state = {signal.key: torch.zeros(2, 3, dtype=torch.float64) for signal in cell.states}
        out = []
        for step in range(5):
            state, gates = cell.step(weights, x[:, step], state, TORCH)
            out.extend([*state.values(), *gates.values()])
        return torch.stack(out)

    assert torch.autograd.gradcheck(run, (drawn(2, 5, 2), *(drawn(*shape) for shape in shapes.values())))


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), spread=st.sampled_from([0.1, 1.0, 10.0, 1000.0]), key=st.sampled_from(CELLS.keys()))
def test_that_signals_stay_in_the_ranges_they_declare(seed: int, spread: float, key: str) -> None:
    cell, random = CELLS[key], np.random.default_rng(seed)
    weights = {name: random.normal(0, spread, shape) for name, shape in cell.shapes(F, H).items()}
    found = numpy_signals(cell, weights, random.normal(0, 2, (B, 6, F)))
    for signal in cell.signals:
        values = found[signal.key]
        assert np.isfinite(values).all()
        assert signal.low is None or values.min() >= signal.low
        assert signal.high is None or values.max() <= signal.high


def test_that_declared_ranges_are_used(cell: AbstractCell) -> None:
    random = np.random.default_rng(0)
    weights = {name: random.normal(0, 10, shape) for name, shape in cell.shapes(F, H).items()}
    found = numpy_signals(cell, weights, random.normal(0, 2, (50, 9, F)))
    for signal in cell.signals:
        low, high = found[signal.key].min(), found[signal.key].max()
        assert signal.low is None or low < signal.low + 0.05, "the declared range is wider than it need be"
        assert signal.high is None or high > signal.high - 0.05, "the declared range is wider than it need be"


@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (3, 32), (7, 5)])
def test_that_the_formula_counts_the_weights(cell: AbstractCell, inputs: int, hidden: int) -> None:
    layer = RecurrentLayer(cell, cell.Options(), inputs, hidden)
    assert cell.parameter_count(inputs, hidden) == sum(weight.numel() for weight in layer.parameters())
    assert {name: tuple(w.shape) for name, w in layer.weights(inputs, hidden).items()} == cell.shapes(inputs, hidden)
    assert cell.shapes(inputs, hidden)["weight_hh"][0] == len(cell.weight_blocks) * hidden


@pytest.mark.parametrize(("key", "ratio"), [("lstm", 4.0), ("gru", 3.0), ("rnn-relu", 1.0)])
@pytest.mark.parametrize(("inputs", "hidden"), [(3, 32), (1, 7)])
def test_that_the_known_ratios_to_the_plain_cell_hold(key: str, ratio: float, inputs: int, hidden: int) -> None:
    assert CELLS[key].parameter_count(inputs, hidden) / CELLS["rnn"].parameter_count(inputs, hidden) == ratio


def test_that_a_cell_can_be_read_about(cell: AbstractCell) -> None:
    assert cell.label
    assert cell.equations
    assert all(len(entry) > 30 and any(mark.isdigit() for mark in entry) for entry in cell.references)
    assert cell.references
    keys = [signal.key for signal in cell.signals]
    assert len(set(keys)) == len(keys)
    assert "h" in {state.key for state in cell.states}
    for signal in cell.signals:
        assert signal.label
        assert signal.meaning.endswith(".")
        assert any(line.startswith(f"{signal.key}ₜ") for line in cell.equations), f"no equation for {signal.key}"


def test_that_a_step_in_torch_is_the_step_in_numpy(cell: AbstractCell) -> None:
    _layer, loop, x = pair(cell, torch.float64)
    weights = {name: loop.get_parameter(f"{name}_l0").detach().numpy() for name in cell.shapes(F, H)}
    out, last = loop(x)
    found = numpy_signals(cell, weights, x.numpy())
    np.testing.assert_allclose(found["h"], out.detach().numpy(), atol=1e-12)
    for key, value in last.items():
        np.testing.assert_allclose(found[key][:, -1], value.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("layers", [1, 2])
def test_that_the_probe_forecasts_what_the_network_forecasts(cell: AbstractCell, layers: int) -> None:
    model = ModelSpec(cell=cell.key, hidden=8, layers=layers)
    torch.manual_seed(0)
    network = Forecaster(model, 3, 2, 4)
    x = np.random.default_rng(0).normal(size=(5, 24, 3)).astype(np.float32)
    expected = predicted(network, x)
    np.testing.assert_allclose(network.trace(torch.from_numpy(x))[1].numpy(), expected, atol=1e-5)


def test_that_a_model_file_gives_the_same_forecasts(cell: AbstractCell, tmp_path: Path) -> None:
    project = tiny_project(cell=cell.key, inputs=("b",), layers=2)
    dataset = prepare(tiny_table(), project.data)
    torch.manual_seed(0)
    network, run = Forecaster(project.model, 2, 1, 3), Run(1, project)
    run.apply(Improved(1, 0.5, network.snapshot()))
    path = tmp_path / "model.wbm"
    WbmExport().write(path, Package(bundled(run, dataset), None, None))
    again = restored(read_model(path))
    x = dataset.x[dataset.test.start]
    assert predicted(again, x).tobytes() == predicted(network, x).tobytes()
    assert not again.training
