"""Every measure of the network and of all baselines on the same windows, from the forecasts a run has told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.core.baselines import Method, Starts, Values, baselines
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted, Part
from workbench.core.metrics import Errors, Report
from workbench.core.run import Run
from workbench.core.scales import scale_of
from workbench.core.scoring import chunks

MODEL = "model"
Bands = dict[float, tuple[Values, Values]]


def scored_part(dataset: Dataset) -> Part:
    """Return the part that forecasts are judged on: the test part, or the validation part where there is none."""
    return "test" if len(dataset.test) else "valid"


def told(made: Forecasted) -> Method:
    """Return a method that answers with the forecasts of `made`, for windows that are among them."""

    def method(_dataset: Dataset, start: Starts) -> Values:
        place = np.searchsorted(made.starts, start)
        return np.asarray(made.values[place], dtype=np.float64)

    return method


def measured(dataset: Dataset, run: Run | None = None) -> Mapping[str, Report]:
    """Return what was measured of the network (first, if `run` has final forecasts) and of each baseline, by name.

    All are measured on the same windows: those that the network forecast, or all of the part without one. Where the
    network has a band, its coverage and width are measured too.
    """
    part = scored_part(dataset)
    made = run.forecasts.get(part) if run is not None else None
    methods = dict(baselines(dataset))
    start = dataset.part(part).start
    if made is not None and made.final and made.values.shape[1:] == (dataset.spec.horizon, dataset.targets):
        start, methods = made.starts, {MODEL: told(made), **methods}
    else:
        made = None
    scale = scale_of(dataset)
    series = len(scale.absolute)
    levels = run.project.model.levels if run is not None else (0.5,)
    share = round(levels[-1] - levels[0], 6)
    banded = made is not None and made.low is not None and 0 < share < 1
    errors = {
        name: Errors(dataset.spec.horizon, dataset.targets, series, shares=(share,) if banded and name == MODEL else ())
        for name in methods
    }
    for piece in chunks(start, dataset):
        truth, own = dataset.truth(piece), dataset.sequence[piece]
        for name, method in methods.items():
            errors[name].add(truth, method(dataset, piece), own, bands=_bands(made, piece, share, name))
    return {name: Report(name, found, scale) for name, found in errors.items()}


def _bands(
    made: Forecasted | None, start: Starts, share: float, name: str
) -> dict[float, tuple[Values, Values]] | None:
    if made is None or made.low is None or made.high is None or name != MODEL:
        return None
    place = np.searchsorted(made.starts, start)
    return {share: (made.low[place].astype(np.float64), made.high[place].astype(np.float64))}
