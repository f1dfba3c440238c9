"""Find the period of a series from its autocorrelation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.table import Step

MOST_ROWS = 50_000
"""Only the newest rows of a longer series are looked at; a season that shows in none of them is of no use."""

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


def detected_season(values: NDArray[np.float64], step: Step | None) -> int:
    """Return the period of (R,) values in steps, or 1 if there is none.

    A slow trend is taken away first. Natural periods of the step (day, week, year) are preferred where they
    are about as strong as the best peak, because noise moves a peak by a step.
    """
    values = values[-MOST_ROWS:]
    longest = min(len(values) // 3, 5_000)
    if longest < 2:
        return 1
    correlation = autocorrelation(values - _trend(values), longest)
    peaks = _peaks(correlation)
    strong = [lag for lag in peaks if correlation[lag] > 0.25]
    if not strong:
        return 1
    best = max(correlation[lag] for lag in strong)
    natural = [lag for lag in _natural(step) if lag <= longest and correlation[lag] > max(0.25, 0.9 * best)]
    near = [lag for lag in natural if any(abs(lag - peak) <= max(1, lag // 50) for peak in strong)]
    if near:
        return near[0]
    return int(next(lag for lag in strong if correlation[lag] > 0.85 * best))


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
