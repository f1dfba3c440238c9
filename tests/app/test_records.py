"""What the window keeps of its trainings, and going on with one that was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from series import wave
from workbench.app.session import Session
from workbench.core import keeping
from workbench.core.problems import Problem
from workbench.core.run import Run
from workbench.core.store import left_runs, runs_folder, stored_runs

EPOCHS = 40


@pytest.fixture(autouse=True)
def _at_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "EPOCH_APART_S", 0.0)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    path = tmp_path / "wave.csv"
    path.write_text("a\n" + "".join(f"{value!r}\n" for value in wave(300).tolist()))
    return path


@pytest.fixture
def sessions(qtbot: QtBot, no_leaks: None, series: Path) -> Iterator[Callable[..., Session]]:
    made: list[Session] = []

    def start(*, opens: bool = True) -> Session:
        session = Session()
        made.append(session)
        if opens:
            with qtbot.waitSignal(session.project_changed, timeout=20_000):
                session.open(series)
            session.edit("data", window=12, horizon=4)
            session.edit("model", hidden=6, dropout=0.2)
            session.edit("train", epochs=EPOCHS, patience=EPOCHS, batch=32)
        return session

    yield start
    for session in made:
        session.close()
        session.deleteLater()


def noticed(session: Session) -> list[Problem]:
    heard: list[Problem] = []
    session.noticed.connect(heard.append)
    return heard


def ended(session: Session, qtbot: QtBot) -> Run:
    qtbot.waitUntil(lambda: session.training == "idle" and session.runs[-1].ended is not None, timeout=60_000)
    return session.runs[-1]


def weights(run: Run) -> list[bytes]:
    assert run.best is not None
    return [value.tobytes() for value in run.best.weights.values()]


def losses(run: Run) -> list[tuple[int, float, float]]:
    return [(entry.epoch, entry.train_loss, entry.valid_loss) for entry in run.epochs]


def left(session: Session, qtbot: QtBot) -> None:
    """Train a while, and close the program in the middle of it."""
    session.train()
    qtbot.waitUntil(lambda: len(session.runs[-1].epochs) >= 5, timeout=60_000)
    session.close()
    assert session.runs[-1].ended is not None


def test_that_a_training_that_was_closed_is_offered_and_goes_on_with_the_same_bits(
    sessions: Callable[..., Session], qtbot: QtBot
) -> None:
    whole = sessions()
    whole.train()
    expected = ended(whole, qtbot)
    left(sessions(), qtbot)
    again = sessions(opens=False)
    heard = noticed(again)
    again.records.look(offer=True)
    qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
    assert (heard[0].key, heard[0].kind.action) == ("run-left", "resume-run")
    again.records.resume(Path(str(heard[0].values["path"])))
    qtbot.waitUntil(lambda: bool(again.runs), timeout=20_000)
    run = again.runs[-1]
    assert len(run.epochs) >= 5, "its past is there at once"
    assert again.project.model.hidden == 6
    assert again.table is not None
    assert again.table.name == "wave.csv"
    assert len(again.runs) == 1
    assert losses(ended(again, qtbot)) == losses(expected)
    assert weights(run) == weights(expected)
    assert [problem.key for problem in heard] == ["run-left", "resumed"]


def test_that_a_run_is_offered_once_and_stays_in_the_list(sessions: Callable[..., Session], qtbot: QtBot) -> None:
    left(sessions(), qtbot)
    for offers in (1, 0):
        again = sessions(opens=False)
        heard = noticed(again)
        again.records.look(offer=True)
        qtbot.waitUntil(lambda again=again: len(again.records.left) == 1, timeout=20_000)
        assert len(heard) == offers


def test_that_every_training_of_the_window_has_its_folder(sessions: Callable[..., Session], qtbot: QtBot) -> None:
    session = sessions()
    session.edit("train", epochs=2)
    session.train()
    ended(session, qtbot)
    session.train()
    ended(session, qtbot)
    assert [folder.status for folder in stored_runs()] == ["finished", "finished"]
    assert left_runs() == ()


def test_that_a_training_without_a_place_to_keep_it_goes_on_and_says_so(
    sessions: Callable[..., Session], qtbot: QtBot
) -> None:
    runs_folder().parent.mkdir(parents=True)
    runs_folder().write_text("a file where the folder should be")
    session = sessions()
    session.edit("train", epochs=2)
    heard = noticed(session)
    session.train()
    assert ended(session, qtbot).state == "finished"
    assert [problem.key for problem in heard] == ["not-kept-at-all"]
    assert str(runs_folder()) in heard[0].remedy()


def test_that_a_run_another_program_writes_is_not_resumed(sessions: Callable[..., Session], qtbot: QtBot) -> None:
    left(sessions(), qtbot)
    (run,) = left_runs()
    lock = keeping.RunLock.acquired(run.folder.path)
    try:
        again = sessions(opens=False)
        heard = noticed(again)
        again.records.resume(run.folder.path)
        qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
        assert heard[0].key == "run-locked"
        assert again.training == "idle"
        assert again.runs == []
    finally:
        lock.release()
