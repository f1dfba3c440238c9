"""The range test beside the window: it can be given up, gives way to a training, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from workbench.app.session import Session
from workbench.core.opening import Opened


@pytest.fixture
def ready(session: Session) -> Session:
    session._take(Opened(small_table(), small_project()))
    return session


def tried(session: Session, qtbot: QtBot) -> None:
    session.rate_test.start()
    assert session.rate_test.busy
    qtbot.waitUntil(lambda: not session.rate_test.busy, timeout=60_000)


def test_that_a_test_finds_a_curve_and_a_rate(ready: Session, qtbot: QtBot) -> None:
    tried(ready, qtbot)
    curve = ready.rate_test.curve
    assert curve is not None
    assert len(curve.rates) == len(curve.losses) == len(curve.smoothed)
    assert np.all(np.diff(curve.rates) > 0)
    assert np.isfinite(curve.losses).all()
    assert curve.suggestion is not None
    assert curve.rates[0] < curve.suggestion < curve.rates[-1]
    assert curve.suggestion == float(f"{curve.suggestion:.1e}"), "two digits are enough"


def test_that_a_rate_is_taken_over_and_taken_back(ready: Session, qtbot: QtBot) -> None:
    tried(ready, qtbot)
    before = ready.project.train.learning_rate
    ready.rate_test.take(0.0123)
    assert ready.project.train.learning_rate == 0.0123
    assert not ready.rate_test.outdated, "the curve does not depend on the rate that is set"
    ready.undo.undo()
    assert ready.project.train.learning_rate == before


def test_that_other_settings_make_the_curve_outdated(ready: Session, qtbot: QtBot) -> None:
    tried(ready, qtbot)
    ready.edit("train", epochs=77, patience=5)
    assert not ready.rate_test.outdated
    ready.edit("train", optimiser="sgd")
    assert ready.rate_test.outdated
    ready.undo.undo()
    ready.edit("model", hidden=11)
    assert ready.rate_test.outdated


def test_that_a_test_can_be_given_up(ready: Session, qtbot: QtBot) -> None:
    ready.rate_test.start()
    assert ready.works.may_end
    ready.works.give_up()
    qtbot.waitUntil(lambda: not ready.rate_test.busy, timeout=60_000)
    assert ready.rate_test.curve is None


def test_that_a_test_gives_way_to_a_training_and_does_not_disturb_it(ready: Session, qtbot: QtBot) -> None:
    ready.edit("model", dropout=0.3, layers=2)

    def losses() -> list[float]:
        ready.train()
        qtbot.waitUntil(lambda: ready.training == "idle", timeout=60_000)
        return [entry.valid_loss for entry in ready.runs[-1].epochs]

    alone = losses()
    ready.rate_test.start()
    assert losses() == alone
    assert not ready.rate_test.busy
    tried(ready, qtbot)
    assert losses() == alone


def test_that_a_training_comes_first(ready: Session, qtbot: QtBot) -> None:
    heard: list[str] = []
    ready.noticed.connect(lambda found: heard.append(found.key))
    ready.edit("train", epochs=5000, patience=5000)
    ready.train()
    ready.rate_test.start()
    assert heard == ["busy"]
    assert not ready.rate_test.busy


def test_that_without_data_it_is_said(session: Session) -> None:
    heard: list[str] = []
    session.noticed.connect(lambda found: heard.append(found.key))
    session.rate_test.start()
    assert heard == ["not-ready"]
