"""A trained model with all that belongs to it: what an export writes and a reader gets back."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import PurePath
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from workbench import __version__
from workbench.core.dataset import Dataset
from workbench.core.events import Scores
from workbench.core.fields import Spec
from workbench.core.fitfacts import MOST_SEASON, FitFacts
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.scaler import Fit
from workbench.core.table import Step

Weights = Mapping[str, NDArray[np.generic]]

KIND: Literal["sequence-workbench-model"] = "sequence-workbench-model"
FORMAT: Literal[3] = 3


_TIME = r"^[-+0-9T:. ]{1,40}$"


class StepFacts(Spec):
    """A regular step, as in :class:`workbench.core.table.Step`."""

    count: float = Field(gt=0, le=1e12)
    unit: Literal["second", "businessday", "month"]


class DataFacts(Spec):
    """The data a model was trained on; the file itself is not inside."""

    name: str = Field(max_length=500)
    sha256: str = Field(max_length=64)
    rows: int = Field(ge=1, le=10**12)
    rows_sha256: str = Field("", max_length=64)
    first: str | None = Field(pattern=_TIME)
    last: str | None = Field(pattern=_TIME)
    step: StepFacts | None


class ScoreFacts(Spec):
    """Errors in original units on one part."""

    name: str = Field(max_length=500)
    part: Literal["train", "valid", "test"]
    mae: float
    rmse: float
    mase: float | None
    windows: int
    accuracy: float | None = None


class Facts(Spec):
    """Everything of a model but its weights; the JSON inside a model file."""

    kind: Literal["sequence-workbench-model"] = KIND
    format: Literal[1, 2, 3] = FORMAT
    project: Project
    data: DataFacts
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    exponents: tuple[float | None, ...]
    lag: int = Field(ge=0, le=MOST_SEASON)
    season: int = Field(ge=1, le=MOST_SEASON)
    mase_scale: tuple[float | None, ...]
    series: tuple[str, ...] = ()
    series_shift: tuple[tuple[float, ...], ...] = ()
    series_scale: tuple[tuple[float, ...], ...] = ()
    scores: tuple[ScoreFacts, ...] = Field(max_length=1_000)
    outcome: str = Field(max_length=40)
    epoch: int = Field(ge=0, le=10**12)
    best_epoch: int = Field(ge=0, le=10**12)
    seconds: float = Field(ge=0)
    versions: dict[str, Annotated[str, Field(max_length=200)]] = Field(max_length=50)

    @model_validator(mode="before")
    @classmethod
    def _as_then(cls, document: Any) -> Any:
        """Networks of format 1 read nothing ahead; the setting did not exist."""
        match document:
            case {"format": 1, "project": {"model": dict(model), **project}, **rest}:
                model = {"known_ahead": False, **model}
                return {**rest, "format": 1, "project": {**project, "model": model}}
        return document


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A model ready for use."""

    facts: Facts
    weights: Weights

    @property
    def project(self) -> Project:
        """The project it was trained with; its data source is a bare file name."""
        return self.facts.project

    @property
    def fit(self) -> Fit:
        """Scalers, transform, season and MASE scale of the training rows."""
        return FitFacts.model_validate(self.facts.model_dump(include=set(FitFacts.model_fields))).fit


@dataclass(frozen=True, slots=True, eq=False)
class ModelFile:
    """A model as it came out of a file.

    Attributes
    ----------
    name
        Of the file, without its folder.
    fingerprint
        Of settings, scalers and weights, as the exports tell it.
    written_s
        When the file was written, Unix time.
    """

    name: str
    bundle: Bundle
    fingerprint: str
    written_s: float


def bundled(run: Run, dataset: Dataset) -> Bundle:
    """Collect the best model of `run`, which was trained on `dataset`; one that came out of a file is as it was.

    Raises
    ------
    ValueError
        If the run has no best weights.
    """
    if run.best is None:
        raise ValueError(f"run {run.number} has no weights")
    if run.model is not None:
        return run.model.bundle
    ended = run.ended
    # An absolute path would tell strangers about this machine, and be of no use on theirs.
    data = run.project.data.model_copy(update={"source": PurePath(run.project.data.source).name})
    facts = Facts(
        project=run.project.model_copy(update={"data": data}),
        data=_data_facts(dataset, run.project.data.sha256),
        **FitFacts.of(dataset.fit).model_dump(),
        scores=score_facts(ended.scores if ended else ()),
        outcome=ended.outcome if ended else "running",
        epoch=ended.epoch if ended else run.best.epoch,
        best_epoch=run.best.epoch,
        seconds=ended.seconds if ended else 0.0,
        versions=versions(),
    )
    return Bundle(facts, dict(run.best.weights))


def _data_facts(dataset: Dataset, sha256: str) -> DataFacts:
    times, step = dataset.clock.times, dataset.clock.step
    return DataFacts(
        name=dataset.name,
        sha256=sha256,
        rows=len(dataset.values),
        rows_sha256=rows_checksum(dataset, len(dataset.values)),
        first=None if times is None else str(times.min()),
        last=None if times is None else str(times.max()),
        step=None if step is None else _step(step),
    )


def rows_checksum(dataset: Dataset, rows: int) -> str:
    """Return a checksum of names, times and values of the first `rows` rows of the columns that are read."""
    digest = hashlib.sha256("\n".join(dataset.columns).encode())
    values = dataset.values[:rows]
    # Every NaN alike, and -0 as 0.
    digest.update(np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8").tobytes())
    times = dataset.clock.times
    if times is not None:
        digest.update(times[:rows].astype("<M8[us]").tobytes())
    return digest.hexdigest()


def score_facts(scores: tuple[Scores, ...]) -> tuple[ScoreFacts, ...]:
    """Return what a model file says of `scores`."""
    return tuple(
        ScoreFacts(
            name=entry.name,
            part=entry.part,
            mae=entry.mae,
            rmse=entry.rmse,
            mase=entry.mase,
            windows=entry.windows,
            accuracy=entry.accuracy,
        )
        for entry in scores
        if np.isfinite((entry.mae, entry.rmse)).all()  # JSON has no number for an overflow
    )


def _step(step: Step) -> StepFacts:
    return StepFacts(count=step.count, unit=step.unit)


def versions() -> dict[str, str]:
    """Return the versions that decide about numbers."""
    found = {name: _version(name) for name in ("torch", "numpy", "polars", "safetensors")}
    return {"workbench": __version__, "python": platform.python_version(), "platform": sys.platform, **found}


@cache
def _version(name: str) -> str:
    """Return the version of an installed package; asking takes 7 ms, and does not change while a program runs."""
    return version(name)


def weights_digest(weights: Weights) -> str:
    """Return a checksum of names, shapes and bits of weights."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        value = np.ascontiguousarray(weights[name])
        digest.update(f"{name} {value.dtype.str} {value.shape}\n".encode() + value.tobytes())
    return digest.hexdigest()
