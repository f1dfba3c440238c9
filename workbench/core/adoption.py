"""A trained model from a file, laid over data that are open: it forecasts them, is scored on them, is compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from workbench.core.bundle import Bundle, ModelFile
from workbench.core.clock import iso
from workbench.core.comparing import Comparison, compared, overlap_of
from workbench.core.dataproblems import SERIES_LEFT_OUT
from workbench.core.dataset import Dataset
from workbench.core.dataspec import DataSpec
from workbench.core.delivery import EVALUATION_BATCH, delivered
from workbench.core.events import Ended, Event, Improved, Part, Scores, Started
from workbench.core.exports.wbm import read_model
from workbench.core.forecasting import NOTHING_TO_SCORE, beyond, for_scoring, forecast_of, restored, view
from workbench.core.handover import fingerprint
from workbench.core.measured import scored_part
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.reading import likewise
from workbench.core.reuse import check, checked, matches, renamed
from workbench.core.run import Run
from workbench.core.sources import read
from workbench.core.table import Table

PARTS: tuple[Part, ...] = ("train", "valid", "test")

MAYBE_SEEN = ProblemKind(
    "maybe-seen",
    "warning",
    N_("The model was trained on data up to {last}, and {name} begins at {first}."),
    N_("If it is the same series, scores on rows up to {last} say little: the model has learnt from them."),
)
NOTHING_COMMON = ProblemKind(
    "nothing-common",
    "warning",
    N_("The model and run {number} cannot be compared: {reason}."),
    N_("Both must forecast the same column of the same file, for at least two test windows."),
)


def model_file(path: Path) -> ModelFile:
    """Read a model file.

    Raises
    ------
    WorkbenchError
        ``broken-model`` or ``newer-file``.
    """
    bundle = read_model(path)
    return ModelFile(path.name, bundle, fingerprint(bundle), path.stat().st_mtime)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A model over an open file.

    Attributes
    ----------
    model
        Its columns are called as in the file.
    project
        Its settings, for this file.
    table
        As the model understands the file, which may be otherwise than it was opened.
    dataset
        With the model's scaler; of the very file it was trained on, split as then.
    windows
        How many can be scored, of the part on which forecasts are judged.
    notes
        What is unlike the training.
    """

    model: ModelFile
    project: Project
    table: Table
    dataset: Dataset
    windows: int
    notes: tuple[Problem, ...]


def laid(model: ModelFile, table: Table, data: DataSpec, chosen: Mapping[str, str]) -> Laid:
    """Lay a model over the file of `table`, which was opened as `data` says.

    Parameters
    ----------
    chosen
        As for :func:`workbench.core.reuse.matches`.

    Raises
    ------
    WorkbenchError
        ``unknown-column``, ``other-unit``, ``column-twice``, ``other-step``, or whatever reading and preparing refuse.
    """
    reading = likewise(table, data.reading, model.bundle.project.data.understood) or data.reading
    if reading != data.reading:
        table = read(data.source, hints=reading.hints)
    found = matches(table, model.bundle, chosen)
    check(found)
    bundle = renamed(model.bundle, found)
    here = {"source": data.source, "sha256": table.sha256, "reading": reading}
    project = bundle.project.model_copy(update={"data": bundle.project.data.model_copy(update=here)})
    notes: tuple[Problem, ...] = ()
    try:
        dataset, part, _rows = for_scoring(bundle, table)
        windows = len(dataset.part(part))
    except WorkbenchError as error:
        if error.problem.key != NOTHING_TO_SCORE.key:
            raise
        dataset, windows, notes = view(bundle, table), 0, (replace(error.problem, kind=_CANNOT_SCORE),)
    notes += (*checked(dataset, bundle), *_seen(dataset, bundle, table))
    notes += tuple(note for note in dataset.notes if note.key == SERIES_LEFT_OUT.key)
    return Laid(replace(model, bundle=bundle), project, table, dataset, windows, notes)


_CANNOT_SCORE = replace(NOTHING_TO_SCORE, severity="warning")
"""It may be forecast all the same."""


def _seen(dataset: Dataset, bundle: Bundle, table: Table) -> tuple[Problem, ...]:
    """Return a warning if other data begin before the training's ended."""
    facts, times = bundle.facts.data, dataset.clock.times
    if facts.sha256 == table.sha256 or facts.last is None or times is None or not len(times):
        return ()
    try:
        last = np.datetime64(facts.last, "us")
    except ValueError:
        return ()
    first, step = times.min(), dataset.clock.step
    if first > last:
        return ()
    return (problem(MAYBE_SEEN, name=dataset.name, first=iso(first, step), last=iso(last, step)),)


# -- as a run -------------------------------------------------------------------------------------------------


def adopted(
    found: Laid,
    *,
    score: bool,
    future: bool = False,
    told: Callable[[float], object] = lambda _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Run:
    """Return a run that shows a model over its file as if it had been trained here, with its number still 0.

    Parameters
    ----------
    score
        Forecast and score all windows of the validation and test parts, beside the baselines.
    future
        Forecast the rows behind the last one.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.core.forecasting.beyond`.
    """
    bundle, dataset, facts = found.model.bundle, found.dataset, found.model.bundle.facts
    run = Run(0, found.project, found.model)
    run.apply(_started(found))
    run.apply(Improved(facts.best_epoch, float("nan"), bundle.weights))
    ahead = beyond(bundle, dataset) if future else None
    scores = _scored(run, found, told, cancelled) if score and found.windows else ()
    run.apply(Ended("finished", facts.epoch, facts.best_epoch, facts.seconds, 0.0, scores=scores))
    if ahead is not None:
        run.apply(ahead)
    return run


def _started(found: Laid) -> Started:
    numbers = sum(int(np.size(value)) for value in found.model.bundle.weights.values())
    windows = {part: len(found.dataset.part(part)) for part in PARTS}
    origin = found.model.fingerprint
    return Started(
        found.project, time.time(), "cpu", torch.get_num_threads(), numbers, 0, windows, baselines={}, origin=origin
    )


def _scored(
    run: Run, found: Laid, told: Callable[[float], object], cancelled: Callable[[], bool]
) -> tuple[Scores, ...]:
    dataset, facts = found.dataset, found.model.bundle.facts
    pieces = max(1, sum(-(-len(dataset.part(part)) // EVALUATION_BATCH) for part in PARTS[1:]))
    stream, done = delivered(restored(found.model.bundle), dataset, facts.best_epoch), 0
    while not cancelled():
        try:
            event: Event | str = next(stream)
        except StopIteration as end:
            scores: tuple[Scores, ...] = end.value
            return scores
        if isinstance(event, str):
            done += 1
            told(min(1.0, done / pieces))
        else:
            run.apply(event)
    return ()


# -- beside another run ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """A model from a file against a run, on the windows that both can forecast.

    Attributes
    ----------
    own, other
        MAE of the model and of the run over these windows, of one column in original units; of several columns in
        shares of their MASE scale.
    steps
        Steps ahead that both forecast.
    scaled
        True of several columns.
    """

    number: int
    own: float
    other: float
    windows: int
    steps: int
    targets: tuple[str, ...]
    scaled: bool
    comparison: Comparison


def contest(found: Laid, run: Run, dataset: Dataset) -> Contest:
    """Compare a model with `run`, which was trained on `dataset`, on the windows that `run` was judged on.

    Of the file the model was itself trained on, only windows that were neither's to learn from count.

    Raises
    ------
    WorkbenchError
        ``nothing-common``.
    """
    part = scored_part(dataset)
    made, ours = run.forecasts.get(part), found.dataset
    targets = tuple(name for name in dataset.spec.targets if name in ours.spec.targets)
    reason = ""
    if made is None or not made.final:
        reason = N_("the run has no final forecasts")
    elif run.project.data.sha256 != found.project.data.sha256:
        reason = N_("the run was trained on another file")
    elif not targets:
        reason = N_("they forecast other columns")
    elif "label" in (dataset.spec.framing, ours.spec.framing):
        reason = N_("one of them gives one answer a sequence")
    if reason or made is None:
        raise WorkbenchError(NOTHING_COMMON, number=run.number, reason=reason)
    rows = dataset.file_rows[made.starts + dataset.spec.origin]
    starts = ours.part(scored_part(ours)).start
    common, here, there = np.intersect1d(rows, ours.file_rows[starts + ours.spec.origin], return_indices=True)
    here, there = here[common >= 0], there[common >= 0]
    if len(here) < 2:
        raise WorkbenchError(NOTHING_COMMON, number=run.number, reason=N_("they have no test windows in common"))
    steps = min(dataset.spec.horizon, ours.spec.horizon)
    places = [dataset.spec.targets.index(name) for name in targets]
    truth = dataset.truth(made.starts[here])[:, :steps, places]
    scale = np.ones(1) if len(targets) == 1 else dataset.mase_scale[places]
    scale = np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)
    point = forecast_of(found.model.bundle, ours)(starts[there])[0]
    own = np.abs(point[:, :steps, [ours.spec.targets.index(name) for name in targets]] - truth) / scale
    other = np.abs(made.values[here][:, :steps, places] - truth) / scale
    losses, others = own.mean(axis=(1, 2)), other.mean(axis=(1, 2))
    apart = max(1, round(float(np.median(np.diff(made.starts[here])))))
    comparison = compared("model", losses, "run", others, overlap_of(steps, apart))
    return Contest(
        run.number, float(losses.mean()), float(others.mean()), len(here), steps, targets, len(targets) > 1, comparison
    )
