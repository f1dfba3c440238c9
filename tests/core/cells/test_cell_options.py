"""Every option changes what it claims to change, in training, in evaluation and in the explanation alike."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from workbench.core.assets import resource
from workbench.core.cells import CELLS, AbstractCell, CellOptions
from workbench.core.fields import settings_of, validated
from workbench.core.forecaster import Forecaster, predicted
from workbench.core.insight.size import weight_shapes
from workbench.core.kernels import FUSED
from workbench.core.layers import LoopKernel, RecurrentLayer
from workbench.core.problems import WorkbenchError
from workbench.core.project import ModelSpec

ALL: list[dict[str, object]] = [
    {"orthogonal": True},
    {"bias": False},
    {"initial_state": "learned"},
    {"recurrent_dropout": 0.5},
    {"zoneout": 0.3},
    {"layer_norm": True},
    {"bias": False, "initial_state": "learned", "recurrent_dropout": 0.2, "zoneout": 0.1, "layer_norm": True},
]
FORGETTING = [cell.key for cell in CELLS if "f" in cell.weight_blocks]


def cases() -> list[tuple[str, dict[str, object]]]:
    found = [(cell.key, options) for cell in CELLS for options in ALL]
    found += [(key, {"chrono": 40}) for key in (*FORGETTING, "gru")]
    return [*found, ("gru", {"form": "original"}), ("gru", {**ALL[-1], "form": "original"})]


def named(case: tuple[str, dict[str, object]]) -> str:
    return case[0] + "-" + "-".join(case[1])


@pytest.fixture(params=cases(), ids=named)
def case(request: pytest.FixtureRequest) -> tuple[AbstractCell, CellOptions]:
    key, options = request.param
    return CELLS[key], validated(CELLS[key].Options, options)


@pytest.fixture(params=CELLS.keys())
def cell(request: pytest.FixtureRequest) -> AbstractCell:
    return CELLS[request.param]


def layer_of(cell: AbstractCell, seed: int = 0, inputs: int = 3, hidden: int = 5, **options: object) -> RecurrentLayer:
    torch.manual_seed(seed)
    return RecurrentLayer(cell, validated(cell.Options, options), inputs, hidden)


def shaken(network: torch.nn.Module) -> None:
    """Move weights that start at 0 or 1, so that a test sees them."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.2 * torch.randn_like(weight))


def test_that_shapes_follow_the_options(case: tuple[AbstractCell, CellOptions]) -> None:
    cell, options = case
    model = ModelSpec(cell=cell.key, options=options.model_dump(), hidden=6, layers=2)
    built = {name: tuple(weight.shape) for name, weight in Forecaster(model, 3, 2, 4).state_dict().items()}
    assert weight_shapes(model, 3, 8) == built
    assert list(weight_shapes(model, 3, 8)) == list(built)


def test_that_the_probe_is_the_network_with_any_option(case: tuple[AbstractCell, CellOptions]) -> None:
    cell, options = case
    model = ModelSpec(cell=cell.key, options=options.model_dump(), hidden=8, layers=2)
    torch.manual_seed(0)
    network = Forecaster(model, 3, 2, 4)
    shaken(network)
    x = np.random.default_rng(0).normal(size=(3, 20, 3)).astype(np.float32)
    found = network.trace(torch.from_numpy(x))[1].numpy()
    np.testing.assert_allclose(found, predicted(network, x), atol=2e-5, rtol=2e-4)


def test_that_the_loop_is_the_layer_with_any_option(case: tuple[AbstractCell, CellOptions]) -> None:
    cell, options = case
    layer, loop = RecurrentLayer(cell, options, 3, 5).double(), LoopKernel(cell, 3, 5, options).double()
    shaken(layer)
    loop.load_state_dict(layer.kernel.state_dict())
    layer.kernel.load_state_dict(loop.state_dict())
    layer.eval()
    x = torch.randn(4, 9, 3, dtype=torch.float64)
    torch.testing.assert_close(layer(x), loop(x)[0], atol=1e-12, rtol=0.0)


def test_that_a_layer_goes_on_from_where_it_stopped(case: tuple[AbstractCell, CellOptions]) -> None:
    cell, options = case
    layer = RecurrentLayer(cell, options, 3, 5).double().eval()
    shaken(layer)
    x = torch.randn(4, 9, 3, dtype=torch.float64)
    whole, last = layer.read(x)
    first, state = layer.read(x[:, :4])
    second, end = layer.read(x[:, 4:], state)
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole, atol=1e-12, rtol=0.0)
    assert set(end) == set(last) == {signal.key for signal in cell.states}
    for key, value in end.items():
        torch.testing.assert_close(value, last[key], atol=1e-12, rtol=0.0)


def test_that_all_weights_learn_with_any_option(case: tuple[AbstractCell, CellOptions]) -> None:
    cell, options = case
    layer = RecurrentLayer(cell, options, 3, 5)
    out = layer(torch.randn(4, 9, 3))
    (out * torch.randn(out.shape)).sum().backward()
    for name, weight in layer.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


def test_that_evaluation_draws_nothing(case: tuple[AbstractCell, CellOptions]) -> None:
    layer = RecurrentLayer(*case, 3, 5).eval()
    x = torch.randn(4, 9, 3)
    before = torch.get_rng_state()
    assert torch.equal(layer(x), layer(x))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("fused", [True, False])
def test_that_only_what_needs_it_leaves_the_fused_path(cell: AbstractCell, fused: bool) -> None:
    plain = ({}, {"orthogonal": True}, {"bias": False}, {"initial_state": "learned"}, {"recurrent_dropout": 0.5})
    for options in plain if fused else ({"zoneout": 0.1}, {"layer_norm": True}):
        found = cell.fused_with(validated(cell.Options, options))
        assert (found in FUSED) == fused, options
    assert CELLS["gru"].fused_with(validated(CELLS["gru"].Options, {"form": "original"})) is None


def test_that_the_default_draws_are_torchs(cell: AbstractCell) -> None:
    torch.manual_seed(4)
    RecurrentLayer(cell, cell.Options(), 3, 5)
    one = torch.rand(1)
    torch.manual_seed(4)
    FUSED[str(cell.fused)].build(cell, 3, 5, cell.Options())
    assert torch.equal(torch.rand(1), one)


def test_that_an_orthogonal_start_keeps_lengths(cell: AbstractCell) -> None:
    weights = layer_of(cell, hidden=7, orthogonal=True).weights(3, 7)["weight_hh"].detach()
    for block in weights.split(7):
        torch.testing.assert_close(block @ block.T, torch.eye(7), atol=1e-5, rtol=0.0)
    other = layer_of(cell, 1, hidden=7, orthogonal=True).weights(3, 7)["weight_hh"].detach()
    assert not torch.allclose(weights, other), "another seed, another rotation"


def test_that_a_learned_first_state_starts_at_zero_and_is_used(cell: AbstractCell) -> None:
    layer, zero = layer_of(cell, initial_state="learned").double(), layer_of(cell).double()
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    torch.testing.assert_close(layer(x), zero(x), atol=1e-12, rtol=0.0)
    with torch.no_grad():
        layer.kernel.get_parameter("h_0_l0").fill_(0.5)
    assert (layer(x) - zero(x)).abs().max() > 0.01


def test_that_dropout_hides_the_same_units_at_every_step(cell: AbstractCell) -> None:
    layer = layer_of(cell, hidden=40, recurrent_dropout=0.5)
    x = torch.randn(3, 6, 3)
    seen: list[torch.Tensor] = []
    real = type(layer.cell).formula

    def spied(self, weights, x, state, ops, options):  # type: ignore[no-untyped-def]
        seen.append(ops.recalled(torch.ones_like(state["h"])))
        return real(self, weights, x, state, ops, options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(layer.cell), "formula", spied)
        layer(x)
    assert len(seen) == 6
    assert all(torch.equal(mask, seen[0]) for mask in seen)
    assert set(seen[0].unique().tolist()) == {0.0, 2.0}, "what is left is scaled up"
    assert not torch.equal(seen[0][0], seen[0][1]), "every window has a mask of its own"
    assert not torch.equal(layer(x), layer(x))
    torch.testing.assert_close(layer.eval()(x), layer_of(cell, hidden=40).eval()(x))


def test_that_zoneout_keeps_units_while_training_and_their_mean_afterwards(cell: AbstractCell) -> None:
    layer = layer_of(cell, hidden=400, zoneout=0.3).double()
    x = torch.randn(1, 1, 3, dtype=torch.float64)
    start = {state.key: torch.full((1, 400), 0.37, dtype=torch.float64) for state in cell.states}
    _out, after = layer.read(x, start)
    for key, value in after.items():
        kept = float((value == start[key]).double().mean())
        assert 0.2 < kept < 0.4, f"{key}: about 30 % of the units keep their value exactly"
    _out, mean = layer.eval().read(x, start)
    _out, fresh = layer_of(cell, hidden=400).double().eval().read(x, start)
    for key, value in mean.items():
        torch.testing.assert_close(value, 0.3 * start[key] + 0.7 * fresh[key])


def test_that_layer_normalisation_takes_away_the_size_of_the_recurrent_sum(cell: AbstractCell) -> None:
    options = {"layer_norm": True, "bias": False}
    layer = layer_of(cell, hidden=30, **options).double().eval()
    x = torch.randn(2, 7, 3, dtype=torch.float64)
    before = layer(x)
    with torch.no_grad():
        layer.kernel.get_parameter("weight_hh_l0").mul_(50.0)
    assert (layer(x) - before).abs().max() < 0.05
    plain = layer_of(cell, hidden=30, bias=False).double().eval()
    unscaled = plain(x)
    with torch.no_grad():
        plain.kernel.get_parameter("weight_hh_l0").mul_(50.0)
    assert (plain(x) - unscaled).abs().max() > 0.2


@pytest.mark.parametrize("key", FORGETTING)
def test_that_chrono_draws_memories_up_to_the_longest(key: str) -> None:
    cell, hidden, longest = CELLS[key], 4000, 100
    layer = layer_of(cell, hidden=hidden, inputs=1, chrono=longest, forget_bias=5.0)
    biases = layer.kernel.get_parameter("bias_ih_l0") + layer.kernel.get_parameter("bias_hh_l0")
    blocks = dict(zip(cell.weight_blocks, biases.detach().split(hidden), strict=True))
    memory = blocks["f"].exp()
    assert 1.0 - 1e-6 <= memory.min() < 2.0
    assert longest - 3.0 < memory.max() <= longest - 1.0 + 1e-3
    assert abs(float(memory.mean()) - longest / 2) < 2.0, "uniform, and the forget bias is not used"
    if "i" in blocks:
        torch.testing.assert_close(blocks["i"], -blocks["f"])


def test_that_chrono_and_bias_of_the_gru_are_on_the_update_gate() -> None:
    hidden = 2000
    for options, least, most in (({"chrono": 50}, 0.0, math.log(49)), ({"update_bias": 1.5}, 1.5, 1.5)):
        layer = layer_of(CELLS["gru"], hidden=hidden, inputs=1, **options)
        biases = layer.kernel.get_parameter("bias_ih_l0") + layer.kernel.get_parameter("bias_hh_l0")
        r, z, n = biases.detach().split(hidden)
        assert least - 1e-5 <= z.min()
        assert z.max() <= most + 1e-5
        assert max(r.abs().max(), n.abs().max()) <= 2 / math.sqrt(hidden), "the others are torch's draw"


@pytest.mark.parametrize("key", [*FORGETTING, "gru"])
def test_that_chrono_without_room_or_without_biases_is_refused_with_a_remedy(key: str) -> None:
    for values in ({"chrono": 1}, {"chrono": 40, "bias": False}):
        with pytest.raises(WorkbenchError) as caught:
            validated(CELLS[key].Options, values)
        found = caught.value.problem
        assert "Longest memory (chrono)" in found.text()
        assert "0" in found.text()
        assert found.remedy()
    validated(CELLS[key].Options, {"chrono": 2})


def test_that_the_original_gru_resets_before_the_product() -> None:
    cell = CELLS["gru"]
    layer = layer_of(cell, form="original").double()
    weights = {name: value.detach().numpy() for name, value in layer.weights(3, 5).items()}
    (wr, wz, wn), (ur, uz, un) = (np.split(weights[name], 3) for name in ("weight_ih", "weight_hh"))
    br, bz, bn = np.split(weights["bias_ih"] + weights["bias_hh"], 3)
    x, h = np.random.default_rng(0).normal(size=(9, 3)), np.zeros(5)
    expected = []
    for x_t in x:  # Cho et al. 2014, eq. 5 to 8
        r, z = (1 / (1 + np.exp(-(w @ x_t + u @ h + b))) for w, u, b in ((wr, ur, br), (wz, uz, bz)))
        h = (1 - z) * np.tanh(wn @ x_t + un @ (r * h) + bn) + z * h
        expected.append(h)
    out = layer(torch.from_numpy(x)[None])[0].detach().numpy()
    np.testing.assert_allclose(out, np.array(expected), atol=1e-12)
    assert np.abs(out - layer_of(cell).double()(torch.from_numpy(x)[None])[0].detach().numpy()).max() > 1e-4


def test_that_equations_and_papers_follow_the_options(case: tuple[AbstractCell, CellOptions]) -> None:
    cell, options = case
    plain = cell.Options()
    assert cell.equations_with(plain) == cell.equations
    assert cell.references_with(plain) == cell.references
    changes = options.stepwise or options.recurrent_dropout or not options.bias or options.initial_state == "learned"
    form = options.model_dump().get("form", "torch")
    assert (cell.equations_with(options) != cell.equations) == bool(changes or form == "original")
    if options.layer_norm or options.zoneout or options.recurrent_dropout or options.orthogonal:
        assert len(cell.references_with(options)) > len(cell.references)
    for entry in cell.references_with(options):
        assert entry.startswith("@")
        assert entry.count("{") == entry.count("}")
        assert "year = {" in entry


def test_that_the_manual_of_the_cells_names_every_cell_option_and_size() -> None:
    text = resource("docs/cells.md").read_text(encoding="utf-8")
    for cell in CELLS:
        assert f"`{cell.key}`" in text
        for entry in settings_of(cell.Options):
            assert f"`--{entry.name.replace('_', '-')}" in text, entry.name
    inputs, hidden = 3, 7
    block = hidden * (inputs + hidden + 2)
    expected = {
        "rnn": block,
        "rnn-relu": block,
        "lstm": 4 * block,
        "lstm-peephole": 4 * block + 3 * hidden,
        "lstm-coupled": 3 * block,
        "lstm-peephole-coupled": 3 * block + 2 * hidden,
        "gru": 3 * block,
    }
    assert expected == {cell.key: cell.parameter_count(inputs, hidden) for cell in CELLS}, "as its table says"
