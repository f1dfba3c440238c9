"""What was fitted before a training, as strict JSON: a run that goes on need not fit it again, nor may it."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workbench.core.fields import Spec
from workbench.core.scaler import Fit, Scaler, SeriesScaler
from workbench.core.transforms import Transform

MOST_SEASON = 1_000_000

Row = tuple[float, ...]
Scales = tuple[Annotated[float, Field(gt=0)], ...]


class FitFacts(Spec):
    """A :class:`workbench.core.scaler.Fit`; None stands for NaN, which strict JSON has not."""

    shift: Row
    scale: Scales
    exponents: tuple[float | None, ...]
    lag: int = Field(ge=0, le=MOST_SEASON)
    season: int = Field(ge=1, le=MOST_SEASON)
    mase_scale: tuple[float | None, ...]
    series: tuple[str, ...] = ()
    series_shift: tuple[Row, ...] = ()
    series_scale: tuple[Scales, ...] = ()

    @classmethod
    def of(cls, fit: Fit) -> FitFacts:
        """Return the facts of `fit`."""
        each = fit.each
        return cls(
            shift=tuple(fit.scaler.shift.tolist()),
            scale=tuple(fit.scaler.scale.tolist()),
            exponents=_plain(fit.transform.exponents),
            lag=fit.transform.lag,
            season=fit.season,
            mase_scale=_plain(fit.mase_scale),
            series=each.names if each else (),
            series_shift=tuple(map(tuple, each.shift.tolist())) if each else (),
            series_scale=tuple(map(tuple, each.scale.tolist())) if each else (),
        )

    @property
    def fit(self) -> Fit:
        """The fit itself."""
        scaler, each = Scaler(np.array(self.shift), np.array(self.scale)), None
        if self.series:
            each = SeriesScaler(self.series, np.array(self.series_shift), np.array(self.series_scale))
        transform = Transform(_numbers(self.exponents), self.lag)
        return Fit(scaler, transform, self.season, _numbers(self.mase_scale), each)


def _plain(values: NDArray[np.float64]) -> tuple[float | None, ...]:
    return tuple(value if np.isfinite(value) else None for value in values.tolist())


def _numbers(values: tuple[float | None, ...]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
