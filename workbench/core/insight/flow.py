"""How gradients flow back through time: against lag, and how far they reach. T steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.core.events import Trace

Floats = NDArray[np.floating]

REACHES = 0.01
"""A gradient below this share of its largest no longer teaches what lies so far back."""


def norms(trace: Trace) -> Mapping[str, Floats]:
    """Return the norms (T,) of the gradients at the states: those of the batch where there are any."""
    return trace.flows or trace.gradients


def carried(trace: Trace) -> Floats | None:
    """Return the norms (T,) at the state that carries the memory: c where there is one, else h; None without any."""
    found = norms(trace)
    return found.get("c", found.get("h"))


def against_lag(values: Floats, segment: int = 1, *, back: bool = False) -> tuple[NDArray[np.float64], Floats]:
    """Return lags in rows and the norms (T,) at them, the newest first.

    Parameters
    ----------
    segment
        Rows that the cell reads at once; all of them show the same norm.
    back
        True for the way that reads from the last row to the first: its gradients come from the other end.
    """
    steps = np.asarray(values, dtype=np.float64)[::segment]
    steps = steps if back else steps[::-1]
    return np.arange(len(steps), dtype=np.float64) * segment, steps


def reach(values: Floats) -> int | None:
    """Return the largest lag at which norms (T,), the newest first, are at least 1 % of the largest.

    It is the effective memory length: what lies further back changes the loss of the weights by less than a
    hundredth of what the most influential step does. None if there is no gradient at all.
    """
    values = np.nan_to_num(np.asarray(values, dtype=np.float64), posinf=np.finfo(np.float64).max)
    largest = float(values.max(initial=0.0))
    if largest <= 0.0:
        return None
    return int(np.flatnonzero(values >= REACHES * largest)[-1])


def factor(values: Floats) -> float | None:
    """Return by what a gradient is multiplied with each step back, the slope of its logarithm (least squares).

    Steps at which it is zero, or no number, are left out; None for fewer than three others.
    """
    values = np.asarray(values, dtype=np.float64)
    lags = np.flatnonzero(np.isfinite(values) & (values > 0.0))
    if len(lags) < 3:
        return None
    return float(np.exp(np.polyfit(lags, np.log(values[lags]), 1)[0]))


def decades(first: Floats, second: Floats) -> float | None:
    """Return by how many powers of ten two norms (T,), the newest first, differ in their fall to the oldest step.

    Each is divided by its own norm at lag 0, so that only what time does to it counts. A norm of 0, which float32
    cannot tell from less than 1e-38 of 1, counts as the smallest float32.
    """
    falls = []
    for values in (first, second):
        values = np.maximum(np.asarray(values, dtype=np.float64), float(np.finfo(np.float32).tiny))
        if not np.isfinite(values[[0, -1]]).all():
            return None
        falls.append(float(np.log10(values[-1] / values[0])))
    return abs(falls[0] - falls[1])
