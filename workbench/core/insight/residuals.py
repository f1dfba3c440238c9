"""What a forecaster left unexplained: truth minus forecast, one value an origin at a chosen step ahead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.clock import Clock
from workbench.core.insight.evidence import MODEL, Evidence
from workbench.core.insight.seasonality import autocorrelation
from workbench.core.problems import N_

Floats = NDArray[np.floating]
Rows = NDArray[np.int64]
Grouping = Literal["hour", "weekday", "month"]

LEAST_RESIDUALS = 8
MOST_LAGS = 60
MOST_BINS = 60
MOST_QUANTILES = 400

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"),
    N_("Nov"), N_("Dec"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Residuals of one target at one step ahead.

    Attributes
    ----------
    rows
        (N,) row that was forecast, ascending.
    values
        (N,) truth minus forecast in original units.
    ahead
        Steps ahead, from 1.
    """

    rows: Rows
    values: NDArray[np.float64]
    ahead: int


@dataclass(frozen=True, slots=True)
class LjungBox:
    """Is there anything left that could be forecast? (Ljung & Box 1978)

    Attributes
    ----------
    statistic, lags
        Q = n (n + 2) sum of r_k^2 / (n - k) over lags 1 to `lags`.
    p
        Probability of a larger Q if the residuals are white noise.
    """

    statistic: float
    lags: int
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Residuals of one hour, weekday or month."""

    label: str
    mean: float
    error: float
    count: int


@dataclass(frozen=True, slots=True)
class WorstWindow:
    """A window that was forecast badly.

    Attributes
    ----------
    start
        Row at which it starts.
    origin
        Row of the first forecast step.
    error
        Mean absolute error over its steps, in original units.
    times
        How many times as large as the median window's.
    """

    start: int
    origin: int
    error: float
    times: float


def residuals(evidence: Evidence, ahead: int = 1, target: int = 0, name: str = MODEL) -> Residuals:
    """Return the residuals of a forecaster at one step ahead, in the order of the rows."""
    values = evidence.truth[:, ahead - 1, target] - np.asarray(evidence.forecasts[name])[:, ahead - 1, target]
    rows = evidence.origins + ahead - 1
    order = np.argsort(rows, kind="stable")
    return Residuals(rows[order], values[order].astype(np.float64), ahead)


def correlation(found: Residuals) -> tuple[NDArray[np.float64], float]:
    """Return the autocorrelation (K + 1,) of residuals at lags 0 to K, and the 95 % bound of white noise, 2 / sqrt(n).

    Rows that were not forecast are gaps, not neighbours.
    """
    line = in_line(found)
    return autocorrelation(line, min(MOST_LAGS, max(len(line) // 3, 1))), 2.0 / math.sqrt(max(len(found.values), 1))


def in_line(found: Residuals) -> NDArray[np.float64]:
    """Return the residuals by row, NaN at rows without one; by position where rows are too sparse for that."""
    first, last = int(found.rows[0]), int(found.rows[-1])
    spread = np.unique(np.diff(found.rows))
    if (len(spread) and spread[0] > 1) or last - first + 1 > 4 * len(found.rows):
        return found.values
    line = np.full(last - first + 1, np.nan)
    line[found.rows - first] = found.values
    return line


def ljung_box(found: Residuals) -> LjungBox | None:
    """Test residuals one step ahead for what is left in them, None where the test says nothing.

    Errors of forecasts h > 1 steps ahead overlap and are correlated below lag h even if the forecast is perfect. The
    number of lags is min(10, n / 5), Hyndman's rule.
    """
    count = len(found.values)
    if found.ahead != 1 or count < LEAST_RESIDUALS or not found.values.std() > 0:
        return None
    lags = max(1, min(10, count // 5))
    r = autocorrelation(in_line(found), lags)[1:]
    statistic = float(count * (count + 2) * (r**2 / (count - np.arange(1, lags + 1))).sum())
    return LjungBox(statistic, lags, chi_square_tail(statistic, lags))


def chi_square_tail(value: float, freedom: int) -> float:
    """Return the probability that a chi-square variable exceeds `value` (Abramowitz & Stegun 26.4.4, 26.4.5)."""
    if value <= 0:
        return 1.0
    half = value / 2
    if half > 700:
        return 0.0
    if freedom % 2 == 0:
        term, total = math.exp(-half), math.exp(-half)
        for index in range(1, freedom // 2):
            term *= half / index
            total += term
        return min(total, 1.0)
    total = math.erfc(math.sqrt(half))
    term = math.exp(-half) * math.sqrt(half) / math.gamma(1.5)
    for index in range(1, (freedom + 1) // 2):
        total += term
        term *= half / (index + 0.5)
    return min(total, 1.0)


def histogram(found: Residuals) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return edges (B + 1,) and shares (B,) of a histogram; widths by Freedman & Diaconis (1981)."""
    values = found.values
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.array([low - 0.5, low + 0.5]), np.ones(1)
    quarter, three = np.quantile(values, [0.25, 0.75])
    width = 2 * (three - quarter) / len(values) ** (1 / 3)
    bins = int(np.clip(math.ceil((high - low) / width) if width > 0 else 10, 5, MOST_BINS))
    counts, edges = np.histogram(values, bins=bins)
    return edges, counts / len(values)


def quantiles(found: Residuals) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return normal quantiles and the standardised residuals (K,) they stand for: on the diagonal if normal."""
    ordered = np.sort(found.values)
    spread = ordered.std()
    standard = (ordered - ordered.mean()) / spread if spread > 0 else np.zeros(len(ordered))
    take = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), MOST_QUANTILES)).round().astype(np.int64))
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / len(ordered)) for place in take.tolist()]), standard[take]


def groups(found: Residuals, clock: Clock, by: Grouping) -> tuple[Group, ...]:
    """Return mean and mean absolute residual by hour, weekday or month; empty where rows have no times."""
    if clock.times is None or found.rows[-1] >= len(clock.times):
        return ()
    times = clock.times[found.rows]
    days = times.astype("datetime64[D]")
    if by == "hour":
        place, labels = (times - days).astype("timedelta64[h]").astype(np.int64), tuple(f"{hour}" for hour in range(24))
    elif by == "weekday":
        place, labels = (days.astype(np.int64) + 3) % 7, WEEKDAYS
    else:
        place, labels = times.astype("datetime64[M]").astype(np.int64) % 12, MONTHS
    made = []
    for number, label in enumerate(labels):
        own = found.values[place == number]
        if len(own):
            made.append(Group(label, float(own.mean()), float(np.abs(own).mean()), len(own)))
    return tuple(made)


def groupings(clock: Clock, rows: Rows) -> tuple[Grouping, ...]:
    """Return the groupings in which the rows differ and that are no coarser than their step: no weekdays of months."""
    if clock.times is None or not len(rows) or rows[-1] >= len(clock.times):
        return ()
    step = clock.step
    seconds = 0.0 if step is None else step.count if step.unit == "second" else 86_400.0
    daily = step is None or (step.unit != "month" and seconds <= 86_400.0)
    times = clock.times[rows]
    days = times.astype("datetime64[D]")
    different = {
        "hour": len(np.unique((times - days).astype("timedelta64[h]"))) > 1,
        "weekday": daily and len(np.unique(days.astype(np.int64) % 7)) > 1,
        "month": len(np.unique(times.astype("datetime64[M]").astype(np.int64) % 12)) > 1,
    }
    kinds: tuple[Grouping, ...] = ("hour", "weekday", "month")
    return tuple(kind for kind in kinds if different[kind])


def worst(evidence: Evidence, most: int = 20, target: int = 0) -> tuple[WorstWindow, ...]:
    """Return the windows with the largest mean absolute error, the worst first; no two share a forecast row."""
    error = np.abs(np.asarray(evidence.forecasts[MODEL])[:, :, target] - evidence.truth[:, :, target]).mean(axis=1)
    usual = float(np.median(error))
    found: list[WorstWindow] = []
    for place in np.argsort(-error, kind="stable").tolist():
        origin = int(evidence.origins[place])
        if any(abs(origin - other.origin) < evidence.horizon for other in found):
            continue
        times = float(error[place] / usual) if usual > 0 else math.inf
        found.append(WorstWindow(origin - evidence.window, origin, float(error[place]), times))
        if len(found) == most:
            break
    return tuple(found)
