"""What a verdict is made from: forecasts of the network and of the baselines for the same windows, beside the truth.

Dimensions: N windows in the order of their origins, Q horizon, C targets, R rows of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.baselines import baselines
from workbench.core.dataset import Dataset
from workbench.core.events import Part
from workbench.core.insight.leaks import TOO_GOOD, Leak, leaks, suspects
from workbench.core.run import Run

Floats = NDArray[np.floating]

MODEL, LAST = "model", "last"


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What there is to judge a forecaster by, in original units.

    Attributes
    ----------
    origins
        (N,) row of the first forecast step of each window, ascending.
    truth
        (N, Q, C).
    forecasts
        (N, Q, C) by name, ``model`` and the baselines; ``last`` is the last value.
    values
        (R, C) the series itself, for what was known before an origin.
    window
        T steps that a forecast could read.
    scale
        (C,) what errors are divided by before those of several targets are averaged.
    season
        Steps of the seasonal naive forecast, 1 if there is none.
    low, high, level
        (N, Q, C) edges of the band, and the share of the truth that it should hold; None for a point forecast.
    leaks
        Inputs that seem to hold the future of a target.
    seeds
        Skill against the best baseline of each run that differs in its seed alone, this one's among them.
    """

    part: Part
    origins: NDArray[np.int64]
    truth: Floats
    forecasts: Mapping[str, Floats]
    values: Floats
    window: int
    scale: Floats
    season: int = 1
    low: Floats | None = None
    high: Floats | None = None
    level: float | None = None
    leaks: tuple[Leak, ...] = ()
    seeds: tuple[float, ...] = field(default=())

    @property
    def horizon(self) -> int:
        """Steps ahead, Q."""
        return self.truth.shape[1]

    @property
    def apart(self) -> int:
        """Windows, Q or fewer, behind which two forecasts share no row of truth: their errors are of the same kind."""
        spacing = float(np.median(np.diff(self.origins))) if len(self.origins) > 1 else 1.0
        return max(1, min(round(self.horizon / max(spacing, 1.0)), len(self.origins)))

    def errors(self, name: str) -> NDArray[np.float64]:
        """Return scaled absolute errors (N, Q) of a forecaster, averaged over the targets."""
        error = np.abs(np.asarray(self.forecasts[name], dtype=np.float64) - self.truth) / self.scale
        found: NDArray[np.float64] = error.mean(axis=2)
        return found


def gathered(run: Run, dataset: Dataset, siblings: Sequence[Run] = ()) -> Evidence | None:
    """Collect the evidence on the test part of `run` (validation part if there is none), None if there is too little.

    Parameters
    ----------
    siblings
        Runs of the same group, with other seeds; `run` may be among them.
    """
    part: Part = "test" if len(dataset.test) else "valid"
    made = run.forecasts.get(part)
    if made is None or not made.final or dataset.spec.framing != "forecast" or len(made.starts) < 2:
        return None
    if made.values.shape[1:] != (dataset.spec.horizon, dataset.targets):
        return None
    forecasts = {MODEL: made.values.astype(np.float64)}
    forecasts |= {name: method(dataset, made.starts) for name, method in baselines(dataset).items()}
    levels = run.project.model.levels
    level = levels[-1] - levels[0] if made.low is not None else None
    found = assembled(dataset, part, made.starts, forecasts, (made.low, made.high), level)
    return replace(found, seeds=_of_seeds(siblings, part))


def assembled(
    dataset: Dataset,
    part: Part,
    start: NDArray[np.int64],
    forecasts: Mapping[str, Floats],
    band: tuple[Floats | None, Floats | None] = (None, None),
    level: float | None = None,
) -> Evidence:
    """Return the evidence of `forecasts` (N, Q, C) by name for the windows at `start` (N,), in order.

    Parameters
    ----------
    band, level
        Edges (N, Q, C) of the network's band, and the share of the truth that it should hold.
    """
    scale = dataset.mase_scale
    found = Evidence(
        part=part,
        origins=start + dataset.spec.origin,
        truth=dataset.truth(start),
        forecasts=forecasts,
        values=dataset.values[:, : dataset.targets],
        window=dataset.spec.window,
        scale=np.where(np.isfinite(scale) & (scale > 0), scale, 1.0) if dataset.targets > 1 else np.ones(1),
        season=dataset.season,
        low=band[0],
        high=band[1],
        level=level,
        leaks=leaks(dataset),
    )
    return replace(found, leaks=suspects(dataset)) if not found.leaks and _too_good(found) else found


def _too_good(evidence: Evidence) -> bool:
    """Return whether the network is so much better than every baseline that it must be asked why."""
    if MODEL not in evidence.forecasts:
        return False
    means = {name: float(evidence.errors(name).mean()) for name in evidence.forecasts}
    own = means.pop(MODEL)
    return bool(means) and own < (1.0 - TOO_GOOD) * min(means.values())


def _of_seeds(siblings: Sequence[Run], part: Part) -> tuple[float, ...]:
    """Return the skill of each run that was scored, by the scores of its end."""
    found = []
    for run in siblings:
        scores = run.scores(part)
        others = [entry.mae for name, entry in scores.items() if name != MODEL]
        if MODEL in scores and others and min(others) > 0:
            found.append(1.0 - scores[MODEL].mae / min(others))
    return tuple(found) if len(found) > 1 else ()
