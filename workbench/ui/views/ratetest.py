"""The learning-rate range test: how the loss goes while the rate grows from batch to batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QPushButton

from workbench.app.ratetest import RateCurve
from workbench.core.problems import N_
from workbench.ui.text import number, plain
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.plot import NumberAxis, Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import tooltip

Floats = NDArray[np.float64]
HAZE_ALPHA = 0.35
ABOVE_START = 0.6
"""Share of the fall by which the picture reaches above the first loss: what breaks behind may run out of it."""


class RateTestView(AbstractView):
    """Raw and smoothed loss over the learning rate, and the rate that is proposed."""

    key = "rate"
    title = N_("Learning rate")

    def build(self) -> None:
        """Make the plot, its curves and the buttons."""
        below = NumberAxis("bottom")
        below.setLogMode(True)
        self.plot = plot = Plot(self.theme, below=below)
        self.plots.addWidget(plot)
        self._haze = plot.add_curve(z=0)
        self._smooth = plot.add_curve(z=2)
        self._present = plot.add_line(z=1)
        self._mark = plot.add_line(z=4)
        self._cross = plot.add_line(z=5)
        self._words = pg.TextItem(anchor=(0, 0))
        self._words.setFont(font("small"))
        plot.addItem(self._words, ignoreBounds=True)
        self._zoomed = False
        self._chosen: float | None = None
        self._shown: RateCurve | None = None
        self._hovered = ""
        self.use = self._button(_("Use"), self._take)
        self.again = self._button(_("Run again"), self.session.rate_test.start)
        self.controls.addWidget(self.use)
        self.controls.addWidget(self.again)
        self.controls.addStretch(1)
        plot.reset.connect(self.reset_zoom)
        plot.clicked.connect(self._clicked)
        plot.hovered.connect(self._hover)
        plot.left.connect(self._leave)
        plot.box.sigRangeChangedManually.connect(self._note_zoom)
        plot.range_changed.connect(self._place_words)
        self.session.rate_test.changed.connect(self.mark)

    def _button(self, words: str, act: object) -> QPushButton:
        button = QPushButton(words, self)
        button.setFont(font("small"))
        button.clicked.connect(act)
        return button

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the last test, or say how to make one."""
        test = self.session.rate_test
        curve = test.curve
        if curve is None:
            words = _(
                "Here you see at which learning rates the loss falls. Press Find beside Learning rate to try them."
            )
            self.say(_("Trying learning rates, from tiny to too large…") if test.busy else words)
            return
        if curve is not self._shown:
            self._shown, self._chosen, self._zoomed = curve, curve.suggestion, False
        self.show_picture()
        x = np.log10(curve.rates)
        draw_curve(self._haze, x, curve.losses, pen(self.theme.color("train", HAZE_ALPHA)))
        draw_curve(self._smooth, x, curve.smoothed, pen(self.theme.color("train"), 2.0))
        if not self._zoomed:
            self.plot.show_x(float(x[0]), float(x[-1]))
            self.plot.show_y(*loss_range(curve))
        present = self.session.project.train.learning_rate
        self._present.setVisible(bool(curve.rates[0] <= present <= curve.rates[-1]))
        self._present.setValue(math.log10(present))
        self._show_choice()
        self._show_heading()

    def _show_choice(self) -> None:
        rate, test = self._chosen, self.session.rate_test
        present, idle = self.session.project.train.learning_rate, self.session.training == "idle"
        self._mark.setVisible(rate is not None)
        self._words.setVisible(rate is not None)
        self.use.setEnabled(rate is not None and rate != present)
        self.again.setEnabled(idle and not test.busy)
        self.again.setToolTip(
            tooltip(_("Try learning rates on a copy of the untrained network; nothing of it is kept."))
        )
        if rate is None:
            self.use.setText(_("No rate to use"))
            self.use.setToolTip(tooltip(_("The loss fell at no rate. Look at the data and the scaling.")))
            return
        self.use.setText(_("Use {rate}").format(rate=plain(rate)))
        self.use.setToolTip(tooltip(_("Make this the learning rate. A click on the curve chooses another.")))
        if rate == present:
            self.use.setToolTip(tooltip(_("This is the learning rate already. A click on the curve chooses another.")))
        self._mark.setValue(math.log10(rate))
        self._words.setText(plain(rate), color=self.theme.color("accent"))
        self._place_words()

    def _show_heading(self) -> None:
        test = self.session.rate_test
        legend = (LegendEntry("train", _("loss, smoothed")), LegendEntry("muted", _("present rate"), "dash"))
        facts = self._hovered
        if not facts and test.busy:
            facts = _("running…")
        elif not facts and test.outdated:
            facts = _("settings have changed since")
        self.set_heading(Heading(_("loss of a batch, scaled"), facts, legend))

    def _place_words(self) -> None:
        """Write the chosen rate beside its line, at the top, on the side where there is room."""
        if self._chosen is None:
            return
        x, (lo, hi) = math.log10(self._chosen), self.plot.visible()
        _x, (_bottom, top) = self.plot.box.viewRange()
        self._words.setAnchor((1, 0) if x > lo + 0.8 * (hi - lo) else (0, 0))
        self._words.setPos(x, top)

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._mark.setPen(pen(self.theme.color("accent"), 1.5))
        self._present.setPen(pen(self.theme.color("muted"), 1, Qt.PenStyle.DashLine))
        self._cross.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def _take(self) -> None:
        if self._chosen is not None:
            self.session.rate_test.take(self._chosen)

    def _clicked(self, x: float, _y: float) -> None:
        """Choose the rate that was clicked at, with two digits."""
        curve = self._shown
        if curve is not None:
            wished = min(max(10.0**x, float(curve.rates[0])), float(curve.rates[-1]))
            self._chosen = float(f"{wished:.1e}")
            self._show_choice()

    def _hover(self, x: float, _y: float) -> None:
        curve = self._shown
        if curve is None:
            return
        at = int(np.argmin(np.abs(np.log10(curve.rates) - x)))
        self._cross.setVisible(True)
        self._cross.setValue(math.log10(curve.rates[at]))
        self._hovered = _("rate {rate}: loss {loss}").format(
            rate=number(float(curve.rates[at]), 2), loss=number(float(curve.smoothed[at]), 3)
        )
        self._show_heading()

    def _leave(self) -> None:
        self._cross.setVisible(False)
        self._hovered = ""
        self._show_heading()

    def reset_zoom(self) -> None:
        """Show all rates."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def columns(self) -> Sequence[SavedColumn]:
        """Return the losses by rate."""
        curve = self.session.rate_test.curve
        if curve is None:
            return ()
        return (("rate", curve.rates), ("loss", curve.losses), ("smoothed", curve.smoothed))


def loss_range(curve: RateCurve) -> tuple[float, float]:
    """Return the losses between which the interesting part lies: the fall, and where it begins to break."""
    smooth = curve.smoothed[np.isfinite(curve.smoothed)]
    if not len(smooth):
        return 0.0, 1.0
    lowest, first = float(smooth.min()), float(smooth[0])
    raw = curve.losses[np.isfinite(curve.losses)]
    highest = first + ABOVE_START * max(first - lowest, 0.05 * abs(first), 1e-9)
    return min(lowest, float(np.quantile(raw, 0.01))), highest
