"""The anomaly lens: rows of the test part that lie beyond the conformal band of the forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.conformal import split_widening
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

LEAST_CALIBRATION = 10
MERGED = 2
"""Flagged rows so few rows apart belong to one event."""


@dataclass(frozen=True, slots=True)
class Event:
    """Flagged rows that belong together.

    Attributes
    ----------
    first, last, peak
        Rows; `peak` is the one furthest outside.
    strength
        Distance of the peak from the forecast, as a multiple of the band's.
    """

    first: int
    last: int
    peak: int
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """What lies beyond the band.

    Attributes
    ----------
    rows
        (N,) rows of the test part that were forecast, ascending.
    truth, forecast
        (N,) in original units.
    distance
        Half the width of the band: the conformal quantile of the validation residuals.
    flagged
        (N,) bool.
    expected
        Number of rows that would lie outside if the test rows were like the validation rows.
    events
        The strongest first.
    share
        Of the validation errors, how many the band holds: what was asked for, or all of them where there are too few.
    """

    rows: Rows
    truth: Floats
    forecast: Floats
    distance: float
    flagged: NDArray[np.bool_]
    expected: float
    events: tuple[Event, ...]
    share: float

    @property
    def strength(self) -> Floats:
        """Distance (N,) of the truth from the forecast, as a multiple of the band's."""
        distance: Floats = np.abs(self.truth - self.forecast) / (self.distance or 1.0)
        return distance


def lens(
    dataset: Dataset, valid: Forecasted, test: Forecasted, share: float, ahead: int = 1, target: int = 0
) -> Lens | None:
    """Flag the test rows whose residual `ahead` steps ahead is larger than that of `share` of the validation rows.

    The validation rows calibrate (split conformal), so no test row decides what is unusual. None with too few of them;
    where there are too few for `share`, beyond their largest residual.
    """
    _rows, truth, forecast = _line(dataset, valid, ahead, target)
    scores = np.abs(truth - forecast)
    if len(scores) < LEAST_CALIBRATION:
        return None
    widening = split_widening(scores[:, None, None], share)
    share = share if widening.enough else len(scores) / (len(scores) + 1.0)
    distance = float(widening.distance.item() if widening.enough else scores.max())
    rows, truth, forecast = _line(dataset, test, ahead, target)
    flagged = np.abs(truth - forecast) > distance
    strength = np.abs(truth - forecast) / (distance or 1.0)
    return Lens(
        rows, truth, forecast, distance, flagged, (1 - share) * len(rows), _events(rows, flagged, strength), share
    )


def _line(dataset: Dataset, made: Forecasted, ahead: int, target: int) -> tuple[Rows, Floats, Floats]:
    """Return rows, truth and forecast of all windows, where the truth is known."""
    rows = made.starts + dataset.spec.origin + ahead - 1
    truth, forecast = dataset.values[rows, target], made.values[:, ahead - 1, target].astype(np.float64)
    seen = np.isfinite(truth) & np.isfinite(forecast)
    order = np.argsort(rows[seen], kind="stable")
    return rows[seen][order], truth[seen][order], forecast[seen][order]


def _events(rows: Rows, flagged: NDArray[np.bool_], strength: Floats) -> tuple[Event, ...]:
    places = np.flatnonzero(flagged)
    if not len(places):
        return ()
    groups = np.split(places, np.flatnonzero(np.diff(rows[places]) > MERGED) + 1)
    found = []
    for group in groups:
        peak = group[np.argmax(strength[group])]
        found.append(Event(int(rows[group[0]]), int(rows[group[-1]]), int(rows[peak]), float(strength[peak])))
    return tuple(sorted(found, key=lambda event: -event.strength))
