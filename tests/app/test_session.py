"""The session with real data and real trainings, no widgets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.core.cursor import Cursor
from workbench.core.exports.wbm import read_model
from workbench.core.problems import Problem


@pytest.fixture
def series(tmp_path: Path) -> Path:
    table = small_table()
    lines = ["time,load,temp"]
    for time, load, temp in zip(*(table[name].values for name in ("time", "load", "temp")), strict=True):
        lines.append(f"{np.datetime_as_string(time, 'm').replace('T', ' ')},{load:.4f},{temp:.4f}")
    path = tmp_path / "series.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def opened(session: Session, series: Path, qtbot: QtBot) -> Session:
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(series)
    assert session.edit("model", hidden=8) is None
    assert session.edit("data", window=24, horizon=6) is None
    assert session.edit("train", epochs=3, batch=32) is None
    return session


def trained(session: Session, qtbot: QtBot, verb: Callable[[], None] | None = None) -> None:
    with qtbot.waitSignal(session.run_changed, timeout=60_000, check_params_cb=lambda _run, kinds: "Ended" in kinds):
        (verb or session.train)()
    qtbot.waitUntil(lambda: session.training == "idle", timeout=10_000)


def problems(session: Session) -> list[Problem]:
    heard: list[Problem] = []
    session.noticed.connect(heard.append)
    return heard


def test_that_opening_a_file_proposes_a_project(session: Session, series: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(series)
    assert session.project.data.targets == ("load",)
    assert session.project.data.horizon == 24, "one day is forecast from two"
    assert session.dataset is not None
    assert session.cursor.window in session.dataset.valid.start


def test_that_a_bad_file_is_noticed_and_changes_nothing(opened: Session, tmp_path: Path, qtbot: QtBot) -> None:
    heard, before = problems(opened), (opened.project, opened.table)
    with qtbot.waitSignal(opened.noticed, timeout=20_000):
        opened.open(tmp_path / "nowhere.csv")
    assert heard[0].severity == "error"
    assert heard[0].remedy()
    assert (opened.project, opened.table) == before


def test_that_every_edit_can_be_undone_and_redone(opened: Session) -> None:
    first = opened.project
    assert opened.edit("model", cell="gru") is None
    assert opened.edit("data", horizon=5) is None
    second = opened.project
    assert opened.dataset is not None
    assert opened.dataset.spec.horizon == 5
    opened.undo.undo()
    opened.undo.undo()
    assert opened.project == first
    assert opened.dataset.spec.horizon == 6
    opened.undo.redo()
    opened.undo.redo()
    assert opened.project == second
    assert opened.dataset.spec.horizon == 5


def test_that_a_refused_edit_is_noticed_and_leaves_no_trace(opened: Session) -> None:
    heard, before, count = problems(opened), opened.project, opened.undo.count()
    refused = opened.edit("train", learning_rate=-1.0)
    assert refused is not None
    assert heard == [refused]
    assert (opened.project, opened.undo.count()) == (before, count)


def test_that_an_edit_that_changes_nothing_makes_no_undo_step(opened: Session) -> None:
    count = opened.undo.count()
    opened.edit("model", hidden=opened.project.model.hidden)
    assert opened.undo.count() == count


def test_that_settings_without_a_window_say_what_to_shorten(opened: Session, qtbot: QtBot) -> None:
    heard = problems(opened)
    opened.edit("data", window=5000)
    assert opened.dataset is None
    assert opened.data_problem is not None
    assert heard[-1].key == "no-windows"
    opened.train()
    assert heard[-1].key == "no-windows", "training says the same instead of starting"
    values = heard[-1].values
    opened.edit("data", window=values["window"], horizon=values["horizon"])
    assert opened.dataset is not None, "the proposed remedy works"


def test_that_training_without_data_is_noticed(session: Session) -> None:
    heard = problems(session)
    session.train()
    assert [entry.key for entry in heard] == ["not-ready"]
    assert session.training == "idle"


def test_that_a_training_tells_everything_and_ends_once(opened: Session, qtbot: QtBot) -> None:
    seen: list[frozenset[str]] = []
    opened.run_changed.connect(lambda _run, kinds: seen.append(kinds))
    trained(opened, qtbot)
    run = opened.run
    assert run is not None
    assert run.state in ("finished", "early")
    assert set().union(*seen) >= {"Started", "Progressed", "EpochEnded", "Improved", "Probed", "Forecasted", "Ended"}
    assert run.scores()["model"].mae > 0
    assert opened.training == "idle"


def test_that_signals_arrive_in_the_thread_of_the_window(opened: Session, qtbot: QtBot) -> None:
    threads = set()
    opened.run_changed.connect(lambda _run, _kinds: threads.add(threading.get_ident()))
    trained(opened, qtbot)
    assert threads == {threading.get_ident()}


def test_that_pause_step_and_resume_do_what_they_say(opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=500, patience=500)
    opened.step("epoch")
    run = opened.run
    assert run is not None
    qtbot.waitUntil(lambda: len(run.epochs) == 1, timeout=20_000)
    assert opened.training == "paused"
    opened.step("epoch")
    qtbot.waitUntil(lambda: len(run.epochs) == 2, timeout=20_000)
    opened.train()
    assert opened.training == "running"
    qtbot.waitUntil(lambda: len(run.epochs) > 3, timeout=20_000)
    opened.pause()
    assert opened.training == "paused"
    trained(opened, qtbot, opened.finish)
    assert run.state == "finished"
    assert run.scores()["model"].windows > 0


def test_that_stopping_keeps_the_best_weights_and_computes_nothing_more(opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=5000, patience=5000)
    opened.train()
    qtbot.waitUntil(lambda: opened.run is not None and opened.run.best is not None, timeout=20_000)
    trained(opened, qtbot, opened.stop)
    assert opened.run is not None
    assert opened.run.state == "stopped"
    assert opened.run.best is not None
    assert not opened.run.scores()


def test_that_live_settings_reach_a_running_training(opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=5000, patience=5000)
    opened.train()
    qtbot.waitUntil(lambda: opened.run is not None and len(opened.run.epochs) > 0, timeout=20_000)
    opened.edit("train", learning_rate=1e-4)
    run = opened.run
    assert run is not None
    qtbot.waitUntil(lambda: run.epochs[-1].learning_rate == 1e-4, timeout=20_000)
    trained(opened, qtbot, lambda: opened.edit("train", epochs=1))
    assert run.state == "finished", "an epoch count that is passed already ends the training"


def test_that_moving_the_window_is_probed_during_and_after_training(opened: Session, qtbot: QtBot) -> None:
    trained(opened, qtbot)
    assert opened.dataset is not None
    assert opened.run is not None
    start = int(opened.dataset.test.start[-1])
    opened.point(window=start)
    qtbot.waitUntil(lambda: opened.run.live_probe.start == start, timeout=10_000)
    for other in opened.dataset.test.start[:5]:
        opened.point(window=int(other))
    qtbot.waitUntil(lambda: opened.run.live_probe.start == int(opened.dataset.test.start[4]), timeout=10_000)


def test_that_a_run_keeps_its_own_data_when_settings_change(opened: Session, qtbot: QtBot) -> None:
    trained(opened, qtbot)
    before = opened.dataset
    opened.edit("data", horizon=3)
    assert opened.run_dataset is before
    assert opened.dataset is not before


def test_that_the_future_is_forecast_and_exported(opened: Session, qtbot: QtBot, tmp_path: Path) -> None:
    trained(opened, qtbot)
    assert opened.run is not None
    with qtbot.waitSignal(opened.run_changed, timeout=20_000):
        opened.forecast(9)
    future = opened.run.future
    assert future is not None
    assert future.values.shape == (1, 9, 1)
    heard = problems(opened)
    for name in ("model.wbm", "forecast.csv"):
        with qtbot.waitSignal(opened.noticed, timeout=20_000):
            opened.export(tmp_path / name)
    assert [entry.key for entry in heard] == ["exported-proven", "exported"]
    assert read_model(tmp_path / "model.wbm").project.model == opened.project.model
    assert len((tmp_path / "forecast.csv").read_text().splitlines()) == 10


def test_that_exporting_without_a_model_is_noticed(opened: Session, tmp_path: Path) -> None:
    heard = problems(opened)
    opened.export(tmp_path / "model.wbm")
    assert [entry.key for entry in heard] == ["no-model"]


def test_that_a_failed_export_is_a_problem(opened: Session, qtbot: QtBot, tmp_path: Path) -> None:
    trained(opened, qtbot)
    (tmp_path / "blocked").write_text("")
    heard = problems(opened)
    with qtbot.waitSignal(opened.noticed, timeout=20_000):
        opened.export(tmp_path / "blocked" / "model.wbm")
    assert heard[0].key == "cannot-write"


def test_that_a_recorded_stream_plays_without_training(session: Session) -> None:
    project = small_project()
    session._restore((project, small_table()))
    session.replay(list(recorded_events(project)))
    assert session.run is not None
    assert session.run.state == "finished"
    assert session.cursor.run == 1
    session.replay(list(recorded_events(project)))
    assert [run.number for run in session.runs] == [1, 2]


def test_that_the_cursor_tells_its_moves_once(session: Session) -> None:
    moves: list[Cursor] = []
    session.cursor_changed.connect(moves.append)
    session.point(step=3, unit=2)
    session.point(step=3, unit=2)
    assert moves == [Cursor(step=3, unit=2)]


def test_that_closing_during_a_training_leaves_no_thread(opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=100_000, patience=100_000)
    opened.train()
    qtbot.waitUntil(lambda: opened.run is not None and opened.run.state == "running", timeout=20_000)
    opened.close()
    assert opened.training == "idle"
    assert opened.run is not None
    assert opened.run.state == "stopped"


def test_that_ready_comes_after_warming_up(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.ready, timeout=60_000):
        session.warm_up()
    assert session.devices[0][0] == "cpu"
