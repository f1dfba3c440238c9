"""Every setting of the network, its cell and its training changes the forecast; the manual names each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from series import run_of, tiny_project, tiny_table, train
from workbench.cli.flags import FLAGS, cell_settings
from workbench.core.bundle import bundled
from workbench.core.cells import CELLS
from workbench.core.dataset import prepare
from workbench.core.fields import settings_of
from workbench.core.forecasting import beyond, view
from workbench.core.project import ModelSpec, TrainSpec

BASE: dict[str, Any] = {
    "cell": "gru", "targets": ("a", "b"), "calendar": ("hour",), "window": 12, "horizon": 6, "hidden": 4, "epochs": 3,
}  # fmt: skip
"""Small, but with a column, a segment and something known ahead for every part to work on."""

QUANTILES = {"output": "quantiles", "loss": "pinball"}
COSINE = {"schedule": "cosine"}
STEPS = {"schedule": "step", "rate_every": 1.0}
STALL = {"schedule": "plateau", "learning_rate": 0.3, "epochs": 20, "patience": 20, "rate_factor": 0.1}
RECURSIVE = {"decoder": "recursive", "segment": 2}

CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "cell": ({}, {"cell": "lstm"}),
    "hidden": ({}, {"hidden": 5}),
    "layers": ({}, {"layers": 2}),
    "bidirectional": ({}, {"bidirectional": True}),
    "dropout": ({}, {"dropout": 0.5}),
    "normalisation": ({}, {"normalisation": "revin"}),
    "segment": ({}, {"segment": 3}),
    "channels": ({}, {"channels": "shared"}),
    "decoder": ({"decoder": "parallel"}, {"decoder": "recursive"}),
    "teacher_forcing": (RECURSIVE, {**RECURSIVE, "teacher_forcing": 0.0}),
    "output": ({"output": "gaussian", "loss": "nll"}, {"output": "student-t", "loss": "nll"}),
    "quantiles": (QUANTILES, {**QUANTILES, "quantiles": "0.02,0.5,0.98"}),
    "known_ahead": ({}, {"known_ahead": False}),
    "epochs": ({}, {"epochs": 4}),
    "batch": ({}, {"batch": 8}),
    "learning_rate": ({}, {"learning_rate": 0.01}),
    "optimiser": ({"weight_decay": 0.1}, {"weight_decay": 0.1, "optimiser": "adamw"}),
    "momentum": ({"optimiser": "sgd"}, {"optimiser": "sgd", "momentum": 0.5}),
    "weight_decay": ({}, {"weight_decay": 0.1}),
    "schedule": ({}, {"schedule": "cosine"}),
    "warm_up": ({}, {"warm_up": 1.0}),
    "rate_hold": (COSINE, {**COSINE, "rate_hold": 1.0}),
    "rate_factor": (STEPS, {**STEPS, "rate_factor": 0.1}),
    "rate_every": (STEPS, {**STEPS, "rate_every": 2.0}),
    "rate_stall": ({**STALL, "rate_stall": 1}, {**STALL, "rate_stall": 3}),
    "rate_floor": (COSINE, {**COSINE, "rate_floor": 0.5}),
    "clip_value": ({}, {"clip_value": 0.001}),
    "accumulate": ({}, {"accumulate": 2}),
    "truncate": ({}, {"truncate": 4}),
    "average": ({}, {"average": 0.9}),
    "loss": ({}, {"loss": "huber"}),
    "clip": ({}, {"clip": 0.01}),
    "seed": ({}, {"seed": 1}),
    "patience": (
        {"learning_rate": 2.0, "epochs": 12, "patience": 1},
        {"learning_rate": 2.0, "epochs": 12, "patience": 12},
    ),
}
"""By setting: what is set in both trainings, and what the second is; only the setting in question differs."""

ELSEWHERE = {
    "classes": "test_classes.py",
    "device": "test_placing.py",
    "threads": "test_placing.py",
    "precision": "test_precision.py",
    "event_files": "test_progress.py",
}
"""Settings that the forecast of a series cannot show, and the tests that do."""

OPTIONS: dict[str, Any] = {
    "orthogonal": True, "bias": False, "initial_state": "learned", "recurrent_dropout": 0.4, "zoneout": 0.3,
    "layer_norm": True, "forget_bias": 3.0, "update_bias": 2.0, "chrono": 12, "form": "original",
}  # fmt: skip
CASES = [
    (cell.key, entry.name) for cell in CELLS for entry in settings_of(cell.Options)
]  # an option of a cell changes every cell that has it


def outcome(**settings: Any) -> tuple[int, NDArray[np.float64]]:
    """Train; return the epochs that were run, and the forecast with its band of what comes next."""
    project = tiny_project(**{**BASE, **settings})
    dataset = prepare(tiny_table(), project.data)
    run = run_of(train(project, dataset), project)
    assert run.ended is not None
    assert run.ended.problem is None
    made = bundled(run, dataset)
    found = beyond(made, view(made, tiny_table()))
    edges = [edge for edge in (found.values, found.low, found.high) if edge is not None]
    return run.ended.epoch, np.stack(edges)


def differ(one: tuple[int, NDArray[np.float64]], two: tuple[int, NDArray[np.float64]]) -> bool:
    """True if two trainings ended differently; equal ones are equal bit for bit."""
    return one[0] != two[0] or not np.array_equal(one[1], two[1])


def test_that_every_setting_is_asked_for() -> None:
    names = {entry.name for spec in (ModelSpec, TrainSpec) for entry in settings_of(spec)}
    assert names == {*CHANGES, *ELSEWHERE}
    assert {entry.name for entry in cell_settings()} == set(OPTIONS)


@pytest.mark.parametrize("name", CHANGES)
def test_that_a_setting_changes_the_forecast(name: str) -> None:
    before, after = CHANGES[name]
    assert not differ(outcome(**before), outcome(**before)), "the same settings give the same forecast"
    assert differ(outcome(**before), outcome(**after))


@pytest.mark.parametrize(("cell", "name"), CASES)
def test_that_an_option_of_a_cell_changes_the_forecast(cell: str, name: str) -> None:
    changed = outcome(cell=cell, epochs=1, options={name: OPTIONS[name]})
    assert differ(outcome(cell=cell, epochs=1), changed)


def test_that_the_manual_names_every_flag() -> None:
    manual = (Path(__file__).parents[2] / "resources" / "docs" / "cells.md").read_text(encoding="utf-8")
    settings = [entry.name for spec in (ModelSpec, TrainSpec) for entry in settings_of(spec)]
    for name in [*settings, *(entry.name for entry in cell_settings()), "preset", "budget", "same_parameters_as"]:
        assert FLAGS.get(name, "--" + name.replace("_", "-")) in manual, name
    choices = [value for entry in settings_of(ModelSpec) for value, _label in entry.choices]
    assert all(f"`{value}`" in manual for value in choices if value != "none")
