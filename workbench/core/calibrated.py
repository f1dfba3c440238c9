"""Conformal bands around the forecasts a run has told, and around those of rows whose truth nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.bands import Band
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.intervals import Banded, Starts, Values, banded, widened_around
from workbench.core.run import Run

Floats = NDArray[np.floating]
Told = tuple[Floats, Floats | None, Floats | None]
"""Forecast, lower and upper edge of its own band, as a run tells them."""

SHARES = (0.8, 0.95)
LEAST_CALIBRATION = 10
"""Validation windows below which a band is not worth its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """Bands of one run.

    Attributes
    ----------
    test
        Bands around the test windows, calibrated on the validation rows and adapting as time goes on, and measured.
    latest
        By share, how far (Q, C) the band reaches when it is calibrated on validation and test rows together: for the
        future, and for windows that are not in the test part.
    coverage
        By share, the share of the truth of the test part that lies inside; only shares with a band there.
    """

    dataset: Dataset
    test: Banded
    latest: Mapping[float, Values]
    coverage: Mapping[float, float]

    def of_window(self, start: int, band: Told, share: float) -> tuple[Values, Values]:
        """Return the edges (Q, C) around the forecast of one window; `band` is (1, Q, C), with its own edges if any.

        Windows of the test part have the band that was possible at their time. Steps beyond the horizon have none.
        """
        place = int(np.searchsorted(self.test.start, start))
        if place < len(self.test.start) and self.test.start[place] == start:
            low, high = self.test.bands.get(share, (np.full_like(self.test.point, np.nan),) * 2)
            return low[place], high[place]
        low, high = self._around(np.array([start]), band, share)
        return low[0], high[0]

    def of_future(self, future: Forecasted, share: float) -> tuple[Values, Values]:
        """Return the edges (N, steps, C) of a forecast beyond the data; NaN beyond the horizon."""
        return self._around(future.starts, (future.values, future.low, future.high), share)

    def _around(self, start: Starts, band: Told, share: float) -> tuple[Values, Values]:
        distance, (point, low, high) = self.latest.get(share, np.full(self.test.point.shape[1:], np.nan)), band
        steps, known = point.shape[1], min(point.shape[1], len(distance))
        cut: Band = (
            np.asarray(point[:, :known], dtype=np.float64),
            None if low is None else np.asarray(low[:, :known], dtype=np.float64),
            None if high is None else np.asarray(high[:, :known], dtype=np.float64),
        )
        found = widened_around(self.dataset, start, cut, distance[None, :known], self.test.report.scale)
        rest = np.full((len(point), steps - known, point.shape[2]), np.nan)
        return np.concatenate([found[0], rest], axis=1), np.concatenate([found[1], rest], axis=1)


def calibrated(run: Run, dataset: Dataset, shares: tuple[float, ...] = SHARES) -> Calibrated | None:
    """Calibrate bands on the validation forecasts of `run`, measure them on its test forecasts; None without both."""
    valid, test = run.forecasts.get("valid"), run.forecasts.get("test")
    if valid is None or test is None or not (valid.final and test.final) or dataset.spec.framing != "forecast":
        return None
    if len(valid.starts) < LEAST_CALIBRATION or valid.values.shape[1:] != (dataset.spec.horizon, dataset.targets):
        return None
    order = np.argsort(np.concatenate([valid.starts, test.starts]), kind="stable")
    start = np.concatenate([valid.starts, test.starts])[order]
    point = np.concatenate([valid.values, test.values])[order].astype(np.float64)
    edges = [_joined(valid.low, test.low, order), _joined(valid.high, test.high, order)]

    def forecast(asked: Starts) -> Band:
        place = np.searchsorted(start, asked)
        low, high = (None if edge is None else edge[place] for edge in edges)
        return point[place], low, high

    found = banded(dataset, forecast, shares, "adaptive", parts=(valid.starts, test.starts))
    latest = banded(dataset, forecast, shares, "split", parts=(start, test.starts))
    distances = {share: widening.distance for share, widening in latest.widenings.items()}
    coverage = {share: found.report.value("coverage", share) or 0.0 for share in found.bands}
    return Calibrated(dataset, found, distances, coverage)


def _joined(one: np.ndarray | None, other: np.ndarray | None, order: Starts) -> Values | None:
    if one is None or other is None:
        return None
    return np.concatenate([one, other])[order].astype(np.float64)
