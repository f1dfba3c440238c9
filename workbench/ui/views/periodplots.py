"""The three pictures of what repeats: autocorrelation, periodogram, and the shape of one period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QFontMetrics, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.insight.periods import Period, Profile, Seasonality
from workbench.core.table import Step
from workbench.ui.theme import Theme, font
from workbench.ui.views.lagaxis import TICK_WIDTH, LagAxis, phase_ticks
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.words import ElidedWords, tooltip

STEMS = 150
"""Up to this many lags each autocorrelation is a stem; more are a curve."""

BAND_ALPHA = 0.14


class Captioned(QWidget):
    """A plot below a line of small words."""

    def __init__(self, plot: Plot, parent: QWidget) -> None:
        super().__init__(parent)
        self.plot = plot
        self.caption = ElidedWords(tone="muted", role="small", parent=self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.caption)
        layout.addWidget(plot, 1)

    def say(self, words: str, tip: str) -> None:
        """Write the caption, and in its tool tip how to read the picture."""
        self.caption.setText(words)
        self.caption.setToolTip(tooltip(tip))
        self.plot.setAccessibleName(words)


class _LagPlot(Plot):
    """A plot over lags or periods that marks the periods that were found."""

    def __init__(self, theme: Theme, parent: QWidget, *, logarithmic: bool = False) -> None:
        self._axis = LagAxis(logarithmic=logarithmic)
        self._logarithmic = logarithmic
        self._marks: list[pg.InfiniteLine] = []
        super().__init__(theme, parent, below=self._axis)
        self.box.setMouseEnabled(x=True, y=False)
        self.curve = self.add_curve(z=2)

    def mark(self, theme: Theme, periods: Sequence[Period], chosen: int) -> None:
        """Draw a line at each period: solid at the chosen one, dotted at the others."""
        while len(self._marks) < len(periods):
            self._marks.append(self.add_line(z=1))
        for index, line in enumerate(self._marks):
            line.setVisible(index < len(periods))
            if index < len(periods):
                steps = float(periods[index].steps)
                line.setValue(np.log10(steps) if self._logarithmic else steps)
                solid = index == chosen
                style = Qt.PenStyle.SolidLine if solid else Qt.PenStyle.DotLine
                line.setPen(pen(theme.color("accent" if solid else "muted"), 1.0, style))

    def set_step(self, step: Step | None) -> None:
        """Tell lengths by this step."""
        self._axis.set_step(step)


class CorrelationPlot(_LagPlot):
    """Autocorrelation by lag with the 95 % band of white noise."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.band = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self.band.setZValue(-5)
        for line in self.band.lines:
            line.setPen(pg.mkPen(None))
        self.addItem(self.band, ignoreBounds=True)
        self._zero = self.add_line(horizontal=True, z=0)
        self._zero.setValue(0.0)
        self._zero.setVisible(True)

    def show_correlation(self, theme: Theme, found: Seasonality, whole: bool) -> None:
        """Draw the lags from 1 on; all of them if `whole`."""
        y = found.correlation[1:]
        x = np.arange(1.0, len(y) + 1.0)
        self.band.setBrush(theme.color("muted", BAND_ALPHA))
        self.band.setRegion((-found.band, found.band))
        self._zero.setPen(pen(theme.color("border"), 1))
        if len(y) <= STEMS:
            x, y = np.repeat(x, 2), np.stack([np.zeros(len(y)), y], axis=1).ravel()
            self.curve.setSegmentedLineMode("off")
            self.curve.setData(x, y, pen=pen(theme.color("text"), 2.0 if len(y) <= STEMS else 1.0), connect="pairs")
        else:
            self.curve.setData(x, y, connect="finite")
            draw_curve(self.curve, x, y, pen(theme.color("text"), 1.5))
        if whole:
            self.box.setLimits(xMin=0.0, xMax=len(found.correlation) + 0.5, minXRange=4)
            self.show_x(0.0, len(found.correlation) + 0.5)
        low, high = float(found.correlation[1:].min()), float(found.correlation[1:].max())
        self.show_y(min(low, -found.band), max(high, found.band))


class SpectrumPlot(_LagPlot):
    """Share of the variance by period, on a logarithmic axis of periods."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, logarithmic=True)

    def show_spectrum(self, theme: Theme, found: Seasonality, whole: bool) -> None:
        """Draw all periods; the axis to its ends if `whole`."""
        x, y = np.log10(found.spectrum_periods[::-1]), 100.0 * found.spectrum[::-1]
        draw_curve(self.curve, x, y, pen(theme.color("text"), 1.5))
        if whole:
            self.box.setLimits(xMin=float(x[0]), xMax=float(x[-1]) + 0.02, minXRange=0.2)
            self.show_x(float(x[0]), float(x[-1]) + 0.02)
        self.show_y(0.0, float(y.max()))


class ProfilePlot(Plot):
    """Mean shape of one period with the band between its quartiles."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self._phases = pg.AxisItem("bottom", maxTickLength=-4)
        self._phases.enableAutoSIPrefix(False)
        super().__init__(theme, parent, below=self._phases)
        self.box.setMouseEnabled(x=False, y=False)
        self._low, self._high = self.add_curve(z=0), self.add_curve(z=0)
        self._band = pg.FillBetweenItem(self._low, self._high)
        self._band.setZValue(-1)
        self.addItem(self._band, ignoreBounds=True)
        self.curve = self.add_curve(z=2)

    def show_profile(self, theme: Theme, profile: Profile | None, step: Step | None) -> None:
        """Draw the shape of the chosen period, or nothing."""
        for item in (self._band, self.curve):
            item.setVisible(profile is not None)
        if profile is None:
            self._phases.setTicks([[]])
            return
        # The first phase stands at the end again, so that a day runs from midnight to midnight.
        x = np.arange(len(profile.mean) + 1.0)
        mean, low, high = (np.append(part, part[0]) for part in (profile.mean, profile.low, profile.high))
        self._low.setData(x, low, pen=None)
        self._high.setData(x, high, pen=None)
        self._band.setBrush(theme.color("accent", BAND_ALPHA))
        draw_curve(self.curve, x, mean, pen(theme.color("accent"), 2.0))
        self.show_x(0.0, float(len(profile.mean)))
        seen = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)], mean[np.isfinite(mean)]])
        if len(seen):
            self.show_y(float(seen.min()), float(seen.max()))
        ticks = phase_ticks(profile, step, max(2, self.columns_of_pixels // TICK_WIDTH))
        lines = 1 + max((words.count("\n") for _place, words in ticks), default=0)
        self._phases.setHeight(lines * QFontMetrics(font("small")).height() + 10)
        self._phases.setTicks([ticks])
