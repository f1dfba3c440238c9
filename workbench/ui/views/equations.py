"""The equations of a cell line by line, each with its numbers below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.core.insight.stepping import Line, figure
from workbench.ui.theme import Theme, font

GAP = 6


class Equations(QWidget):
    """Equations in the colours of what they give, numbers below them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self._roles: Mapping[str, str] = {}
        self.setMinimumWidth(60)

    def sizeHint(self) -> QSize:
        return QSize(340, 240)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.update()

    def show_lines(self, lines: Sequence[Line], roles: Mapping[str, str]) -> None:
        """Show equations; `roles` gives the colour of each gate and state."""
        self._lines, self._roles = tuple(lines), roles
        self.setAccessibleDescription("; ".join(f"{line.equation} {self.numbers(line)}" for line in self._lines))
        self.update()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._lines

    @staticmethod
    def numbers(line: Line) -> str:
        """Return the second row of an equation."""
        if not line.key:
            return ""
        return f"= {line.numbers} = {figure(line.value)}" if line.numbers else f"= {figure(line.value)}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write as many lines as there is room for."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        words, small = font("body"), font("small")
        high, low = QFontMetricsF(words).height(), QFontMetricsF(small).height()
        gap = max(2.0, min(GAP * 2.0, (self.height() - len(self._lines) * (high + low)) / max(len(self._lines), 1)))
        top = 2.0
        for line in self._lines:
            rows = high + (low if line.key else 0.0)
            if top + rows > self.height():
                return
            painter.fillRect(QRectF(0, top + 2, 3, rows - 3), self._theme.color(self._roles.get(line.key, "border")))
            self._write(painter, top, high, line.equation, "text" if line.key else "muted", "body")
            if line.key:
                self._write(painter, top + high, low, self.numbers(line), self._roles.get(line.key, "text"), "small")
            top += rows + gap

    def _write(self, painter: QPainter, top: float, height: float, text: str, role: str, kind: str) -> None:
        chosen = font("body" if kind == "body" else "small")
        painter.setFont(chosen)
        painter.setPen(self._theme.color(role))
        room = QRectF(10, top, self.width() - 10, height)
        shown = QFontMetricsF(chosen).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
