"""Surgery in a session: undo, what the network says with it, a new run from it, and its export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.core.exports.wbm import read_model
from workbench.core.opening import Opened
from workbench.core.operations import Clamp, MovePoint, SetWeight, Silence
from workbench.core.project import Project

Fill = Callable[[Project], None]


@pytest.fixture
def trained(session: Session) -> Session:
    """A session with a finished small LSTM run, whose window at the cursor can be read."""
    project = small_project()
    session._take(Opened(small_table(), project))
    session.replay(list(recorded_events(project)))
    return session


def operated(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.surgery.trial is not None and not session.surgery._busy, timeout=20_000)


def test_that_an_operation_bends_what_is_shown_and_undo_takes_it_back(trained: Session, qtbot: QtBot) -> None:
    before = trained.surgery.shown
    assert before is not None
    told = []
    trained.run_changed.connect(lambda _run, kinds: told.append(kinds))
    assert trained.surgery.do(Clamp(gate="f", value=1.0)) is None
    operated(trained, qtbot)
    shown = trained.surgery.shown
    assert shown is not None
    np.testing.assert_allclose(shown.probe.traces[0].values["f"], 1.0)
    assert shown.ghost is not None
    np.testing.assert_allclose(shown.ghost.forecast, before.probe.forecast, rtol=1e-5)
    assert not np.allclose(shown.probe.forecast, before.probe.forecast)
    assert trained.surgery.trial.scores.mae != trained.surgery.ghost.scores.mae
    assert frozenset({"Probed"}) in told
    trained.undo.undo()
    assert trained.surgery.operations == ()
    assert trained.surgery.shown.probe is before.probe
    trained.undo.redo()
    operated(trained, qtbot)
    assert [entry.notation for entry in trained.surgery.operations] == ["f = 1"]


def test_that_the_network_of_a_past_epoch_is_operated_on_where_its_weights_were_kept(
    trained: Session, qtbot: QtBot
) -> None:
    run = trained.run
    assert run is not None
    past = min(run.kept)
    trained.point(epoch=past)
    recorded = run.probe(past)
    assert trained.surgery.do(Clamp(gate="f", value=1.0)) is None
    operated(trained, qtbot)
    shown = trained.surgery.shown
    assert trained.cursor.epoch == past
    np.testing.assert_allclose(shown.probe.traces[0].values["f"], 1.0)
    np.testing.assert_allclose(shown.ghost.forecast, recorded.forecast, rtol=1e-4)
    trained.point(epoch=0)
    assert trained.surgery.shown.operations == ()
    assert trained.surgery.network is None
    trained.surgery.do(Clamp(gate="f", value=0.5))
    assert trained.cursor.epoch is None
    operated(trained, qtbot)
    np.testing.assert_allclose(trained.surgery.shown.probe.traces[0].values["f"], 0.5)


def test_that_a_drag_is_one_step_of_undo(trained: Session, qtbot: QtBot) -> None:
    trained.surgery.do(Silence(unit=3))
    for value in (0.1, 0.2, 0.3):
        trained.surgery.do(Clamp(gate="o", value=value), drag="o")
    assert [entry.notation for entry in trained.surgery.operations] == ["zero[3]", "o = 0.3"]
    trained.undo.undo()
    assert [entry.notation for entry in trained.surgery.operations] == ["zero[3]"]
    trained.surgery.take_back(Silence(unit=3))
    assert trained.surgery.operations == ()
    trained.undo.undo()
    trained.surgery.clear()
    assert trained.surgery.operations == ()
    operated_or_idle = lambda: not trained.surgery._busy  # noqa: E731
    qtbot.waitUntil(operated_or_idle, timeout=20_000)


def test_that_what_cannot_be_done_is_noticed_and_changes_nothing(trained: Session) -> None:
    noticed = []
    trained.noticed.connect(noticed.append)
    found = trained.surgery.do(Clamp(gate="z", value=0.5))
    assert found is not None
    assert [entry.key for entry in noticed] == ["no-operation"]
    assert trained.surgery.operations == ()
    assert trained.undo.count() == 1  # that the file was opened


def test_that_without_a_network_there_is_nothing_to_operate_on(session: Session) -> None:
    noticed = []
    session.noticed.connect(noticed.append)
    assert session.surgery.do(Silence(unit=0)) is not None
    assert session.surgery.shown is None
    assert [entry.key for entry in noticed] == ["no-model"]


def test_that_another_window_is_read_with_the_same_operations(trained: Session, qtbot: QtBot) -> None:
    trained.surgery.do(Silence(unit=3))
    operated(trained, qtbot)
    start = int(trained.run_dataset.valid.start[0])
    trained.point(window=start)
    qtbot.waitUntil(lambda: trained.surgery.trial.probe.start == start, timeout=20_000)
    qtbot.waitUntil(lambda: not trained.surgery._busy, timeout=20_000)
    assert trained.surgery.ghost.probe.start == start
    trained.surgery.do(MovePoint(window=start, step=30, column=0, value=99.0))
    qtbot.waitUntil(lambda: not trained.surgery._busy, timeout=20_000)
    assert not np.allclose(trained.surgery.trial.probe.forecast, trained.surgery.ghost.probe.forecast)


def test_that_every_run_has_its_own_operations(trained: Session, qtbot: QtBot) -> None:
    trained.surgery.do(Silence(unit=3))
    operated(trained, qtbot)
    first = trained.run
    trained.replay(list(recorded_events(small_project())))
    assert trained.run is not first
    assert trained.surgery.operations == ()
    assert trained.surgery.shown.ghost is None
    trained.show_run(first)
    operated(trained, qtbot)
    assert [entry.notation for entry in trained.surgery.operations] == ["zero[3]"]


def test_that_units_are_ranked(trained: Session, qtbot: QtBot) -> None:
    trained.surgery.rank(0)
    qtbot.waitUntil(lambda: bool(trained.surgery.ranking), timeout=30_000)
    changes = [entry.change for entry in trained.surgery.ranking]
    assert len(changes) == 12
    assert changes == sorted(changes, reverse=True)
    trained.surgery.do(Silence(unit=0))
    assert trained.surgery.ranking == ()
    operated(trained, qtbot)


def test_that_a_changed_network_is_trained_on_and_its_run_says_so(trained: Session, qtbot: QtBot) -> None:
    trained.surgery.do(SetWeight(name="weight_hh", row=0, column=0, value=0.5))
    operated(trained, qtbot)
    assert trained.surgery.train_on() is None
    qtbot.waitUntil(lambda: trained.training == "idle", timeout=60_000)
    run = trained.runs[-1]
    assert run.number == 2
    assert [entry.notation for entry in run.project.surgery] == ["weight_hh[0,0] = 0.5"]
    assert run.started.project.surgery == run.project.surgery
    assert trained.project.surgery == ()


def test_that_an_export_is_the_changed_network(trained: Session, qtbot: QtBot, tmp_path: Path) -> None:
    trained.surgery.do(Clamp(gate="f", value=1.0))
    operated(trained, qtbot)
    with qtbot.waitSignal(trained.noticed, timeout=20_000):
        trained.export(tmp_path / "m.wbm")
    found = read_model(tmp_path / "m.wbm")
    assert [entry.notation for entry in found.project.surgery] == ["f = 1"]
    weights = trained.surgery.trial.weights
    for name, value in found.weights.items():
        np.testing.assert_array_equal(value, weights[name])
