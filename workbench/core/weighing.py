"""The weights of a network's recurrent layers as arrays, and what is worth knowing of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.events import WeightFacts
from workbench.core.forecaster import Forecaster
from workbench.core.insight.weights import weight_facts
from workbench.core.layers import RecurrentLayer

Matrices = Mapping[str, NDArray[np.floating]]


def recurrent(network: Forecaster) -> list[RecurrentLayer]:
    """Return the recurrent layers of a network, that nearest to the input first."""
    return [layer for layer in network.layers if isinstance(layer, RecurrentLayer)]


def matrices(network: Forecaster) -> tuple[Matrices, ...]:
    """Return copies of the matrices of each recurrent layer, by their names in :meth:`AbstractCell.named_shapes`."""
    return tuple(
        {
            name: weight.detach().cpu().numpy().copy()
            for name, weight in layer.kernel.named_parameters()
            if weight.ndim == 2
        }
        for layer in recurrent(network)
    )


def weighed(network: Forecaster, before: Sequence[Matrices] | None = None) -> tuple[WeightFacts, ...]:
    """Measure the weights of each recurrent layer; `before` are those before the last training step."""
    old: Sequence[Matrices | None] = before or (None,) * len(network.layers)
    return tuple(
        weight_facts(layer.cell, found, earlier)
        for layer, found, earlier in zip(recurrent(network), matrices(network), old, strict=True)
    )
