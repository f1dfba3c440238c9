"""In which order to draw the units of a layer, so that a heatmap shows structure instead of noise."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.insight.clustering import average_linkage, leaf_order

Floats = NDArray[np.floating]
Order = NDArray[np.intp]
OrderName = Literal["index", "similarity", "memory", "season"]

LONGEST = 1e6
"""Half-lives are cut here: a gate that never closes remembers for ever."""

_ITERATIONS = 12

MOST_CLUSTERED = 256
"""Units that are clustered; 256 take some milliseconds."""


def similarity_order(values: Floats) -> Order:
    """Order H units so that those which move alike over the (T, H) window are neighbours; still ones stand last.

    Units are compared by the shape of their course: the distance of two is 1 - r. Up to :data:`MOST_CLUSTERED` of them
    are clustered (average linkage), and stand in the order of the tree. More are sorted by their angle in the plane of
    the first two principal components, cut open at the widest gap (Friendly 2002, "Corrgrams", section 3.2). The plane
    comes from a few steps of orthogonal iteration: 2000 steps of 1024 units take 30 ms, a full decomposition a second.
    """
    steps, units = values.shape
    if units < 3 or steps < 2:
        return np.arange(units, dtype=np.intp)
    shape = np.asarray(values, dtype=np.float32) - values.mean(axis=0)
    size = np.linalg.norm(shape, axis=0)
    moving = size > 1e-6
    shape = shape / np.where(moving, size, 1.0)
    if units <= MOST_CLUSTERED:
        return _clustered(shape, np.flatnonzero(moving), np.flatnonzero(~moving))
    plane = _plane(shape)
    angle = np.arctan2(plane[:, 1], plane[:, 0])
    order = np.argsort(angle, kind="stable")
    around = np.append(angle[order], angle[order[0]] + 2 * np.pi)
    order = np.roll(order, -(int(np.argmax(np.diff(around))) + 1))
    still = ~moving[order]
    return np.concatenate([order[~still], order[still]]).astype(np.intp)


def _clustered(shape: Floats, moving: Order, still: Order) -> Order:
    if len(moving) < 3:
        return np.concatenate([moving, still])
    course = shape[:, moving].astype(np.float64)
    distance = 1.0 - course.T @ course
    order = leaf_order(average_linkage(distance), distance)
    return np.concatenate([moving[order], still]).astype(np.intp)


def _plane(shape: Floats) -> Floats:
    """Coordinates (H, 2) of the units along the first two principal components."""
    steps = shape.shape[0]
    # A fixed start keeps the order the same for the same trace; cosines are independent of each other.
    start = np.cos(np.outer(np.arange(steps) + 0.5, [0.7, 1.9])).astype(np.float32)
    basis, _ = np.linalg.qr(start)
    for _ in range(_ITERATIONS):
        basis, _ = np.linalg.qr(shape @ (shape.T @ basis))
    coordinates: Floats = shape.T @ basis
    return coordinates


def gate_half_life(keep: Floats) -> NDArray[np.float64]:
    """Return after how many steps half of a unit's state is left, (H,), from its keeping gate (T, H).

    The keeping gate is the LSTM's forget gate or the GRU's update gate as in torch. What is left after t steps is
    the product of t gates, so the geometric mean counts: ln 2 / -mean(ln f).
    """
    kept = np.log(np.clip(np.asarray(keep, dtype=np.float64), 1e-9, 1.0 - 1e-9)).mean(axis=0)
    return np.minimum(np.log(2.0) / np.maximum(-kept, 1e-12), LONGEST)


def course_half_life(state: Floats) -> NDArray[np.float64]:
    """Estimate the same for a cell without a keeping gate, from the (T, H) course of its state.

    A first-order process with autocorrelation r at lag 1 forgets half in ln 2 / -ln r steps; r <= 0 gives 0.
    """
    course = np.asarray(state, dtype=np.float64) - np.mean(state, axis=0)
    power = np.square(course).sum(axis=0)
    lagged = (course[1:] * course[:-1]).sum(axis=0)
    r = np.divide(lagged, power, out=np.zeros_like(power), where=power > 1e-12)
    r = np.clip(r, 0.0, 1.0 - 1e-9)
    logs = np.log(np.where(r > 0.0, r, 1.0))
    return np.where(r > 0.0, np.minimum(np.log(2.0) / np.maximum(-logs, 1e-12), LONGEST), 0.0)


def memory_order(half_life: Floats) -> Order:
    """Order units from the shortest memory (drawn at the bottom) to the longest."""
    return np.argsort(half_life, kind="stable").astype(np.intp)
