"""The program's own icons, drawn in the colours of the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from workbench.core.assets import resource
from workbench.ui.theme import Theme

SIZES = (16, 32, 48)
"""Rendered widths in pixels, so that an icon stays sharp on screens of high density."""


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
    """Draw one icon: `size` is in device-independent pixels."""
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    text = _drawing(name).replace("currentColor", color.name())
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, drawn.width(), drawn.height()))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


@cache
def _drawing(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def icon(name: str, theme: Theme, role: str = "text") -> QIcon:
    """Return an icon in the colour of `role`, greyed where its control is disabled."""
    made = QIcon()
    for size in SIZES:
        made.addPixmap(pixmap(name, theme.color(role), size))
        made.addPixmap(pixmap(name, theme.color("disabled"), size), QIcon.Mode.Disabled)
    return made
