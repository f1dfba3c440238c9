"""What is wrong with a forecast: copied from the past, flat, drifting away, or wrong about its own band.

Each rule takes the evidence and returns figures that say so, or None. Thresholds are named here and explained in
decision 095.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.insight.evidence import LAST, MODEL, Evidence
from workbench.core.insight.skill import skill_by_step

Floats = NDArray[np.floating]

MOST_LAGGED_STEPS = 12
"""Steps ahead at which a copy is looked for, evenly taken."""

COPY_UNEXPLAINED = 0.5
"""A copy leaves at most this share of the variance unexplained at its lag that it leaves unexplained at lag 0."""

COPY_SKILL = 0.05
"""A forecast that is this much better than the last value is no copy of it, whatever it looks like."""

FLAT = 0.1
"""A forecast that varies less than this share of the truth is a flat line."""

DRIFT_SHARE = 0.5
"""A bias of this share of the mean absolute error counts."""

SURE_T = 3.0
"""Standard errors by which a bias or a shift of it must differ from none."""

LEAST_GROUPS = 4
"""Stretches of a third of the part whose forecasts share no truth; with fewer nothing is said about drift."""

LEAST_MISS = 0.03
"""A coverage is only called too low if it misses its share by this much."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The forecast is the past: its correlation with the truth peaks `lag` steps late.

    Attributes
    ----------
    at_lag, at_zero
        Correlation with the truth `lag` steps before, and with the truth that was to be forecast.
    skill
        Against the last value, over the same steps.
    """

    ahead: int
    lag: int
    at_lag: float
    at_zero: float
    skill: float


@dataclass(frozen=True, slots=True)
class Drift:
    """The forecast is wrong in one direction toward the end.

    Attributes
    ----------
    bias, before
        Mean of forecast minus truth in the last and in the first third of the part, in original units.
    error
        Mean absolute error of the last third.
    """

    target: int
    bias: float
    before: float
    error: float


@dataclass(frozen=True, slots=True)
class Miss:
    """The band holds less than it says."""

    level: float
    coverage: float


def lag_correlation(evidence: Evidence, ahead: int, target: int = 0, name: str = MODEL) -> NDArray[np.float64]:
    """Return the correlation (K + 1,) of forecasts `ahead` steps made with the truth 0 to K steps before.

    K reaches to twice the steps ahead, as far as a window could see. Only pairs that are seen count; NaN where
    nothing varies.
    """
    longest = min(2 * ahead, ahead + evidence.window - 1)
    made = np.asarray(evidence.forecasts[name], dtype=np.float64)[:, ahead - 1, target]
    rows = evidence.origins + ahead - 1
    found = np.full(longest + 1, np.nan)
    for lag in range(longest + 1):
        truth = evidence.values[rows - lag, target]
        whole = np.isfinite(truth) & np.isfinite(made)
        one, other = made[whole], truth[whole]
        if len(one) > 2 and one.std() > 0 and other.std() > 0:
            found[lag] = np.corrcoef(one, other)[0, 1]
    return found


def copied(evidence: Evidence) -> Copy | None:
    """Say whether the network repeats what was known at the origin, at most of the steps ahead.

    At a step h it does if the correlation peaks within one step of lag h, leaves half as much unexplained there as at
    lag 0, and is not clearly better than the last value at that step.
    """
    if LAST not in evidence.forecasts or flat(evidence) is not None:
        return None
    steps = np.unique(np.linspace(1, evidence.horizon, min(evidence.horizon, MOST_LAGGED_STEPS)).round().astype(int))
    gains = skill_by_step(evidence.errors(MODEL), evidence.errors(LAST))
    found: list[Copy] = []
    for ahead in steps.tolist():
        correlation = lag_correlation(evidence, ahead)
        if not np.isfinite(correlation).all():
            continue
        lag = int(np.argmax(correlation))
        late = 1 - correlation[lag] < COPY_UNEXPLAINED * (1 - correlation[0])
        if abs(lag - ahead) <= 1 and lag > 0 and late and gains[ahead - 1] < COPY_SKILL:
            found.append(Copy(ahead, lag, float(correlation[lag]), float(correlation[0]), float(gains[ahead - 1])))
    return found[len(found) // 2] if 2 * len(found) > len(steps) else None


def flat(evidence: Evidence) -> float | None:
    """Return how much the forecasts vary as a share of what the truth does, if that is next to nothing."""
    made = np.asarray(evidence.forecasts[MODEL], dtype=np.float64)
    truth = evidence.truth.std(axis=(0, 1))
    if not (truth > 0).any():
        return None
    share = float((made.std(axis=(0, 1))[truth > 0] / truth[truth > 0]).max())
    return share if share < FLAT else None


def drifted(evidence: Evidence) -> Drift | None:
    """Say whether the last third of the forecasts is wrong in one direction, unlike the first.

    The mean error of stretches that share no truth stands for one value each, so that neighbouring windows do not make
    it look surer than it is.
    """
    third = len(evidence.origins) // 3
    groups = third // evidence.apart
    if groups < LEAST_GROUPS:
        return None
    error = np.asarray(evidence.forecasts[MODEL], dtype=np.float64) - evidence.truth
    for target in range(error.shape[2]):
        own = error[:, :, target]
        first, last = own[:third].mean(axis=1), own[-third:].mean(axis=1)
        size = float(np.abs(own[-third:]).mean())
        spread = np.hypot(_standard_error(first, groups), _standard_error(last, groups))
        bias, before = float(last.mean()), float(first.mean())
        sure = abs(bias - before) > SURE_T * spread and abs(bias) > SURE_T * _standard_error(last, groups)
        if sure and abs(bias) > DRIFT_SHARE * size and abs(bias) > 2 * abs(before):
            return Drift(target, bias, before, size)
    return None


def _standard_error(values: Floats, groups: int) -> float:
    """Return the standard error of the mean of correlated `values`, from the means of `groups` stretches."""
    means = [part.mean() for part in np.array_split(values, groups)]
    return float(np.std(means, ddof=1) / np.sqrt(groups))


def coverage(evidence: Evidence) -> float | None:
    """Return the share of the truth inside the band, None without one."""
    if evidence.low is None or evidence.high is None:
        return None
    return float(((evidence.truth >= evidence.low) & (evidence.truth <= evidence.high)).mean())


def missed(evidence: Evidence) -> Miss | None:
    """Say whether the band holds clearly less than it says: by more than chance and by more than three points.

    Chance is two standard errors of a share, counted over windows that share no truth.
    """
    found = coverage(evidence)
    if found is None or evidence.level is None:
        return None
    count = max(len(evidence.origins) // evidence.apart, 1)
    chance = 2.0 * np.sqrt(evidence.level * (1 - evidence.level) / count)
    return Miss(evidence.level, found) if found < evidence.level - max(LEAST_MISS, chance) else None
