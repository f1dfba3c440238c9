"""The path of a state through its space, seen in the plane in which it moves most. T steps, H units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The plane of the first two principal components.

    Attributes
    ----------
    centre
        (H,) mean of the states it was made of.
    axes
        (2, H) orthonormal; the entry of each that is largest in size is positive.
    shares
        Part of the variance along each.
    """

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    shares: tuple[float, float]

    def seen(self, states: Floats) -> NDArray[np.float64]:
        """Return the places (T, 2) of states (T, H) in the plane."""
        placed: NDArray[np.float64] = (np.asarray(states, dtype=np.float64) - self.centre) @ self.axes.T
        return placed


def plane(states: Floats) -> Plane:
    """Fit the plane to states (T, H); what is no number counts as 0.

    The eigenvectors of the smaller of the two products of the centred states with themselves: a tenth of the time of a
    singular value decomposition.
    """
    values = np.nan_to_num(np.asarray(states, dtype=np.float64), posinf=0.0, neginf=0.0)
    centre = values.mean(axis=0)
    moved = values - centre
    tall = moved.shape[0] >= moved.shape[1]
    power, vectors = np.linalg.eigh(moved.T @ moved if tall else moved @ moved.T)
    power, vectors = np.maximum(power[::-1], 0.0), vectors[:, ::-1]
    shares = power / power.sum() if power.sum() > 0 else np.zeros(len(power))
    axes = vectors[:, :2].T if tall else (moved.T @ vectors[:, :2]).T
    size = np.linalg.norm(axes, axis=1, keepdims=True)
    axes = np.divide(axes, size, out=np.zeros_like(axes), where=size > 1e-12)
    two = np.zeros((2, values.shape[1]))
    two[: len(axes)] = axes
    for axis in two:
        axis *= np.sign(axis[np.argmax(np.abs(axis))]) or 1.0
    padded = np.append(shares, [0.0, 0.0])
    return Plane(centre, two, (float(padded[0]), float(padded[1])))
