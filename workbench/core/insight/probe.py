"""Look at a network while it reads one window: every gate and state, by the cell's own step, in numpy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS, NUMPY, AbstractCell, CellOptions
from workbench.core.dataset import Dataset
from workbench.core.events import Floats, Improved, Probed, Trace
from workbench.core.insight.size import weight_name
from workbench.core.project import ModelSpec

Weights = Mapping[str, NDArray[np.generic]]


def traced(
    model: ModelSpec, weights: Weights, x: Floats, targets: int, levels: int | None = None
) -> tuple[tuple[Trace, ...], Floats]:
    """Run one window through the network.

    Parameters
    ----------
    weights
        As named by :func:`workbench.core.insight.size.weight_shapes`.
    x
        Scaled inputs, (T, F).
    targets
        Number C of targets, which are the first columns of `x`.
    levels
        Number of leading columns whose last value normalisation takes away, by default all.

    Returns
    -------
    One Trace per layer, and the scaled forecast (Q, C). Equal to the trained network's to about 1e-6. A bidirectional
    layer's units of the way back stand behind those that read forwards, at the steps they have read last.
    """
    cell, options = CELLS[model.cell], model.cell_options
    level = np.zeros_like(x[-1])
    if model.normalisation == "last":
        level[:levels] = x[-1, :levels]
    sequence = x - level
    traces = []
    for layer in range(model.layers):
        ways = []
        for back in (False, True) if model.bidirectional else (False,):
            names = cell.shapes(1, 1, options)
            own = {name: np.asarray(weights[weight_name(layer, name, back=back)]) for name in names}
            order = slice(None, None, -1 if back else 1)
            read = _read(cell, options, own, sequence[order], model.hidden)
            ways.append({key: value[order] for key, value in read.items()})
        values = {key: np.concatenate([way[key] for way in ways], axis=1) for key in ways[0]}
        traces.append(Trace(layer, values))
        sequence = values["h"]
    final = np.concatenate((sequence[-1, : model.hidden], sequence[0, model.hidden :]))
    with np.errstate(all="ignore"):
        flat = np.asarray(weights["head.weight"]) @ final + np.asarray(weights["head.bias"])
    return tuple(traces), flat.reshape(-1, targets) + level[:targets]


def _read(cell: AbstractCell, options: CellOptions, weights: Weights, x: Floats, hidden: int) -> dict[str, Floats]:
    """Return (T, H) of each signal while the cell reads (T, F)."""
    state = cell.start(weights, np.zeros((1, hidden), dtype=x.dtype))
    values = {signal.key: np.empty((len(x), hidden), dtype=x.dtype) for signal in cell.signals}
    with np.errstate(all="ignore"):  # a diverging network overflows; its pictures show that better than a warning
        for step in range(len(x)):
            state, gates = cell.step(weights, x[step : step + 1], state, NUMPY, options)
            for key, value in (*gates.items(), *state.items()):
                values[key][step] = value[0]
    return values


def looked(model: ModelSpec, weights: Weights, dataset: Dataset, start: int, epoch: int, *, live: bool) -> Probed:
    """Probe the window of `dataset` that starts at row `start`; the forecast is in original units."""
    traces, scaled = traced(model, weights, dataset.x[start], dataset.targets, len(dataset.columns))
    return Probed(epoch, live, start, traces, dataset.to_original(scaled[None], np.array([start]))[0])


def probed(model: ModelSpec, best: Improved, dataset: Dataset, start: int) -> Probed:
    """Probe a window with the best weights of a run."""
    return looked(model, best.weights, dataset, start, best.epoch, live=True)
