"""Event streams of small trainings that really took place, made once per test session and replayed often."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Event
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.steering import Steering
from workbench.core.table import Column, Step, Table, TimeAxis


def small_table(rows: int = 400, *, seed: int = 0) -> Table:
    """Return hourly rows with a daily rhythm in ``load``, a slower ``temp`` and a text column."""
    noise = np.random.default_rng(seed)
    hours = np.arange(rows)
    times = np.datetime64("2024-01-01T00", "us") + hours * np.timedelta64(1, "h")
    load = 20 + 5 * np.sin(2 * np.pi * hours / 24) + noise.normal(0, 0.5, rows)
    temp = 10 + 4 * np.sin(2 * np.pi * hours / 168) + noise.normal(0, 0.2, rows)
    kind = np.array(["work" if hour % 168 < 120 else "rest" for hour in hours], dtype=object)
    return Table(
        name="small.csv",
        columns=(
            Column("time", "time", times, 0),
            Column("load", "number", load, 0),
            Column("temp", "number", temp, 0),
            Column("kind", "text", kind, 0),
        ),
        time=TimeAxis(("time",), "%Y-%m-%d %H:%M", times, Step(3600, "second")),
        notes=(),
        sha256="0" * 64,
    )


def small_project(
    cell: str = "lstm", *, epochs: int = 4, targets: tuple[str, ...] = ("load",), **model: object
) -> Project:
    """Return a project for :func:`small_table` that trains in a fraction of a second."""
    inputs = tuple(name for name in ("temp",) if name not in targets)
    return Project(
        title="small",
        data=DataSpec(source="small.csv", sha256="0" * 64, targets=targets, inputs=inputs, window=36, horizon=12),
        model=ModelSpec(cell=cell, hidden=12, **model),
        train=TrainSpec(epochs=epochs, batch=32, patience=50),
    )


def small_dataset(project: Project) -> Dataset:
    """Return the windows of `project` on :func:`small_table`."""
    return prepare(small_table(), project.data)


@lru_cache(maxsize=32)
def recorded_events(project: Project | None = None) -> tuple[Event, ...]:
    """Return all events of training `project` (by default a small LSTM) on :func:`small_table`."""
    from workbench.core.supervision import supervised

    project = project or small_project()
    dataset = small_dataset(project)
    steering = Steering(project.train, probe=int(dataset.valid.start[-1]), audience=True)
    return tuple(supervised(project, dataset, steering))
