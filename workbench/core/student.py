"""Student's t: its tail, and the value that leaves a tail."""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, log


def student_upper(t: float, degrees: float) -> float:
    """Return the probability that Student's t with `degrees` of freedom exceeds `t` >= 0."""
    return 0.5 * _incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function by its continued fraction (DLMF 8.17.22, by Lentz)."""
    if x <= 0.0 or x >= 1.0:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x)) / a
    tiny, found, c, d = 1e-300, 1.0, 1.0, 0.0
    for turn in range(400):
        half = turn // 2
        if turn == 0:
            factor = 1.0
        elif turn % 2:
            factor = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            factor = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1.0 / (1.0 + factor * d or tiny)
        c = 1.0 + factor / (c or tiny)
        found *= c * d
        if turn and abs(1.0 - c * d) < 1e-14:
            break
    return front * (found - 1.0)


@cache
def student_quantile(share: float, degrees: float) -> float:
    """Return the t that Student's t with `degrees` of freedom does not exceed with probability `share` above 0.5."""
    low, high = 0.0, 1e6
    for _turn in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if student_upper(middle, degrees) > 1.0 - share else (low, middle)
    return high
