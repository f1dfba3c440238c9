"""Several seeds, one after the other: what is trained, what ends it, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from workbench.app import preparing
from workbench.app.session import Session
from workbench.core.groups import read_group
from workbench.core.opening import Opened
from workbench.core.store import RunFolder, runs_folder


@pytest.fixture
def ready(session: Session) -> Session:
    session._take(Opened(small_table(), small_project()))
    return session


def trained(session: Session, qtbot: QtBot, count: int) -> None:
    session.groups.train(count)
    qtbot.waitUntil(lambda: session.training == "idle", timeout=60_000)


def test_that_seeds_are_trained_one_after_the_other_and_spread(ready: Session, qtbot: QtBot) -> None:
    trained(ready, qtbot, 3)
    group = ready.groups.all[0]
    assert [run.project.train.seed for run in group.runs] == [0, 1, 2]
    assert [run.state for run in ready.runs] == ["finished"] * 3
    assert group.ended
    part, found = group.spreads()
    errors = [run.scores("test")["model"].mae for run in group.runs]
    assert part == "test"
    assert len(set(errors)) == 3, "another seed is another network"
    assert found["mae"].mean == pytest.approx(np.mean(errors))
    assert found["mae"].deviation == pytest.approx(np.std(errors, ddof=1))


def test_that_the_first_seed_is_the_training_without_a_group(ready: Session, qtbot: QtBot) -> None:
    trained(ready, qtbot, 2)
    ready.train()
    qtbot.waitUntil(lambda: ready.training == "idle", timeout=60_000)
    first, _second, alone = ready.runs
    assert [entry.valid_loss for entry in first.epochs] == [entry.valid_loss for entry in alone.epochs]
    assert ready.groups.of(first) is ready.groups.all[0]
    assert ready.groups.of(alone) is None


def test_that_a_group_is_kept_as_the_command_line_keeps_one(ready: Session, qtbot: QtBot) -> None:
    trained(ready, qtbot, 2)
    path = ready.groups.all[0].path
    assert path is not None
    assert path.parent == runs_folder()
    assert read_group(path).seeds == (0, 1)
    assert [RunFolder(path / name).status for name in ("seed-0", "seed-1")] == ["finished", "finished"]


def test_that_finish_ends_one_seed_and_stop_all(ready: Session, qtbot: QtBot) -> None:
    ready.edit("train", epochs=5000, patience=5000)
    ready.groups.train(4)
    qtbot.waitUntil(lambda: ready.runs[-1].best is not None, timeout=60_000)
    ready.finish()
    qtbot.waitUntil(lambda: len(ready.runs) == 2 and ready.runs[-1].best is not None, timeout=60_000)
    ready.stop()
    qtbot.waitUntil(lambda: ready.training == "idle", timeout=60_000)
    assert [run.state for run in ready.runs] == ["finished", "stopped"]
    assert ready.groups.present is None


def test_that_a_group_that_cannot_be_written_is_trained_all_the_same(
    ready: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "blocked").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "blocked"))
    heard: list[str] = []
    ready.noticed.connect(lambda found: heard.append(found.key))
    trained(ready, qtbot, 2)
    assert [run.state for run in ready.runs] == ["finished", "finished"]
    assert heard.count("not-kept-at-all") == 2


def test_that_closing_begins_no_other_seed(ready: Session, qtbot: QtBot) -> None:
    ready.edit("train", epochs=5000, patience=5000)
    ready.groups.train(3)
    qtbot.waitUntil(lambda: ready.runs[-1].started is not None, timeout=60_000)
    ready.close()
    assert len(ready.runs) == 1
    assert ready.training == "idle"


def test_that_a_group_waits_for_data_and_for_the_training_before(ready: Session, session: Session) -> None:
    heard: list[str] = []
    ready.noticed.connect(lambda found: heard.append(found.key))
    ready.edit("train", epochs=5000, patience=5000)
    ready.train()
    ready.groups.train(2)
    assert heard == ["busy"]
    assert not ready.groups.all


def test_that_seeds_and_rates_are_not_tried_on_data_that_are_being_prepared(
    ready: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "AT_ONCE", 0)
    heard: list[str] = []
    ready.noticed.connect(lambda found: heard.append(found.key))
    ready.edit("data", window=ready.project.data.window + 1)
    assert ready.preparing.busy
    ready.groups.train(2)
    ready.rate_test.start()
    assert heard == ["preparing", "preparing"]
    assert not ready.groups.all
    assert not ready.rate_test.busy
    qtbot.waitUntil(lambda: not ready.preparing.busy, timeout=60_000)
