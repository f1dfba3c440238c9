"""One answer a sequence: every predicted answer over the true one."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget

from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.views.plot import Plot, pen

MOST_DOTS = 1_500
"""More dots than this cover each other, and each frame would take longer than 8 ms."""

DOT_ALPHA = 0.55

Floats = NDArray[np.floating]


class AnswersPlot(Plot):
    """Dots of prediction over truth, and the line on which a perfect network would put them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._diagonal: pg.InfiniteLine | None = None
        super().__init__(theme, parent, rows=False, whole=False)
        self._dots = pg.ScatterPlotItem(size=5)
        self.addItem(self._dots, ignoreBounds=True)
        self._diagonal = pg.InfiniteLine(pos=(0, 0), angle=45)
        self._diagonal.setZValue(-1)
        self.addItem(self._diagonal, ignoreBounds=True)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        super().set_theme(theme)
        style = {"color": theme.color("muted").name(), "font-size": f"{font('small').pointSizeF()}pt"}
        self.getPlotItem().setLabel("bottom", _("truth"), **style)
        self.getPlotItem().setLabel("left", _("prediction"), **style)
        if self._diagonal is not None:
            self._diagonal.setPen(pen(theme.color("text"), 1, Qt.PenStyle.DashLine))
            self._dots.setBrush(theme.color("accent", DOT_ALPHA))
            self._dots.setPen(None)

    def show_answers(self, truth: Floats, prediction: Floats, whole: bool) -> None:
        """Show at most `MOST_DOTS` answers, evenly taken; all of the range if `whole`."""
        good = np.isfinite(truth) & np.isfinite(prediction)
        truth, prediction = truth[good], prediction[good]
        if len(truth) > MOST_DOTS:
            chosen = np.linspace(0, len(truth) - 1, MOST_DOTS).astype(np.int64)
            truth, prediction = truth[chosen], prediction[chosen]
        self._dots.setData(truth, prediction)
        if whole and len(truth):
            ends = float(min(truth.min(), prediction.min())), float(max(truth.max(), prediction.max()))
            room = 0.05 * (ends[1] - ends[0]) or 1.0
            self.show_x(ends[0] - room, ends[1] + room)
            self.show_y(*ends)
