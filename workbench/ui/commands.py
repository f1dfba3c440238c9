"""What a person can ask of the window itself: files, arrangement, theme, help."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication

from workbench.app.continuing import run_more
from workbench.app.session import Session
from workbench.core.problems import Problem, WorkbenchError
from workbench.ui import dialogs
from workbench.ui.cellhelp import show_cell
from workbench.ui.documents import Documents
from workbench.ui.exporting import ExportDialog
from workbench.ui.pasting import pasted, pasted_folder
from workbench.ui.preferencesdialog import PreferencesDialog
from workbench.ui.runsdialog import RunsDialog
from workbench.ui.runwords import more_words

if TYPE_CHECKING:
    from workbench.ui.window import Window


MORE_EPOCHS = 10
"""What is proposed to someone who wants to train on."""


class Commands:
    """The commands of one window.

    Attributes
    ----------
    preferences
        Show what belongs to the person.
    runs
        Show the runs on disk.
    documents
        Saving the project.
    """

    def __init__(self, window: Window, session: Session) -> None:
        self._window, self._session = window, session
        self.preferences = lambda: PreferencesDialog(window).open()
        self.runs = lambda: RunsDialog(session, window).open()
        self.documents = Documents(window, session, self._folder)
        session.judging.wanted.connect(self._wanted)

    def choose_file(self) -> None:
        """Let the person choose a file to open."""
        dialogs.choose_file(self._window, self._folder(), self.open_source)

    def open_source(self, source: str) -> None:
        """Open a file or a generated task; a model file takes nothing away, so nothing is asked."""
        act = lambda: self._session.open(source)  # noqa: E731
        act() if source.endswith(".wbm") else self.documents.guarded(act)

    def paste(self) -> None:
        """Open the rows, or the file, that were copied in another program."""
        mime = QGuiApplication.clipboard().mimeData()
        try:
            self.open_source(pasted(mime, pasted_folder(), datetime.now()))
        except WorkbenchError as error:
            self._session.noticed.emit(error.problem)

    def check_reading(self, found: Problem | None = None) -> None:
        """Show the file as it was read, at the row and column `found` speaks of."""
        self._window.visit.show(found)

    def choose_export(self) -> None:
        """Let the person choose a format, and where to write the model, its forecast or a report."""
        title = self._session.project.title or "model"
        ExportDialog(self._session, Path(self._folder()) / title, self._window).open()

    def run_more(self) -> None:
        """Ask for how many epochs to train on, and do it."""
        session = self._session
        words = f"{more_words(session)}."
        dialogs.ask_epochs(self._window, words, MORE_EPOCHS, lambda epochs: run_more(session, epochs))

    def find_rate(self) -> None:
        """Try learning rates, and show how the loss goes with them."""
        self._session.rate_test.start()
        self._window.area.reveal("rate", "forecast")

    def choose_theme(self, choice: str) -> None:
        """Change the colours, now and at the next start."""
        self._window.choose_theme(choice)

    def choose_perspective(self, key: str) -> None:
        """Arrange the views for another purpose."""
        self._window.area.arrange(key)

    def reset_layout(self) -> None:
        """Arrange the views and cards as at the first start."""
        self._window.reset_layout()

    def show_manual(self) -> None:
        """Show the tour through the program."""
        dialogs.show_manual(self._window)

    def show_shortcuts(self) -> None:
        """Show all shortcuts."""
        dialogs.show_shortcuts(self._window, self._window.actions_.shortcuts())

    def show_cell(self) -> None:
        """Show equations, signals and papers of the project's cell."""
        show_cell(self._window, self._session)

    def show_about(self) -> None:
        """Show name, version and licence."""
        dialogs.show_about(self._window)

    def quit(self) -> None:
        """Close the window, and with it the program."""
        self._window.close()

    def _wanted(self, view: str) -> None:
        """Scores need room: arrange the views for them where they are hidden."""
        if view == "scores" and self._window.area.docks[view].isHidden():
            self._window.actions_["perspective-evaluate"].trigger()

    def _folder(self) -> str:
        """Return the folder of the present file, or the person's documents."""
        source = Path(self._session.project.data.source)
        recent = [Path(entry).parent for entry in self._window.preferences.recent]
        for folder in (*recent, source.parent):
            if source.name and folder.is_dir() and folder.is_absolute():
                return str(folder)
        return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
