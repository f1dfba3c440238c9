"""Measure forecasters on the same windows: points, and bands with the coverage they really have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.baselines import Method
from workbench.core.dataset import Dataset
from workbench.core.events import Part
from workbench.core.intervals import Banded, Forecast, Kind, bands_of_kinds, calibration_and_test, own_band
from workbench.core.metrics import Errors, Report
from workbench.core.scales import Scale, scale_of
from workbench.core.scoring import chunks

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What was measured on the windows of one part.

    Attributes
    ----------
    reports
        Measures of each forecaster, in original units.
    scaled
        MSE and MAE of values standardised by the training rows of each target, by forecaster, as papers tell them;
        empty where there are no training rows.
    bands
        Calibrated bands of each forecaster, by forecaster and kind.
    uncalibrated
        True if bands were asked for and there are no windows to calibrate them on.
    """

    dataset: Dataset
    part: Part
    windows: int
    scale: Scale
    reports: Mapping[str, Report]
    scaled: Mapping[str, tuple[float, float]]
    bands: Mapping[str, tuple[Banded, ...]]
    uncalibrated: bool = False


def point_forecast(dataset: Dataset, method: Method) -> Forecast:
    """Return a baseline as a forecast without a band."""
    return lambda start: (method(dataset, start), None, None)


def evaluation(
    dataset: Dataset,
    part: Part,
    forecasts: Mapping[str, Forecast],
    shares: tuple[float, ...] = (),
    kinds: tuple[Kind, ...] = ("split", "adaptive"),
    own_shares: Mapping[str, float] | None = None,
    before: tuple[Dataset, Mapping[str, Forecast]] | None = None,
) -> Evaluation:
    """Measure `forecasts` on all windows of `part`; bands of `shares` are calibrated on the validation windows.

    Parameters
    ----------
    own_shares
        What the bands promise that forecasters give themselves, by forecaster; they are measured as they are.
    before
        Data as they were before the test part, and the same forecasters as they were then: their test windows calibrate
        (each series once, so nothing adapts) where there is no validation part.
    """
    scale = scale_of(dataset)
    errors = {name: Errors(dataset.spec.horizon, dataset.targets, len(scale.absolute)) for name in forecasts}
    for start in chunks(dataset.part(part).start, dataset):
        truth, own = dataset.truth(start), dataset.sequence[start]
        for name, forecast in forecasts.items():
            errors[name].add(truth, forecast(start)[0], own)
    reports = {name: Report(name, found, scale) for name, found in errors.items()}
    spread = _spread(dataset)
    scaled = {} if spread is None else {name: _scaled(report, spread) for name, report in reports.items()}
    bands: dict[str, tuple[Banded, ...]] = {}
    uncalibrated = bool(shares)
    parts = calibration_and_test(dataset) if shares else None
    if parts is not None and len(parts[0]) and len(parts[1]):
        uncalibrated = False
        bands = {
            name: bands_of_kinds(dataset, forecast, shares, kinds, name=name, parts=parts, scale=scale)
            for name, forecast in forecasts.items()
        }
    elif before is not None and shares:
        uncalibrated, start = False, dataset.part(part).start
        bands = {
            name: bands_of_kinds(
                dataset, forecast, shares, ("split",), name=name, parts=(start[:0], start), scale=scale,
                before=(before[0], before[1][name]),
            )
            for name, forecast in forecasts.items()
        }  # fmt: skip
    for name, share in (own_shares or {}).items():
        band = own_band(dataset, forecasts[name], share, dataset.part(part).start, name, scale)
        bands[name] = ((band,) if band is not None else ()) + bands.get(name, ())
    windows = len(dataset.part(part))
    return Evaluation(dataset, part, windows, scale, reports, scaled, bands, uncalibrated)


def _spread(dataset: Dataset) -> Values | None:
    """Return the standard deviation (C,) of the training rows of each target; None without training rows."""
    train = dataset.values[dataset.split.of("train"), : dataset.targets]
    if not len(train):
        return None
    spread: Values = np.nanstd(train, axis=0)
    return spread if (spread > 0).all() else None


def _scaled(report: Report, spread: Values) -> tuple[float, float]:
    squared, absolute = report.by(("column",), "mse"), report.by(("column",), "mae")
    assert squared is not None
    assert absolute is not None
    return float((squared / spread**2).mean()), float((absolute / spread).mean())
