"""Is one forecaster really better than another? A test and an interval for errors from the same origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.bootstrap import LEAST_ORIGINS, LEAST_PIECES, skill_interval, skill_of
from workbench.core.problems import N_
from workbench.core.student import student_upper

Values = NDArray[np.float64]

SURE = 0.95
"""Share of an interval."""

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
        "{name} against {other}: skill {skill} (the share of the error saved). The {origins} origins overlap or are so "
        "few that nobody can tell whether it is chance."
    ),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One forecaster against another, over the same K origins.

    Attributes
    ----------
    skill
        1 - mean error / mean error of the other: above 0 it is better.
    low, high
        95 % interval of the skill (:mod:`workbench.core.bootstrap`); None of too few origins.
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
    skill = skill_of(losses, others)
    interval = skill_interval(losses, others, overlap, SURE)
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
    if count < max(LEAST_ORIGINS, LEAST_PIECES * h) or not np.isfinite(difference).all():
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
