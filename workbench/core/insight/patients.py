"""What the doctor is shown of a run."""

from __future__ import annotations

import numpy as np

from workbench.core.cells import CELLS
from workbench.core.dataset import Dataset
from workbench.core.events import Probed
from workbench.core.insight.doctor import Column, Patient, Reading
from workbench.core.insight.residuals import groupings
from workbench.core.insight.seasonality import detected_season
from workbench.core.problems import Problem
from workbench.core.project import Project
from workbench.core.run import Run

LEAST_TRAINING_WINDOWS = 30
MOST_ROWS = 50_000


def patient_of(run: Run | None, dataset: Dataset, project: Project, findings: tuple[Problem, ...] = ()) -> Patient:
    """Collect what there is; before a training only the data."""
    project = run.project if run is not None else project
    probe = run.probe() if run is not None else None
    _epochs, train, valid = run.curve if run is not None else (None, np.zeros(0), np.zeros(0))
    rows = dataset.split.train if dataset.split.places is None else len(dataset.values)
    return Patient(
        project=project,
        columns=_columns(dataset),
        layers=readings(probe, project) if probe is not None else (),
        train=train,
        valid=valid,
        outcome=run.ended.outcome if run is not None and run.ended is not None else "",
        longest_window=max(1, rows - project.data.horizon - LEAST_TRAINING_WINDOWS),
        findings=findings,
        calendar=groupings(dataset.clock, np.arange(rows)),
    )


def _columns(dataset: Dataset) -> tuple[Column, ...]:
    if dataset.split.places is not None or dataset.spec.framing != "forecast":
        return ()
    train, test = (dataset.split.of(part) for part in ("train", "test"))
    found = []
    for place, name in enumerate(dataset.spec.targets):
        values = dataset.values[:, place]
        own = values[train][-MOST_ROWS:]
        period = dataset.season if place == 0 else detected_season(own, dataset.clock.step)
        found.append(Column(name, period, own, values[test]))
    return tuple(found)


def readings(probe: Probed, project: Project) -> tuple[Reading, ...]:
    """Return gates, states and gradients of each layer of a probe.

    Gradients are those over the fixed batch of validation windows, where the look has them: one window may be odd.
    """
    cell = CELLS[project.model.cell]
    declared = {signal.key: signal for signal in (*cell.gates, *cell.states)}
    return tuple(
        Reading(
            {key: (declared[key], values) for key, values in trace.values.items() if key in declared},
            dict(trace.flows or trace.gradients),
        )
        for trace in probe.traces
    )
