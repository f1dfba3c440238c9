"""What the standalone code must know of a network, as JSON; see :mod:`workbench.core.standalone.model`."""

from __future__ import annotations

from typing import Any

from workbench.core.bundle import Bundle
from workbench.core.cells import CELLS

FUSED = ("lstm", "gru", "rnn-tanh", "rnn-relu")
"""Cells that torch has a kernel for."""

PARAMETERS = {"gaussian": 2, "student-t": 3}


def network_of(bundle: Bundle) -> dict[str, Any]:
    """Return the parts of the network and the shapes of its cell's weights; None stands for the width of the input."""
    model, data = bundle.project.model, bundle.project.data
    cell, options = CELLS[model.cell], model.cell_options
    shapes: dict[str, list[int | None]] = {
        name: [*shape] for name, shape in cell.shapes(1, model.hidden, options).items()
    }
    shapes["weight_ih"][1] = None
    fused = cell.fused_with(options)
    count = {"quantiles": len(model.levels), "classes": model.classes, **PARAMETERS}.get(model.output, 1)
    features = list(data.features)
    return {
        "cell": model.cell,
        "equations": list(cell.equations_with(options)),
        "blocks": list(cell.weight_blocks),
        "peepholes": list(cell.peepholes),
        "states": [state.key for state in cell.states],
        "weights": shapes,
        "fused": fused if fused in FUSED else None,
        "relu": cell.fused == "rnn-relu",
        "reset_first": cell.fused == "gru" and options.form == "original",
        "zoneout": options.zoneout,
        "hidden": model.hidden,
        "width": model.width,
        "layers": model.layers,
        "bidirectional": model.bidirectional,
        "normalisation": model.normalisation,
        "segment": model.segment,
        "embedded": model.embedded,
        "channels": model.channels,
        "decoder": model.decoder,
        "output": model.output,
        "parameters": count,
        "quantiles": list(model.levels),
        "features": len(features),
        "levels": data.levels,
        "ahead_places": [features.index(name) - _read_before(bundle) for name in data.ahead],
    }


def _read_before(bundle: Bundle) -> int:
    """Return the place behind the forecast columns from which inputs are counted."""
    return len(bundle.project.data.targets)


def scaling_of(bundle: Bundle) -> dict[str, Any]:
    """Return scalers and transform; an exponent of None leaves values as they are."""
    names = {"shift", "scale", "exponents", "series_shift", "series_scale"}
    return bundle.facts.model_dump(mode="json", include=names)
