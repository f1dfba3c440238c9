"""An outside oracle for the variants: onnxruntime's LSTM operator, which has peepholes and coupled gates of its own.

The operator stacks i, o, f, c; its peepholes P are i, o, f, and its `input_forget` couples f = 1 - i, where ours is
i = 1 - f. So its input gate is our forget gate with all signs turned: sigma(-a) = 1 - sigma(a).
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from workbench.core.cells import CELLS
from workbench.core.layers import RecurrentLayer

pytestmark = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime")),
    reason="onnx and onnxruntime are not installed: pip install -e .[test]",
)

Floats = NDArray[np.float32]
F, H, T, B = 3, 8, 25, 4
CASES = ["lstm", "lstm-peephole", "lstm-coupled", "lstm-peephole-coupled"]


def stacked(key: str, blocks: dict[str, Floats]) -> Floats:
    """Return the rows of one weight in the operator's order i, o, f, c."""
    if key.endswith("coupled"):
        i, f = -blocks["f"], np.zeros_like(blocks["f"])
    else:
        i, f = blocks["i"], blocks["f"]
    return np.concatenate((i, blocks["o"], f, blocks["g"]))


def peepholes(key: str, weights: dict[str, Floats]) -> Floats:
    """Return P, in the operator's order i, o, f."""
    parts = np.split(weights["weight_ch"], len(CELLS[key].peepholes))
    p = dict(zip(CELLS[key].peepholes, parts, strict=True))
    if key.endswith("coupled"):
        return np.concatenate((-p["f"], p["o"], np.zeros_like(p["f"])))
    return np.concatenate((p["i"], p["o"], p["f"]))


def by_onnx(key: str, weights: dict[str, Floats], x: Floats) -> tuple[Floats, Floats]:
    """Return all hidden states (B, T, H) and the last cell state (B, H) of onnxruntime."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    names = CELLS[key].weight_blocks

    def rows(name: str) -> Floats:
        return stacked(key, dict(zip(names, np.split(weights[name], len(names)), strict=True)))

    made = {"W": rows("weight_ih"), "R": rows("weight_hh")}
    made["B"] = np.concatenate((rows("bias_ih"), rows("bias_hh")))
    inputs = ["X", "W", "R", "B", "", "", ""]
    if CELLS[key].peepholes:
        made["P"] = peepholes(key, weights)
        inputs.append("P")
    node = helper.make_node("LSTM", inputs, ["Y", "", "Y_c"], hidden_size=H, input_forget=int(key.endswith("coupled")))
    graph = helper.make_graph(
        [node],
        "cell",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [T, B, F])],
        [
            helper.make_tensor_value_info("Y", TensorProto.FLOAT, [T, 1, B, H]),
            helper.make_tensor_value_info("Y_c", TensorProto.FLOAT, [1, B, H]),
        ],
        [numpy_helper.from_array(value[None].astype(np.float32), name) for name, value in made.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    y, c = session.run(None, {"X": x.transpose(1, 0, 2).copy()})
    return y[:, 0].transpose(1, 0, 2), c[0]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("key", CASES)
def test_that_onnxruntime_computes_the_same_cell(key: str, seed: int) -> None:
    cell = CELLS[key]
    torch.manual_seed(seed)
    layer = RecurrentLayer(cell, cell.Options(), F, H)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.mul_(2.0)
    weights = {name: value.detach().numpy() for name, value in layer.weights(F, H).items()}
    x = torch.randn(B, T, F)
    hidden, last = by_onnx(key, weights, x.numpy())
    out, states = layer.read(x)
    np.testing.assert_allclose(out.detach().numpy(), hidden, atol=2e-6)
    np.testing.assert_allclose(states["c"].detach().numpy(), last, atol=1e-5)


def test_that_the_output_peephole_sees_the_new_cell_state() -> None:
    cell = CELLS["lstm-peephole"]
    torch.manual_seed(0)
    layer, x = RecurrentLayer(cell, cell.Options(), F, H), torch.randn(B, 1, F)
    before = layer(x).detach().clone()
    with torch.no_grad():
        layer.kernel.get_parameter("weight_ch_l0")[2 * H :] += 3.0
    assert (layer(x).detach() - before).abs().max() > 1e-3, "at the first step the old cell state is zero"
    weights = {name: value.detach().numpy() for name, value in layer.weights(F, H).items()}
    np.testing.assert_allclose(layer(x).detach().numpy()[:, 0], first_step(weights, x[:, 0].numpy()), atol=1e-6)


def first_step(weights: dict[str, Floats], x: Floats) -> Floats:
    a = x @ weights["weight_ih"].T + weights["bias_ih"] + weights["bias_hh"]
    i, _f, g, o = np.split(a, 4, axis=1)
    c = np.tanh(g) / (1 + np.exp(-i))
    result: Floats = np.tanh(c) / (1 + np.exp(-(o + weights["weight_ch"][2 * H :] * c)))
    return result
