"""Labels that show plain text only: names of files and columns come from strangers."""

from __future__ import annotations

import html
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from workbench.ui.theme import FontRole, font

Tone = Literal["text", "muted", "accent", "good", "warn", "bad"]


class Words(QLabel):
    """A label of plain text in one of the theme's tones.

    Parameters
    ----------
    wrap
        Break lines, and take as much height as they need.
    """

    def __init__(
        self, text: str = "", *, tone: Tone = "text", role: FontRole = "body", wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(role))
        self.setWordWrap(wrap)
        self.setProperty("tone", tone)
        if wrap:
            # A wrapped label must not dictate the width of a column that can shrink.
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def set_tone(self, tone: Tone) -> None:
        """Change the colour; the style sheet looks at the property only when it is polished again."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            restyle(self)


class ElidedWords(Words):
    """One line that is cut at its end where there is no room, and whose length dictates nobody's width."""

    def __init__(self, *, tone: Tone = "text", role: FontRole = "body", parent: QWidget | None = None) -> None:
        super().__init__(tone=tone, role=role, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits; the whole text is in the tool tip."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())
        painter.drawText(self.contentsRect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, shown)


def restyle(widget: QWidget) -> None:
    """Let the style sheet look at changed properties of `widget`."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def tooltip(text: str) -> str:
    """Return `text` for setToolTip: escaped, and as rich text, because only that is wrapped."""
    return f"<qt>{html.escape(text)}</qt>" if text else ""


def menu_text(text: str) -> str:
    """Return `text` for an action or button: an ampersand in a file name is no shortcut mark."""
    return text.replace("&", "&&")
