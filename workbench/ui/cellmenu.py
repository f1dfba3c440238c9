"""The menu of cells: beside each name its size, its states, and how long a training step takes here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem

from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.insight.budget import parameters
from workbench.core.problems import N_
from workbench.ui.text import DOT, count, number, translate

FACTS = Qt.ItemDataRole.UserRole + 1
GAP = 24


def cell_facts(session: Session, cell: str) -> str:
    """Say the parameters of the network with `cell`, its states, and its measured time of a training step."""
    project = session.measurements.project_with(cell)
    parts = []
    if project.data.targets:
        total = parameters(project.model, project.data)
        parts.append(translate(N_("{count} parameters")).format(count=count(total)))
    states = len(CELLS[cell].states)
    parts.append(translate(N_("1 state") if states == 1 else N_("{count} states")).format(count=states))
    ms = session.measurements.ms(cell)
    if ms is not None:
        parts.append(translate(N_("measured {ms} ms/step")).format(ms=number(ms, 2)))
    return DOT.join(parts)


class CellMenu(QStyledItemDelegate):
    """Draws the facts of each cell at the right of its entry, in the list of `box` alone."""

    def __init__(self, box: QComboBox, facts: Callable[[str], str]) -> None:
        super().__init__(box)
        self._box, self._facts = box, facts
        box.setItemDelegate(self)

    def refresh(self) -> None:
        """Ask for the facts of every entry again, and make room for them."""
        widest = 0
        for row in range(self._box.count()):
            facts = self._facts(str(self._box.itemData(row)))
            self._box.setItemData(row, facts, FACTS)
            self._box.setItemData(row, facts, Qt.ItemDataRole.ToolTipRole)
            self._box.setItemData(row, facts, Qt.ItemDataRole.AccessibleDescriptionRole)
            metrics = self._box.fontMetrics()
            widest = max(widest, metrics.horizontalAdvance(self._box.itemText(row) + facts))
        self._box.view().setMinimumWidth(widest + 2 * GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the entry, then its facts."""
        super().paint(painter, option, index)
        painter.save()
        selected = bool(option.state & option.state.State_Selected)
        palette = self._box.palette()
        colour = palette.highlightedText() if selected else palette.placeholderText()
        painter.setPen(colour.color())
        place = option.rect.adjusted(0, 0, -8, 0)
        painter.drawText(
            place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(index.data(FACTS) or "")
        )
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Give entries a little air."""
        size = super().sizeHint(option, index)
        return QSize(size.width(), size.height() + 6)
