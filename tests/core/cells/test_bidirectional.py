"""Bidirectional layers: torch's numbers and names, and the same in the probe, the formula and the model file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from series import tiny_project, tiny_table, train
from workbench.core.bundle import bundled
from workbench.core.cells import CELLS, AbstractCell
from workbench.core.dataset import prepare
from workbench.core.events import Improved
from workbench.core.exports import Package
from workbench.core.exports.wbm import WbmExport, read_model
from workbench.core.fields import validated
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.forecasting import restored
from workbench.core.insight.size import parameter_count, recurrent_count, weight_shapes
from workbench.core.layers import LoopKernel, RecurrentLayer
from workbench.core.morphs import grown
from workbench.core.project import ModelSpec
from workbench.core.run import Run

EVERYTHING: dict[str, object] = {
    "initial_state": "learned",
    "zoneout": 0.1,
    "layer_norm": True,
    "recurrent_dropout": 0.2,
}
TORCHS = {
    "rnn": lambda: nn.RNN(3, 5, batch_first=True, bidirectional=True),
    "rnn-relu": lambda: nn.RNN(3, 5, nonlinearity="relu", batch_first=True, bidirectional=True),
    "lstm": lambda: nn.LSTM(3, 5, batch_first=True, bidirectional=True),
    "gru": lambda: nn.GRU(3, 5, batch_first=True, bidirectional=True),
}


@pytest.fixture(params=CELLS.keys())
def cell(request: pytest.FixtureRequest) -> AbstractCell:
    return CELLS[request.param]


def both_ways(cell: AbstractCell, **options: object) -> RecurrentLayer:
    torch.manual_seed(0)
    made = RecurrentLayer(cell, validated(cell.Options, options), 3, 5, bidirectional=True).double()
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    return made


@pytest.mark.parametrize("key", TORCHS)
def test_that_it_is_torchs_layer_by_name_and_number(key: str) -> None:
    layer, bare = both_ways(CELLS[key]), TORCHS[key]().double()
    assert set(layer.kernel.state_dict()) == set(bare.state_dict())
    bare.load_state_dict(layer.kernel.state_dict())
    layer.kernel.load_state_dict(bare.state_dict())
    x = torch.randn(4, 9, 3, dtype=torch.float64, requires_grad=True)
    (expected, last), (found, ends) = bare(x), layer.read(x)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0.0)
    h = last[0] if key == "lstm" else last
    torch.testing.assert_close(torch.stack((ends["h"], ends["h_reverse"])), h, atol=1e-12, rtol=0.0)
    weight = torch.randn_like(expected)
    one = torch.autograd.grad((expected * weight).sum(), (x, *bare.parameters()))
    other = torch.autograd.grad((found * weight).sum(), (x, *layer.parameters()))
    for mine, torchs in zip(other, one, strict=True):
        torch.testing.assert_close(mine, torchs, atol=1e-10, rtol=0.0)


@pytest.mark.parametrize("options", [{}, {"initial_state": "learned"}, {"bias": False}, EVERYTHING], ids=str)
def test_that_it_is_two_layers_of_which_one_reads_backwards(cell: AbstractCell, options: dict[str, object]) -> None:
    layer = both_ways(cell, **options).eval()
    alone = RecurrentLayer(cell, layer.options, 3, 5).double().eval()
    x = torch.randn(4, 9, 3, dtype=torch.float64)
    found = layer(x)
    assert found.shape == (4, 9, layer.width) == (4, 9, 10)
    state = layer.kernel.state_dict()
    for way, order, part in (("_l0", [], slice(0, 5)), ("_l0_reverse", [1], slice(5, 10))):
        own = {name: state[name.removesuffix("_l0") + way] for name in alone.kernel.state_dict()}
        alone.kernel.load_state_dict(own)
        expected = alone(x.flip(order)).flip(order)
        torch.testing.assert_close(found[..., part], expected, atol=1e-12, rtol=0.0)
    torch.testing.assert_close(layer.final(found), torch.cat((found[:, -1, :5], found[:, 0, 5:]), 1))


def test_that_the_loop_reads_both_ways_too(cell: AbstractCell) -> None:
    layer, loop = both_ways(cell), LoopKernel(cell, 3, 5, bidirectional=True).double()
    loop.load_state_dict(layer.kernel.state_dict())
    x = torch.randn(4, 9, 3, dtype=torch.float64)
    torch.testing.assert_close(loop(x)[0], layer(x), atol=1e-12, rtol=0.0)


@pytest.mark.parametrize("options", [{}, {"initial_state": "learned"}], ids=str)
def test_that_all_weights_start_as_declared_and_learn(cell: AbstractCell, options: dict[str, object]) -> None:
    chrono = {"chrono": 50} if "chrono" in cell.Options.model_fields else {}
    torch.manual_seed(0)
    layer = RecurrentLayer(cell, validated(cell.Options, {**options, **chrono}), 3, 5, bidirectional=True)
    if chrono:
        block = cell.weight_blocks.index("f" if "f" in cell.weight_blocks else "z") * 5
        ahead, behind = (layer.kernel.get_parameter(f"bias_ih_l0{way}")[block : block + 5] for way in ("", "_reverse"))
        assert min(ahead.min(), behind.min()) >= 0.0
        assert not torch.equal(ahead, behind), "each way draws its own memories"
    out = layer(torch.randn(4, 9, 3))
    (out * torch.randn(out.shape)).sum().backward()
    for name, weight in layer.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"initial_state": "learned"}], ids=str)
def test_that_the_formula_counts_its_weights(cell: AbstractCell, layers: int, options: dict[str, object]) -> None:
    model = ModelSpec(cell=cell.key, hidden=6, layers=layers, bidirectional=True, options=options)
    network = Forecaster(model, 3, 2, 4)
    built = {name: tuple(weight.shape) for name, weight in network.state_dict().items()}
    assert weight_shapes(model, 3, 8) == built
    assert list(weight_shapes(model, 3, 8)) == list(built)
    assert parameter_count(model, 3, 8) == sum(weight.numel() for weight in network.parameters())
    assert recurrent_count(model, 3) == sum(weight.numel() for weight in network.layers.parameters())


@pytest.mark.parametrize("options", [{}, EVERYTHING], ids=str)
def test_that_the_probe_shows_both_ways(cell: AbstractCell, options: dict[str, object]) -> None:
    model = ModelSpec(cell=cell.key, hidden=6, layers=2, bidirectional=True, options=options)
    torch.manual_seed(0)
    network = Forecaster(model, 3, 2, 4)
    x = np.random.default_rng(0).normal(size=(3, 20, 3)).astype(np.float32)
    traces, found = network.trace(torch.from_numpy(x))
    np.testing.assert_allclose(found.numpy(), predicted(network, x), atol=2e-5, rtol=2e-4)
    assert all(value.shape == (20, 12) for window in traces for trace in window for value in trace.values.values())


def test_that_a_model_file_holds_both_ways(cell: AbstractCell, tmp_path: Path) -> None:
    project = tiny_project(cell=cell.key, bidirectional=True, layers=2)
    dataset = prepare(tiny_table(), project.data)
    torch.manual_seed(0)
    network, run = Forecaster(project.model, 1, 1, 3), Run(1, project)
    run.apply(Improved(1, 0.5, network.snapshot()))
    path = tmp_path / "model.wbm"
    WbmExport().write(path, Package(bundled(run, dataset), None, None))
    x = dataset.x[dataset.test.start]
    assert predicted(restored(read_model(path)), x).tobytes() == predicted(network, x).tobytes()


def test_that_the_last_step_knows_the_whole_window_and_nothing_behind_it(cell: AbstractCell) -> None:
    model = ModelSpec(cell=cell.key, hidden=6, bidirectional=True, normalisation="none")
    torch.manual_seed(0)
    network = Forecaster(model, 3, 2, 4)
    x = np.random.default_rng(0).normal(size=(1, 30, 3)).astype(np.float32)
    changed = x.copy()
    changed[:, 0] += 1.0
    assert np.abs(predicted(network, x) - predicted(network, changed)).max() > 1e-3, "the way back ends at step 0"


def test_that_it_grows_without_a_change(cell: AbstractCell) -> None:
    model = ModelSpec(cell=cell.key, hidden=6, layers=2, bidirectional=True, options={"initial_state": "learned"})
    torch.manual_seed(0)
    old = Forecaster(model, 3, 2, 4)
    made, weights = grown(model, old.snapshot(), 9, np.random.default_rng(0))
    new = Forecaster(made, 3, 2, 4)
    new.restore(weights)
    x = np.random.default_rng(0).normal(size=(3, 20, 3)).astype(np.float32)
    np.testing.assert_allclose(predicted(new, x), predicted(old, x), atol=1e-6, rtol=1e-5)


def test_that_it_trains() -> None:
    one, both = (
        [event for event in train(tiny_project(bidirectional=on, epochs=2)) if isinstance(event, Improved)]
        for on in (False, True)
    )
    assert one
    assert both
    assert sum(map(np.size, both[-1].weights.values())) > sum(map(np.size, one[-1].weights.values()))
