"""Is one forecaster really better than another? A test and an interval for errors from the same origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, exp, lgamma, log, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import N_

Values = NDArray[np.float64]

DRAWS = 2_000
SEED = 7
"""The same errors give the same interval."""

LEAST_BLOCKS = 3
"""Pieces of origins whose horizons do not overlap, below which nothing is told either."""

CHANCE, LEAST_P = 0.05, 0.001
"""Below the first p a difference is called one: chance makes it once in twenty times. The other is the least told."""

WORDS = {
    "better": N_(
        "{name} is better than {other} by more than chance explains: skill {skill} (95 % interval {low} to {high}), "
        "Diebold-Mariano {statistic}, p {p}, over {origins} origins."
    ),
    "worse": N_(
        "{name} is worse than {other} by more than chance explains: skill {skill} (95 % interval {low} to {high}), "
        "Diebold-Mariano {statistic}, p {p}, over {origins} origins."
    ),
    "chance": N_(
        "Chance could explain how {name} and {other} differ: skill {skill} (95 % interval {low} to {high}), "
        "Diebold-Mariano {statistic}, p {p}, over {origins} origins."
    ),
    "same": N_("{name} and {other} make the same errors over {origins} origins."),
    "few": N_(
        "{name} against {other}: skill {skill}, over {origins} origins, too few that do not overlap to tell whether it "
        "is chance."
    ),
}

FEWEST = 4
"""Origins below which nothing can be told."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One forecaster against another, over the same K origins.

    Attributes
    ----------
    skill
        1 - mean error / mean error of the other: above 0 it is better.
    low, high
        95 % interval of the skill by a moving-block bootstrap over origins; None of too few origins.
    statistic, p
        Diebold & Mariano (1995) with the correction of Harvey, Leybourne & Newbold (1997), two-sided; below 0 the
        errors are smaller. None of too few origins or where the errors are the same.
    """

    name: str
    other: str
    origins: int
    skill: float
    low: float | None
    high: float | None
    statistic: float | None
    p: float | None

    @property
    def outcome(self) -> Literal["better", "worse", "chance", "same", "few"]:
        """What test and interval say together; both have to tell a difference from chance."""
        if self.low is None:
            return "few"
        if self.p is None or self.statistic is None:
            return "same"
        if self.p >= CHANCE or (self.low <= 0.0 <= (self.high or 0.0)):
            return "chance"
        return "better" if self.statistic < 0 else "worse"

    def text(self, label: Callable[[str], str], translate: Callable[[str], str] = str) -> str:
        """Tell the comparison in words, with the figures behind them; `label` returns the words for a forecaster."""
        return translate(WORDS[self.outcome]).format(
            name=label(self.name), other=label(self.other), origins=self.origins, skill=signed_percent(self.skill),
            low=signed_percent(self.low or 0.0), high=signed_percent(self.high or 0.0),
            statistic=f"{self.statistic or 0.0:+.2f}".replace("-", "−"), p=p_text(self.p or 0.0),
        )  # fmt: skip


def p_text(p: float) -> str:
    """Return a probability with its sign: ``= 0.034``, ``< 0.001``."""
    return "< 0.001" if p < LEAST_P else f"= {p:.2g}"


def signed_percent(share: float) -> str:
    """Return a share as ``+12.3 %`` or ``−4.5 %``."""
    return f"{100.0 * share:+.1f} %".replace("-", "−")


def compared(name: str, losses: Values, other: str, others: Values, overlap: int) -> Comparison:
    """Compare mean losses (K,) of the same origins in order of time, both of one forecaster each.

    Parameters
    ----------
    overlap
        Origins whose horizons overlap that of one before: horizon / stride, rounded up, 1 if none do.
    """
    mean = float(others.mean())
    skill = 1.0 - float(losses.mean()) / mean if mean > 0 else 0.0
    interval = skill_interval(losses, others, overlap)
    test = diebold_mariano(losses, others, overlap) if interval is not None else None
    low, high = interval if interval is not None else (None, None)
    statistic, p = test if test is not None else (None, None)
    return Comparison(name, other, len(losses), skill, low, high, statistic, p)


def overlap_of(horizon: int, stride: int) -> int:
    """Return how many origins in a row forecast the same row."""
    return max(1, ceil(horizon / stride))


def diebold_mariano(losses: Values, others: Values, horizon: int) -> tuple[float, float] | None:
    """Return the statistic and its two-sided p from K losses each, `horizon` being the steps (in origins) ahead.

    The variance of the mean difference takes the first `horizon` - 1 autocovariances; where their sum is not above 0
    the variance alone counts. The correction is sqrt((K + 1 - 2h + h(h - 1)/K) / K), against Student's t with K - 1
    degrees of freedom. None where K is below 3 h, so that hardly anything is independent, or nothing ever differs.
    """
    difference = np.asarray(losses, dtype=np.float64) - np.asarray(others, dtype=np.float64)
    count, h = len(difference), horizon
    if count < max(FEWEST, LEAST_BLOCKS * h) or not np.isfinite(difference).all():
        return None
    apart = difference - difference.mean()
    covariances = [float((apart[lag:] * apart[: count - lag]).sum()) / count for lag in range(h)]
    variance = covariances[0] + 2.0 * sum(covariances[1:])
    variance = variance if variance > 0 else covariances[0]
    if variance <= 1e-24 * max(float((difference**2).mean()), 1e-300):
        return None
    correction = sqrt((count + 1 - 2 * h + h * (h - 1) / count) / count)
    statistic = float(difference.mean()) / sqrt(variance / count) * correction
    return statistic, 2.0 * student_upper(abs(statistic), count - 1)


def student_upper(t: float, degrees: int) -> float:
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


def skill_interval(losses: Values, others: Values, overlap: int, share: float = 0.95) -> tuple[float, float] | None:
    """Return the interval that holds the skill with probability `share`, None of too few origins.

    Blocks of origins that follow each other are drawn (circularly, Politis & Romano 1992), as long as horizons overlap
    or the cube root of K, whichever is longer; both forecasters keep the same origins in each draw.
    """
    count = len(losses)
    if count < FEWEST:
        return None
    length = max(overlap, round(count ** (1 / 3)))
    if count < LEAST_BLOCKS * length:
        return None  # fewer pieces that owe nothing to each other would make an interval that is far too narrow
    random = np.random.default_rng(SEED)
    first = random.integers(0, count, (DRAWS, ceil(count / length)))
    drawn = (first[:, :, None] + np.arange(length)).reshape(DRAWS, -1)[:, :count] % count
    above, below = np.asarray(losses)[drawn].mean(axis=1), np.asarray(others)[drawn].mean(axis=1)
    skills = 1.0 - np.divide(above, below, out=np.ones_like(above), where=below > 0)
    low, high = np.quantile(skills, [(1.0 - share) / 2.0, (1.0 + share) / 2.0])
    return float(low), float(high)
