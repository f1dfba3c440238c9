"""How much better one forecaster is than another, how sure that is, and up to which step ahead.

Skill is 1 - (mean absolute error of the one) / (mean absolute error of the other), on the same windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.bootstrap import skill_interval, skill_of

Errors = NDArray[np.float64]

SURE = 0.9
"""Share of an interval."""

CLEAR_SPLIT = 0.8
"""Share of the steps ahead that must lie on the right side of a border between better and worse."""


@dataclass(frozen=True, slots=True)
class Skill:
    """Skill with its spread over the origins.

    Attributes
    ----------
    low, high
        Ends of the 90 % interval; None where there are too few origins to tell.
    pieces
        Stretches of origins that share no truth with each other.
    """

    value: float
    low: float | None
    high: float | None
    pieces: float


@dataclass(frozen=True, slots=True)
class Reach:
    """At which steps ahead one forecaster is better.

    Attributes
    ----------
    kind
        ``all``, ``none``, ``up-to`` (better at steps 1 to `step`), ``from`` (better at `step` and behind) or ``mixed``.
    better
        Number of steps at which it is.
    """

    kind: str
    step: int
    better: int


def skill(errors: Errors, other: Errors, apart: int = 1) -> Skill:
    """Return the skill of absolute `errors` (N, Q) against those of another forecaster for the same windows.

    Parameters
    ----------
    apart
        Windows behind which two forecasts share no truth.
    """
    own, others = errors.mean(axis=1), other.mean(axis=1)
    low, high = skill_interval(own, others, apart, SURE) or (None, None)
    return Skill(skill_of(own, others), low, high, len(own) / apart)


def skill_by_step(errors: Errors, other: Errors) -> Errors:
    """Return the skill (Q,) at each step ahead; 0 where the other makes no error."""
    own, others = errors.mean(axis=0), other.mean(axis=0)
    return 1.0 - np.divide(own, others, out=np.ones_like(own), where=others > 0)


def reach(by_step: Errors) -> Reach:
    """Say from which step ahead on a forecaster with skills (Q,) stops, or begins, to be better.

    The border is put where most steps lie on the right side of it; if fewer than :data:`CLEAR_SPLIT` do, there is no
    border to speak of.
    """
    good = by_step > 0
    steps, better = len(good), int(good.sum())
    if better in (0, steps):
        return Reach("all" if better else "none", steps if better else 0, better)
    before = np.concatenate([[0], np.cumsum(good)])
    place = np.arange(steps + 1)
    first = before + (steps - place - (better - before))  # good before the border, not good behind it
    last = steps - first
    border, other = int(np.argmax(first)), int(np.argmax(last))
    kind, right = ("up-to", first[border]) if first[border] >= last[other] else ("from", last[other])
    step = border if kind == "up-to" else other + 1
    if right < CLEAR_SPLIT * steps or step in ((0, steps) if kind == "up-to" else (1, steps + 1)):
        return Reach("mixed", 0, better)
    return Reach(kind, step, better)
