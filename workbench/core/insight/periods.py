"""The periods of a series: how strong each is, its spectrum, and the shape of one period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.clock import Clock
from workbench.core.insight.seasonality import MOST_ROWS as FOUND_ROWS
from workbench.core.insight.seasonality import (
    STRONG,
    autocorrelation,
    detected_seasons,
    moving_mean,
    natural_periods,
    slow_trend,
)
from workbench.core.table import Step

Floats = NDArray[np.float64]

MOST_PERIODS = 4
MOST_LAGS = 5_000
MOST_POINTS = 2_000
"""Points of a periodogram that are drawn; of a longer one the highest in each of so many bins."""

LEAST_ROWS = 12
MOST_ROWS = 1 << 20
"""The newest rows that are studied: a million tell the shape of a period as well as ten million do."""

WHITE_NOISE = 1.96
"""95 % of the autocorrelations of white noise lie within this many times 1 / sqrt(R) (Bartlett 1946)."""

FAINT = 0.1
"""A second period must be at least this strong beside the first."""

_DAY_S = 86_400
_MONDAY_US = 4 * _DAY_S * 1_000_000
"""1970-01-05, the first Monday of the epoch."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period that was found.

    Attributes
    ----------
    strength
        max(0, 1 - Var(R) / Var(S + R)) with the seasonal part S and the remainder R, 0 to 1 (Wang, Smith & Hyndman
        2006, section 3.2; Hyndman & Athanasopoulos, Forecasting: Principles and Practice, section 4.3).
    correlation
        Autocorrelation at this lag, the slow trend taken away.
    cycles
        How often the rows hold the period.
    """

    steps: int
    strength: float
    correlation: float
    cycles: float


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The shape of one period of P steps, without the trend.

    Attributes
    ----------
    mean, low, high
        (P,) mean and quartiles of the values in each phase; NaN for a phase nobody has seen.
    counts
        (P,) values in each phase.
    turning
        Where phase 0 is: ``time`` (midnight, Monday or the full hour), ``year`` (1 January) or ``row`` (the first row).
    """

    mean: Floats
    low: Floats
    high: Floats
    counts: NDArray[np.int64]
    turning: str


@dataclass(frozen=True, slots=True, eq=False)
class Seasonality:
    """What repeats in R rows of one column.

    Attributes
    ----------
    correlation
        (L + 1,) autocorrelation at lags 0 to L, the slow trend taken away.
    band
        Half the width of the band in which 95 % of the autocorrelations of white noise lie.
    spectrum_periods, spectrum
        Periods in steps, falling, and the share of the variance at each: the periodogram.
    periods
        Found periods, the strongest first; ``profiles`` in the same order.
    """

    rows: int
    clock: Clock
    correlation: Floats
    band: float
    spectrum_periods: Floats
    spectrum: Floats
    periods: tuple[Period, ...]
    profiles: tuple[Profile, ...]


def seasonality(values: Floats, clock: Clock) -> Seasonality | None:
    """Look for periods in (R,) values at the times of `clock`; None where there is too little that changes.

    Only the rows that are passed are looked at: pass training rows. Of very many only the newest count.
    """
    if len(values) > MOST_ROWS:
        clock = Clock(MOST_ROWS, None if clock.values is None else clock.values[-MOST_ROWS:], clock.step)
        values = values[-MOST_ROWS:]
    seen = np.isfinite(values)
    if seen.sum() < LEAST_ROWS or np.ptp(values[seen]) == 0:
        return None
    rest = values - slow_trend(values)
    lags = found_periods(values, clock.step)
    longest = min(len(values) - 2, MOST_LAGS, max(60, *(round(2.2 * lag) for lag in lags), 0))
    correlation = autocorrelation(rest, max([longest, *lags]))
    strengths = strengths_of(values, lags)
    periods = [
        Period(lag, strength, float(correlation[lag]), len(values) / lag)
        for lag, strength in zip(lags, strengths, strict=True)
    ]
    periods.sort(key=lambda period: -period.strength)
    spectrum_periods, spectrum = periodogram(rest)
    return Seasonality(
        len(values), clock, correlation[: longest + 1], WHITE_NOISE / float(np.sqrt(seen.sum())),
        spectrum_periods, spectrum, tuple(periods),
        tuple(profile(values, clock, period.steps) for period in periods),
    )  # fmt: skip


def found_periods(values: Floats, step: Step | None) -> tuple[int, ...]:
    """Return the periods of (R,) values in steps, ascending: the seasons, a year that is there twice, and what is left.

    A period that shows only once the others are taken away counts as well, unless it is faint or nearly a multiple.
    """
    values = values[-FOUND_ROWS:]
    found = _clear(values, detected_seasons(values, step) or _long_natural(values, step))
    while len(found) < MOST_PERIODS:
        rest = values - slow_trend(values) - _seasonal(values, found)
        fresh = [lag for lag in detected_seasons(rest, None) if not any(_related(lag, old) for old in found)]
        together = _clear(values, (*found, *fresh[:1]))
        if together == found:
            break
        found = together
    return found


def _clear(values: Floats, lags: tuple[int, ...]) -> tuple[int, ...]:
    """Return the periods in ascending order, without those that are faint beside the others.

    The means of the phases of n cycles of pure noise have a strength of 1 / n, so that much is no sign.
    """
    lags = tuple(sorted(lags))
    strengths = strengths_of(values, lags)
    strongest = max(strengths, default=0.0)
    return tuple(
        lag
        for lag, strength in zip(lags, strengths, strict=True)
        if strength >= min(FAINT + lag / len(values), strongest)
    )


def _long_natural(values: Floats, step: Step | None) -> tuple[int, ...]:
    """Return the natural periods that the rows hold two or three times: enough to see, too few to rely on."""
    lags = [lag for lag in natural_periods(step) if len(values) // 3 < lag <= len(values) // 2]
    rest = values - slow_trend(values)
    correlation = autocorrelation(rest, max(lags, default=0))
    return tuple(lag for lag in lags if correlation[lag] > 2 * STRONG and correlation[lag // 2] < 0)


def _related(lag: int, other: int) -> bool:
    """True if one of two periods is nearly a multiple of the other, or hardly longer."""
    ratio = max(lag, other) / min(lag, other)
    return ratio < 1.25 or abs(ratio - round(ratio)) * min(lag, other) <= 1.0 + 0.02 * max(lag, other)


def strengths_of(values: Floats, lags: tuple[int, ...]) -> tuple[float, ...]:
    """Return the strength of each of the ascending periods `lags`, see :class:`Period`.

    The parts are those of a classical decomposition, one period after the other: the trend is the centred mean over
    the longest period, so half a period at both ends is left out; a seasonal part is the mean of each phase.
    """
    if not lags:
        return ()
    inner = slice(lags[-1] // 2, len(values) - lags[-1] // 2)
    parts = []
    rest = (values - centred_mean(values, lags[-1]))[inner]
    for lag in lags:
        means = phase_means(rest, np.arange(len(rest)) % lag, lag)
        parts.append(means[np.arange(len(rest)) % lag])
        rest = rest - parts[-1]
    noise = float(np.nanvar(rest))
    both = [float(np.nanvar(part + rest)) for part in parts]
    return tuple(max(0.0, 1.0 - noise / whole) if whole > 0 else 0.0 for whole in both)


def _seasonal(values: Floats, lags: tuple[int, ...]) -> Floats:
    """Return the sum of the seasonal parts (R,) of all `lags`."""
    found = np.zeros(len(values))
    if not lags:
        return found
    rest = values - centred_mean(values, lags[-1])
    for lag in lags:
        phase = np.arange(len(values)) % lag
        part = phase_means(rest, phase, lag)[phase]
        found, rest = found + part, rest - part
    return np.nan_to_num(found)


def centred_mean(values: Floats, width: int) -> Floats:
    """Return the mean over one period around each row; an even `width` counts both ends half (2 x m moving mean)."""
    if width % 2:
        return moving_mean(values, width)
    return 0.5 * (moving_mean(values, width) + moving_mean(values[::-1], width)[::-1])


def phase_means(values: Floats, phase: NDArray[np.int64], count: int) -> Floats:
    """Return the mean of the values seen in each of `count` phases, less the mean of all phases; NaN where none is."""
    seen = np.isfinite(values)
    sums = np.bincount(phase[seen], values[seen], minlength=count)
    counts = np.bincount(phase[seen], minlength=count)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means - np.nanmean(means) if (counts > 0).any() else means


def periodogram(values: Floats) -> tuple[Floats, Floats]:
    """Return periods in steps (falling) and the share of the variance at each of the Fourier frequencies.

    I_k = 2 |sum_t x_t exp(-2 pi i k t / R)|^2 / (R sum_t x_t^2), half of it at the highest frequency of an even R: the
    shares of all k from 1 on add up to 1 (Brockwell & Davis 1991, section 10.1). Missing values count as the mean.
    """
    seen = np.isfinite(values)
    x = np.where(seen, values - values[seen].mean(), 0.0)
    rows = len(x)
    share = 2.0 * np.abs(np.fft.rfft(x)[1:]) ** 2 / max(rows * float((x**2).sum()), 1e-300)
    if rows % 2 == 0:
        share[-1] /= 2.0
    periods = rows / np.arange(1.0, len(share) + 1.0)
    return _highest(periods, share)


def _highest(periods: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Leave the highest of each of many bins that are equally wide in the logarithm of the period."""
    if len(share) <= MOST_POINTS:
        return periods, share
    bins = (np.log(periods[0] / periods) / np.log(periods[0] / periods[-1]) * (MOST_POINTS - 1)).astype(np.int64)
    first = np.flatnonzero(np.diff(bins, prepend=-1))
    top = np.maximum.reduceat(share, first)
    counts = np.diff(np.append(first, len(share)))
    at = np.flatnonzero(share == np.repeat(top, counts))
    _bins, one = np.unique(bins[at], return_index=True)
    return periods[at[one]], share[at[one]]


def profile(values: Floats, clock: Clock, steps: int) -> Profile:
    """Return mean and quartiles of the values of each phase of a period, the mean over one period around taken away.

    The mean of all is added again, so the shape stands at the level of the series.
    """
    level = float(np.nanmean(values))
    rest = values - centred_mean(values, steps) + level
    phase, turning = phases(clock, len(values), steps)
    seen = np.isfinite(rest)
    phase, rest = phase[seen], rest[seen]
    counts = np.bincount(phase, minlength=steps)
    means = np.bincount(phase, rest, minlength=steps) / np.where(counts > 0, counts, np.nan)
    ordered = rest[np.argsort(phase.astype(np.int16 if steps < 2**15 else np.int64), kind="stable")]
    first = np.cumsum(counts) - counts
    for start, count in zip(first, counts, strict=True):
        ordered[start : start + count].sort()
    low, high = (_quantile(ordered, first, counts, share) for share in (0.25, 0.75))
    return Profile(means, low, high, counts, turning)


def _quantile(ordered: Floats, first: NDArray[np.int64], counts: NDArray[np.int64], share: float) -> Floats:
    """Return a quantile of each run of `ordered` that starts at `first`, between neighbours by a straight line."""
    place = first + share * np.maximum(counts - 1, 0)
    below = np.minimum(np.floor(place).astype(np.int64), len(ordered) - 1)
    above = np.minimum(below + 1, np.maximum(first + counts - 1, 0))
    found = ordered[below] + (place - below) * (ordered[np.minimum(above, len(ordered) - 1)] - ordered[below])
    return np.where(counts > 0, found, np.nan)


def phases(clock: Clock, rows: int, steps: int) -> tuple[NDArray[np.int64], str]:
    """Return the phase (R,) of each row in a period of `steps`, and where phase 0 is, see :class:`Profile`."""
    plain = np.arange(rows) % steps
    if clock.values is None or clock.step is None:
        return plain, "row"
    times, step = clock.values[:rows], clock.step
    if step.unit == "second":
        length_s = steps * step.count
        if abs(length_s / (365.25 * _DAY_S) - 1) < 0.02:
            return _part_of_year(times, steps), "year"
        if (7 * _DAY_S) % length_s == 0:
            return (times.astype(np.int64) - _MONDAY_US) // round(step.count * 1e6) % steps, "time"
    elif step.unit == "month" and steps * step.count == 12:
        return times.astype("datetime64[M]").astype(np.int64) % 12 // int(step.count), "year"
    elif step.unit == "businessday" and steps == 5:
        days = times.astype("datetime64[D]").astype(np.int64) - 4
        return np.minimum(days % 7, 4), "time"
    return plain, "row"


def _part_of_year(times: NDArray[np.datetime64], parts: int) -> NDArray[np.int64]:
    """Return in which of `parts` equal parts of its year each time lies: weeks do not drift through the years so."""
    year = times.astype("datetime64[Y]")
    length = ((year + 1).astype("datetime64[us]") - year.astype("datetime64[us]")).astype(np.int64)
    passed = (times - year.astype("datetime64[us]")).astype(np.int64)
    return np.minimum((passed * parts) // length, parts - 1)
