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
    """Fit the plane to states (T, H) by a singular value decomposition; what is no number counts as 0."""
    values = np.nan_to_num(np.asarray(states, dtype=np.float64), posinf=0.0, neginf=0.0)
    centre = values.mean(axis=0)
    _left, sizes, axes = np.linalg.svd(values - centre, full_matrices=False)
    power = np.square(sizes)
    shares = power / power.sum() if power.sum() > 0 else np.zeros(len(power))
    two = np.zeros((2, values.shape[1]))
    two[: min(2, len(axes))] = axes[:2]
    for axis in two:
        axis *= np.sign(axis[np.argmax(np.abs(axis))]) or 1.0
    padded = np.append(shares, [0.0, 0.0])
    return Plane(centre, two, (float(padded[0]), float(padded[1])))
