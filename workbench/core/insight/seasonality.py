"""Find the period of a series from its autocorrelation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.table import Step

FEW_CYCLES = 1.2
"""A period that is not natural needs this much more, divided by how often the series holds it: a random walk rises
and falls three times by chance (42 of 500 showed a season without this, 1 with it)."""

MOST_ROWS = 50_000
"""Only the newest rows of a longer series are looked at; a season that shows in none of them is of no use."""

STRONG = 0.25
"""Autocorrelation above which a period counts."""

CLEARLY = 0.05
"""A longer period must be stronger by this to count before the shortest."""

NEAR = 0.08
"""The true period is looked for within this share of the lag of the highest autocorrelation."""

ROUNDING = 1e-9
"""What a trend leaves below this share of the values is no more than their rounding."""

_DAY_S = 86_400.0
_NATURAL_S = (3_600.0, _DAY_S, 7 * _DAY_S)


def autocorrelation(values: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Return the autocorrelation of (R,) values at lags 0 to `longest`.

    r_k = c_k / c_0, c_k the mean of (x_t - m)(x_{t+k} - m) over the pairs of which both are seen (Box & Jenkins 1970,
    section 2.1.5, with the number of pairs instead of R, so that gaps do not pull it down).
    """
    seen = np.isfinite(values)
    if seen.sum() < 3:
        return np.zeros(longest + 1)
    whole = bool(seen.all())
    centred = values - values.mean() if whole else np.where(seen, values - values[seen].mean(), 0.0)
    product = _lagged_products(centred, longest)
    counts = len(values) - np.arange(longest + 1.0) if whole else _lagged_products(seen.astype(float), longest)
    mean = product / np.maximum(counts, 1.0)
    return mean / mean[0] if mean[0] > 0 else np.zeros(longest + 1)


def _lagged_products(values: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Return the sums of x_t x_{t+k} for k from 0 to `longest`, by FFT of blocks: memory does not grow with rows."""
    block = 1 << max(16, int(np.ceil(np.log2(longest + 1))))
    block = min(block, len(values))
    size = 1 << int(np.ceil(np.log2(block + longest + 1)))
    sums = np.zeros(longest + 1)
    for first in range(0, len(values), block):
        here, further = values[first : first + block], values[first : first + block + longest]
        sums += np.fft.irfft(np.conj(np.fft.rfft(here, size)) * np.fft.rfft(further, size), size)[: longest + 1]
    return sums


def detected_seasons(values: NDArray[np.float64], step: Step | None) -> tuple[int, ...]:
    """Return the periods of (R,) values in steps, the strongest first; empty if there is none.

    Natural periods of the step (day, week, year) are tried first, because noise moves a peak by a step; without
    one, a slow trend is taken away and the shortest of the strong peaks is the period: others are its multiples.
    """
    values = values[-MOST_ROWS:]
    longest = min(len(values) // 3, 5_000)
    if longest < 2:
        return ()
    natural = {lag: _strength(values, lag) for lag in natural_periods(step) if lag <= longest}
    strengths = {lag: strength for lag, strength in natural.items() if strength > STRONG}
    # A week is seven days: it is a season of its own only if it is clearly stronger than the day.
    found = sorted(strengths, key=lambda lag: -strengths[lag] + CLEARLY * (lag > min(strengths)))
    if found:
        return tuple(found)
    rest = values - slow_trend(values)
    if not np.nanmax(np.abs(rest), initial=0.0) > ROUNDING * np.nanmax(np.abs(values), initial=0.0):
        return ()
    correlation = autocorrelation(rest, longest)
    strong = [lag for lag in _peaks(correlation) if correlation[lag] > STRONG]
    if not strong:
        return ()
    best = max(correlation[lag] for lag in strong)
    lag = next(lag for lag in strong if correlation[lag] > 0.85 * best)
    return (_refined(rest, lag),) if correlation[lag] > STRONG + FEW_CYCLES * lag / len(values) else ()


def _refined(rest: NDArray[np.float64], lag: int) -> int:
    """Return the period near `lag` whose phases differ most: noise moves the peak of an autocorrelation.

    Compared is the share of the variance between the phases, less what so many phases share of pure noise (adjusted
    R squared), so that a longer period has no advantage.
    """
    reach = round(lag * NEAR)
    seen = np.flatnonzero(np.isfinite(rest))
    known = rest[seen] - rest[seen].mean()

    def unexplained(period: int) -> float:
        phase = seen % period
        counts = np.bincount(phase, minlength=period)
        between = float((np.bincount(phase, known, minlength=period) ** 2 / np.maximum(counts, 1)).sum())
        return (float((known**2).sum()) - between) / max(len(known) - int((counts > 0).sum()), 1)

    # Of equally good ones the first found stays.
    stride = max(1, reach // 20)
    return min((lag, *range(max(2, lag - reach), lag + reach + 1, stride)), key=unexplained)


def _strength(values: NDArray[np.float64], lag: int) -> float:
    """Return the autocorrelation at `lag` of what a moving mean of one period leaves, if it is a peak there, else 0.

    The moving mean takes slow wandering away, which would hide a weak season, without making one up.
    """
    rest = values - moving_mean(values, lag)
    correlation = autocorrelation(rest, min(lag + max(2, lag // 10), len(values) - 1))
    between = correlation[max(1, lag // 4) : max(2, 3 * lag // 4 + 1)].min()
    near = correlation[max(2, lag - max(1, lag // 10)) :]
    is_peak = correlation[lag] > between + 0.2 and correlation[lag] >= near.max() - 0.05
    return float(correlation[lag]) if is_peak else 0.0


def moving_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the centred mean over `width` rows, leaving NaN out and shorter at the ends."""
    seen = np.isfinite(values)
    whole = bool(seen.all())
    sums = np.concatenate([[0.0], np.cumsum(values if whole else np.where(seen, values, 0.0))])
    counts = np.arange(len(values) + 1.0) if whole else np.concatenate([[0.0], np.cumsum(seen)])
    return _spans(sums, width) / np.maximum(_spans(counts, width), 1.0)


def _spans(sums: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the differences of running `sums` (R + 1,) over `width` rows around each row, fewer at the ends."""
    rows = len(sums) - 1
    before, after = width // 2, width - width // 2
    low = np.concatenate([np.full(min(before, rows), sums[0]), sums[: max(rows - before, 0)]])
    high = np.concatenate([sums[min(after, rows) : rows + 1], np.full(rows, sums[rows])])[:rows]
    difference: NDArray[np.float64] = high - low
    return difference


def detected_season(values: NDArray[np.float64], step: Step | None) -> int:
    """Return the strongest period of (R,) values in steps, or 1 if there is none."""
    found = detected_seasons(values, step)
    return found[0] if found else 1


def slow_trend(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the parabola (R,) nearest to the values that are seen."""
    seen = np.isfinite(values)
    if seen.sum() < 3:
        return np.zeros(len(values))
    place = (np.arange(len(values)) - (len(values) - 1) / 2) / len(values)
    powers = [np.ones(len(values)), place, place**2]
    known = np.where(seen, values, 0.0)
    # The 3 x 3 normal equations are harmless with places from -0.5 to 0.5, and much faster than least squares.
    matrix = [[float(np.dot(a * b, seen)) for b in powers] for a in powers]
    found = np.linalg.lstsq(np.array(matrix), np.array([float(np.dot(a, known)) for a in powers]), rcond=None)[0]
    trend: NDArray[np.float64] = found[0] + place * (found[1] + place * found[2])
    return trend


def _peaks(correlation: NDArray[np.float64]) -> list[int]:
    """Return lags of local maxima behind the first dip, in order."""
    falling = np.flatnonzero(correlation < 0.1)
    first = int(falling[0]) if len(falling) else int(np.argmin(correlation[: len(correlation) // 2 + 2]))
    inner = correlation[1:-1]
    is_peak = (inner >= correlation[:-2]) & (inner > correlation[2:])
    return [int(lag) for lag in np.flatnonzero(is_peak) + 1 if lag > max(first, 1)]


def natural_periods(step: Step | None) -> list[int]:
    """Return the steps in an hour, a day, a week, a year: the periods to be expected with this step."""
    if step is None:
        return []
    if step.unit == "month":
        return [round(12 / step.count)] if step.count < 12 else []
    if step.unit == "businessday":
        return [5, 21, 261]
    lags = [round(length / step.count) for length in _NATURAL_S]
    if step.count >= _DAY_S:
        lags.append(round(365.25 * _DAY_S / step.count))
    return [lag for lag in lags if lag > 1]
