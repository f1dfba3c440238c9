"""Refits in processes of their own: the same as in one, given up at once, and with warm weights where asked for."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from series import table_of, tiny_project, wave
from workbench.core.backtest import assembled, planned
from workbench.core.dataset import prepare
from workbench.core.plan import Plan
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.refitting import refitted
from workbench.core.table import Table


def setting(**changes: object) -> tuple[Table, Project]:
    values = {"targets": ("a",), "epochs": 2, "hidden": 4, "device": "cpu", "threads": "1"} | changes
    return table_of(a=wave(300)), tiny_project(**values)


def test_that_processes_give_the_forecasts_of_a_training_before_each_origin() -> None:
    from pathlib import Path

    from workbench.core.delivery import band_of
    from workbench.core.forecaster import blank
    from workbench.core.refitting import trained

    table, project = setting()
    dataset = prepare(table, project.data)
    blocks = planned(dataset, Plan(origins=3, refit=2, stride=8))
    told: list[tuple[int, int]] = []
    done = list(refitted(table, project, blocks, workers=2, progress=lambda *seen: told.append(seen)))
    assert told == [(0, 2), (1, 2), (2, 2)]
    found = assembled(dataset, Plan(origins=3, refit=2, stride=8), blocks, done)
    assert found.refits == (0, 2)
    assert {"model", "last", "linear"} <= set(found.forecasts)
    own = prepare(table, project.data, places=blocks[1].places)
    forecaster = blank(project.model, project.data)
    forecaster.restore(trained(project, own, None, 1, Path("there-is-no-such-file")))
    expected = band_of(forecaster.eval(), own, blocks[1].start)[0]
    np.testing.assert_allclose(found.forecasts["model"][2:], expected, rtol=1e-5)


def test_that_a_backtest_is_given_up_in_the_middle_of_a_training() -> None:
    table, project = setting(epochs=100_000, patience=100_000)
    blocks = planned(prepare(table, project.data), Plan(origins=2, refit=1, stride=8))
    begun = time.monotonic()
    with pytest.raises(WorkbenchError) as caught:
        list(refitted(table, project, blocks, workers=1, cancelled=lambda: time.monotonic() > begun + 4))
    assert caught.value.problem.key == "backtest-given-up"


def test_that_a_training_that_fails_is_told() -> None:
    absent = "mps" if not torch.backends.mps.is_available() else "cuda"
    table, project = setting(device=absent)
    blocks = planned(prepare(table, project.data), Plan(origins=1, refit=1))
    with pytest.raises(WorkbenchError) as caught:
        list(refitted(table, project, blocks, workers=1))
    assert caught.value.problem.key == "refit-failed"
    assert absent.upper() in str(caught.value)
