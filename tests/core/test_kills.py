"""Nothing is lost to a process that dies at any moment, or stands still: resources/docs/faults.md, rows 1 to 4."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faults import count
from series import ending, tiny_project, tiny_table, train
from workbench.core import keeping
from workbench.core.dataset import prepare
from workbench.core.events import Ended, EpochEnded, Event, Progressed
from workbench.core.keeping import Keeper
from workbench.core.steering import Steering
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised

TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks")


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Note the figures of a test beside its result."""

    def note(found: dict[str, Any]) -> dict[str, Any]:
        record_property("found", found)
        return found

    return note


Told = Callable[[dict[str, Any]], dict[str, Any]]


def killing(what: str, folder: Path, times: int, *more: object) -> dict[str, Any]:
    """Run ``tests/killing.py``; its answer."""
    command = [sys.executable, str(TESTS / "killing.py"), what, str(folder), str(times), "7", *map(str, more)]
    paths = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False, timeout=1500
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(1600)
def test_that_a_training_killed_at_random_moments_loses_seconds_and_ends_the_same(tmp_path: Path, told: Told) -> None:
    found = told(killing("train", tmp_path / "run", count(3, 20)))
    assert found["lost_s"] <= 30.0
    assert found["same"], "losses and best weights have the bits of a training that was not killed"
    assert found["status"] == "finished"
    assert found["log"], "the log tells every epoch once, in order"


@pytest.mark.timeout(1600)
def test_that_a_kill_while_saving_leaves_a_checkpoint_that_can_be_read(tmp_path: Path, told: Told) -> None:
    times = count(5, 50)
    found = told(killing("save", tmp_path / "run", times))
    assert found["loaded"] + found["none"] == times
    assert found["loaded"] > times // 2, "kills before the first checkpoint are the exception"


def test_that_a_process_that_stands_still_tells_no_negative_durations(tmp_path: Path, told: Told) -> None:
    found = told(killing("stop", tmp_path / "run", 1, count(1, 60)))
    assert (found["code"], found["status"]) == (0, "finished")
    assert found["least"] >= 0.0


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0, -4e9])
def test_that_a_clock_that_jumps_tells_no_negative_durations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    clock, calls = time.time, [0]

    def jumping() -> float:
        calls[0] += 1
        return clock() + (jump_s if calls[0] % 2 else 0.0)

    monkeypatch.setattr(time, "time", jumping)
    project = tiny_project(epochs=3)
    dataset, folder = prepare(tiny_table(), project.data), RunFolder(tmp_path / "run")
    keeper = Keeper.begun(folder, project, dataset)
    events = list(supervised(project, dataset, Steering(project.train), keeper=keeper))
    assert min(durations(events)) >= 0.0
    assert folder.facts().began_s >= 0.0
    assert folder.status == "finished"


def durations(events: list[Event]) -> Iterator[float]:
    for event in events:
        match event:
            case Progressed():
                yield from (event.left_s, event.windows_per_s)
            case EpochEnded() | Ended():
                yield event.seconds


def test_that_a_long_epoch_is_kept_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH_APART_S", 0.1)
    project = tiny_project(epochs=1, batch=1)
    dataset, folder = prepare(tiny_table(600), project.data), RunFolder(tmp_path / "run")
    keeper = Keeper.begun(folder, project, dataset)
    taken: list[float] = []
    save = keeper.save

    def noted(*arguments: Any) -> None:
        taken.append(time.monotonic())
        save(*arguments)

    monkeypatch.setattr(keeper, "save", noted)
    assert ending(list(supervised(project, dataset, Steering(project.train), keeper=keeper))).outcome == "finished"
    assert len(taken) >= 3
    assert min(np.diff(taken[:-1])) >= 0.1, "no sooner than it is due, but for the last one"


def test_that_epochs_shorter_than_a_second_share_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tiny_project(epochs=30, patience=30)
    dataset, folder = prepare(tiny_table(), project.data), RunFolder(tmp_path / "run")
    keeper = Keeper.begun(folder, project, dataset)
    taken: list[object] = []
    save = keeper.save
    monkeypatch.setattr(keeper, "save", lambda *arguments: (taken.append(arguments), save(*arguments)))
    began = time.monotonic()
    events = list(supervised(project, dataset, Steering(project.train), keeper=keeper))
    assert 2 <= len(taken) <= 2 + (time.monotonic() - began), "the first epoch, the last, and one a second"
    assert ending(events).epoch == 30


def test_that_a_kept_training_has_the_bits_of_one_that_is_not(tmp_path: Path) -> None:
    project = tiny_project(epochs=3, dropout=0.3)
    dataset = prepare(tiny_table(), project.data)
    keeper = Keeper.begun(RunFolder(tmp_path / "run"), project, dataset)
    events = list(supervised(project, dataset, Steering(project.train), keeper=keeper))
    one, other = ([e for e in found if isinstance(e, EpochEnded)] for found in (events, train(project, dataset)))
    assert [(e.train_loss, e.valid_loss) for e in one] == [(e.train_loss, e.valid_loss) for e in other]
