"""Saving the project: Save, Save as with its choice, and the question before changes are lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMessageBox, QPushButton, QRadioButton, QVBoxLayout

from workbench.app.session import Session
from workbench.core.problems import N_
from workbench.core.projectfile import ENDING, MOST_DATA_BYTES
from workbench.core.speeds import bytes_text
from workbench.ui import dialogs
from workbench.ui.text import translate
from workbench.ui.words import Words

if TYPE_CHECKING:
    from workbench.ui.window import Window

LEFT = 24
"""Pixels by which what a choice means stands in."""


class Documents(QObject):
    """The project file of one window."""

    def __init__(self, window: Window, session: Session, folder: Callable[[], str]) -> None:
        super().__init__(window)
        self._window, self._session, self._folder = window, session, folder
        self._leaving = False
        self._path, self._model = session.document.path, session.reuse.model
        session.reuse.changed.connect(self._model_changed)
        session.document.changed.connect(self._tell)

    def _tell(self) -> None:
        document = self._session.document
        self._window.setWindowTitle(self.title())
        self._window.setWindowModified(document.modified)
        if document.path is not None and document.path != self._path:
            self._window.remember_file(document.path)
        self._path = document.path

    def _model_changed(self) -> None:
        model, self._model = self._model, self._session.reuse.model
        if self._model is not None and self._model is not model:
            self._window.remember_file(Path(self._session.desk.asked))

    def title(self) -> str:
        """Return the title of the window: project, mark of a change, data."""
        from workbench.ui.window import NAME

        document, table = self._session.document, self._session.table
        parts = [f"{document.path.name}[*]".replace("[*][*]", "[*]")] if document.path is not None else []
        parts += [table.name] if table is not None else []
        return " – ".join((*parts, NAME))

    def save(self) -> None:
        """Save where it was saved before; the first time, ask where."""
        self._save(lambda: None)

    def _save(self, then: Callable[[], object]) -> None:
        document = self._session.document
        if document.path is None:
            self.save_as(then)
        else:
            document.save(document.path, inside=document.inside, then=then)

    def save_as(self, then: Callable[[], object] = lambda: None) -> None:
        """Ask what goes into the file, and where it is to be written."""
        SaveDialog(self._session, self._window, lambda inside: self._choose(inside, then)).open()

    def _choose(self, inside: bool, then: Callable[[], object]) -> None:
        document = self._session.document
        title = self._session.project.title or "project"
        start = document.path or Path(self._folder()) / f"{title}{ENDING}"

        def write(path: str) -> None:
            document.save(Path(path), inside=inside, then=then)

        heading = translate(N_("Save project"))
        dialogs.choose_target(self._window, str(start), N_("Project"), ENDING, write, heading)

    def choose_data(self, project: str) -> None:
        """Ask where the data of the project file `project` are, and open it with them."""
        dialogs.choose_file(self._window, self._folder(), lambda data: self._session.open(project, data=Path(data)))

    def guarded(self, act: Callable[[], object]) -> None:
        """Carry `act` out, which takes the present settings away; first ask about what is not saved."""
        if not self._session.document.modified:
            act()
            return
        path = self._session.document.path
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(translate(N_("Unsaved changes")))
        name = path.name if path is not None else ""
        box.setText(translate(N_("{name} has changes that are not saved.")).format(name=name))
        box.setInformativeText(translate(N_("Runs are kept in any case. Save the settings to the project?")))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answers = {buttons.Save: lambda: self._save(act), buttons.Discard: act}
        box.buttonClicked.connect(lambda button: answers.get(box.standardButton(button), lambda: None)())
        box.open()

    def may_close(self) -> bool:
        """Return whether the window may go now; if not, a person is asked, and it goes by itself.

        The end of a session is never held up: what is not saved is kept, and offered at the next start.
        """
        application = QGuiApplication.instance()
        ending = isinstance(application, QGuiApplication) and application.isSavingSession()
        if ending:
            self._session.document.keep_aside()
        if self._leaving or ending or not self._session.document.modified:
            return True
        self.guarded(self._leave)
        return False

    def _leave(self) -> None:
        self._leaving = True
        self._window.close()


class SaveDialog(QDialog):
    """Whether the data go into the project file, with what that means.

    Parameters
    ----------
    take
        Called with True for data inside.
    """

    def __init__(self, session: Session, parent: Window, take: Callable[[bool], object]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Save project")))
        self.setMinimumWidth(440)
        document = session.document
        self._name = document.source.name if document.source is not None else ""
        self.outside = QRadioButton(translate(N_("Refer to the data")))
        self.inside = QRadioButton(translate(N_("Put the data inside")))
        self.about = Words(tone="muted", role="small", wrap=True)
        self.about_inside = Words(tone="muted", role="small", wrap=True)
        (self.inside if document.inside else self.outside).setChecked(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        if document.source is None:
            layout.addWidget(Words(translate(N_("The data are generated anew from the settings.")), tone="muted"))
        else:
            for choice, words in ((self.outside, self.about), (self.inside, self.about_inside)):
                layout.addWidget(choice)
                row = QHBoxLayout()
                row.setContentsMargins(LEFT, 0, 0, 4)
                row.addWidget(words)
                layout.addLayout(row)
            self._tell(-1)
            document.size(self._tell)
        layout.addLayout(self._buttons(take))

    def _buttons(self, take: Callable[[bool], object]) -> QHBoxLayout:
        write, cancel = QPushButton(translate(N_("Save…"))), QPushButton(translate(N_("Cancel")))
        write.setDefault(True)
        write.clicked.connect(lambda _checked: self._done(take))
        cancel.clicked.connect(lambda _checked: self.close())
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(write)
        row.addWidget(cancel)
        self.write = write
        return row

    def _done(self, take: Callable[[bool], object]) -> None:
        inside = self.inside.isChecked() and bool(self._name)
        self.close()
        take(inside)

    def _tell(self, size: int) -> None:
        """Say what each choice means, with the size of the data once it is known."""
        words = N_("A few kilobytes. {name} is found again in the folder of the project, or by name and content.")
        self.about.setText(translate(words).format(name=self._name))
        fits = size <= MOST_DATA_BYTES
        self.inside.setEnabled(fits)
        if not fits:
            self.outside.setChecked(True)
            most = bytes_text(MOST_DATA_BYTES)
            words = N_("{name} has {size}: more than the {most} that may go into a project.")
            self.about_inside.setText(translate(words).format(name=self._name, size=bytes_text(size), most=most))
            return
        words = N_("One file to hand on, with {name} in it: {size} before it is compressed.")
        shown = "…" if size < 0 else kilobytes(size)
        self.about_inside.setText(translate(words).format(name=self._name, size=shown))


def kilobytes(size: int) -> str:
    """Return a size as ``4 kB`` or ``12 MB``."""
    return bytes_text(size) if size >= 1_000_000 else f"{max(1, round(size / 1000)) if size else 0} kB"
