"""What was guessed or repaired in a file: warnings at once, the rest behind a line that says how much there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from workbench.core.problems import N_, Problem
from workbench.ui.icons import icon
from workbench.ui.text import count, translate
from workbench.ui.theme import Theme, font
from workbench.ui.words import Tone, Words, tooltip

MOST = 12
TONES: Mapping[str, Tone] = {"note": "muted", "warning": "warn", "error": "bad"}


class NotesList(QWidget):
    """A list of Problems in small words.

    Parameters
    ----------
    choose
        Called with the one a person clicks.
    """

    def __init__(self, choose: Callable[[Problem], None]) -> None:
        super().__init__()
        self._choose = choose
        self._theme: Theme | None = None
        self._shown: tuple[Problem, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.more = QToolButton(self)
        self.more.setObjectName("disclosure")
        self.more.setFont(font("small"))
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.toggled.connect(self._disclose)
        self._layout.addWidget(self.more)
        self.more.hide()
        self._labels: list[Words] = []
        self._hidden: list[Words] = []

    def show_notes(self, notes: Sequence[Problem]) -> None:
        """Show `notes`, warnings before notes."""
        if tuple(notes) == self._shown:
            return
        self._shown = tuple(notes)
        for label in self._labels:
            self._layout.removeWidget(label)
            label.deleteLater()
        loud = [note for note in notes if note.severity != "note"]
        quiet = [note for note in notes if note.severity == "note"]
        self._labels = [_Note(note, self._choose) for note in loud[:MOST]]
        self._hidden = [_Note(note, self._choose) for note in quiet[:MOST]]
        for place, label in enumerate(self._labels):
            self._layout.insertWidget(place, label)
        for label in self._hidden:
            self._layout.addWidget(label)
            label.setVisible(self.more.isChecked())
        self._labels += self._hidden
        words = N_("1 note on how it was read") if len(quiet) == 1 else N_("{count} notes on how it was read")
        self.more.setText(translate(words).format(count=count(len(quiet))))
        self.more.setVisible(bool(quiet))
        self.setVisible(bool(notes))

    def _disclose(self, shown: bool) -> None:
        for label in self._hidden:
            label.setVisible(shown)
        if self._theme is not None:
            self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Redraw the arrow in the colours of `theme`."""
        self._theme = theme
        self.more.setIcon(icon("down" if self.more.isChecked() else "right", theme, "muted"))


class _Note(Words):
    """One note; a click, Space or Enter shows the place in the file that it speaks of."""

    def __init__(self, note: Problem, choose: Callable[[Problem], None]) -> None:
        text = f"{note.text(translate)} {note.remedy(translate)}".strip()
        super().__init__(text, tone=TONES[note.severity], role="small", wrap=True)
        self._note, self._choose_note = note, choose
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(text)
        self.setToolTip(tooltip(translate(N_("Show it in the file"))))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._choose_note(self._note)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose_note(self._note)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a line under the words while they have the focus."""
        super().paintEvent(event)
        if self.hasFocus():
            QPainter(self).fillRect(
                0, self.height() - 1, self.width(), 1, self.palette().color(QPalette.ColorRole.Accent)
            )
