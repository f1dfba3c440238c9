"""The file is shown when it should be looked at, and everything stands as before when that is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from workbench.app.preferences import load_preferences
from workbench.app.session import Session
from workbench.core.problems import WorkbenchError
from workbench.ui.panels.data import DataCard
from workbench.ui.pasting import pasted, pasted_folder
from workbench.ui.views.reading import ReadingView
from workbench.ui.window import Window

OpenWindow = Callable[..., Window]
CLEAN = ["time,v", *(f"2024-01-{k:02},{k * 7 % 5}" for k in range(1, 29))]
RAGGED = [*CLEAN[:10], CLEAN[10] + ",extra", *CLEAN[11:]]


def mounted(open_window: OpenWindow, session: Session, qtbot: QtBot) -> Window:
    made = open_window(session)
    done: list[bool] = []
    made.mount_views(lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=30_000)
    return made


def opened(session: Session, path: Path, lines: list[str], qtbot: QtBot) -> None:
    path.write_text("\n".join([*lines, ""]))
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(path)


def view(window: Window, qtbot: QtBot) -> ReadingView:
    found = window.area.docks["reading"].view
    assert isinstance(found, ReadingView)
    qtbot.waitUntil(lambda: not (found._desk.busy or found._dirty or found._desk._stale), timeout=20_000)
    return found


def shows_file(window: Window) -> bool:
    return not window.area.docks["reading"].isHidden()


def test_that_a_clean_file_asks_nothing(
    open_window: OpenWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    window = mounted(open_window, session, qtbot)
    opened(session, tmp_path / "a.csv", CLEAN, qtbot)
    assert not shows_file(window)


def test_that_a_doubtful_file_is_shown_over_its_series_until_the_training_starts(
    open_window: OpenWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    window = mounted(open_window, session, qtbot)
    opened(session, tmp_path / "a.csv", RAGGED, qtbot)
    assert shows_file(window)
    assert not window.area.docks["series"].isHidden()
    assert window.area.docks["loss"].isHidden()
    qtbot.waitUntil(lambda: view(window, qtbot).table.currentIndex().row() == 10, timeout=10_000)
    session.edit("train", epochs=1)
    session.train()
    assert not shows_file(window)
    assert not window.area.docks["loss"].isHidden()
    assert window.actions_["perspective-train"].isChecked()
    qtbot.waitUntil(lambda: session.training == "idle", timeout=60_000)


def test_that_a_file_that_cannot_be_read_is_shown_with_what_can_be_settled(
    open_window: OpenWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    window = mounted(open_window, session, qtbot)
    path = tmp_path / "words.txt"
    path.write_text("\n".join(["t|v", *(f"2024-01-{k:02}|{k};{k}" for k in range(1, 20))]))
    with qtbot.waitSignal(session.noticed, timeout=20_000):
        session.open(path)
    assert shows_file(window)
    shown = view(window, qtbot)
    assert shown.table.rows.rowCount() == 20
    assert window.notices.shown is not None
    window.notices.button.click()
    assert shows_file(window)


def test_that_the_button_of_the_data_card_and_the_menu_show_the_file(
    open_window: OpenWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    window = mounted(open_window, session, qtbot)
    opened(session, tmp_path / "a.csv", CLEAN, qtbot)
    card = next(entry for entry in window.column.cards if isinstance(entry, DataCard))
    card.check.click()
    assert shows_file(window)
    window.visit.back()
    assert not shows_file(window)
    window.actions_["check-reading"].trigger()
    assert shows_file(window)


def test_that_the_next_start_is_where_everything_stood_before_a_visit(
    open_window: OpenWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    window = mounted(open_window, session, qtbot)
    opened(session, tmp_path / "a.csv", RAGGED, qtbot)
    assert shows_file(window)
    window.close()
    kept, _problem = load_preferences(tmp_path / "preferences.json")
    second = open_window(session, kept)
    assert not shows_file(second)


def test_that_a_note_leads_to_its_place_by_mouse_and_by_key(
    open_window: OpenWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    window = mounted(open_window, session, qtbot)
    opened(session, tmp_path / "a.csv", [*CLEAN[:5], "2024-01-05,broken", *CLEAN[6:]], qtbot)
    card = next(entry for entry in window.column.cards if isinstance(entry, DataCard))
    label = next(entry for entry in card.notes._labels if "broken" in entry.text())
    qtbot.keyClick(label, Qt.Key.Key_Return)
    shown = view(window, qtbot)
    assert (shown.table.currentIndex().row(), shown.table.currentIndex().column()) == (5, 1)
    shown.table.setCurrentIndex(shown.table.rows.index(1, 0))
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view(window, qtbot).table.currentIndex().row() == 5, timeout=5_000)


def test_that_pasted_rows_become_a_file_that_can_be_read_again(
    open_window: OpenWindow, session: Session, qtbot: QtBot
) -> None:
    window = mounted(open_window, session, qtbot)
    QGuiApplication.clipboard().setText("\n".join(line.replace(",", "\t") for line in CLEAN))
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        window.actions_["paste"].trigger()
    assert session.table is not None
    assert session.table.rows == 28
    source = Path(session.project.data.source)
    assert source.parent == pasted_folder()
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.reread(decimal="point")
    assert session.table.rows == 28


def test_that_an_empty_clipboard_is_a_note(open_window: OpenWindow, session: Session, qtbot: QtBot) -> None:
    window = mounted(open_window, session, qtbot)
    QGuiApplication.clipboard().setText("word")
    window.actions_["paste"].trigger()
    assert window.notices.shown is not None
    assert window.notices.shown.key == "nothing-to-paste"


def test_that_two_pastes_of_one_second_are_two_files(tmp_path: Path) -> None:
    mime, now = QMimeData(), datetime(2024, 1, 2, 3, 4, 5)
    mime.setText("a\tb\n1\t2")
    one, two = pasted(mime, tmp_path, now), pasted(mime, tmp_path, now)
    assert one != two
    assert Path(one).read_text() == Path(two).read_text() == "a\tb\n1\t2"
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "x.csv"))])
    assert pasted(mime, tmp_path, now) == str(tmp_path / "x.csv")
    with pytest.raises(WorkbenchError):
        pasted(QMimeData(), tmp_path, now)
