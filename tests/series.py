"""Small tables, projects and trainings for tests that need their own data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Ended, Event
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.run import Run
from workbench.core.steering import Steering
from workbench.core.table import Column, Step, Table, TimeAxis

HOUR = Step(3600, "second")


def table_of(*, times: Any = None, step: Any = None, name: Any = "t.csv", **columns: ArrayLike) -> Table:
    """Return a table of number columns, with a time column if `times` are given."""
    numbers = {key: np.asarray(values, dtype=np.float64) for key, values in columns.items()}
    found = [Column(key, "number", values, int(np.isnan(values).sum())) for key, values in numbers.items()]
    if times is None:
        return Table(name, tuple(found), None, (), "1" * 64)
    axis = TimeAxis(("time",), "%Y-%m-%d %H:%M", times, step, backward=int((np.diff(times) < np.timedelta64(0)).sum()))
    return Table(name, (Column("time", "time", times, 0), *found), axis, (), "1" * 64)


def hourly(rows: int) -> NDArray[np.datetime64]:
    """Return `rows` hours of 2024."""
    return np.datetime64("2024-01-01T00", "us") + np.arange(rows) * np.timedelta64(1, "h")


def wave(rows: int, *, seed: int = 0, period: int = 12, noise: float = 0.2) -> NDArray[np.float64]:
    """Return a noisy sine around 10."""
    return 10 + 3 * np.sin(2 * np.pi * np.arange(rows) / period) + np.random.default_rng(seed).normal(0, noise, rows)


def tiny_project(*, targets: Any = ("a",), inputs: Any = (), **settings: Any) -> Project:
    """Return a project on columns ``a`` and ``b`` that trains in an instant; `settings` go where they belong."""
    values: dict[str, dict[str, Any]] = {
        "data": {"window": 10, "horizon": 3, "targets": targets, "inputs": inputs},
        "model": {"hidden": 4, "cell": "rnn"},
        "train": {"epochs": 2, "batch": 16, "device": "cpu"},
    }
    for section, spec in (("data", DataSpec), ("model", ModelSpec), ("train", TrainSpec)):
        values[section].update({key: settings.pop(key) for key in list(settings) if key in spec.model_fields})
    assert not settings, f"no spec has {sorted(settings)}"
    return Project.model_validate(values)


def tiny_table(rows: int = 120, seed: int = 0) -> Table:
    """Return hourly columns ``a`` and ``b``."""
    return table_of(
        times=hourly(rows), step=HOUR, a=wave(rows, seed=seed), b=wave(rows, seed=seed + 1, period=7, noise=0.1)
    )


def train(
    project: Project,
    dataset: Dataset | Table | None = None,
    steering: Steering | None = None,
    on: Callable[[Event, Steering], None] | None = None,
) -> list[Event]:
    """Train under supervision to the end; `on` sees every event with the levers at hand."""
    from workbench.core.supervision import supervised

    if dataset is None:
        dataset = tiny_table()
    if isinstance(dataset, Table):
        dataset = prepare(dataset, project.data)
    steering = steering or Steering(project.train)
    events = []
    for event in supervised(project, dataset, steering):
        events.append(event)
        if on is not None:
            on(event, steering)
    return events


def run_of(events: Iterable[Event], project: Project) -> Run:
    """Return the run that `events` tell of."""
    run = Run(1, project)
    for event in events:
        run.apply(event)
    return run


def ending(events: list[Event]) -> Ended:
    """Return the last event, which must be the only end."""
    ends = [event for event in events if isinstance(event, Ended)]
    assert len(ends) == 1, f"{len(ends)} ends"
    assert events[-1] is ends[0], "something came after the end"
    return ends[0]
