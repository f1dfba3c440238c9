"""How long units remember: half-lives from Jacobians, and what follows from them for a series. H units, T steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.cells import CELLS, AbstractCell
from workbench.core.events import Trace
from workbench.core.insight.ordering import LONGEST, course_half_life, gate_half_life
from workbench.core.project import ModelSpec

Floats = NDArray[np.floating]
Halves = NDArray[np.float64]
Source = Literal["gate", "jacobian", "course"]

MOST_STARTS = 4
"""A change is followed from this many steps of the window."""


def decays(jacobians: Floats) -> Halves:
    """Return how much of a change of one unit is left after k steps, (K + 1, H), from (T, H, H) Jacobians.

    ``jacobians[t]`` is dh(t)/dh(t-1). The change of unit u after k steps is the column u of J(s+k) … J(s+1); its norm
    is followed from up to four steps s in the first half of the window, and their mean is returned: a unit of a relu
    that is off at one of them is not forgotten for ever.
    """
    steps, units = jacobians.shape[:2]
    starts = np.unique(np.linspace(0, 3 * steps // 8, min(MOST_STARTS, max(steps // 2, 1))).astype(np.intp))
    longest = steps - int(starts[-1])
    found = np.ones((longest + 1, units))
    products = np.broadcast_to(np.eye(units), (len(starts), units, units)).astype(jacobians.dtype)
    with np.errstate(all="ignore"):
        for k in range(longest):
            products = np.matmul(jacobians[starts + k], products)
            found[k + 1] = np.linalg.norm(products, axis=1).mean(axis=0)
    return np.nan_to_num(found, nan=np.inf, posinf=np.finfo(np.float64).max)


def half_life_of(decay: Floats) -> Halves:
    """Return the number of steps (H,) after which less than half of each decay (K + 1, H) is left for good.

    Between two steps it falls as a power does. One that has not come below half within K steps is taken to go on as
    it did on the whole; one that grows never does (:data:`LONGEST`).
    """
    logs = np.log2(np.maximum(np.asarray(decay, dtype=np.float64), 1e-300))
    last, units = len(logs) - 1, logs.shape[1]
    above = np.where(logs >= -1.0, np.arange(last + 1)[:, None], -1).max(axis=0)
    found = np.full(units, LONGEST)
    for unit in range(units):
        at = int(above[unit])
        if at < last:
            fall = logs[at, unit] - logs[at + 1, unit]
            found[unit] = at + (logs[at, unit] + 1.0) / fall
        elif logs[last, unit] < -1e-6:
            found[unit] = min(last / -logs[last, unit], LONGEST)
    return found


def half_lives(model: ModelSpec, trace: Trace) -> tuple[Halves, Source]:
    """Return each unit's half-life in rows, and what it was read from.

    With a cell state the forget gate counts, ln 0.5 / mean(ln f). Without one the Jacobians of the steps count, where a
    look after an epoch has them; else the keeping gate, or the course of the state.
    """
    cell, segment = CELLS[model.cell], model.segment
    if trace.half_lives is not None:
        return np.asarray(trace.half_lives, dtype=np.float64), "gate" if len(cell.states) > 1 else "jacobian"
    keeping = keeping_gate(cell)
    if keeping is not None:
        return segment * gate_half_life(trace.values[keeping][::segment]), "gate"
    return segment * course_half_life(trace.values[cell.states[0].key][::segment]), "course"


def keeping_gate(cell: AbstractCell) -> str | None:
    """Return the key of the gate that says how much of the state stays, None for a cell without one."""
    return next((gate.key for gate in cell.gates if gate.role == "forget"), None)


@dataclass(frozen=True, slots=True)
class MemoryFinding:
    """How the memory of a layer fits the periods of its series.

    Attributes
    ----------
    longest, median
        Half-lives in rows.
    period
        The strongest period in rows, or None.
    kind
        ``window`` (the window is shorter than the period), ``short`` (the longest memory is below a third of it),
        ``fits``, or ``no-period``.
    """

    longest: float
    median: float
    period: int | None
    window: int
    kind: Literal["short", "window", "fits", "no-period"]


def finding(half_life: Floats, period: int | None, window: int) -> MemoryFinding:
    """Compare half-lives (H,) with a period and the window, both in rows.

    A unit whose half-life is a third of the period still has an eighth of what it saw one period ago; below that,
    what the season did last time is forgotten when it is needed.
    """
    longest = float(np.max(half_life)) if len(half_life) else 0.0
    median = float(np.median(half_life)) if len(half_life) else 0.0
    kind: Literal["short", "window", "fits", "no-period"] = "fits"
    if period is None:
        kind = "no-period"
    elif window < period:
        kind = "window"
    elif 3.0 * longest < period:
        kind = "short"
    return MemoryFinding(longest, median, period, window, kind)
