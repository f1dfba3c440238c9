"""The message bar: plain text, a button for the remedy, several messages, and nothing that is no longer true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

import workbench
from recorded import small_project, small_table
from workbench.app.session import Session
from workbench.app.task import UNEXPECTED
from workbench.core.dataproblems import CUT_WINDOWS
from workbench.core.divergence import RATE_TOO_LARGE
from workbench.core.exports.export import EXPORTED
from workbench.core.mishaps import GPU_OUT_OF_MEMORY, OUT_OF_MEMORY
from workbench.core.opening import Opened
from workbench.core.problems import ProblemKind, problem
from workbench.core.sources import payload
from workbench.ui.notices import MOST, Notices
from workbench.ui.remedies import Remedies
from workbench.ui.theme import Theme

NASTY = ProblemKind("nasty", "error", "No file {name}.", "Try <b>{name}</b> & more.")
HINT = ProblemKind("hint", "note", "Something was guessed: {what}.", "Nothing needs to be done.")


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def notices(session: Session, theme: Theme, asked: list[str], qtbot: QtBot) -> Iterator[Notices]:
    made = Notices(
        session, Remedies(session, lambda: asked.append("file"), lambda problem: asked.append("reading")), theme
    )
    made.resize(800, 60)
    yield made
    made.close()
    made.deleteLater()


def test_that_it_is_hidden_until_something_happens(notices: Notices) -> None:
    assert not notices.isVisible()
    assert notices.shown is None


def test_that_what_was_noticed_is_said_as_plain_text(notices: Notices, session: Session) -> None:
    session.noticed.emit(problem(NASTY, name="<img src=x>.csv"))
    assert notices.isVisible()
    assert notices.text.text() == "No file <img src=x>.csv."
    assert notices.text.textFormat() == notices.advice.textFormat() == Qt.TextFormat.PlainText
    assert "<b>" in notices.advice.text()
    assert "No file" in notices.accessibleName()
    assert not notices.button.isVisible()


def test_that_several_messages_are_counted_and_turned_and_dismissed(notices: Notices, session: Session) -> None:
    for what in ("one", "two", "three"):
        session.noticed.emit(problem(HINT, what=what))
    assert notices.place.text() == "3 of 3"
    notices._on.click()
    assert "one" in notices.text.text()
    notices._close.click()
    assert [entry.values["what"] for entry in notices.problems] == ["two", "three"]
    notices._close.click()
    assert not notices.place.isVisible()
    notices._close.click()
    assert not notices.isVisible()


def test_that_a_repeated_message_is_not_stacked(notices: Notices, session: Session) -> None:
    for what in ("one", "two", "one"):
        session.noticed.emit(problem(HINT, what=what))
    assert [entry.values["what"] for entry in notices.problems] == ["two", "one"]


def test_that_the_oldest_messages_go_first(notices: Notices, session: Session) -> None:
    for index in range(MOST + 5):
        session.noticed.emit(problem(HINT, what=index))
    assert len(notices.problems) == MOST
    assert notices.problems[0].values["what"] == 5


def test_that_training_without_data_offers_to_open_a_file(notices: Notices, session: Session, asked: list[str]) -> None:
    session.train()
    notices.button.click()
    assert asked == ["file"]
    assert not notices.isVisible()


def test_that_a_window_that_does_not_fit_is_mended_by_its_button(notices: Notices, opened: Session) -> None:
    opened.edit("data", window=5000)
    assert notices.shown is not None
    assert notices.shown.key == "no-windows"
    assert opened.dataset is None
    notices.button.click()
    assert opened.dataset is not None
    assert not notices.isVisible()


def test_that_a_data_problem_goes_when_it_is_undone(notices: Notices, opened: Session) -> None:
    opened.edit("data", window=5000)
    assert notices.isVisible()
    opened.undo.undo()
    assert not notices.isVisible()


def test_that_messages_about_other_data_go_when_a_file_is_opened(
    notices: Notices, opened: Session, series: Path, qtbot: QtBot
) -> None:
    opened.noticed.emit(problem(NASTY, name="old"))
    with qtbot.waitSignal(opened.project_changed, timeout=20_000):
        opened.open(series)
    assert not notices.isVisible()


def test_that_gaps_can_be_held_by_a_button(notices: Notices, opened: Session) -> None:
    opened.noticed.emit(problem(CUT_WINDOWS, lost=3, all=9, missing=1))
    notices.button.click()
    assert opened.project.data.gaps == "hold"


def test_that_a_rate_that_was_too_large_is_lowered_and_trained_with_by_a_button(
    notices: Notices, opened: Session, qtbot: QtBot
) -> None:
    opened.noticed.emit(problem(RATE_TOO_LARGE, epoch=1, batch=2, rate="3", learning_rate=0.01))
    assert notices.button.text() == "Train with rate 0.01"
    notices.button.click()
    assert opened.project.train.learning_rate == 0.01
    qtbot.waitUntil(lambda: opened.training == "idle" and len(opened.runs[-1].epochs) == 3, timeout=60_000)
    opened.undo.undo()
    assert opened.project.train.learning_rate != 0.01


def test_that_every_action_a_problem_names_has_a_button(notices: Notices) -> None:
    """Actions are keys in the core's sentences; here all of them are looked for in its source."""
    named = set()
    for path in Path(workbench.__file__).parent.rglob("*.py"):
        if "cli" in path.parts:  # there, actions are argparse's
            continue
        named |= set(re.findall(r"\b(?:action|other)=\"([a-z-]+)\"", path.read_text(encoding="utf-8")))
    assert len(named) > 10
    assert named <= set(notices._remedies.found)


def test_that_the_details_of_the_unexpected_can_be_copied(notices: Notices, session: Session) -> None:
    session.noticed.emit(problem(UNEXPECTED, reason="boom", details="Traceback: line 7"))
    notices.button.click()
    assert "line 7" in QGuiApplication.clipboard().text()
    assert notices.isVisible(), "copying does not answer the message"


def test_that_an_exported_file_can_be_shown(notices: Notices, session: Session, tmp_path: Path) -> None:
    session.noticed.emit(problem(EXPORTED, what="Model", name="a.wbm", hint="Open it.", path=str(tmp_path / "a.wbm")))
    assert notices.button.text() == "Show in folder"


@pytest.mark.parametrize("severity", ["note", "warning", "error"])
def test_that_severity_is_shown_by_icon_and_outline(notices: Notices, session: Session, severity: str) -> None:
    kind = ProblemKind("any", severity, "Text.", "Remedy.")  # type: ignore[arg-type]
    session.noticed.emit(problem(kind))
    assert notices.property("severity") == severity
    assert not notices._icon.pixmap().isNull()


def test_that_a_table_too_large_is_read_in_longer_steps_at_a_press(
    notices: Notices, session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 60_000
    times = np.datetime64("2021-03-01", "s") + np.arange(rows) * np.timedelta64(60, "s")
    path = tmp_path / "long.csv"
    lines = [f"{str(time).replace('T', ' ')},{k % 1013}.25" for k, time in enumerate(times)]
    path.write_text("time,load\n" + "\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(payload, "memory_budget", lambda: rows * 8)
    with qtbot.waitSignal(session.noticed, timeout=30_000):
        session.open(path)
    assert notices.button.text() == "Read means of 5 minutes"
    with qtbot.waitSignal(session.project_changed, timeout=30_000):
        qtbot.mouseClick(notices.button, Qt.MouseButton.LeftButton)
    assert session.table is not None
    assert session.table.rows == rows / 5
    assert session.project.data.reading.every == "5min"


def test_that_two_ways_out_are_two_buttons(notices: Notices, session: Session) -> None:
    session.noticed.emit(problem(GPU_OUT_OF_MEMORY, device="GPU", batch=64, half=32, accumulate=2))
    assert notices.button.isVisible()
    assert "32" in notices.button.text()
    assert notices.other.isVisible()
    notices.other.click()
    assert session.project.train.device == "cpu"
    assert notices.shown is None
    session.noticed.emit(problem(OUT_OF_MEMORY, device="computer", batch=64, half=32, accumulate=2))
    assert not notices.other.isVisible()
    notices.button.click()
    assert (session.project.train.batch, session.project.train.accumulate) == (32, 2)


def test_that_nothing_is_running_any_more_once_a_training_has_ended(
    notices: Notices, session: Session, qtbot: QtBot
) -> None:
    session._take(Opened(small_table(), small_project()))
    session.edit("train", epochs=5000, patience=5000)
    session.train()
    session.groups.train(2)
    assert [found.key for found in notices.problems] == ["busy"]
    session.stop()
    qtbot.waitUntil(lambda: session.training == "idle", timeout=60_000)
    qtbot.waitUntil(lambda: not notices.problems, timeout=10_000)
