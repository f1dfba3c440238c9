"""The words above a heatmap, in one line where they fit and in two where they do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtGui import QFontMetrics, QPainter, Qt

from workbench.ui.text import DOT, number
from workbench.ui.theme import FontRole, Theme, font

GAP = 5
DOT_RADIUS = 4
INDENT = 2 * DOT_RADIUS + GAP + 2

LEAST_HEIGHT = 110
"""Below this height of the map there is no second line."""


@dataclass(frozen=True, slots=True)
class Caption:
    """The line above a map; plain text.

    Attributes
    ----------
    ranged
        True if `detail` is a range of colours, which may be left out where there is no room; False for a value.
    """

    role: str = "text"
    name: str = ""
    detail: str = ""
    facts: str = ""
    ranged: bool = False


def range_words(low: float, high: float) -> str:
    """Say from where to where colours go."""
    return f"±{number(high, 3)}" if low == -high else f"{number(low, 3)} … {number(high, 3)}"


def caption_height(captions: Iterable[tuple[Caption, QSize]]) -> int:
    """Return how high the words are above each of some maps of these sizes, which stand beside each other."""
    lines = 2 if any(_two_lines(caption, size) for caption, size in captions) else 1
    return lines * (QFontMetrics(font("small")).height() + 1) + 3


def _two_lines(caption: Caption, size: QSize) -> bool:
    """True if name and facts do not fit beside each other, and there is height to spare."""
    if not caption.facts or size.height() < LEAST_HEIGHT:
        return False
    name, small = QFontMetrics(font("title")), QFontMetrics(font("small"))
    # As wide as the value at the cursor may become: the picture must not jump while the mouse moves.
    detail = max(small.horizontalAdvance(caption.detail), small.horizontalAdvance("−0.000"))
    needed = INDENT + name.horizontalAdvance(caption.name) + detail + 2 * GAP
    return needed + small.horizontalAdvance(caption.facts) > size.width()


def paint_caption(painter: QPainter, room: QRect, caption: Caption, theme: Theme) -> None:
    """Write `caption` into `room`, which is as high as :func:`caption_height` says."""
    small = QFontMetrics(font("small"))
    two = room.height() > 1.5 * small.height() + 3
    line = QRect(room.left(), room.top(), room.width(), room.height() // 2 if two else room.height())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(caption.role))
    painter.drawEllipse(QPointF(line.left() + DOT_RADIUS + 1, line.center().y() + 0.5), DOT_RADIUS, DOT_RADIUS)
    painter.setPen(theme.color("text"))
    left = line.left() + INDENT
    left += _write(painter, left, line, caption.name, "title") + GAP
    painter.setPen(theme.color("muted"))
    fits = left + small.horizontalAdvance(caption.detail) <= line.right() + 1
    if two:
        words = caption.facts if fits else caption.detail + DOT + caption.facts
        if INDENT + small.horizontalAdvance(words) > room.width():
            words = caption.facts if caption.ranged else caption.detail
        _write(painter, room.left() + INDENT, line.translated(0, line.height()), words, "small")
    else:
        right = room.right() - small.horizontalAdvance(caption.facts)
        if left <= right:
            _write(painter, right, line, caption.facts, "small")
            fits = left + small.horizontalAdvance(caption.detail) <= right - GAP
    if fits:
        _write(painter, left, line, caption.detail, "small")


def _write(painter: QPainter, left: int, line: QRect, text: str, role: FontRole) -> int:
    """Write `text` from `left`, shortened to the line; returns its width."""
    chosen = font(role)
    metrics = QFontMetrics(chosen)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(line.right() - left + 1, 0))
    painter.setFont(chosen)
    room = QRect(left, line.top(), max(line.right() - left + 1, 0), line.height())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    return metrics.horizontalAdvance(text)
