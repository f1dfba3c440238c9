"""How many weights a network has, and their shapes, without building it."""

from __future__ import annotations

import math

from workbench.core.cells import CELLS
from workbench.core.project import ModelSpec

MOST_HIDDEN = 4096
"""The most units :class:`workbench.core.project.ModelSpec` takes."""


def weight_shapes(model: ModelSpec, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a Forecaster.

    Parameters
    ----------
    inputs
        Number F of columns the network reads.
    outputs
        Horizon times targets, Q * C.
    """
    cell, options = CELLS[model.cell], model.cell_options
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(model.layers):
        below = inputs if layer == 0 else model.width
        named = cell.named_shapes(below, model.hidden, options, bidirectional=model.bidirectional)
        shapes |= {f"layers.{layer}.kernel.{name}": shape for name, shape in named.items()}
    shapes["head.weight"] = (outputs, model.width)
    shapes["head.bias"] = (outputs,)
    return shapes


def weight_name(layer: int, name: str, *, back: bool = False) -> str:
    """Return the full name of weight `name` of recurrent layer `layer`, counted from 0 at the input.

    `back` names the weight of a bidirectional layer that reads from the last step to the first.
    """
    return f"layers.{layer}.kernel.{name}_l0" + ("_reverse" if back else "")


def parameter_count(model: ModelSpec, inputs: int, outputs: int) -> int:
    """Return the number of weights; arguments as for :func:`weight_shapes`."""
    return sum(math.prod(shape) for shape in weight_shapes(model, inputs, outputs).values())


def recurrent_count(model: ModelSpec, inputs: int) -> int:
    """Return the number of weights of the recurrent layers alone."""
    cell, options = CELLS[model.cell], model.cell_options
    below = [inputs] + [model.width] * (model.layers - 1)
    one_way = sum(cell.parameter_count(width, model.hidden, options) for width in below)
    return one_way * (1 + model.bidirectional)


def hidden_for(model: ModelSpec, inputs: int, outputs: int, parameters: int) -> int:
    """Return how many units give `model` the number of weights nearest to `parameters`, from 1 to the most allowed."""

    def count(hidden: int) -> int:
        return parameter_count(model.model_copy(update={"hidden": hidden}), inputs, outputs)

    low, high = 1, MOST_HIDDEN
    while low < high:
        middle = (low + high) // 2
        if count(middle) < parameters:
            low = middle + 1
        else:
            high = middle
    return low - 1 if low > 1 and parameters - count(low - 1) <= count(low) - parameters else low
