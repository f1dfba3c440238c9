"""What lies over the curves of the Series view: the parts, their borders, the window and the horizon."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import Qt

from workbench.app.session import Session
from workbench.core.project import DataSpec
from workbench.ui.theme import Theme
from workbench.ui.views.brackets import Brackets
from workbench.ui.views.plot import Plot, pen
from workbench.ui.views.seriescurves import PARTS

BAND_ALPHA = 0.11


class Frame(QObject):
    """Bands and lines of one plot, all of which a person can drag.

    Signals
    -------
    moved(float)
        The window was dropped: it should start at this row.
    split(int, float)
        Border 0 or 1 of the parts was dropped at this place.
    """

    moved = Signal(float)
    split = Signal(int, float)

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._horizon_steps, self._origin_steps = 1, 1
        self._placing = False
        self.bands = [plot.add_band() for _part in PARTS]
        self.window = plot.add_band(movable=True, z=8)
        self.horizon = plot.add_band(z=7)
        self.borders = [plot.add_line(movable=True, z=6) for _border in (0, 1)]
        self.step = plot.add_line(z=9)
        self.brackets = Brackets(plot)
        self.window.sigRegionChanged.connect(self._dragged)
        self.window.sigRegionChangeFinished.connect(self._dropped)
        for border, line in enumerate(self.borders):
            line.sigPositionChangeFinished.connect(lambda line=line, at=border: self.split.emit(at, line.value()))

    def place(self, session: Session, edges: Sequence[int]) -> None:
        """Put everything where project and cursor say; `edges` are the first rows of the parts and the end."""
        dataset, start = session.dataset, session.cursor.window
        idle = session.training == "idle"
        parts = dataset is not None and dataset.split.places is None
        for band, first, behind in zip(self.bands, edges[:-1], edges[1:], strict=True):
            band.setVisible(parts)
            band.setRegion((first - 0.5, behind - 0.5))
        for line, row in zip(self.borders, edges[1:3], strict=True):
            line.setVisible(parts)
            line.setMovable(idle)
            if not line.moving:
                line.setValue(row - 0.5)
        shown = dataset is not None and start is not None
        for item in (self.window, self.horizon):
            item.setVisible(shown)
        self.step.setVisible(shown and session.cursor.step is not None)
        if dataset is None or start is None:
            self.brackets.show_at(None)
        elif not (self._placing or self.brackets.held):
            self._put(start, dataset.spec, idle)
            self._put_step(start + (session.cursor.step or 0))

    def _put(self, start: int, spec: DataSpec, idle: bool) -> None:
        self._horizon_steps, self._origin_steps = spec.horizon, spec.origin
        origin = start + spec.origin
        self._set(start, start + spec.window, origin, origin + spec.horizon)
        grips = idle and spec.framing == "forecast"
        self.brackets.show_at((start - 0.5, origin - 0.5, origin + spec.horizon - 0.5) if grips else None)

    def preview(self, origin: int, spec: DataSpec) -> None:
        """Show the window and the horizon of `spec` around an origin, while a handle is dragged."""
        self._set(origin - spec.window, origin, origin, origin + spec.horizon)
        self.brackets.show_at((origin - spec.window - 0.5, origin - 0.5, origin + spec.horizon - 0.5))

    def _set(self, start: float, end: float, origin: float, behind: float) -> None:
        """Draw the window from `start` to `end` and the horizon from `origin` to `behind`."""
        self._placing = True
        self.window.setRegion((start - 0.5, end - 0.5))
        self.horizon.setRegion((origin - 0.5, behind - 0.5))
        self._placing = False

    def _put_step(self, row: int) -> None:
        """Move the line at the cursor's step, unless it would stand on the same pixel: that saves a repaint."""
        lo, hi = self._plot.visible()
        if abs(row - float(self.step.value())) * self._plot.columns_of_pixels >= hi - lo:
            self.step.setValue(row)

    def _dragged(self) -> None:
        """Let the horizon go with a dragged window."""
        if not self._placing:
            first = self.window.getRegion()[0] + self._origin_steps
            self.horizon.setRegion((first, first + self._horizon_steps))
            self.brackets.show_at(None)

    def _dropped(self) -> None:
        if not self._placing:
            self.moved.emit(self.window.getRegion()[0] + 0.5)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        for band, (part, _label) in zip(self.bands, PARTS, strict=True):
            band.setBrush(theme.color(part, BAND_ALPHA))
        self.window.setBrush(theme.color("text", 0.16))
        self.window.setHoverBrush(theme.color("text", 0.26))
        self.horizon.setBrush(theme.color("accent", 0.30))
        for line in self.window.lines:
            line.setPen(pen(theme.color("text"), 1))
        self.horizon.lines[1].setPen(pen(theme.color("accent"), 1))
        for line in self.borders:
            line.setPen(pen(theme.color("border"), 1))
            line.setHoverPen(pen(theme.color("text"), 2))
        self.step.setPen(pen(theme.color("text"), 1, Qt.PenStyle.DotLine))
        self.brackets.set_theme(theme)
