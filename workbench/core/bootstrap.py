"""How sure is a skill? An interval from the origins there are, honest also where they are few."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from workbench.core.student import student_quantile

Values = NDArray[np.float64]

DRAWS = 2_000
SEED = 7
"""The same errors give the same interval."""

LEAST_PIECES, LEAST_ORIGINS = 3, 4
"""Stretches of origins that share no truth with each other, and origins, below which nothing can be told."""

LEAST_BLOCKS = 5
"""Blocks into which the origins are cut at least."""

NORMAL = 1e7
"""Degrees of freedom from which Student's t is the normal distribution."""


def skill_interval(own: Values, other: Values, apart: int, share: float) -> tuple[float, float] | None:
    """Return the interval that holds the skill 1 - mean(own) / mean(other) with probability `share`.

    Blocks of origins that follow each other are drawn (circularly, Politis & Romano 1992), of both forecasters the
    same. A block is twice as long as horizons overlap, because shorter ones cut through what belongs together; the cube
    root of K where they do not; and never more than a fifth of the origins. Percentiles of so few blocks lie too close
    to the skill: their distances are stretched as Student's t is wider than the normal distribution, with one degree
    of freedom less than there are stretches of origins that share no truth.

    Parameters
    ----------
    own, other
        (K,) errors of the same origins in order of time.
    apart
        Origins behind which two forecasts share no truth, from 1.

    Returns
    -------
    None where there are fewer than :data:`LEAST_PIECES` such stretches or :data:`LEAST_ORIGINS` origins.
    """
    count = len(own)
    pieces = count / apart
    if pieces < LEAST_PIECES or count < LEAST_ORIGINS:
        return None
    length = max(1, min(2 * apart if apart > 1 else round(count ** (1 / 3)), count // LEAST_BLOCKS))
    first = np.random.default_rng(SEED).integers(0, count, (DRAWS, ceil(count / length)))
    sums = [np.concatenate([[0.0], np.cumsum(np.concatenate([part, part[: length - 1]]))]) for part in (own, other)]
    above, below = ((total[first + length] - total[first]).sum(axis=1) for total in sums)
    skills = 1.0 - np.divide(above, below, out=np.ones(DRAWS), where=below > 0)
    tails = (1.0 - share) / 2.0
    value = skill_of(own, other)
    degrees = pieces - 1.0
    wider = student_quantile(1.0 - tails, degrees) / student_quantile(1.0 - tails, NORMAL) * sqrt(pieces / degrees)
    low, high = np.quantile(skills, [tails, 1.0 - tails])
    return value - (value - float(low)) * wider, value + (float(high) - value) * wider


def skill_of(own: Values, other: Values) -> float:
    """Return 1 - mean(own) / mean(other), 0 where the other makes no error."""
    mean = float(other.mean())
    return 1.0 - float(own.mean()) / mean if mean > 0 else 0.0
