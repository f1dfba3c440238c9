"""Random presses of the buttons of the toolbar, with a seed that plays them again; 500 of them with ``FAULTS=long``."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from faults import LONG, count
from workbench.app.preferences import Preferences
from workbench.app.session import Session
from workbench.core.problems import Problem
from workbench.ui.appearance import wear
from workbench.ui.window import Window

PRESSES = count(150, 500)
SEEDS = range(5) if LONG else range(1)
BUTTONS = ("train", "pause", "step-batch", "step-epoch", "finish", "stop")
ENDED_AFTER_S = 5.0


@pytest.fixture
def window(session: Session, qtbot: QtBot, tmp_path: object) -> Iterator[Window]:
    made = Window(session, wear("dark"), Preferences())
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("seed", SEEDS)
def test_that_random_presses_end_every_run_once_and_lose_none(window: Window, qtbot: QtBot, seed: int) -> None:
    session, draw = window.session, random.Random(seed)
    heard: list[Problem] = []
    session.noticed.connect(heard.append)
    with qtbot.waitSignal(session.project_changed, timeout=60_000):
        session.open("task:adding?length=8")
    qtbot.waitUntil(lambda: session.dataset is not None, timeout=60_000)
    session.edit("model", hidden=4)
    session.edit("train", epochs=3, batch=256)
    pressed: dict[str, int] = dict.fromkeys(BUTTONS, 0)
    for _press in range(PRESSES):
        name = draw.choice(BUTTONS)
        action = window.actions_[name]
        pressed[name] += action.isEnabled()
        action.trigger()
        if draw.random() < 0.5:
            wait_s, began = draw.uniform(0.0, 0.02), time.monotonic()
            qtbot.waitUntil(lambda wait_s=wait_s, began=began: time.monotonic() - began >= wait_s)
        assert sum(run.ended is None for run in session.runs) <= 1, "one training at a time"
    session.stop()
    began = time.monotonic()
    qtbot.waitUntil(lambda: session.training == "idle", timeout=60_000)
    assert time.monotonic() - began < ENDED_AFTER_S
    assert all(run.ended is not None for run in session.runs)
    assert [run.number for run in session.runs] == list(range(1, len(session.runs) + 1))
    assert {run.state for run in session.runs} <= {"stopped", "finished", "early"}
    assert [problem.key for problem in heard if problem.severity == "error"] == []
    assert len(session.runs) > 5
    assert all(pressed.values())
