"""Is the forecast any good? Errors in original units, and a verdict against the baselines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.baselines import LABELS, Method, baselines
from workbench.core.dataset import Dataset
from workbench.core.events import Part, Scores
from workbench.core.metrics import Errors, Report
from workbench.core.problems import N_
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.scales import scale_of

Values = NDArray[np.floating]

CLEARLY_BETTER = 0.02
"""A smaller relative gain than this is called a tie."""


CHUNK_VALUES = 1_000_000
"""Values read or forecast at a time while scoring, so that long series need no more memory than short ones."""


class Tally:
    """Add up errors chunk by chunk.

    With `classes` it also counts right answers. MASE divides each absolute error by the mean absolute error of the
    seasonal naive forecast one season ahead inside the training rows of the same series and target (Hyndman & Koehler
    2006), so no test row sets the scale.
    """

    def __init__(self, dataset: Dataset, *, classes: bool = False) -> None:
        self._dataset = dataset
        self._right: int | None = 0 if classes else None
        shape = (dataset.spec.horizon, dataset.targets)
        self._absolute = np.zeros(shape)
        self._squared = np.zeros(shape)
        self._windows = 0
        self._inside: int | None = None
        self._scale = scale_of(dataset).absolute
        self._scaled, self._counted = 0.0, 0

    def add(
        self,
        truth: Values,
        forecast: Values,
        low: Values | None = None,
        high: Values | None = None,
        *,
        series: NDArray[np.int64] | None = None,
    ) -> None:
        """Take in forecasts (N, Q, C) in original units, and the edges of their band.

        Parameters
        ----------
        series
            (N,) number of the series of each window; the first by default.
        """
        if low is not None and high is not None:
            self._inside = (self._inside or 0) + int(((truth >= low) & (truth <= high)).sum())
        error = np.asarray(forecast, dtype=np.float64) - truth
        if self._right is not None:
            self._right += int((error == 0).sum())
        self._absolute += np.abs(error).sum(axis=0)
        scale = self._scale[np.zeros(len(error), dtype=np.int64) if series is None else series]
        known = np.isfinite(scale) & (scale > 0)
        self._scaled += float((np.abs(error).sum(axis=1)[known] / scale[known]).sum())
        self._counted += int(known.sum()) * error.shape[1]
        self._squared += (error**2).sum(axis=0)
        self._windows += len(error)

    def scores(self, name: str, part: Part) -> Scores:
        """Return the scores of all that was added."""
        mean = self._absolute / self._windows
        return Scores(
            name=name,
            part=part,
            mae=float(mean.mean()),
            rmse=float(np.sqrt((self._squared / self._windows).mean())),
            mase=self._scaled / self._counted if self._counted else None,
            mae_by_step=mean.mean(axis=1),
            windows=self._windows,
            season=self._dataset.season,
            coverage=None if self._inside is None else self._inside / (self._windows * mean.size),
            accuracy=None if self._right is None else self._right / (self._windows * mean.size),
        )


def chunks(start: NDArray[np.int64], dataset: Dataset) -> Iterator[NDArray[np.int64]]:
    """Cut window starts into pieces whose inputs and whose forecasts fit :data:`CHUNK_VALUES`."""
    read, forecast = dataset.spec.window * len(dataset.columns), dataset.spec.horizon * dataset.targets
    size = max(1, CHUNK_VALUES // max(read, forecast))
    for first in range(0, len(start), size):
        yield start[first : first + size]


def baseline_scores(
    dataset: Dataset, part: Part, *, classes: bool = False, methods: Mapping[str, Method] | None = None
) -> tuple[Scores, ...]:
    """Score every baseline on the windows of `part`; of answers that are `classes` the most common one.

    Parameters
    ----------
    methods
        What :func:`baselines` gave for `dataset`, so that several parts need one fit.
    """
    methods = baselines(dataset, classes=classes) if methods is None else methods
    tallies = {name: Tally(dataset, classes=classes) for name in methods}
    for start in chunks(dataset.part(part).start, dataset):
        truth = dataset.truth(start)
        for name, method in methods.items():
            tallies[name].add(truth, method(dataset, start), series=dataset.sequence[start])
    return tuple(tally.scores(name, part) for name, tally in tallies.items())


def reports(dataset: Dataset, part: Part, methods: Mapping[str, Method]) -> dict[str, Report]:
    """Measure each of `methods` on all windows of `part`, in original units, by name."""
    scale = scale_of(dataset)
    series = len(scale.absolute)
    errors = {name: Errors(dataset.spec.horizon, dataset.targets, series) for name in methods}
    for start in chunks(dataset.part(part).start, dataset):
        truth, own = dataset.truth(start), dataset.sequence[start]
        for name, method in methods.items():
            errors[name].add(truth, method(dataset, start), own)
    return {name: Report(name, found, scale) for name, found in errors.items()}


def loss(kind: str, truth: Values, forecast: Values, levels: tuple[float, ...] = (0.5,)) -> float:
    """Return the training loss of scaled point forecasts, as torch computes it (Huber with delta 1).

    For ``pinball`` the forecast stands for every quantile in `levels`.
    """
    error = truth - np.asarray(forecast, dtype=np.float64)
    if kind == "pinball":
        return float(np.mean([np.maximum(level * error, (level - 1.0) * error).mean() for level in levels]))
    error = np.abs(error)
    if kind == "mae":
        return float(error.mean())
    if kind == "mse":
        return float((error**2).mean())
    return float(np.where(error < 1.0, 0.5 * error**2, error - 0.5).mean())


def baseline_losses(dataset: Dataset, project: Project, most: int = 4_000) -> dict[str, float]:
    """Return the validation loss of every baseline on scaled values, from at most `most` windows evenly taken.

    A baseline gives no distribution, so there is nothing to compare a likelihood with.
    """
    if project.train.loss == "nll":
        return {}
    if project.train.loss == "cross-entropy":
        return {"common": _entropy(dataset)} if len(dataset.train) else {}
    start = dataset.valid.start
    start = start[np.linspace(0, len(start) - 1, min(len(start), most)).astype(np.int64)]
    truth = dataset.to_scaled(dataset.truth(start), start)
    found = {}
    for name, method in baselines(dataset).items():
        forecast = dataset.to_scaled(method(dataset, start), start)
        # A straight line may leave the values that have a logarithm; its loss is then taken where it is defined.
        defined = np.isfinite(forecast) & np.isfinite(truth)
        found[name] = loss(project.train.loss, truth[defined], forecast[defined], project.model.levels)
    return found


def _entropy(dataset: Dataset) -> float:
    """Return the validation cross-entropy in nats of the shares of the classes among the training answers."""
    train, valid = (dataset.truth(part.start).astype(np.int64).ravel() for part in (dataset.train, dataset.valid))
    share = np.bincount(train, minlength=int(valid.max()) + 1) + 1e-9
    return float(-np.log(share[valid] / share.sum()).mean())


SENTENCE_RIGHT = N_(
    "Always giving the most common answer gets {baseline_right}; measured on {windows} {part} sequences."
)
SENTENCE = N_("MAE {mae} against {baseline_mae} of the best baseline, {baseline}, over {windows} {part} windows.")
SENTENCE_BY_STEP = N_(
    "MAE {mae} against {baseline_mae} of the best baseline, {baseline}, over {windows} {part} windows. "
    "Better at {steps} of {horizon} steps ahead."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the network is worth anything.

    Attributes
    ----------
    good
        True if it is clearly better than the best baseline.
    headline, sentence
        Templates for ``str.format_map(values)``, marked for translation.
    values
        What the templates name; numbers are formatted.
    """

    good: bool
    headline: str
    sentence: str
    values: Mapping[str, str]


def verdict(run: Run) -> Verdict | None:
    """Compare the run's test scores (validation scores if there is no test) with the best baseline's, by MAE."""
    scores = run.scores("test") or run.scores("valid")
    if "model" not in scores or len(scores) < 2:
        return None
    model = scores["model"]
    if model.accuracy is not None:
        return _verdict_of_classes(model, next(entry for name, entry in scores.items() if name != "model"))
    best = min((entry for name, entry in scores.items() if name != "model"), key=lambda entry: entry.mae)
    gain = 1.0 - model.mae / best.mae if best.mae > 0 else 0.0
    steps = int((model.mae_by_step < best.mae_by_step).sum())
    values = {
        "gain": f"{abs(gain):.0%}".replace("%", " %"),
        "baseline": LABELS[best.name] + (f" ({best.season} steps)" if best.name == "seasonal" else ""),
        "part": model.part,
        "windows": f"{model.windows}",
        "steps": f"{steps}",
        "horizon": f"{len(model.mae_by_step)}",
        "mae": f"{model.mae:.4g}",
        "baseline_mae": f"{best.mae:.4g}",
    }
    sentence = SENTENCE_BY_STEP if len(model.mae_by_step) > 1 else SENTENCE
    if gain > CLEARLY_BETTER:
        return Verdict(True, N_("{gain} better"), sentence, values)
    if gain < -CLEARLY_BETTER:
        return Verdict(False, N_("{gain} worse"), sentence, values)
    return Verdict(False, N_("No better"), sentence, values)


def _verdict_of_classes(model: Scores, baseline: Scores) -> Verdict:
    """Compare shares of right answers."""
    right, by_chance = model.accuracy or 0.0, baseline.accuracy or 0.0
    values = {
        "right": f"{right:.1%}".replace("%", " %"),
        "baseline_right": f"{by_chance:.1%}".replace("%", " %"),
        "part": model.part,
        "windows": f"{model.windows}",
    }
    return Verdict(right > by_chance + CLEARLY_BETTER, N_("{right} right"), SENTENCE_RIGHT, values)
