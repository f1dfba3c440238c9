"""The path of a state through its space while a window is read, in the plane in which it moves most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QKeyEvent, Qt

from workbench.app.surgery import Shown
from workbench.core.cells import CELLS
from workbench.core.cursor import Cursor
from workbench.core.events import Probed, Trace
from workbench.core.insight.phase import Plane, plane
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import DOT, count, percent
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.curvepool import CurvePool, Drawn
from workbench.ui.views.gradients import faint_epochs
from workbench.ui.views.keptlooks import KeptLook, entries, kept_looks
from workbench.ui.views.plot import Plot, nearest, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.stepkeys import moved
from workbench.ui.views.ticks import grouped, moment
from workbench.ui.views.view import AbstractView, Heading

Floats = NDArray[np.float64]
MOST_BEHIND = 4
SHADES = 32
COLOURS = (N_("colour: time"), N_("colour: value"))


class PhaseView(AbstractView):
    """h(t) or c(t) as a trajectory over the first two principal components."""

    key = "phase"
    title = N_("Phase")
    kinds = frozenset({"Started", "Probed", "Ended"})

    def build(self) -> None:
        """Make the plot and the choosers."""
        self.plot = plot = Plot(self.theme, rows=False, whole=False)
        self.plots.addWidget(plot)
        self._pool = CurvePool(plot)
        self._dots = pg.ScatterPlotItem(size=6, pxMode=True, pen=None)
        self._dots.setZValue(3)
        plot.addItem(self._dots, ignoreBounds=True)
        self._here = pg.ScatterPlotItem(size=13, pxMode=True, brush=None)
        self._here.setZValue(4)
        plot.addItem(self._here, ignoreBounds=True)
        self._state = Chooser(_("State"), self)
        self._state.chosen.connect(self._choose_state)
        self._by = Chooser(_("Colour"), self)
        self._by.chosen.connect(self._choose_colour)
        self.over = switch(_("epochs"), _("The path in a few other epochs faintly behind, in the same plane"), self)
        self.over.toggled.connect(lambda _on: self.mark())
        for tool in (self._state, self._by, self.over):
            self.controls.addWidget(tool)
        self.float_tools()
        self._key, self._colour = "h", 0
        self._zoomed = False
        self._fitted: tuple[Trace, str, Plane] | None = None
        self._palette = np.zeros(0, dtype=object)
        self._placed: Floats = np.zeros((0, 2))
        self._kept: tuple[KeptLook, ...] = ()
        self.session.windows.changed.connect(self.mark)
        plot.reset.connect(self.reset_zoom)
        plot.hovered.connect(lambda x, y: self._point(x, y, pinned=False))
        plot.clicked.connect(lambda x, y: self._point(x, y, pinned=True))
        plot.box.sigRangeChangedManually.connect(self._note_zoom)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the look at the cursor's epoch."""
        run = self.session.run
        if run is None:
            self.say(_("Here you see the path of the memory while it reads a window. Press Train to start."))
            return
        shown = self.session.surgery.shown
        if shown is None:
            self.say(_("The first look at the network appears after a few batches."))
            return
        probe = shown.probe
        self.show_picture()
        keys = [state.key for state in CELLS[run.project.model.cell].states]
        self._key = self._key if self._key in keys else "h"
        self._state.offer([_("state {key}").format(key=key) for key in keys], keys.index(self._key))
        self._state.setVisible(len(keys) > 1)
        self._by.offer([_(text) for text in COLOURS], self._colour)
        layer = min(self.session.cursor.layer, len(probe.traces) - 1)
        segment = run.project.model.segment
        fitted = self._plane(run, probe, layer, segment)
        values = probe.traces[layer].values[self._key][::segment]
        self._placed = fitted.seen(values)
        drawn = self._behind(run, probe, layer, fitted, segment)
        drawn += self._beside(shown, layer, fitted, segment)
        drawn.append(Drawn(self._placed[:, 0], self._placed[:, 1], pen(self.theme.color("muted", 0.6)), 2.0))
        self._pool.draw(drawn)
        self._dots.setData(self._placed[:, 0], self._placed[:, 1], brush=self._brushes(probe, segment))
        if not self._zoomed:
            both = np.concatenate([np.stack([one.x, one.y], axis=1) for one in drawn])
            (left, bottom), (right, top) = both.min(axis=0), both.max(axis=0)
            air = 0.06 * max(right - left, top - bottom, 1e-6)
            self.plot.show_x(float(left - air), float(right + air))
            self.plot.show_y(float(bottom), float(top + 0.14 * (top - bottom)))  # below the choosers
        shares = [percent(share) for share in fitted.shares]
        words = _("principal components of {key}, {first} and {second} of the variance")
        subtitle = words.format(key=self._key, first=shares[0], second=shares[1])
        self._subtitle = subtitle
        self._epoch = _("before training") if probe.epoch == 0 else _("epoch {epoch}").format(epoch=count(probe.epoch))
        self._place()

    _subtitle = _epoch = ""

    def _plane(self, run: Run, probe: Probed, layer: int, segment: int) -> Plane:
        """Return the plane of the newest look: it stays while a person scrubs, or the path would turn with it."""
        newest = run.probe() or probe
        trace = newest.traces[layer] if layer < len(newest.traces) else probe.traces[layer]
        asked = (trace, self._key)
        if self._fitted is None or self._fitted[0] is not trace or self._fitted[1] != self._key:
            self._fitted = (*asked, plane(trace.values[self._key][::segment]))
        return self._fitted[2]

    def _behind(self, run: Run, probe: Probed, layer: int, fitted: Plane, segment: int) -> list[Drawn]:
        if not self.over.isChecked():
            return []
        found = []
        epochs = [
            epoch for epoch in faint_epochs(sorted(run.probes), probe.epoch) if run.probes[epoch].start == probe.start
        ]
        for rank, epoch in enumerate(epochs[-MOST_BEHIND:]):
            placed = fitted.seen(run.probes[epoch].traces[layer].values[self._key][::segment])
            found.append(Drawn(placed[:, 0], placed[:, 1], pen(self.theme.color("muted", 0.15 + 0.08 * rank)), 1.0))
        return found

    def _beside(self, shown: Shown, layer: int, fitted: Plane, segment: int) -> list[Drawn]:
        """Return the paths in the kept windows, and dashed that without surgery."""
        self._kept = kept_looks(self.session, shown.probe.start)
        others = [(one.look, pen(self.theme.color(one.role), 1.6)) for one in self._kept]
        if shown.ghost is not None:
            others.append((shown.ghost, pen(self.theme.color("text"), 1.2, Qt.PenStyle.DashLine)))
        found = []
        for look, line in others:
            if layer < len(look.traces):
                path = fitted.seen(look.traces[layer].values[self._key][::segment])
                found.append(Drawn(path[:, 0], path[:, 1], line, 1.5))
        return found

    def _brushes(self, probe: Probed, segment: int) -> list[object]:
        """Return a colour for each step: by its time, or by the value of the target that was read."""
        steps, dataset = len(self._placed), self.session.run_dataset
        by = np.arange(steps, dtype=np.float64)
        if self._colour == 1 and dataset is not None:
            rows = probe.start + np.arange(steps) * segment + segment - 1
            by = dataset.filled[
                np.minimum(rows, len(dataset.filled) - 1), min(self.session.cursor.target, dataset.targets - 1)
            ]
        low, high = np.nanmin(by), np.nanmax(by)
        place = np.nan_to_num((by - low) / (high - low) if high > low else np.zeros(steps))
        return self._palette[np.minimum((place * len(self._palette)).astype(np.intp), len(self._palette) - 1)].tolist()

    def follow(self, before: Cursor) -> None:
        """Mark the step; another epoch, layer or run is another picture."""
        now = self.session.cursor
        if (now.epoch, now.layer, now.run, now.target) != (before.epoch, before.layer, before.run, before.target):
            self.draw()
        else:
            self._place()

    def _place(self) -> None:
        """Mark the cursor's step, and say which it is."""
        run, cursor = self.session.run, self.session.cursor
        segment = run.project.model.segment if run is not None else 1
        at = None if cursor.step is None else cursor.step // segment
        facts = self._epoch
        if at is None or at >= len(self._placed):
            self._here.setData([], [])
        else:
            self._here.setData(self._placed[at : at + 1, 0], self._placed[at : at + 1, 1])
            dataset, probe = self.session.run_dataset, run.probe(cursor.epoch) if run is not None else None
            steps = len(self._placed) * segment
            assert cursor.step is not None
            words = [_("step {step}").format(step=grouped(cursor.step - steps))]
            if dataset is not None and probe is not None:
                words.append(moment(dataset.clock, probe.start + cursor.step))
            facts = DOT.join([*words, facts])
        self.set_heading(Heading(self._subtitle, facts, entries(self._kept)))

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._here.setPen(pen(self.theme.color("text"), 2.0))
        # A few colours that are used again: the scatter draws each once and copies it.
        table = self.theme.lookup("viridis")[:: 256 // SHADES]
        self._palette = np.array([pg.mkBrush(*(int(part) for part in color)) for color in table], dtype=object)

    # -- gestures -----------------------------------------------------------------------------------------

    @property
    def _window_steps(self) -> int:
        """Steps of the window: more than there are places where the cell reads segments."""
        run = self.session.run
        return len(self._placed) * (run.project.model.segment if run is not None else 1)

    def _choose_state(self, index: int) -> None:
        run = self.session.run
        if run is not None:
            self._key = CELLS[run.project.model.cell].states[index].key
            self.reset_zoom()

    def _choose_colour(self, index: int) -> None:
        self._colour = index
        self.mark()

    def _point(self, x: float, y: float, *, pinned: bool) -> None:
        """Go to the step that is nearest, where one is near."""
        if not len(self._placed) or (self.session.cursor.pinned and not pinned):
            return
        at = nearest(self.plot, self._placed[:, 0], self._placed[:, 1], (x, y))
        if at is not None:
            segment = self.session.run.project.model.segment if self.session.run is not None else 1
            step = at * segment + segment - 1
            again = self.session.cursor.pinned and self.session.cursor.step == step
            self.session.point(step=step, pinned=pinned and not again)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor by a step."""
        if not moved(self.session, event, self._window_steps):
            super().keyPressEvent(event)

    def reset_zoom(self) -> None:
        """Show the whole path."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def columns(self) -> Sequence[SavedColumn]:
        """Return the path."""
        if self.message:
            return ()
        return (
            ("step", np.arange(len(self._placed))),
            ("component 1", self._placed[:, 0]),
            ("component 2", self._placed[:, 1]),
        )
