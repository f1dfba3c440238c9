"""How many weights a network has, and their shapes, without building it."""

from __future__ import annotations

import math

from workbench.core.cells import CELLS
from workbench.core.dataspec import DataSpec
from workbench.core.project import ModelSpec

MOST_HIDDEN = 4096
"""The most units :class:`workbench.core.project.ModelSpec` takes."""


Shapes = dict[str, tuple[int, ...]]


def weight_shapes(
    model: ModelSpec, inputs: int, outputs: int, *, targets: int = 1, levels: int | None = None, ahead: int = 0
) -> Shapes:
    """Return the name and shape of every weight of a Forecaster, in its order.

    Parameters
    ----------
    inputs
        Number F of columns the network reads.
    outputs
        Horizon times targets, Q * C.
    targets, levels, ahead
        C, the columns with a level (by default all), and the number K of columns known ahead.
    """
    shared = model.channels == "shared"
    horizon, channels = outputs // targets, targets if shared else 1
    width, columns = (1 + inputs - targets, 1) if shared else (inputs, targets)
    shapes: Shapes = {}
    if model.normalisation == "revin":
        count = inputs if levels is None else levels
        shapes.update({"normalisation.gain": (count,), "normalisation.offset": (count,)})
    if model.embedded:
        shapes["tokens.embedding.weight"] = (model.hidden, model.segment * width)
        shapes["tokens.embedding.bias"] = (model.hidden,)
        width = model.hidden
    cell, options = CELLS[model.cell], model.cell_options
    for layer in range(model.layers):
        below = width if layer == 0 else model.width
        named = cell.named_shapes(below, model.hidden, options, bidirectional=model.bidirectional)
        shapes |= {kernel_name(layer, name): shape for name, shape in named.items()}
    each = columns * {"quantiles": len(model.levels), "gaussian": 2, "student-t": 3, "classes": model.classes}.get(
        model.output, 1
    )
    shapes.update(_decoder_shapes(model, horizon, channels, each, ahead if model.known_ahead else 0))
    steps = horizon if model.decoder == "direct" else model.segment
    shapes["head.weight"] = (steps * each, model.width)
    shapes["head.bias"] = (steps * each,)
    return shapes


def _decoder_shapes(model: ModelSpec, horizon: int, channels: int, each: int, known: int) -> Shapes:
    hidden, shapes = model.width, Shapes()
    if model.decoder == "parallel":
        own = hidden // 2 if channels > 1 else 0
        shapes["decoder.position"] = (horizon // model.segment, hidden - own)
        if own:
            shapes["decoder.channel.weight"] = (channels, own)
        if known:
            shapes["decoder.ahead.weight"] = (hidden, model.segment * known)
            shapes["decoder.ahead.bias"] = (hidden,)
        return shapes
    if channels > 1:
        shapes["decoder.channel.weight"] = (channels, hidden)
    if known:
        shapes["decoder.ahead.known.weight"] = (hidden, known)
        shapes["decoder.ahead.known.bias"] = (hidden,)
        shapes["decoder.ahead.context.weight"] = (hidden, hidden)
        shapes["decoder.ahead.mix.weight"] = (each, hidden)
    return shapes


def around(data: DataSpec) -> dict[str, int]:
    """Return what the functions of this module take by name, for the columns of `data`."""
    return {"targets": len(data.targets), "levels": data.levels, "ahead": len(data.ahead)}


def shapes_for(model: ModelSpec, data: DataSpec) -> Shapes:
    """Return the name and shape of every weight of the Forecaster for the columns and the horizon of `data`."""
    return weight_shapes(model, len(data.features), data.horizon * len(data.targets), **around(data))


def parameters_for(model: ModelSpec, data: DataSpec) -> int:
    """Return the number of weights of the Forecaster for `data`."""
    return sum(math.prod(shape) for shape in shapes_for(model, data).values())


def weight_name(layer: int, name: str, *, back: bool = False) -> str:
    """Return the full name of weight `name` of recurrent layer `layer`, counted from 0 at the input.

    `back` names the weight of a bidirectional layer that reads from the last step to the first.
    """
    return kernel_name(layer, f"{name}_l0" + ("_reverse" if back else ""))


def kernel_name(layer: int, name: str) -> str:
    """Return the full name of a weight by its name in :meth:`AbstractCell.named_shapes`."""
    return f"layers.{layer}.kernel.{name}"


def parameter_count(model: ModelSpec, inputs: int, outputs: int, **around: int) -> int:
    """Return the number of weights; arguments as for :func:`weight_shapes`."""
    return sum(math.prod(shape) for shape in weight_shapes(model, inputs, outputs, **around).values())


def recurrent_count(model: ModelSpec, inputs: int, targets: int = 1) -> int:
    """Return the number of weights of the recurrent layers alone; arguments as for :func:`weight_shapes`."""
    cell, options = CELLS[model.cell], model.cell_options
    first = 1 + inputs - targets if model.channels == "shared" else inputs
    below = [model.hidden if model.embedded else first] + [model.width] * (model.layers - 1)
    one_way = sum(cell.parameter_count(width, model.hidden, options) for width in below)
    return one_way * (1 + model.bidirectional)


def hidden_for(model: ModelSpec, inputs: int, outputs: int, parameters: int, **around: int) -> int:
    """Return how many units give `model` the number of weights nearest to `parameters`, from 1 to the most allowed."""

    def count(hidden: int) -> int:
        return parameter_count(model.model_copy(update={"hidden": hidden}), inputs, outputs, **around)

    low, high = 1, MOST_HIDDEN
    while low < high:
        middle = (low + high) // 2
        if count(middle) < parameters:
            low = middle + 1
        else:
            high = middle
    return low - 1 if low > 1 and parameters - count(low - 1) <= count(low) - parameters else low
