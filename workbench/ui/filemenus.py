"""Menus of files and runs that lie on disk: shown at once, and filled by what is found off the window's thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.problems import N_
from workbench.core.shelf import StoredRun
from workbench.ui.panels.runs import STATES
from workbench.ui.text import DOT, number, translate
from workbench.ui.words import menu_text

MOST_RUNS = 12
WIDEST_PLACE = 260
"""Pixels of a folder's path in a menu; the tool tip has all of it."""


def recent_menu(
    parent: QWidget, session: Session, recent: Callable[[], tuple[str, ...]], open_source: Callable[[str], None],
    forget: Callable[[tuple[str, ...]], object],
) -> QMenu:  # fmt: skip
    """Return the menu of recent files, read from the preferences each time it is shown.

    Parameters
    ----------
    forget
        Takes files from the list that are gone.
    """
    menu = QMenu(translate(N_("Recent")), parent)
    menu.setToolTipsVisible(True)

    def fill() -> None:
        menu.clear()
        sources = recent()
        for source in sources:
            action = menu.addAction(_placed(menu, Path(source)))
            action.setToolTip(source)
            action.setData(source)
            action.triggered.connect(lambda _checked=False, source=source: open_source(source))
        if not sources:
            menu.addAction(translate(N_("No files yet"))).setEnabled(False)
            return
        work = lambda _progress, _cancelled: tuple(s for s in sources if not _there(Path(s)))  # noqa: E731
        session.works.start("", work, mark)

    def mark(gone: tuple[str, ...]) -> None:
        """Say which are not there; a drive may only be unplugged, so nobody forgets them without being told to."""
        actions = [action for action in menu.actions() if action.data() in gone]
        for action in actions:
            action.setEnabled(False)
            action.setText(action.text() + DOT + translate(N_("not there")))
        if actions:
            menu.addSeparator()
            last = menu.addAction(translate(N_("Forget those that are not there")))
            last.triggered.connect(lambda _checked=False: forget(gone))

    menu.aboutToShow.connect(fill)
    return menu


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _placed(menu: QMenu, path: Path) -> str:
    """Return the name of a file with its folder, whose middle is left out where it is long."""
    folder = menu.fontMetrics().elidedText(str(path.parent), Qt.TextElideMode.ElideMiddle, WIDEST_PLACE)
    return menu_text(f"{path.name} – {folder}")


def left_runs_menu(parent: QWidget, session: Session) -> QMenu:
    """Return the menu of the runs that were interrupted or stopped and can be gone on with."""
    menu = QMenu(translate(N_("Resume a run")), parent)
    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(lambda: _fill_left_runs(menu, session))
    return menu


def _fill_left_runs(menu: QMenu, session: Session) -> None:
    menu.clear()
    left = session.records.left[:MOST_RUNS]
    for run in left:
        words = DOT.join((run.title or run.folder.path.name, translate(CELLS[run.cell].label), moment(run.at_s)))
        action = menu.addAction(menu_text(f"{words}{DOT}{translate(STATES[run.status])}"))
        action.setToolTip(str(run.folder.path))
        action.setEnabled(session.training == "idle")
        action.triggered.connect(lambda _checked=False, path=run.folder.path: session.records.resume(path))
    if not left:
        menu.addAction(translate(N_("No run was interrupted"))).setEnabled(False)


def revisit_menu(parent: QWidget, session: Session) -> QMenu:
    """Return the menu of the newest runs on disk, to look at."""
    menu = QMenu(translate(N_("Look at a saved run")), parent)
    menu.setToolTipsVisible(True)

    def fill(found: tuple[StoredRun, ...]) -> None:
        menu.clear()
        for run in found:
            action = menu.addAction(menu_text(run_words(run)))
            action.setToolTip(str(run.folder.path))
            action.setEnabled(session.training == "idle")
            action.triggered.connect(lambda _checked=False, path=run.folder.path: session.records.revisit(path))
        if not found:
            menu.addAction(translate(N_("No run was saved yet"))).setEnabled(False)

    def look() -> None:
        if menu.isEmpty():
            menu.addAction(translate(N_("Looking…"))).setEnabled(False)
        for action in menu.actions():  # what was found before stays in sight until it is looked again
            action.setEnabled(action.isEnabled() and session.training == "idle")
        session.records.list(fill, MOST_RUNS)

    menu.aboutToShow.connect(look)
    return menu


def run_words(run: StoredRun) -> str:
    """Say in one line which run it is."""
    cell = translate(CELLS[run.cell].label) if run.cell else ""
    score = f"MAE {number(run.mae, 3)}" if run.mae is not None else translate(STATES[run.status])
    return DOT.join(part for part in (run.name, cell, score) if part)


def moment(at_s: float) -> str:
    """Return a Unix time as date and minute; an empty text for 0."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s)) if at_s else ""
