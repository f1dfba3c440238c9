"""Bands around the forecasts of any forecaster, calibrated on validation rows, with the coverage they really have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.bands import Band
from workbench.core.conformal import Widening, adaptive_widening, conformity, split_widening, widened
from workbench.core.dataset import Dataset
from workbench.core.metrics import Errors, Report
from workbench.core.problems import N_
from workbench.core.scales import Scale, scale_of

Values = NDArray[np.float64]
Starts = NDArray[np.int64]
Forecast = Callable[[Starts], Band]
Kind = Literal["split", "adaptive", "own"]

KINDS = {
    "split": N_("conformal, step by step, from the validation rows"),
    "adaptive": N_("conformal, adapting over time"),
    "own": N_("of the forecaster itself, not calibrated"),
}

FEWEST_TO_ADAPT = 40
"""Windows a series must have for its band to adapt; with fewer it stays as calibrated."""

OF_ANOTHER_FILE = 1 / 3
"""Share of the windows of a file without a validation part that calibrate, the first ones; the rest is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Banded:
    """Bands around the windows at `start`, and what they are worth.

    Attributes
    ----------
    calibration
        Starts of the windows whose errors made the bands; their targets all lie before those of `start`.
    point
        (N, Q, C) forecasts in original units.
    bands
        Lower and upper edges by share; none of a share for which there are too few calibration windows.
    widenings
        What they were widened by, by share.
    refused
        Shares that no band can promise after so few calibration windows.
    report
        Measures over these windows, the coverage of each share among them.
    """

    kind: Kind
    calibration: Starts
    start: Starts
    point: Values
    bands: dict[float, tuple[Values, Values]]
    widenings: dict[float, Widening]
    report: Report
    refused: tuple[float, ...] = ()


def calibration_and_test(dataset: Dataset) -> tuple[Starts, Starts]:
    """Return starts of the windows that calibrate and of those that are measured; no target row is in both."""
    if len(dataset.valid) and len(dataset.test):
        return dataset.valid.start, dataset.test.start
    start = dataset.test.start if len(dataset.test) else dataset.valid.start
    borders = np.flatnonzero(np.diff(dataset.sequence[start])) + 1
    calibration, rest = [], []
    for own in np.split(start, borders):
        first = int(len(own) * OF_ANOTHER_FILE)
        calibration.append(own[:first])
        # Windows whose targets overlap those of the calibration are in neither.
        rest.append(own[first:][own[first:] >= (own[first - 1] + dataset.spec.horizon if first else 0)])
    return np.concatenate(calibration), np.concatenate(rest)


def banded(
    dataset: Dataset,
    forecast: Forecast,
    shares: tuple[float, ...],
    kind: Kind = "adaptive",
    *,
    name: str = "model",
    parts: tuple[Starts, Starts] | None = None,
    scale: Scale | None = None,
) -> Banded:
    """Put bands around the test windows of `dataset`, and measure them.

    Parameters
    ----------
    forecast
        Gives point forecasts and, if the forecaster has a band of its own, its edges, in original units.
    shares
        What the bands promise, between 0 and 1.
    parts
        Windows that calibrate and that are measured, by default :func:`calibration_and_test`.
    """
    return bands_of_kinds(dataset, forecast, shares, (kind,), name=name, parts=parts, scale=scale)[0]


def bands_of_kinds(
    dataset: Dataset,
    forecast: Forecast,
    shares: tuple[float, ...],
    kinds: tuple[Kind, ...],
    *,
    name: str = "model",
    parts: tuple[Starts, Starts] | None = None,
    scale: Scale | None = None,
    before: tuple[Dataset, Forecast] | None = None,
) -> tuple[Banded, ...]:
    """Put bands of each of `kinds` around the test windows of `dataset`, as :func:`banded` does.

    Parameters
    ----------
    before
        Data as they were before the test part, and the forecaster as it was then: their test windows calibrate.
    """
    scale = scale or scale_of(dataset)
    calibration, start = calibration_and_test(dataset) if parts is None else parts
    new = _Bandless(dataset, forecast, start, scale)
    if before is None:
        known = _Bandless(dataset, forecast, calibration, scale)
    else:
        calibration = before[0].test.start
        known = _Bandless(before[0], before[1], calibration, scale_of(before[0]))
    found = []
    for kind in kinds:
        every = {share: _widening(dataset, known, new, share, kind) for share in shares}
        widenings = {share: widening for share, widening in every.items() if widening.enough}
        bands = {share: new.widened(widening.distance) for share, widening in widenings.items()}
        errors = Errors(dataset.spec.horizon, dataset.targets, len(scale.absolute), shares=tuple(bands))
        errors.add(dataset.truth(start), new.point, dataset.sequence[start], bands=bands)
        report, refused = Report(name, errors, scale), tuple(share for share in shares if share not in bands)
        found.append(Banded(kind, calibration, start, new.point, bands, widenings, report, refused))
    return tuple(found)


def own_band(
    dataset: Dataset, forecast: Forecast, share: float, start: Starts, name: str, scale: Scale
) -> Banded | None:
    """Measure the band that a forecaster gives itself and that promises `share`, as it is; None if it gives none."""
    point, low, high = forecast(start)
    if low is None or high is None:
        return None
    bands = {share: (np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64))}
    errors = Errors(dataset.spec.horizon, dataset.targets, len(scale.absolute), shares=(share,))
    errors.add(dataset.truth(start), point, dataset.sequence[start], bands=bands)
    return Banded("own", start[:0], start, np.asarray(point), bands, {}, Report(name, errors, scale))


def _widening(dataset: Dataset, known: _Bandless, new: _Bandless, share: float, kind: Kind) -> Widening:
    split = split_widening(known.scores, share)
    if kind == "split" or not split.enough:
        return split
    distance = np.broadcast_to(split.distance, new.scores.shape).copy()
    own, others = dataset.sequence[new.start], dataset.sequence[known.start]
    for series in np.unique(own).tolist():
        rows = np.flatnonzero(own == series)
        if len(rows) < FEWEST_TO_ADAPT:
            continue
        before = others == series if (others == series).sum() >= FEWEST_TO_ADAPT else np.zeros(len(others), dtype=bool)
        found = adaptive_widening(
            known.scores[before], known.start[before], new.scores[rows], new.start[rows], share, split.distance
        )
        distance[rows] = found.distance
    return Widening(distance, split.windows)


class _Bandless:
    """Forecasts of some windows in the space in which their band is symmetric, and how far the truth lies outside.

    That is the power of the data settings (so a band around a logarithm stays above 0), and where there are several
    series the scale of each.
    """

    def __init__(self, dataset: Dataset, forecast: Forecast, start: Starts, scale: Scale) -> None:
        self.start = start
        self._transform = dataset.fit.transform
        point, low, high = forecast(start)
        self.point = np.asarray(point, dtype=np.float64)
        self._low, self._high = (self.point if edge is None else edge for edge in (low, high))
        self._low, self._high = (self._transform.power(edge) for edge in (self._low, self._high))
        self._size = _sizes(dataset, start, scale)
        truth = self._transform.power(dataset.truth(start))
        self.scores = conformity(truth, self._low, self._high) / self._size

    def widened(self, distance: Values) -> tuple[Values, Values]:
        """Return the edges (N, Q, C) in original units."""
        low, high = widened(self._low, self._high, distance * self._size)
        return self._transform.unpower(low), self._transform.unpower(high)


def _sizes(dataset: Dataset, start: Starts, scale: Scale) -> Values:
    """Return what scores (N, 1, C) are divided by, so that those of several series compare; 1 for one series."""
    if len(scale.absolute) == 1 or not np.isnan(dataset.fit.transform.exponents).all():
        return np.ones((1, 1, dataset.targets))
    usual = np.where(scale.absolute > 0, scale.absolute, np.nan)
    middle = np.array(
        [np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else 1.0 for column in usual.T]
    )
    return np.where(np.isfinite(usual), usual, middle)[dataset.sequence[start]][:, None, :]


def widened_around(
    dataset: Dataset, start: Starts, band: Band, distance: Values, scale: Scale
) -> tuple[Values, Values]:
    """Return the edges (N, Q, C), in original units, around forecasts whose truth nobody needs to know.

    Parameters
    ----------
    band
        Forecasts of the windows at `start`, and their own edges if there are any.
    distance
        What a :class:`Widening` says, (N, Q, C) or fewer axes.
    """
    power, unpower = dataset.fit.transform.power, dataset.fit.transform.unpower
    point, low, high = band
    low, high = (power(point if edge is None else edge) for edge in (low, high))
    found = widened(low, high, distance * _sizes(dataset, start, scale))
    return unpower(found[0]), unpower(found[1])
