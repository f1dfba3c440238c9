"""How wrong forecasts are, in original units: by step ahead, by series, by column and over all.

Errors are added up chunk by chunk; every measure is worked out from the sums. Dimensions: N windows, Q steps ahead,
C columns, S series, L quantile levels. A missing true value (NaN) counts in nothing; a missing forecast makes the
measures NaN, because leaving it out would flatter the forecaster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import N_
from workbench.core.scales import Scale

Floats = NDArray[np.floating]
Values = NDArray[np.float64]
Axis = Literal["series", "step", "column"]
AXES: tuple[Axis, ...] = ("series", "step", "column")


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to say how wrong forecasts are.

    Attributes
    ----------
    formula
        In y (truth), f (forecast), t (rows of the training part), h (steps ahead), m (season), with the convention.
    better
        ``low``, ``high``, or ``near``: the nearer to `aim`, the better.
    unit
        ``value`` (that of the series), ``square`` (its square), ``share`` (1 is all) or ``percent``, ``plain``.
    aim
        What a perfect forecast gets; None where that is the share that was promised.
    """

    key: str
    label: str
    formula: str
    unit: Literal["value", "square", "share", "percent", "plain"]
    better: Literal["low", "high", "near"] = "low"
    aim: float | None = 0.0


_ALL = (
    Measure("mae", "MAE", "mean |f − y|", "value"),
    Measure("rmse", "RMSE", "√ mean (f − y)²", "value"),
    Measure("mse", "MSE", "mean (f − y)²", "square"),
    Measure("mase", "MASE", "mean |f − y| / s,  s = mean |yₜ − yₜ₋ₘ| in the training rows of the same series", "plain"),
    Measure(
        "rmsse", "RMSSE", "√ (mean (f − y)² / s²),  s² = mean (yₜ − yₜ₋ₘ)² in the training rows; then the mean", "plain"
    ),
    Measure("smape", "sMAPE", "mean 200 |f − y| / (|f| + |y|), from 0 to 200 %; 0 where both are 0", "percent"),
    Measure("wape", "WAPE", "Σ |f − y| / Σ |y|", "share"),
    Measure("bias", "bias", "mean (f − y); above 0 the forecasts are too high", "value", "near"),
    Measure("r2", "R²", "1 − Σ (f − y)² / Σ (y − ȳ)², ȳ of each series; the mean over columns", "plain", "high", 1.0),
    Measure("pinball", "pinball", "mean over levels τ of max(τ (y − q), (τ − 1)(y − q))", "value"),
    Measure("crps", "CRPS", "2 × mean pinball loss over the levels τ of the forecast", "value"),
    Measure("coverage", N_("coverage"), "share of y inside the band, edges included", "share", "near", None),
    Measure("width", N_("width"), "mean (upper − lower edge)", "value"),
    Measure("winkler", "Winkler", "mean width + 2/α × distance of y outside the band, α = 1 − share", "value"),
)
MEASURES: Mapping[str, Measure] = {entry.key: entry for entry in _ALL}
"""All measures, in the order of tables."""

POINT = tuple(entry.key for entry in _ALL[:9])
"""Measures of a point forecast."""


@dataclass(slots=True, eq=False)
class Errors:
    """Add up the errors of one forecaster.

    Parameters
    ----------
    horizon, columns, series
        Q, C and S.
    levels
        Quantile levels (L,) between 0 and 1 of the forecasts that :meth:`add` is given; none for point forecasts.
    shares
        What the bands promise, such as 0.8: their shares of true values inside.
    """

    horizon: int
    columns: int
    series: int = 1
    levels: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    windows: int = 0
    _sums: dict[str, Values] = field(default_factory=dict)
    _origin: Values | None = None

    def add(
        self,
        truth: Floats,
        forecast: Floats,
        series: NDArray[np.int64] | None = None,
        *,
        quantiles: Floats | None = None,
        bands: Mapping[float, tuple[Floats, Floats]] | None = None,
    ) -> None:
        """Take in forecasts (N, Q, C) in original units.

        Parameters
        ----------
        series
            (N,) number of the series of each window; all 0 by default.
        quantiles
            (N, Q, C, L), where levels were announced.
        bands
            Lower and upper edges (N, Q, C) by share, where shares were announced.
        """
        y, f = np.asarray(truth, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
        own = np.zeros(len(y), dtype=np.int64) if series is None else np.asarray(series)
        self.windows += len(y)
        seen = np.isfinite(y)
        self._keep("count", own, seen.astype(np.float64))
        y = np.where(seen, y, 0.0)
        error = np.where(seen, f - y, 0.0)
        size, sum_of_sizes = np.abs(error), np.abs(f) + np.abs(y)
        self._keep("error", own, error)
        self._keep("absolute", own, size)
        self._keep("squared", own, error**2)
        self._keep("size", own, np.abs(y))
        smape = np.divide(200.0 * size, sum_of_sizes, out=np.zeros_like(size), where=sum_of_sizes != 0)
        self._keep("smape", own, np.where(seen, smape, 0.0))
        self._spread(own, y, seen)
        if self.levels and quantiles is not None:
            for place, level in enumerate(self.levels):
                below = np.where(seen, y - np.asarray(quantiles[..., place], dtype=np.float64), 0.0)
                self._keep(f"pinball {level}", own, np.maximum(level * below, (level - 1.0) * below))
        for share in self.shares if bands is not None else ():
            assert bands is not None
            self._band(share, own, y, seen, *(np.asarray(edge, dtype=np.float64) for edge in bands[share]))

    def _band(self, share: float, own: NDArray[np.int64], y: Values, seen: Values, low: Values, high: Values) -> None:
        outside = np.maximum(low - y, 0.0) + np.maximum(y - high, 0.0)
        inside = (y >= low) & (y <= high)
        self._keep(f"inside {share}", own, (inside & (seen > 0)).astype(np.float64))
        self._keep(f"width {share}", own, np.where(seen, high - low, 0.0))
        self._keep(f"winkler {share}", own, np.where(seen, high - low + 2.0 / (1.0 - share) * outside, 0.0))

    def _spread(self, own: NDArray[np.int64], y: Values, seen: Values) -> None:
        """Add what the variance of the truth needs, from an origin near it: squares of a level of 1e9 lose it."""
        if self._origin is None:
            self._origin = np.full((self.series, self.columns), np.nan)
        for place in np.flatnonzero(np.isnan(self._origin[own]).any(axis=1)):
            known = seen[place] > 0
            first = np.where(known, y[place], 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            fresh = np.isnan(self._origin[own[place]]) & known.any(axis=0)
            self._origin[own[place]] = np.where(fresh, first, self._origin[own[place]])
        apart = np.where(seen, y - np.nan_to_num(self._origin[own])[:, None, :], 0.0)
        self._keep("apart", own, apart)
        self._keep("apart squared", own, apart**2)

    def _keep(self, name: str, own: NDArray[np.int64], values: Values) -> None:
        total = self._sums.get(name)
        if total is None:
            total = self._sums[name] = np.zeros((self.series, self.horizon, self.columns))
        if self.series == 1:
            total[0] += values.sum(axis=0)
        else:
            np.add.at(total, own, values)

    def sums(self, name: str) -> Values:
        """Return the sums (S, Q, C) called `name`, 0 before anything was added."""
        return self._sums.get(name, np.zeros((self.series, self.horizon, self.columns)))


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What was measured of one forecaster.

    Attributes
    ----------
    name
        Key of a baseline, or ``model``.
    scale
        What scaled errors are divided by, and the season of it.
    """

    name: str
    errors: Errors
    scale: Scale

    @property
    def windows(self) -> int:
        """Number of windows that were forecast."""
        return self.errors.windows

    def value(self, key: str, share: float | None = None) -> float | None:
        """Return the measure `key` over everything, None where it has no meaning or nothing was given for it.

        Parameters
        ----------
        share
            Which band ``coverage``, ``width`` and ``winkler`` are about; the first by default.
        """
        found = self.by((), key, share)
        return None if found is None or np.isnan(found) else float(found)

    def by(self, axes: Iterable[Axis], key: str, share: float | None = None) -> Values | None:
        """Return the measure `key` for each series, step or column, whichever `axes` name, in the order S, Q, C.

        Errors are pooled over the other axes: every value counts alike. MASE divides each error by the scale of its own
        series and column first; RMSSE takes the root of each series and column and then their mean; R² is the mean over
        columns. NaN where a measure has no meaning.
        """
        kept = tuple(axes)
        if key in ("coverage", "width", "winkler"):
            return self._of_band(key, kept, share)
        if key in ("pinball", "crps"):
            return self._of_levels(key, kept)
        count = self._total(self.errors.sums("count"), kept)
        match key:
            case "mae" | "mse" | "bias" | "smape":
                return _ratio(self._total(self.errors.sums(_SUM_OF[key]), kept), count)
            case "rmse":
                return np.sqrt(_ratio(self._total(self.errors.sums("squared"), kept), count))
            case "wape":
                sums = (self._total(self.errors.sums(name), kept) for name in ("absolute", "size"))
                return _ratio(*sums)
            case "mase":
                return self._mase(kept)
            case "rmsse":
                return self._rmsse(kept)
            case "r2":
                return self._r2(kept)
        raise KeyError(key)

    def explained(self, key: str) -> str:
        """Return the formula of a measure with the season and the scale that were used."""
        measure = MEASURES[key]
        text = f"{measure.label} = {measure.formula}"
        if key == "mase":
            return f"{text}; m = {self.scale.season}, s = {_listed(self.scale.absolute)}"
        if key == "rmsse":
            return f"{text}; m = {self.scale.season}, s² = {_listed(self.scale.squared)}"
        if key in ("pinball", "crps") and self.errors.levels:
            return f"{text}; τ = " + ", ".join(f"{level:g}" for level in self.errors.levels)
        return text

    def _total(self, sums: Values, kept: tuple[Axis, ...]) -> Values:
        dropped = tuple(place for place, axis in enumerate(AXES) if axis not in kept)
        total: Values = sums.sum(axis=dropped)
        return total

    def _mase(self, kept: tuple[Axis, ...]) -> Values:
        scale = np.where(self.scale.absolute > 0, self.scale.absolute, np.nan)[:, None, :]
        known = np.isfinite(scale)
        scaled = np.where(known, self.errors.sums("absolute") / np.where(known, scale, 1.0), 0.0)
        return _ratio(self._total(scaled, kept), self._total(np.where(known, self.errors.sums("count"), 0.0), kept))

    def _rmsse(self, kept: tuple[Axis, ...]) -> Values:
        own: tuple[Axis, ...] = ("series", "step", "column") if "step" in kept else ("series", "column")
        squared, count = (self._total(self.errors.sums(name), own) for name in ("squared", "count"))
        scale = np.where(self.scale.squared > 0, self.scale.squared, np.nan)
        roots = np.sqrt(_ratio(squared, count) / (scale[:, None, :] if "step" in kept else scale))
        dropped = tuple(place for place, axis in enumerate(own) if axis not in kept)
        return _mean_of_known(roots, dropped)

    def _r2(self, kept: tuple[Axis, ...]) -> Values:
        own: tuple[Axis, ...] = ("series", "step", "column") if "step" in kept else ("series", "column")
        apart, squares, count = (self._total(self.errors.sums(n), own) for n in ("apart", "apart squared", "count"))
        around = squares - apart**2 / np.maximum(count, 1.0)
        wrong = self._total(self.errors.sums("squared"), own)
        rest = tuple(place for place, axis in enumerate(own) if axis not in (*kept, "column"))
        around, wrong = around.sum(axis=rest), wrong.sum(axis=rest)
        found = 1.0 - _ratio(wrong, np.where(around > 0, around, 0.0))
        return found if "column" in kept else _mean_of_known(found, (found.ndim - 1,))

    def _of_levels(self, key: str, kept: tuple[Axis, ...]) -> Values | None:
        levels = self.errors.levels
        if not levels:
            return None
        total = sum((self.errors.sums(f"pinball {level}") for level in levels), np.zeros(1))
        mean = _ratio(self._total(total, kept), len(levels) * self._total(self.errors.sums("count"), kept))
        return 2.0 * mean if key == "crps" else mean

    def _of_band(self, key: str, kept: tuple[Axis, ...], share: float | None) -> Values | None:
        if not self.errors.shares:
            return None
        name = {"coverage": "inside"}.get(key, key)
        sums = self.errors.sums(f"{name} {self.errors.shares[0] if share is None else share}")
        return _ratio(self._total(sums, kept), self._total(self.errors.sums("count"), kept))


_SUM_OF = {"mae": "absolute", "mse": "squared", "bias": "error", "smape": "smape"}


def _ratio(above: Values, below: Values) -> Values:
    above, below = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below != 0)


def _mean_of_known(values: Values, axes: tuple[int, ...]) -> Values:
    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=axes), known.sum(axis=axes))


def _listed(scale: Values) -> str:
    """Return the scale of each column, and of several series from the smallest to the largest."""
    texts = []
    for column in scale.T:
        seen = column[np.isfinite(column)]
        if not len(seen):
            texts.append("n/a")
        elif len(seen) == 1:
            texts.append(f"{seen[0]:.6g}")
        else:
            texts.append(f"{seen.min():.4g} to {seen.max():.4g} over {len(seen)} series")
    return ", ".join(texts)


def crps_of_samples(truth: Floats, samples: Floats) -> Values:
    """Return the CRPS of M samples (..., M) that stand for a distribution, for each true value (...).

    E|X − y| − E|X − X'| / 2 over all pairs of samples (Gneiting & Raftery 2007, equation 21), by sorting.
    """
    ordered = np.sort(np.asarray(samples, dtype=np.float64), axis=-1)
    count = ordered.shape[-1]
    distance = np.abs(ordered - np.asarray(truth, dtype=np.float64)[..., None]).mean(axis=-1)
    weights: Values = 2.0 * np.arange(1, count + 1) - count - 1.0
    apart: Values = distance - (ordered * weights).sum(axis=-1) / count**2
    return apart


def best_of(reports: Sequence[Report], key: str = "mae") -> Report | None:
    """Return the report with the lowest `key`, None if none has it."""
    known = [entry for entry in reports if entry.value(key) is not None]
    return min(known, key=lambda entry: entry.value(key) or 0.0, default=None)
