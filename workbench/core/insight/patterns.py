"""Which of the series' repeating patterns a network has learnt, and when: the day, the week, the year.

R rows, N windows, Q steps ahead, C targets, K periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.insight.periods import centred_mean, found_periods, phase_means, phases

Floats = NDArray[np.float64]

LEARNT = 0.8
"""A pattern counts as learnt once the forecasts have this much of it, and keep it."""

LEAST_TRUTH = 0.2
"""A pattern of the training rows that is this faint in the validation windows cannot be learnt any more."""

MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The patterns of the first target.

    Attributes
    ----------
    periods
        (K,) lengths in steps, ascending.
    parts
        (R, K) the shape of each period at each row, as the training rows have it; a longer one is what the shorter ones
        leave.
    level
        (R,) the mean over one longest period around each row.
    values
        (R,) the series itself.
    origin, horizon
        Rows from a window's start to its forecast, and Q.
    """

    periods: tuple[int, ...]
    parts: Floats
    level: Floats
    values: Floats
    origin: int
    horizon: int

    @staticmethod
    def of(dataset: Dataset) -> Patterns:
        """Find the patterns of a dataset in its training rows; none where the rows are no single series."""
        spec, rows = dataset.spec, len(dataset.values)
        train = dataset.split.train
        whole = rows <= MOST_ROWS and not spec.series and spec.framing != "label"
        values = dataset.values[:, 0] if whole else np.zeros(0)
        periods = found_periods(values[:train], dataset.clock.step) if whole else ()
        periods = tuple(period for period in periods if 2 * period <= train)
        if not periods:
            return Patterns((), np.zeros((0, 0)), np.zeros(0), values, spec.origin, spec.horizon)
        level = centred_mean(values, periods[-1])
        rest, parts = (values - level)[:train], []
        for period in periods:
            phase, _turning = phases(dataset.clock, rows, period)
            means = np.nan_to_num(phase_means(rest, phase[:train], period))
            parts.append(means[phase])
            rest = rest - parts[-1][:train]
        return Patterns(periods, np.stack(parts, axis=1), level, values, spec.origin, spec.horizon)

    def learned(self, forecasts: NDArray[np.floating], starts: NDArray[np.int64]) -> dict[int, float]:
        """Return by period how much of its pattern forecasts (N, Q, C) in original units have.

        Forecast and truth, each less the level of the series, are explained by all patterns together (least squares);
        the share is the forecast's coefficient over the truth's. 0 is none of it, 1 as much as the truth has.
        """
        if not self.periods or not len(starts):
            return {}
        rows = (starts[:, None] + self.origin + np.arange(self.horizon)).ravel()
        forecast = np.asarray(forecasts, dtype=np.float64)[:, :, 0].ravel()
        inside = rows < len(self.values)
        rows, forecast = rows[inside], forecast[inside]
        truth = self.values[rows]
        seen = np.isfinite(truth) & np.isfinite(forecast)
        rows, truth, forecast = rows[seen], truth[seen], forecast[seen]
        if len(rows) < 3 * len(self.periods):
            return {}
        explaining = np.column_stack([np.ones(len(rows)), self.parts[rows]])
        both = np.stack([forecast - self.level[rows], truth - self.level[rows]], axis=1)
        found = np.linalg.lstsq(explaining, both, rcond=None)[0][1:]
        return {
            period: float(share / true)
            for period, (share, true) in zip(self.periods, found, strict=True)
            if true >= LEAST_TRUTH
        }


def learnt_at(epochs: Sequence[int], shares: Sequence[float]) -> int | None:
    """Return the first epoch from which on the share is at least :data:`LEARNT` for good, None if there is none."""
    found = None
    for epoch, share in zip(epochs, shares, strict=True):
        if share < LEARNT:
            found = None
        elif found is None:
            found = epoch
    return found


def courses(patterns: Mapping[int, Mapping[int, float]]) -> dict[int, tuple[list[int], list[float]]]:
    """Turn shares by epoch and period into ascending epochs and their shares by period."""
    found: dict[int, tuple[list[int], list[float]]] = {}
    for epoch in sorted(patterns):
        for period, share in patterns[epoch].items():
            epochs, shares = found.setdefault(period, ([], []))
            epochs.append(epoch)
            shares.append(share)
    return dict(sorted(found.items()))
