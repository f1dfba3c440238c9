"""A bar over the series that shows which rows a number was made from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.app.session import Session
from workbench.core.dataset import Dataset
from workbench.core.insight.rowuses import USES, runs, used_rows
from workbench.ui.text import count
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.plot import Plot, pen

HEIGHT = 0.2
"""Where the bar lies, as a share of the plot's height: above the marks of faults, and far from the tools."""

WIDTH = 7


class RowBars:
    """A chooser of numbers, and the rows of the chosen one."""

    def __init__(self, plot: Plot, controls: QHBoxLayout, parent: QWidget, changed: Callable[[], None]) -> None:
        self._plot, self._changed = plot, changed
        self._chosen = 0
        self._known: tuple[Dataset, int] | None = None
        self.rows = np.zeros((0, 2), dtype=np.int64)
        self._bar = plot.add_curve(z=12)
        self._words = pg.TextItem(anchor=(0, 1))
        self._words.setFont(font("small"))
        self._words.setZValue(12)
        plot.addItem(self._words, ignoreBounds=True)
        self._chooser = Chooser(_("Rows used by"), parent)
        self._chooser.chosen.connect(self.choose)
        controls.addWidget(self._chooser)

    def choose(self, place: int) -> None:
        """Show the rows of the number at this place of the list, 0 for none."""
        self._chosen = place
        self._changed()

    def draw(self, session: Session, theme: Theme) -> None:
        """Draw the bar over what is seen of the series."""
        dataset = session.dataset
        self._chooser.setVisible(dataset is not None)
        self._chooser.offer((_("Rows used by…"), *(_(use.label) for use in USES)), self._chosen)
        shown = dataset is not None and self._chosen > 0
        self._bar.setVisible(shown)
        self._words.setVisible(shown)
        if not shown or dataset is None:
            return
        use = USES[self._chosen - 1]
        if self._known is None or self._known[0] is not dataset or self._known[1] != self._chosen:
            self._known, self.rows = (dataset, self._chosen), runs(used_rows(dataset, use))
        lo, hi = self._plot.visible()
        (_x, (bottom, top)) = self._plot.box.viewRange()
        height = bottom + HEIGHT * (top - bottom)
        x = np.column_stack([self.rows - 0.5, np.full(len(self.rows), np.nan)]).ravel()
        self._bar.setData(x, np.where(np.isnan(x), np.nan, height), pen=pen(theme.color(use.part), WIDTH))
        total = int((self.rows[:, 1] - self.rows[:, 0]).sum())
        words = _("{what}: {count} rows").format(what=_(use.label), count=count(total))
        self._words.setText(words, color=theme.color("text"))
        first = float(self.rows[0, 0]) if len(self.rows) else lo
        self._words.setAnchor((1, 1) if first > lo + 0.6 * (hi - lo) else (0, 1))
        self._words.setPos(hi if first > lo + 0.6 * (hi - lo) else max(first, lo), height)
