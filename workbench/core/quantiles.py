"""Quantiles of the standard normal and of Student's distribution, in numpy."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

FEWEST_DEGREES = 2.0
"""Below two degrees of freedom a Student-t distribution has no variance."""


def normal_quantile(level: float) -> float:
    """Return the value that a standard normal variable does not exceed with probability `level`."""
    return NormalDist().inv_cdf(level)


def student_quantile(level: float, degrees: Floats) -> NDArray[np.float64]:
    """Return the same for Student's t with `degrees` (...) of freedom, 2 or more (Hill 1970, CACM algorithm 396).

    Good to about four digits near 2 degrees and to six from 4 on.
    """
    n = np.maximum(np.asarray(degrees, dtype=np.float64), FEWEST_DEGREES)
    if level == 0.5:
        return np.zeros_like(n)
    p = 2.0 * min(level, 1.0 - level)
    a = 1.0 / (n - 0.5)
    b = (48.0 / a) / a
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * np.sqrt(a * (math.pi / 2.0)) * n
    y = (d * p) ** (2.0 / n)
    near = ((1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0)) * y - 1.0) * (
        n + 1.0
    ) / (n + 2.0) + 1.0 / y
    found = np.sqrt(n * np.where(y > a + 0.05, _around_normal(n, normal_quantile(p / 2.0), a, b, c, d), near))
    found = np.where(n <= FEWEST_DEGREES, math.sqrt(2.0 / (p * (2.0 - p)) - 2.0), found)
    return found if level > 0.5 else -found


def _around_normal(n: Floats, x: float, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return t^2 / n by the expansion around the normal quantile `x`."""
    square = x * x
    c = np.where(n < 5.0, c + 0.3 * (n - 4.5) * (x + 0.6), c)
    c = (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b + c
    z = (((((0.4 * square + 6.3) * square + 36.0) * square + 94.5) / c - square - 3.0) / b + 1.0) * x
    return np.asarray(np.expm1(a * z * z))
