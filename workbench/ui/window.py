"""The main window: it only puts the parts together, and remembers how they stood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from workbench.app.lookbudget import LookBudget
from workbench.app.preferences import Preferences, save_preferences
from workbench.app.session import Session
from workbench.core.assets import resource
from workbench.core.project import Project
from workbench.ui import menus
from workbench.ui.actions import Actions
from workbench.ui.appearance import wear
from workbench.ui.commands import Commands
from workbench.ui.docks import ViewArea
from workbench.ui.dropping import DropZone
from workbench.ui.filemenus import left_runs_menu, recent_menu, revisit_menu
from workbench.ui.icons import icon
from workbench.ui.notices import Notices
from workbench.ui.panels.column import GAP, Column
from workbench.ui.remedies import Remedies
from workbench.ui.statusline import StatusLine
from workbench.ui.theme import GRID, Theme
from workbench.ui.toolbar import Toolbar
from workbench.ui.transport import Transport
from workbench.ui.visit import Visit

NAME = "Sequence Workbench"
SIZE = (1440, 900)
MARGIN = 2 * GRID
CLOSED_AT_FIRST = ("training",)


class Window(QMainWindow):
    """One window on one Session.

    Parameters
    ----------
    preferences_path
        Where the preferences are saved, or None to save nothing.

    Signals
    -------
    painted()
        The window was painted for the first time. Whatever is slow waits for it.
    """

    painted = Signal()

    def __init__(
        self, session: Session, theme: Theme, preferences: Preferences, preferences_path: Path | None = None
    ) -> None:
        super().__init__()
        self.session, self.preferences = session, preferences
        self._path = preferences_path
        self._was_painted = False
        self._table = session.table
        session.document.known = tuple(map(Path, preferences.recent))
        self._looks = LookBudget(session, preferences.look_megabytes)
        self.commands = Commands(self, session)
        self.documents = self.commands.documents
        self.actions_ = Actions(session, self.commands, self)
        self.notices = Notices(
            session,
            Remedies(session, self.commands.choose_file, self.commands.check_reading, self.documents.choose_data),
            theme,
        )
        commands = self.commands
        self.column = Column(
            session, theme, commands.choose_export, commands.check_reading, commands.run_more, commands.find_rate
        )
        self.area = ViewArea(session, theme)
        self.visit = Visit(self, session)
        self.transport = Transport(session)
        self._samples = menus.samples_menu(self, self.commands.open_source)
        self._recent = recent_menu(
            self, session, lambda: self.preferences.recent, self.commands.open_source, self._forget_files
        )
        self._going_on = (
            menus.going_on_menu(self, session),
            left_runs_menu(self, session),
            revisit_menu(self, session),
        )
        self.toolbar = Toolbar(session, self.actions_, self._samples)
        self._drop = DropZone(self, self.commands.open_source, session.noticed.emit)
        self.setObjectName("window")
        self._lay_out()
        self._restore()
        self.set_theme(theme)
        session.project_changed.connect(self._project_changed)
        self._project_changed(session.project)

    def _lay_out(self) -> None:
        menus.fill(self.menuBar(), self.actions_, self._samples, self._recent, self._going_on, self.area.toggles())
        self.addToolBar(self.toolbar)
        self.setStatusBar(StatusLine(self.session))
        middle = QVBoxLayout()
        middle.setSpacing(MARGIN // 2)
        middle.addWidget(self.area, 1)
        middle.addWidget(self.transport)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.column)
        row.addLayout(middle, 1)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN // 2)
        layout.setSpacing(MARGIN)
        layout.addWidget(self.notices)
        layout.addLayout(row, 1)
        self.setCentralWidget(centre)

    def _restore(self) -> None:
        preferences = self.preferences
        geometry = QByteArray.fromBase64(preferences.geometry.encode("ascii", "ignore"))
        if not preferences.geometry or not self.restoreGeometry(geometry):
            room = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(min(SIZE[0], room.width()), min(SIZE[1], room.height()))
        if not self.area.restore(preferences.layout):
            self.actions_["perspective-train"].setChecked(True)
        self.column.close_cards(preferences.closed_cards if preferences.geometry else CLOSED_AT_FIRST)
        self.actions_[f"theme-{preferences.theme}"].setChecked(True)

    def mount_views(self, then: Callable[[], object]) -> None:
        """Make the views one by one, letting the window answer in between, and call `then`."""
        waiting = [dock for dock in self.area.docks.values() if dock.view is None]
        if not waiting:
            self._drop.let_through(self)
            self.visit.mounted()
            then()
            return
        waiting[0].mount(self.session)
        QTimer.singleShot(0, self, lambda: self.mount_views(then))

    def set_theme(self, theme: Theme) -> None:
        """Pass the colours of `theme` on to every part."""
        self.setWindowIcon(icon("app", theme, "accent"))
        for part in (self.actions_, self.notices, self.column, self.area, self.transport, self.toolbar):
            part.set_theme(theme)

    def choose_theme(self, choice: str) -> None:
        """Change the colours and remember the choice."""
        self._remember(theme=choice)
        self.set_theme(wear(self.preferences.theme))

    def choose_looks(self, megabytes: int) -> None:
        """Let the looks inside one run take so much memory, and remember the choice."""
        self._remember(look_megabytes=megabytes)
        self._looks.choose(megabytes)

    def reset_layout(self) -> None:
        """Put views and cards where they stood at the first start."""
        self.actions_["perspective-train"].setChecked(True)
        self.area.arrange("train")
        self.column.close_cards(CLOSED_AT_FIRST)

    def _remember(self, **values: object) -> None:
        self.preferences = self.preferences.changed(**values)

    def _project_changed(self, project: Project) -> None:
        self.setWindowTitle(self.documents.title())
        if self.session.table is self._table:
            return
        self._table = self.session.table
        self.remember_file(Path(project.data.source))

    def remember_file(self, path: Path) -> None:
        """Put a file at the head of the recent ones; samples have a menu of their own."""
        if path.is_absolute() and path.is_file() and not path.is_relative_to(resource("samples")):
            self.preferences = self.preferences.with_recent(str(path))
            self.session.document.known = tuple(map(Path, self.preferences.recent))

    def _forget_files(self, gone: tuple[str, ...]) -> None:
        self._remember(recent=tuple(entry for entry in self.preferences.recent if entry not in gone))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that there is something to see."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Obey single keys that no field or button wanted."""
        if event.modifiers() or not self.actions_.press(event.key()):
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Let files be dropped on every part."""
        super().showEvent(event)
        self._drop.let_through(self)
        # Nothing is about to be typed: the first Tab goes to the first control.
        self.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how everything stood, stop all work, and go; a changed project is asked about first."""
        if not self.documents.may_close():
            event.ignore()
            return
        self.visit.back()
        self._remember(
            geometry=bytes(self.saveGeometry().toBase64().data()).decode("ascii"),
            layout=self.area.saved(),
            closed_cards=self.column.closed(),
        )
        if self._path is not None:
            save_preferences(self.preferences, self._path)
        self.session.close()
        super().closeEvent(event)
