"""Dropping a file anywhere on the window, plots included, with a hint while it hovers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.ui.text import translate
from workbench.ui.words import Words

KEEPS_DROPS = "keepsDrops"
"""Property of a widget that takes drops of its own, such as columns; files still fall through to the window."""

HINT_SIZE = QSize(480, 200)

NOT_A_FILE = ProblemKind(
    "not-a-file",
    "warning",
    N_("What was dropped is not a file on this computer."),
    N_("Save it as a file first, then drop that."),
)
SEVERAL_FILES = ProblemKind(
    "several-files",
    "note",
    N_("{count} files were dropped; {name} was opened."),
    N_("Drop one file at a time."),
)


class DropZone(QObject):
    """Accept files dropped on `window` or any widget in it.

    Parameters
    ----------
    open_file
        Called with the path of a dropped file, after the drop is over.
    notice
        Called with the Problem of a drop that holds no file.
    """

    def __init__(self, window: QWidget, open_file: Callable[[str], None], notice: Callable[[Problem], object]) -> None:
        super().__init__(window)
        self._window, self._open_file, self._notice = window, open_file, notice
        self._hint = QFrame(window)
        self._hint.setObjectName("hint")
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        words = Words(translate(N_("Drop to open")), role="verdict")
        more = Words(
            translate(N_("CSV, Excel, Parquet or JSON with a time series, a project or a model")), tone="muted"
        )
        layout = QVBoxLayout(self._hint)
        layout.addStretch(1)
        for label in (words, more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        layout.addStretch(1)
        self._hint.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    @property
    def hinting(self) -> bool:
        """True while the hint is shown."""
        return self._hint.isVisible()

    def let_through(self, root: QWidget) -> None:
        """Let drops on the children of `root` (plots, fields) fall through to the window."""
        for child in root.findChildren(QWidget):
            if not child.property(KEEPS_DROPS):
                child.setAcceptDrops(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the window's drag events."""
        if isinstance(event, QDragEnterEvent):
            if not _interesting(event.mimeData()):
                return False
            event.acceptProposedAction()
            self._show_hint()
            return True
        if isinstance(event, QDropEvent) and not isinstance(event, QDragMoveEvent):
            self._hint.hide()
            event.acceptProposedAction()
            self._take(event.mimeData())
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._hint.hide()
        return False

    def _show_hint(self) -> None:
        place = QRect(QPoint(), HINT_SIZE)
        place.moveCenter(self._window.rect().center())
        self._hint.setGeometry(place)
        self._hint.raise_()
        self._hint.show()

    def _take(self, mime: QMimeData) -> None:
        paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
        if not paths:
            self._notice(problem(NOT_A_FILE))
            return
        if len(paths) > 1:
            self._notice(problem(SEVERAL_FILES, count=len(paths), name=paths[0].rsplit("/", 1)[-1]))
        self._open_file(paths[0])


def _interesting(mime: QMimeData) -> bool:
    return mime.hasUrls() or mime.hasText()
