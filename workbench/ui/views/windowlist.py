"""A list of windows or rows beside a plot; a click moves the cursor there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QTreeWidget, QWidget

from workbench.ui.text import translate as _
from workbench.ui.theme import font

LIST_FROM, LIST_WIDTH = 460, 230
"""Pixels of the view from which there is room for the list, and how wide it is at least."""


def window_list(parent: QWidget, name: str, headers: Sequence[str]) -> QTreeWidget:
    """Return an empty list."""
    made = QTreeWidget(parent)
    made.setAccessibleName(name)
    made.setToolTip(_("A click moves the cursor there."))
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setFont(font("small"))
    made.header().setFont(font("small"))
    made.setHeaderLabels(list(headers))
    made.setFixedWidth(LIST_WIDTH)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def fit_columns(shown: QTreeWidget) -> None:
    """Make the list as wide as its columns and the bar beside them need, so that no number is cut."""
    needed = 0
    for column in range(shown.columnCount()):
        shown.resizeColumnToContents(column)
        # The last column is as wide as what is left: what it needs is asked for.
        needed += max(shown.sizeHintForColumn(column), shown.header().sectionSizeHint(column))
    bar = shown.verticalScrollBar().sizeHint().width()
    shown.setFixedWidth(max(LIST_WIDTH, needed + bar + 2 * shown.frameWidth()))
