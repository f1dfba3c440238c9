"""The window of the runs on disk, and the menus that are filled beside the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from recorded import small_project
from workbench.app.session import Session
from workbench.core.store import RunFolder, runs_folder
from workbench.ui.filemenus import recent_menu, revisit_menu
from workbench.ui.runsdialog import RunsDialog


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def stored(name: str) -> Path:
    folder = RunFolder(runs_folder() / name)
    folder.begin(small_project(), {})
    return folder.path


def test_that_a_run_is_deleted_only_after_a_question(session: Session, qtbot: QtBot, parent: QWidget) -> None:
    first, second = stored("20240101-first"), stored("20240102-second")
    dialog = RunsDialog(session, parent)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 2, timeout=20_000)
    assert "2 runs" in dialog.total.text()
    assert not dialog.delete.isEnabled()
    dialog.list.topLevelItem(1).setSelected(True)
    dialog.delete.click()
    (box,) = [found for found in QApplication.topLevelWidgets() if isinstance(found, QMessageBox)]
    assert "20240101-first" in box.text()
    assert first.exists()
    next(button for button in box.buttons() if button.text() == "Delete").click()
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 1, timeout=20_000)
    assert not first.exists()
    assert second.exists()
    dialog.close()


def test_that_menus_of_runs_and_files_are_filled_when_it_was_looked(
    session: Session, qtbot: QtBot, parent: QWidget, tmp_path: Path
) -> None:
    stored("20240101-first")
    menu = revisit_menu(parent, session)
    menu.aboutToShow.emit()
    assert [action.isEnabled() for action in menu.actions()] == [False], "it says that it is looking"
    qtbot.waitUntil(lambda: "20240101-first" in menu.actions()[0].text(), timeout=20_000)
    there, gone, forgotten = tmp_path / "there.csv", str(tmp_path / ("x" * 90) / "gone.csv"), list[str]()
    there.touch()
    recent = recent_menu(parent, session, lambda: (str(there), gone), lambda _source: None, forgotten.extend)
    recent.aboutToShow.emit()
    qtbot.waitUntil(lambda: len(recent.actions()) > 2, timeout=20_000)
    first, second, _line, forget = recent.actions()
    assert first.isEnabled()
    assert not second.isEnabled()
    assert "…" in second.text(), "a long path is cut in its middle"
    forget.trigger()
    assert forgotten == [gone]
