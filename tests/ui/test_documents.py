"""The project on the screen and its file: saved, changed, asked about, and never lost at the end of a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.core.problems import Problem
from workbench.ui.documents import SaveDialog
from workbench.ui.remedies import Remedies
from workbench.ui.window import Window


def asked() -> QMessageBox | None:
    boxes = [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox) and box.isVisible()]
    return boxes[0] if boxes else None


def saved(session: Session, qtbot: QtBot, path: Path, *, inside: bool = False) -> None:
    with qtbot.waitSignal(session.document.changed, timeout=20_000):
        session.document.save(path, inside=inside)


def test_that_a_project_is_saved_marked_when_changed_and_asked_about(
    opened: Session, open_window: Callable[..., Window], qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_window(opened)
    assert not window.isWindowModified()
    saved(opened, qtbot, tmp_path / "mine.wbp")
    assert window.windowTitle().startswith("mine.wbp[*] – series.csv")
    assert str(tmp_path / "mine.wbp") in window.preferences.recent
    opened.edit("model", hidden=9)
    assert window.isWindowModified()
    assert not window.close()
    box = asked()
    assert box is not None
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert window.isVisible()
    window.documents.save()
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=20_000)
    opened.undo.undo()
    assert window.isWindowModified(), "back to settings that are not those of the file"
    opened.undo.redo()
    assert window.close()


def test_that_the_dialog_offers_the_data_with_their_size(
    opened: Session, open_window: Callable[..., Window], qtbot: QtBot, series: Path
) -> None:
    chosen: list[bool] = []
    dialog = SaveDialog(opened, open_window(opened), chosen.append)
    dialog.open()
    qtbot.waitUntil(lambda: f"{round(series.stat().st_size / 1000)} kB" in dialog.about_inside.text(), timeout=20_000)
    dialog.inside.click()
    dialog.write.click()
    assert chosen == [True]


def test_that_data_elsewhere_are_known_by_name_and_content_or_asked_for(
    opened: Session, qtbot: QtBot, series: Path, tmp_path: Path
) -> None:
    project = tmp_path / "projects" / "mine.wbp"
    project.parent.mkdir()
    saved(opened, qtbot, project)
    heard: list[Problem] = []
    opened.noticed.connect(heard.append)
    with qtbot.waitSignal(opened.noticed, timeout=20_000):
        opened.open(project)
    asked_for: list[str] = []
    remedy = Remedies(opened, lambda: None, lambda _found: None, asked_for.append).remedy(heard[0])
    assert remedy is not None
    remedy.carry_out()
    assert asked_for == [str(project)]
    opened.document.known = (series,)
    with qtbot.waitSignal(opened.project_changed, timeout=20_000):
        opened.open(project)
    qtbot.waitUntil(lambda: opened.document.path == project, timeout=20_000)
    assert not opened.document.modified
    assert opened.project.data.source == str(series)


def test_that_what_is_not_saved_at_the_end_of_a_session_is_offered_once(
    opened: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    saved(opened, qtbot, tmp_path / "mine.wbp")
    opened.edit("model", hidden=9)
    opened.document.keep_aside()
    heard: list[Problem] = []
    opened.noticed.connect(heard.append)
    with qtbot.waitSignal(opened.noticed, timeout=20_000):
        opened.document.offer()
    (found,) = heard
    remedy = Remedies(opened, lambda: None, lambda _found: None).remedy(found)
    assert remedy is not None
    opened.document.known = (Path(opened.project.data.source),)
    opened.edit("model", hidden=10)
    remedy.carry_out()
    qtbot.waitUntil(lambda: opened.project.model.hidden == 9, timeout=20_000)
