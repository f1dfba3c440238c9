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

_DAY_S = 86_400.0
_NATURAL_S = (3_600.0, _DAY_S, 7 * _DAY_S)


def autocorrelation(values: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Return the autocorrelation of (R,) values at lags 0 to `longest`, by FFT; NaN counts as the mean."""
    seen = np.isfinite(values)
    if seen.sum() < 3:
        return np.zeros(longest + 1)
    centred = np.where(seen, values, 0.0) - np.where(seen, values[seen].mean(), 0.0)
    size = 1 << int(np.ceil(np.log2(2 * len(values))))
    spectrum = np.fft.rfft(centred, size)
    product = np.fft.irfft(spectrum * np.conj(spectrum), size)[: longest + 1]
    counts = np.fft.irfft(np.abs(np.fft.rfft(seen.astype(float), size)) ** 2, size)[: longest + 1]
    mean = product / np.maximum(counts, 1.0)
    return mean / mean[0] if mean[0] > 0 else np.zeros(longest + 1)


def detected_seasons(values: NDArray[np.float64], step: Step | None) -> tuple[int, ...]:
    """Return the periods of (R,) values in steps, the strongest first; empty if there is none.

    Natural periods of the step (day, week, year) are tried first, because noise moves a peak by a step; without
    one, a slow trend is taken away and the shortest of the strong peaks is the period: others are its multiples.
    """
    values = values[-MOST_ROWS:]
    longest = min(len(values) // 3, 5_000)
    if longest < 2:
        return ()
    natural = {lag: _strength(values, lag) for lag in _natural(step) if lag <= longest}
    strengths = {lag: strength for lag, strength in natural.items() if strength > STRONG}
    # A week is seven days: it is a season of its own only if it is clearly stronger than the day.
    found = sorted(strengths, key=lambda lag: -strengths[lag] + CLEARLY * (lag > min(strengths)))
    if found:
        return tuple(found)
    correlation = autocorrelation(values - _trend(values), longest)
    strong = [lag for lag in _peaks(correlation) if correlation[lag] > STRONG]
    if not strong:
        return ()
    best = max(correlation[lag] for lag in strong)
    lag = next(lag for lag in strong if correlation[lag] > 0.85 * best)
    return (lag,) if correlation[lag] > STRONG + FEW_CYCLES * lag / len(values) else ()


def _strength(values: NDArray[np.float64], lag: int) -> float:
    """Return the autocorrelation at `lag` of what a moving mean of one period leaves, if it is a peak there, else 0.

    The moving mean takes slow wandering away, which would hide a weak season, without making one up.
    """
    rest = values - _moving_mean(values, lag)
    correlation = autocorrelation(rest, min(lag + max(2, lag // 10), len(values) - 1))
    between = correlation[max(1, lag // 4) : max(2, 3 * lag // 4 + 1)].min()
    near = correlation[max(2, lag - max(1, lag // 10)) :]
    is_peak = correlation[lag] > between + 0.2 and correlation[lag] >= near.max() - 0.05
    return float(correlation[lag]) if is_peak else 0.0


def _moving_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the centred mean over `width` rows, leaving NaN out and shorter at the ends."""
    seen = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(seen, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(seen)])
    rows = np.arange(len(values))
    low, high = np.maximum(rows - width // 2, 0), np.minimum(rows - width // 2 + width, len(values))
    return (sums[high] - sums[low]) / np.maximum(counts[high] - counts[low], 1)


def detected_season(values: NDArray[np.float64], step: Step | None) -> int:
    """Return the strongest period of (R,) values in steps, or 1 if there is none."""
    found = detected_seasons(values, step)
    return found[0] if found else 1


def _trend(values: NDArray[np.float64]) -> NDArray[np.float64]:
    seen = np.isfinite(values)
    rows = np.arange(len(values), dtype=np.float64)
    if seen.sum() < 3:
        return np.zeros(len(values))
    centre = rows.mean()
    design = np.column_stack([np.ones(len(rows)), (rows - centre) / len(rows), ((rows - centre) / len(rows)) ** 2])
    found, *_ = np.linalg.lstsq(design[seen], values[seen], rcond=None)
    trend: NDArray[np.float64] = design @ found
    return trend


def _peaks(correlation: NDArray[np.float64]) -> list[int]:
    """Return lags of local maxima behind the first dip, in order."""
    falling = np.flatnonzero(correlation < 0.1)
    first = int(falling[0]) if len(falling) else int(np.argmin(correlation[: len(correlation) // 2 + 2]))
    inner = correlation[1:-1]
    is_peak = (inner >= correlation[:-2]) & (inner > correlation[2:])
    return [int(lag) for lag in np.flatnonzero(is_peak) + 1 if lag > max(first, 1)]


def _natural(step: Step | None) -> list[int]:
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
