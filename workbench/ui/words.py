"""Labels that show plain text only: names of files and columns come from strangers."""

from __future__ import annotations

import html
from typing import Literal

from PySide6.QtCore import Qt
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
