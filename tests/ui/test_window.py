"""The window as a whole, driven with real input events on a real Session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from recorded import recorded_events
from workbench.app.preferences import Preferences, load_preferences
from workbench.app.session import Session
from workbench.ui.arrangements import PERSPECTIVES
from workbench.ui.dropping import KEEPS_DROPS
from workbench.ui.preferencesdialog import PreferencesDialog
from workbench.ui.views import VIEWS
from workbench.ui.window import Window

OpenWindow = Callable[..., Window]


def ended(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.training == "idle" and bool(session.runs), timeout=60_000)


def mounted(window: Window, qtbot: QtBot) -> Window:
    done: list[bool] = []
    window.mount_views(lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=30_000)
    return window


def dropped(window: Window, mime: QMimeData) -> None:
    place, copy, left, none = (
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, QDragEnterEvent(place, copy, mime, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(place), copy, mime, left, none))


def test_that_the_window_says_it_was_painted_before_any_view_exists(
    open_window: OpenWindow, session: Session, qtbot: QtBot
) -> None:
    heard: list[bool] = []
    window = open_window(session)
    window.painted.connect(lambda: heard.append(True))
    window.repaint()
    qtbot.waitUntil(lambda: bool(heard) or window._was_painted, timeout=5_000)
    assert all(dock.view is None for dock in window.area.docks.values())


def test_that_every_view_of_the_registry_has_a_dock(open_window: OpenWindow, opened: Session, qtbot: QtBot) -> None:
    window = mounted(open_window(opened), qtbot)
    assert tuple(window.area.docks) == VIEWS.keys()
    assert all(dock.view is not None for dock in window.area.docks.values())
    assert window.windowTitle().startswith("series.csv")


def test_that_train_runs_to_a_verdict_from_the_keyboard(open_window: OpenWindow, opened: Session, qtbot: QtBot) -> None:
    window = mounted(open_window(opened), qtbot)
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert opened.training == "running"
    assert not window.actions_["train"].isEnabled()
    assert window.actions_["stop"].isEnabled()
    ended(qtbot, opened)
    assert window.actions_["train"].isEnabled()
    assert not window.actions_["stop"].isEnabled()
    assert window.actions_["export"].isEnabled()
    result = window.column.cards[3]
    qtbot.waitUntil(lambda: bool(result.headline.text()), timeout=30_000)  # judged off the window's thread
    assert result.forecast.isEnabled()


def test_that_a_recorded_stream_drives_the_whole_window(open_window: OpenWindow, opened: Session, qtbot: QtBot) -> None:
    window = mounted(open_window(opened), qtbot)
    events = recorded_events()
    for event in events:
        opened.replay([event])
    assert window.transport.slider.maximum() == len(opened.runs[-1].probes) - 1
    assert window.column.cards[4].list.topLevelItemCount() == 1


@pytest.mark.parametrize("key", list(PERSPECTIVES))
def test_that_a_perspective_shows_its_views_and_hides_the_others(
    open_window: OpenWindow, session: Session, key: str
) -> None:
    window = open_window(session)
    window.actions_[f"perspective-{key}"].trigger()
    named = {view for _share, row in PERSPECTIVES[key].rows for view, _width in row}
    named |= {view for views in PERSPECTIVES[key].behind.values() for view in views}  # as tabs
    assert {view for view, dock in window.area.docks.items() if not dock.isHidden()} == named


def test_that_a_view_can_be_switched_off_and_on(open_window: OpenWindow, session: Session) -> None:
    window = open_window(session)
    toggle = window.area.toggles()[VIEWS.keys().index("loss")]
    toggle.trigger()
    assert window.area.docks["loss"].isHidden()
    toggle.trigger()
    assert not window.area.docks["loss"].isHidden()


def test_that_a_view_a_perspective_hides_can_be_switched_on(
    open_window: OpenWindow, session: Session, qtbot: QtBot
) -> None:
    window = open_window(session)
    window.actions_["perspective-evaluate"].trigger()
    window.area.toggles()[VIEWS.keys().index("gates")].trigger()
    qtbot.waitUntil(lambda: window.area.docks["gates"].isVisible(), timeout=5_000)
    assert window.area.docks["gates"].height() > 60


def test_that_the_theme_changes_at_once_and_is_remembered(
    open_window: OpenWindow, opened: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    window = mounted(open_window(opened), qtbot)
    dark = window.palette().color(window.backgroundRole()).lightness()
    window.actions_["theme-light"].trigger()
    assert window.palette().color(window.backgroundRole()).lightness() > dark
    window.close()
    assert load_preferences(tmp_path / "preferences.json")[0].theme == "light"


def test_that_layout_cards_and_recent_files_survive_a_restart(
    open_window: OpenWindow, opened: Session, series: Path, tmp_path: Path
) -> None:
    first = open_window(opened)
    first.preferences = first.preferences.with_recent(str(series))
    first.actions_["perspective-evaluate"].trigger()
    first.column.cards[1].set_opened(False)
    first.resize(780, 700)
    first.close()
    kept, problem = load_preferences(tmp_path / "preferences.json")
    assert problem is None
    second = open_window(opened, kept)
    assert second.area.docks["gates"].isHidden()
    assert second.column.closed() == ("model", "training")
    assert second.size() == QSize(780, 700)
    assert second.preferences.recent == (str(series),)


def test_that_a_foreign_layout_is_ignored(open_window: OpenWindow, session: Session) -> None:
    window = open_window(session, Preferences(geometry="bm90aGluZw==", layout="bm90aGluZw=="))
    named = {view for _share, row in PERSPECTIVES["train"].rows for view, _width in row}
    assert {key for key, dock in window.area.docks.items() if not dock.isHidden()} == named


def test_that_a_file_dropped_anywhere_is_opened(
    open_window: OpenWindow, session: Session, series: Path, qtbot: QtBot
) -> None:
    window = mounted(open_window(session), qtbot)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(series))])
    takers = [child for child in window.findChildren(QWidget) if child.acceptDrops()]
    assert all(child.property(KEEPS_DROPS) for child in takers), "a child would take the drop"
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        dropped(window, mime)
    assert session.table is not None
    assert window.preferences.recent == (str(series),)


def test_that_a_hint_is_shown_while_a_file_hovers(open_window: OpenWindow, session: Session, series: Path) -> None:
    window = open_window(session)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(series))])
    event = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, event)
    assert event.isAccepted()
    assert window._drop.hinting
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window._drop.hinting


@pytest.mark.parametrize("kind", ["web", "text", "folder", "binary", "empty"])
def test_that_dropping_something_unusable_gives_a_problem(
    open_window: OpenWindow, session: Session, tmp_path: Path, qtbot: QtBot, kind: str
) -> None:
    window = open_window(session)
    mime = QMimeData()
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "empty.csv").write_bytes(b"")
    places = {"folder": tmp_path, "binary": tmp_path / "noise.csv", "empty": tmp_path / "empty.csv"}
    if kind == "text":
        mime.setText("just words")
    else:
        mime.setUrls([QUrl("https://example.org/a.csv") if kind == "web" else QUrl.fromLocalFile(str(places[kind]))])
    with qtbot.waitSignal(session.noticed, timeout=20_000):
        dropped(window, mime)
    assert window.notices.shown is not None
    assert window.notices.shown.severity in ("warning", "error")
    assert window.notices.advice.text()


def test_that_single_keys_steer_the_training_unless_a_control_wants_them(
    open_window: OpenWindow, opened: Session, qtbot: QtBot
) -> None:
    opened.edit("train", epochs=2000, patience=2000)
    window = open_window(opened)
    window.setFocus()
    opened.train()
    qtbot.waitUntil(lambda: opened.runs[-1].progress is not None, timeout=30_000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert opened.training == "paused"
    assert window.actions_["train"].iconText() == "Resume"
    card = window.column.cards[0].title
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Space)
    assert opened.training == "paused", "the focused card took the key"
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert opened.training == "running"
    qtbot.waitUntil(lambda: opened.runs[-1].best is not None, timeout=30_000)
    qtbot.keyClick(window, Qt.Key.Key_F)
    ended(qtbot, opened)
    assert opened.runs[-1].state == "finished"
    assert opened.runs[-1].scores()


def test_that_closing_during_a_training_stops_it(open_window: OpenWindow, opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=2000, patience=2000)
    window = open_window(opened)
    opened.train()
    qtbot.waitUntil(lambda: opened.runs[-1].progress is not None, timeout=30_000)
    window.close()
    assert opened.training == "idle"


def test_that_undo_and_redo_are_in_the_menu(open_window: OpenWindow, opened: Session, qtbot: QtBot) -> None:
    window = open_window(opened)
    opened.edit("model", hidden=17)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.project.model.hidden == 8
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert opened.project.model.hidden == 17


def test_that_every_control_has_an_accessible_name(open_window: OpenWindow, opened: Session, qtbot: QtBot) -> None:
    window = mounted(open_window(opened), qtbot)
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
    own = [
        child
        for child in window.findChildren(QWidget)
        if isinstance(child, kinds) and not child.objectName().startswith("qt_")
    ]
    nameless = [
        (type(child).__name__, child.objectName(), type(child.parent()).__name__)
        for child in own
        if not child.accessibleName() and not (isinstance(child, QAbstractButton) and child.text())
    ]
    assert not nameless


def test_that_no_shortcut_is_bound_twice(open_window: OpenWindow, session: Session) -> None:
    window = open_window(session)
    keys = [key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+O", "Ctrl+R", "Ctrl+.", "Ctrl+Z", "Ctrl+Y", "Ctrl+E", "F1"} <= set(keys)


@pytest.mark.parametrize("size", [(1440, 900), (1100, 700)])
def test_that_it_fits_the_sizes_of_the_design(
    open_window: OpenWindow, opened: Session, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window = mounted(open_window(opened), qtbot)
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size() == QSize(*size), timeout=5_000)
    for dock in window.area.docks.values():
        assert dock.height() > 100
        assert dock.width() > 150


@pytest.mark.parametrize("name", ["manual", "shortcuts", "about"])
def test_that_help_opens_beside_the_window_and_blocks_nothing(
    open_window: OpenWindow, session: Session, name: str
) -> None:
    window = open_window(session)
    before = set(QApplication.topLevelWidgets())
    window.actions_[name].trigger()
    (dialog,) = [widget for widget in set(QApplication.topLevelWidgets()) - before if widget.isVisible()]
    assert not dialog.isModal()
    dialog.close()


def test_that_samples_are_listed_when_the_menu_is_opened(open_window: OpenWindow, session: Session) -> None:
    window = open_window(session)
    assert not window._samples.actions()
    window._samples.aboutToShow.emit()
    assert len(window._samples.actions()) >= 10


def test_that_saved_preferences_are_strict_json(open_window: OpenWindow, session: Session, tmp_path: Path) -> None:
    open_window(session).close()
    assert set(json.loads((tmp_path / "preferences.json").read_text())) == set(Preferences.model_fields)


def test_that_the_budget_of_looks_is_chosen_in_the_preferences(
    open_window: OpenWindow, opened: Session, qtbot: QtBot
) -> None:
    window = open_window(opened)
    opened.replay(list(recorded_events()))
    run = opened.runs[-1]
    assert run.history.budget_bytes == 256_000_000
    window.actions_["preferences"].trigger()
    dialog = window.findChild(PreferencesDialog)
    assert dialog is not None
    assert f"{len(run.history)} epochs" in dialog.used.text()
    dialog.megabytes.setValue(64)
    dialog.megabytes.editingFinished.emit()
    assert window.preferences.look_megabytes == 64
    assert run.history.budget_bytes == 64_000_000
    dialog.close()
