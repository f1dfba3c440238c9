"""Change a trained network without changing what it computes: give it peepholes, or more units.

Weights are named as by :func:`workbench.core.insight.size.weight_shapes`; everything is numpy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS
from workbench.core.insight.size import MOST_HIDDEN, weight_name
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import ModelSpec

Weights = Mapping[str, NDArray[np.generic]]
Morphed = tuple[ModelSpec, dict[str, NDArray[np.generic]]]

NO_MORPH = ProblemKind(
    "no-morph",
    "error",
    N_("This network cannot be changed that way without changing its forecasts: {reason}."),
    N_("Train the other network from the start."),
)
GROWTH = 1.5
"""How many times as many units the widened network has."""
AHEAD = "decoder.ahead."
LISTENING = ("layers.", "tokens.", *(AHEAD + part for part in ("weight", "bias", "known", "context")))
"""Beginnings of the names of weights whose rows are units."""
SENDING = ("layers.", "head.", AHEAD + "mix", AHEAD + "context", "decoder.channel", "decoder.position")
"""Beginnings of the names of weights whose columns are units."""
WITH_PEEPHOLES = {"lstm": "lstm-peephole", "lstm-coupled": "lstm-peephole-coupled"}


def with_peepholes(model: ModelSpec, weights: Weights) -> Morphed:
    """Return the same network with peepholes of weight 0, which training can then open.

    Raises
    ------
    WorkbenchError
        ``no-morph`` if the cell has no version with peepholes.
    """
    if model.cell not in WITH_PEEPHOLES:
        raise WorkbenchError(NO_MORPH, reason=f"the cell {model.cell} has no version with peepholes")
    made: ModelSpec = model.changed(cell=WITH_PEEPHOLES[model.cell])
    found = {name: np.array(value) for name, value in weights.items()}
    for layer in range(made.layers):
        inputs = weights[weight_name(layer, "weight_ih")].shape[1]
        for back in (False, True) if model.bidirectional else (False,):
            for name, shape in CELLS[made.cell].shapes(inputs, made.hidden, made.cell_options).items():
                found.setdefault(weight_name(layer, name, back=back), np.zeros(shape, np.float32))
    return made, found


def grown(model: ModelSpec, weights: Weights, hidden: int, random: np.random.Generator) -> Morphed:
    """Return the network with `hidden` units a layer: the new ones listen, but nobody listens to them yet.

    What they receive is drawn as in a fresh network, what they send is 0, so training finds a gradient for it
    (Chen, Goodfellow & Shlens 2016, "Net2Net", in its simplest form).

    Raises
    ------
    WorkbenchError
        ``no-morph`` if there would be fewer units, or if layer normalisation ties all units together.
    """
    if hidden < model.hidden:
        raise WorkbenchError(NO_MORPH, reason=f"{hidden} units are fewer than {model.hidden}")
    if model.cell_options.layer_norm:
        raise WorkbenchError(NO_MORPH, reason="layer normalisation ties every unit to all others")
    if model.decoder == "parallel" and model.channels == "shared":
        raise WorkbenchError(NO_MORPH, reason="half of its units are the channel's when it decodes")
    made: ModelSpec = model.changed(hidden=hidden)
    found: dict[str, NDArray[np.generic]] = {}
    for name, value in weights.items():
        old = np.asarray(value)
        wider = _grown_shape(name, old.shape, model, hidden)
        if name.startswith(LISTENING):
            found[name] = _with_rows(old, wider, model.hidden, hidden, random)
        else:
            new = np.zeros(wider, old.dtype)
            new[..., _columns(old.shape[-1], wider[-1], model.hidden, hidden)] = old
            found[name] = new
    for layer in range(model.layers):
        if model.cell_options.initial_state == "learned":
            for state in CELLS[model.cell].states:
                for back in (False, True) if model.bidirectional else (False,):
                    found[weight_name(layer, f"{state.key}_0", back=back)][model.hidden :] = 0
    return made, found


def offers(model: ModelSpec) -> dict[str, dict[str, object]]:
    """Return the changes that keep what `model` computes: ``same``, ``peephole`` and ``wider``, as far as it can."""
    found: dict[str, dict[str, object]] = {"same": {}}
    if model.cell in WITH_PEEPHOLES:
        found["peephole"] = {"cell": WITH_PEEPHOLES[model.cell]}
    tied = model.cell_options.layer_norm or (model.decoder == "parallel" and model.channels == "shared")
    if not tied and model.hidden < MOST_HIDDEN:
        found["wider"] = {"hidden": min(MOST_HIDDEN, math.ceil(model.hidden * GROWTH))}
    return found


def morphed(model: ModelSpec, weights: Weights, wanted: ModelSpec, random: np.random.Generator) -> Morphed:
    """Return `weights` for the network `wanted`, which must compute what `model` computes.

    Raises
    ------
    WorkbenchError
        ``no-morph`` for a change that is none of those above; dropout and teacher forcing, which have no
        weights, may change.
    """
    made = model.changed(dropout=wanted.dropout, teacher_forcing=wanted.teacher_forcing)
    if wanted.cell != made.cell:
        if WITH_PEEPHOLES.get(made.cell) != wanted.cell:
            raise WorkbenchError(NO_MORPH, reason=f"a {made.cell} cannot become a {wanted.cell}")
        made, weights = with_peepholes(made, weights)
    if wanted.hidden != made.hidden:
        made, weights = grown(made, weights, wanted.hidden, random)
    if made != wanted:
        before, after = made.model_dump(), wanted.model_dump()
        names = ", ".join(name for name in before if before[name] != after[name])
        raise WorkbenchError(NO_MORPH, reason=f"a training that goes on keeps its {names}")
    return made, {name: np.array(value) for name, value in weights.items()}


def _grown_shape(name: str, shape: tuple[int, ...], model: ModelSpec, hidden: int) -> tuple[int, ...]:
    """Return the shape of a weight with `hidden` units."""
    rows, columns = shape[0], shape[1:]
    if name.startswith(LISTENING):
        rows = rows * hidden // model.hidden
    first = name.startswith("layers.0.") and "weight_ih" in name and not model.embedded
    if columns and not first and name.startswith(SENDING):
        columns = (columns[0] * hidden // model.hidden,)
    return rows, *columns


def _with_rows(
    old: NDArray[np.generic], shape: tuple[int, ...], before: int, after: int, random: np.random.Generator
) -> NDArray[np.generic]:
    """Return `old` (blocks * before, columns) in a new array: new rows are drawn, new columns of old rows are 0."""
    bound = 1.0 / math.sqrt(after)
    blocks = shape[0] // after
    new = random.uniform(-bound, bound, (blocks, after, *shape[1:])).astype(old.dtype)
    kept = old.reshape(blocks, before, *old.shape[1:])
    new[:, :before] = 0
    if kept.ndim == 2:
        new[:, :before] = kept
    else:
        new[:, :before, _columns(old.shape[1], shape[1], before, after)] = kept
    return new.reshape(shape)


def _columns(width: int, wider: int, before: int, after: int) -> NDArray[np.int64]:
    """Return where `width` columns go among `wider`: units grow in each direction, inputs stay what they are."""
    if width == wider:
        return np.arange(width)
    return np.concatenate([first + np.arange(before) for first in range(0, wider, after)])
