"""A card of the left column: a numbered title, one line of summary, and a body that opens and closes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QVBoxLayout, QWidget

from workbench.ui.icons import pixmap
from workbench.ui.theme import Theme, font
from workbench.ui.words import Words


class Card(QFrame):
    """A collapsible card. A click on its title, or Space with the focus on it, opens and closes it."""

    def __init__(self, key: str, number: str, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.key = key
        self.title = _Title(number, title)
        self.summary = Words(tone="muted", role="small", wrap=True)
        self._body = QWidget()
        self.body = QVBoxLayout(self._body)
        self.body.setContentsMargins(0, 4, 0, 0)
        self.body.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        layout.addWidget(self.summary)
        layout.addWidget(self._body)
        self.summary.hide()
        self.title.toggled.connect(self._body.setVisible)

    def set_summary(self, text: str) -> None:
        """Show one line about what is inside."""
        self.summary.setText(text)
        self.summary.setVisible(bool(text))

    @property
    def opened(self) -> bool:
        """True if the body is shown."""
        return self.title.isChecked()

    def set_opened(self, opened: bool) -> None:
        """Open or close the card."""
        self.title.setChecked(opened)

    def set_theme(self, theme: Theme) -> None:
        """Redraw the title in the colours of `theme`."""
        self.title.set_theme(theme)


class _Title(QAbstractButton):
    """The card's title, which is its switch."""

    def __init__(self, number: str, title: str) -> None:
        super().__init__()
        self._number = number
        self._theme: Theme | None = None
        self.setText(title)
        self.setFont(font("title"))
        self.setCheckable(True)
        self.setChecked(True)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, QFontMetrics(self.font()).height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw number, title and arrow, and a line under them while the title has the focus."""
        if self._theme is None:
            return
        painter = QPainter(self)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(self._theme.color("accent"))
        painter.drawText(self.rect(), middle, self._number)
        left = QFontMetrics(self.font()).horizontalAdvance(self._number + " ") + 4 if self._number else 0
        painter.setPen(self._theme.color("text"))
        painter.drawText(self.rect().adjusted(left, 0, -20, 0), middle, self.text())
        name = "down" if self.isChecked() else "right"
        arrow = pixmap(name, self._theme.color("muted"), 12, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - 12, (self.height() - 12) // 2, arrow)
        if self.hasFocus():
            painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), self._theme.color("accent"))
