"""Look inside a network while it reads windows: every gate and state, and the gradients that reach the states.

The look is a pass of its own through the cells' own steps, in evaluation mode: it draws no random numbers, leaves no
gradient in the weights and changes nothing a training goes on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.cells import AbstractCell
from workbench.core.events import Trace
from workbench.core.insight.memory import keeping_gate
from workbench.core.insight.ordering import gate_half_life
from workbench.core.layers import BACK, RecurrentLayer
from workbench.core.recording import Reading

Readings = list[tuple[str, Reading]]


@contextmanager
def _watching(network: nn.Module, *, gradients: bool) -> Iterator[list[Readings]]:
    """Let every recurrent layer of `network` record, in evaluation mode."""
    layers = _layers(network)
    found: list[Readings] = [[] for _ in layers]
    was_training = network.training
    network.eval()
    try:
        for layer, readings in zip(layers, found, strict=True):
            layer.readings = readings
        with torch.inference_mode(mode=False), torch.set_grad_enabled(gradients):
            yield found
    finally:
        for layer in layers:
            layer.readings = None
        network.train(was_training)


def traced(
    network: nn.Module,
    windows: int,
    run: Callable[[], tuple[Tensor, Tensor | None]],
    *,
    row: int = 0,
    before: bool = True,
    memory: bool = False,
    gradients: bool = True,
) -> tuple[tuple[tuple[Trace, ...], ...], Tensor]:
    """Watch `network` while it reads a batch of windows.

    Parameters
    ----------
    windows
        Number N of windows `run` reads.
    row
        Which column is shown of a network that reads every column as a row of its own.
    run
        Reads them; returns their forecasts (N, Q, C), and the sum of their losses or None for no gradients.
    before
        Also return what went into each gate's squashing function.
    memory
        Also return the half-lives of the units in the first window.
    gradients
        Whether `run` returns a loss.

    Returns
    -------
    For each window one :class:`Trace` a layer, and the forecasts. Where a decoder goes on with the same layers, what
    the window itself did to them is shown; gradients are of the whole loss.
    """
    with _watching(network, gradients=gradients or memory) as found:
        forecasts, loss = run()
        ways = [list(dict(reversed(readings)).items())[::-1] for readings in found]  # the first of each direction
        nodes = [node for layer in ways for _way, reading in layer for node in _nodes(reading)]
        steps: list[Tensor | None] = [None] * len(nodes)
        if loss is not None:
            steps = list(torch.autograd.grad(loss, nodes, allow_unused=True))
        lives = [_lives(layer, read, row) for layer, read in zip(_layers(network), ways, strict=True) if memory]
    with torch.no_grad():
        left, layers = iter(steps), []
        for layer in ways:
            norms = [_norms(reading, left) for _way, reading in layer] if loss is not None else []
            layers.append(_Layer(layer, norms, windows, before=before))
    traces = tuple(
        tuple(layer.trace(index, window, row) for index, layer in enumerate(layers)) for window in range(windows)
    )
    if lives:
        cells = [layer.cell for layer in _layers(network)]
        seen = tuple(
            replace(trace, half_lives=_gates_lives(cell, trace) if half is None else half)
            for cell, trace, half in zip(cells, traces[0], lives, strict=True)
        )
        traces = (seen, *traces[1:])
    return traces, forecasts.detach()


def _layers(network: nn.Module) -> list[RecurrentLayer]:
    return [module for module in network.modules() if isinstance(module, RecurrentLayer)]


def _lives(layer: RecurrentLayer, ways: Readings, row: int) -> NDArray[np.float64] | None:
    """Return the half-lives of the units, those that read backwards behind the others."""
    found = [layer.half_lives(way, reading, row) for way, reading in ways]
    whole = [half for half in found if half is not None]
    return np.concatenate(whole) if whole else None


def _gates_lives(cell: AbstractCell, trace: Trace) -> NDArray[np.float64] | None:
    keeping = keeping_gate(cell)
    return None if keeping is None else gate_half_life(trace.values[keeping])


def by_rows(trace: Trace, segment: int) -> Trace:
    """Return the trace with each step as often as the step has rows, so that it is as long as the window."""
    if segment == 1:
        return trace
    values, before, gradients = (
        {key: np.repeat(value, segment, axis=0) for key, value in part.items()}
        for part in (trace.values, trace.before, trace.gradients)
    )
    half_lives = None if trace.half_lives is None else segment * trace.half_lives
    return Trace(trace.layer, values, before, gradients, half_lives=half_lives)


def _states(reading: Reading) -> list[str]:
    return [key for key in ("h", "c") if key in reading.values]


def _nodes(reading: Reading) -> list[Tensor]:
    return [node for key in _states(reading) for node in reading.values[key]]


def _norms(reading: Reading, gradients: Iterator[Tensor | None]) -> dict[str, Tensor]:
    """Return the norm over the units (N, T) of each state's gradients, taken from `gradients` in order of the nodes."""
    norms = {}
    for key in _states(reading):
        nodes = reading.values[key]
        found = [next(gradients) for _ in nodes]
        rows = [torch.zeros_like(node) if one is None else one for one, node in zip(found, nodes, strict=True)]
        norms[key] = _norm(torch.stack(rows, dim=1))
    return norms


def _norm(rows: Tensor) -> Tensor:
    """Return the norm along the last axis, divided by the largest entry first: squares of 1e-20 are 0 in float32."""
    largest = rows.abs().amax(dim=-1, keepdim=True)
    scale = torch.where((largest > 0) & torch.isfinite(largest), largest, torch.ones_like(largest))
    return torch.linalg.vector_norm(rows / scale, dim=-1) * scale.squeeze(-1)


class _Layer:
    """One layer's recordings as arrays; the way back is turned round, its units behind those that read forwards."""

    def __init__(
        self, ways: list[tuple[str, Reading]], norms: list[dict[str, Tensor]], windows: int, *, before: bool
    ) -> None:
        self._values = _joined([(way, reading.values) for way, reading in ways])
        self._before = _joined([(way, reading.before) for way, reading in ways]) if before else {}
        self._gradients = {
            key + way: _array(value.flip(1) if way else value)
            for (way, _reading), found in zip(ways, norms, strict=bool(norms))
            for key, value in found.items()
        }
        self._rows = len(next(iter(self._values.values()))) // windows

    def trace(self, index: int, window: int, column: int) -> Trace:
        """Return what one window, or its column if each is a row of its own, did in this layer."""
        row = window * self._rows + min(column, self._rows - 1)
        values, before, gradients = (
            {key: value[row].copy() for key, value in part.items()}
            for part in (self._values, self._before, self._gradients)
        )
        return Trace(index, values, before, gradients)


def _joined(ways: list[tuple[str, dict[str, list[Tensor]]]]) -> dict[str, NDArray[np.floating]]:
    """Return (N, T, H or 2 H) of each key."""
    return {
        key: np.concatenate(
            [_array(torch.stack(part[key][:: -1 if way == BACK else 1], dim=1)) for way, part in ways], axis=2
        )
        for key in ways[0][1]
    }


def _array(value: Tensor) -> NDArray[np.floating]:
    found: NDArray[np.floating] = value.detach().cpu().numpy()
    return found
