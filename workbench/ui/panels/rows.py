"""Small rows of a card that are buttons: a choice with its effect, a fault with its mark."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from workbench.ui.theme import Theme, font

PADDING = 3
MARK = 16
MARK_SIZE = 8.0


class LineButton(QAbstractButton):
    """One line: a mark, words at the left, and facts at the right.

    Parameters
    ----------
    act
        Called by a click, Space or Return.
    look
        Called with True when the mouse or the focus comes, with False when it leaves.
    """

    def __init__(self, act: Callable[[], object], look: Callable[[bool], object] | None = None) -> None:
        super().__init__()
        self._look = look
        self._facts = ""
        self._theme: Theme | None = None
        self._path, self._role, self._filled = QPainterPath(), "muted", True
        self.setFont(font("small"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda _checked=False: act())

    def show_line(self, words: str, facts: str, *, tip: str = "") -> None:
        """Show `words` and `facts`."""
        self.setText(words)
        self._facts = facts
        self.setAccessibleName(f"{words}: {facts}" if facts else words)
        self.setToolTip(tip)
        self.update()

    @property
    def facts(self) -> str:
        """What stands at the right."""
        return self._facts

    def set_mark(self, path: QPainterPath, role: str, filled: bool) -> None:
        """Draw this shape, from -0.5 to 0.5, at the left."""
        self._path, self._role, self._filled = path, role, filled
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, QFontMetrics(self.font()).height() + 2 * PADDING)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Tell that a person looks at it."""
        super().enterEvent(event)
        self._looked(True)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that nobody looks at it any more."""
        super().leaveEvent(event)
        self._looked(self.hasFocus())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that a person looks at it."""
        super().focusInEvent(event)
        self._looked(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that nobody looks at it any more."""
        super().focusOutEvent(event)
        self._looked(False)

    def _looked(self, here: bool) -> None:
        if self._look is not None and self.isEnabled():
            self._look(here)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, mark, words and facts."""
        if self._theme is None:
            return
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isEnabled() and (self.underMouse() or self.hasFocus()):
            painter.setPen(QPen(theme.color("accent"), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        self._draw_mark(painter, theme)
        metrics = QFontMetrics(self.font())
        facts_width = metrics.horizontalAdvance(self._facts)
        room = QRect(MARK + 4, 0, self.width() - MARK - 8, self.height())
        painter.setPen(theme.color("muted" if self.isEnabled() else "disabled"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._facts)
        painter.setPen(theme.color("text" if self.isEnabled() else "disabled"))
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, max(room.width() - facts_width - 8, 20))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _draw_mark(self, painter: QPainter, theme: Theme) -> None:
        """Draw the shape, or the dot of a choice that is chosen or not."""
        painter.save()
        painter.translate(QPointF(MARK / 2 + 1, self.height() / 2))
        if self.isCheckable():
            painter.setPen(QPen(theme.color("accent" if self.isChecked() else "muted"), 1.2))
            painter.drawEllipse(QPointF(0, 0), 4.5, 4.5)
            if self.isChecked():
                painter.setBrush(theme.color("accent"))
                painter.drawEllipse(QPointF(0, 0), 2.0, 2.0)
        else:
            painter.scale(MARK_SIZE, MARK_SIZE)
            line = QPen(theme.color(self._role), 1.5)
            line.setCosmetic(True)
            painter.setPen(line if not self._filled else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(self._role) if self._filled else Qt.BrushStyle.NoBrush)
            painter.drawPath(self._path)
        painter.restore()
