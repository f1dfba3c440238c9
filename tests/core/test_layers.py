"""Layers of any cell, on the fused kernel or on the loop."""

from __future__ import annotations

import math

import pytest
import torch

from workbench.core.cells import CELLS, AbstractCell
from workbench.core.layers import FUSED, LoopKernel, RecurrentLayer


@pytest.fixture(params=CELLS.keys())
def cell(request: pytest.FixtureRequest) -> AbstractCell:
    return CELLS[request.param]


def test_that_loop_and_kernel_read_each_others_weights(cell: AbstractCell) -> None:
    layer, loop = RecurrentLayer(cell, cell.Options(), 3, 5), LoopKernel(cell, 3, 5)
    loop.load_state_dict(layer.kernel.state_dict())
    layer.kernel.load_state_dict(loop.state_dict())


def test_that_fresh_weights_of_the_loop_are_as_small_as_torchs(cell: AbstractCell) -> None:
    torch.manual_seed(0)
    weights = torch.cat([weight.detach().flatten() for weight in LoopKernel(cell, 3, 50).parameters()])
    bound = 1 / math.sqrt(50)
    assert weights.abs().max() <= bound
    assert weights.abs().max() > 0.9 * bound
    assert abs(float(weights.mean())) < 0.05 * bound


def test_that_the_loop_carries_its_state_from_step_to_step(cell: AbstractCell) -> None:
    torch.manual_seed(0)
    loop, x = LoopKernel(cell, 3, 5), torch.randn(2, 6, 3)
    whole, last = loop(x)
    assert whole.shape == (2, 6, 5)
    assert set(last) == {state.key for state in cell.states}
    assert torch.equal(whole[:, -1], last["h"])
    torch.testing.assert_close(loop(x[:, :4])[0], whole[:, :4])
    assert not torch.allclose(loop(x[:, 4:])[0], whole[:, 4:])


def test_that_a_cell_without_a_fused_kernel_trains_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = CELLS["gru"]
    monkeypatch.setattr(type(cell), "fused", None)
    layer = RecurrentLayer(cell, cell.Options(), 3, 5)
    assert isinstance(layer.kernel, LoopKernel)
    out = layer(torch.randn(2, 6, 3))
    out.sum().backward()
    assert all(weight.grad is not None for weight in layer.parameters())


def test_that_every_fused_kernel_is_used() -> None:
    assert {cell.fused for cell in CELLS} - {None} == set(FUSED)


@pytest.mark.parametrize("bias", [1.0, -2.0])
def test_that_the_forget_bias_is_the_sum_of_both_biases(bias: float) -> None:
    cell = CELLS["lstm"]
    torch.manual_seed(0)
    drawn = RecurrentLayer(cell, cell.Options.model_validate({"forget_bias": 0.0}), 3, 5).weights(3, 5)
    torch.manual_seed(0)
    weights = RecurrentLayer(cell, cell.Options.model_validate({"forget_bias": bias}), 3, 5).weights(3, 5)
    f = slice(5, 10)
    assert torch.equal(weights["bias_ih"][f] + weights["bias_hh"][f], torch.full((5,), bias))
    for name in weights:
        kept = torch.ones(20, dtype=torch.bool)
        if name.startswith("bias"):
            kept[f] = False
        assert torch.equal(weights[name][kept], drawn[name][kept]), "everything else is torch's draw"
