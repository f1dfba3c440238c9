"""The hand-written kernels are torch's, to the last digits, and their gradients those of differences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from workbench.core.cells import CELLS, AbstractCell
from workbench.core.fields import validated
from workbench.core.kernels_time import CHUNK_VALUES, chunk
from workbench.core.layers import LoopKernel, RecurrentLayer

TORCHS: dict[str, Callable[..., nn.RNNBase]] = {
    "rnn": nn.RNN,
    "rnn-relu": lambda *sizes, **settings: nn.RNN(*sizes, nonlinearity="relu", **settings),
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


@pytest.fixture(params=CELLS.keys())
def cell(request: pytest.FixtureRequest) -> AbstractCell:
    return CELLS[request.param]


def layer_of(cell: AbstractCell, inputs: int, hidden: int, **options: object) -> RecurrentLayer:
    return RecurrentLayer(cell, validated(cell.Options, options), inputs, hidden)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("given", [True, False], ids=["state", "zeros"])
def test_that_gradients_of_kernels_are_those_of_differences(cell: AbstractCell, bias: bool, given: bool) -> None:
    torch.manual_seed(0)
    layer = layer_of(cell, 2, 3, bias=bias).double()
    names = [name for name, _ in layer.named_parameters()]
    states = [state.key for state in cell.states] if given else []

    def run(x: torch.Tensor, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        first = dict(zip(states, values[len(names) :], strict=True)) or None

        class Reading(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layer = layer

            def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
                out, last = self.layer.read(x, first)
                return out, *last.values()

        weights = {f"layer.{name}": value for name, value in zip(names, values[: len(names)], strict=True)}
        found: tuple[torch.Tensor, ...] = torch.func.functional_call(Reading(), weights, (x,))
        return found

    drawn = [torch.randn(2, 5, 2, dtype=torch.float64)]
    drawn += [0.7 * torch.randn_like(weight) for weight in layer.parameters()]
    drawn += [torch.randn(2, 3, dtype=torch.float64) for _ in states]
    assert torch.autograd.gradcheck(run, [value.requires_grad_() for value in drawn])


@pytest.mark.parametrize("sizes", [(3, 1, 2, 4), (2, 40, 3, 8), (300, 12, 5, 64)], ids=str)
def test_that_long_and_wide_windows_are_the_loop_too(cell: AbstractCell, sizes: tuple[int, int, int, int]) -> None:
    batch, steps, inputs, hidden = sizes
    torch.manual_seed(0)
    layer = layer_of(cell, inputs, hidden).double()
    loop = LoopKernel(cell, inputs, hidden).double()
    loop.load_state_dict(layer.kernel.state_dict())
    x = torch.randn(batch, steps, inputs, dtype=torch.float64, requires_grad=True)
    twin = x.detach().clone().requires_grad_()
    weight = torch.randn(batch, steps, hidden, dtype=torch.float64)
    (layer(x) * weight).sum().backward()
    (loop(twin)[0] * weight).sum().backward()
    torch.testing.assert_close(x.grad, twin.grad, rtol=1e-10, atol=1e-10)
    for own, other in zip(layer.kernel.parameters(), loop.parameters(), strict=True):
        torch.testing.assert_close(own.grad, other.grad, rtol=1e-10, atol=1e-10 * float(weight.norm()))


def test_that_chunks_cover_any_size() -> None:
    assert chunk(12, 300 * 64) < 12, "the widest case above goes back in more than one chunk"
    assert chunk(5, 1) == 5
    assert chunk(5, 10 * CHUNK_VALUES) == 1


@pytest.mark.parametrize("key", TORCHS)
def test_that_state_dicts_of_torch_load_and_save_unchanged(key: str) -> None:
    torch.manual_seed(0)
    theirs, layer = TORCHS[key](3, 5, batch_first=True), layer_of(CELLS[key], 3, 5)
    layer.kernel.load_state_dict(theirs.state_dict())
    assert list(layer.kernel.state_dict()) == list(theirs.state_dict())
    x = torch.randn(4, 30, 3)
    torch.testing.assert_close(layer(x), theirs(x)[0], atol=1e-6, rtol=0.0)
    theirs.load_state_dict(layer.kernel.state_dict())


@pytest.mark.parametrize("key", TORCHS)
def test_that_kernels_train_as_torch_does_in_single_precision(key: str) -> None:
    torch.manual_seed(0)
    theirs, layer = TORCHS[key](7, 32, batch_first=True), layer_of(CELLS[key], 7, 32)
    layer.kernel.load_state_dict(theirs.state_dict())
    x, weight = torch.randn(16, 48, 7), torch.randn(16, 48, 32)
    (layer(x) * weight).sum().backward()
    (theirs(x)[0] * weight).sum().backward()
    for own, other in zip(layer.kernel.parameters(), theirs.parameters(), strict=True):
        assert own.grad is not None
        assert other.grad is not None
        assert float((own.grad - other.grad).norm() / other.grad.norm()) <= 2e-6


def test_that_a_second_backward_run_is_allowed_and_equal(cell: AbstractCell) -> None:
    layer, x = layer_of(cell, 3, 5), torch.randn(2, 9, 3)
    out = layer(x).square().sum()
    out.backward(retain_graph=True)
    first = [weight.grad.clone() for weight in layer.parameters() if weight.grad is not None]
    layer.zero_grad()
    out.backward()
    for weight, grad in zip(layer.parameters(), first, strict=True):
        assert weight.grad is not None
        torch.testing.assert_close(weight.grad, grad)


def test_that_two_windows_in_flight_do_not_disturb_each_other(cell: AbstractCell) -> None:
    layer, one, two = layer_of(cell, 3, 5), torch.randn(2, 9, 3), torch.randn(4, 7, 3)
    layer(one).square().sum().backward()
    alone = [weight.grad.clone() for weight in layer.parameters() if weight.grad is not None]
    layer.zero_grad()
    first, _second = layer(one), layer(two)
    first.square().sum().backward()
    for weight, grad in zip(layer.parameters(), alone, strict=True):
        assert weight.grad is not None
        torch.testing.assert_close(weight.grad, grad)


def test_that_a_frozen_weight_stays_without_gradient(cell: AbstractCell) -> None:
    layer = layer_of(cell, 3, 5)
    frozen = layer.kernel.get_parameter("weight_hh_l0").requires_grad_(False)
    layer(torch.randn(2, 9, 3)).sum().backward()
    assert frozen.grad is None
    assert layer.kernel.get_parameter("weight_ih_l0").grad is not None


def test_that_evaluating_without_gradients_gives_the_same_states(cell: AbstractCell) -> None:
    layer, x = layer_of(cell, 3, 5), torch.randn(2, 9, 3)
    with torch.inference_mode():
        quiet = layer(x)
    torch.testing.assert_close(layer(x).detach(), quiet.clone(), atol=1e-6, rtol=0.0)
