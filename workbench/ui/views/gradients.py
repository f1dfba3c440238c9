"""How far the loss reaches back: the norm of its gradient at every state of the window, by lag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QKeyEvent, Qt

from workbench.core.cells import CELLS
from workbench.core.cursor import Cursor
from workbench.core.events import Floats, Probed
from workbench.core.insight.flow import against_lag, carried, factor, norms, reach
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.curvepool import CurvePool, Drawn, log10, run_role
from workbench.ui.views.lagaxis import LagAxis
from workbench.ui.views.plot import NumberAxis, Plot, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.stepkeys import moved
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import ElidedWords, tooltip

MOST_EPOCHS = 7
"""Other epochs drawn faintly behind the one that is looked at."""

MOST_DECADES = 42.0
LEAST_DECADES = 1.0


class GradientsView(AbstractView):
    """Norms of dL/dh(t) and dL/dc(t) by lag on a logarithmic axis, over epochs, beside those of other runs."""

    key = "gradients"
    title = N_("Gradients")
    kinds = frozenset({"Started", "Probed", "Ended"})

    def build(self) -> None:
        """Make the plot, the switches and the line of words."""
        self._axis = LagAxis()
        left = NumberAxis("left")
        left.setLogMode(True)
        self.plot = plot = Plot(self.theme, below=self._axis, left=left)
        self.plots.addWidget(plot)
        self._pool = CurvePool(plot)
        self._clip = plot.add_line(horizontal=True, z=0)
        self._reach = plot.add_line(z=3)
        self._cross = plot.add_line(z=5)
        self._clip_words = pg.TextItem(anchor=(1, 1))
        self._clip_words.setFont(font("small"))
        plot.addItem(self._clip_words, ignoreBounds=True)
        self._first_words = pg.TextItem(anchor=(1, 1))
        self._first_words.setFont(font("small"))
        plot.addItem(self._first_words, ignoreBounds=True)
        self._first: tuple[Floats, Floats] | None = None
        self.words = ElidedWords(tone="muted", role="small", parent=self)
        self.plots.addWidget(self.words)
        self._zoomed = False
        self._saved: list[SavedColumn] = []
        self._steps = 0
        self._layer = Chooser(_("Layer"), self)
        self._layer.chosen.connect(lambda index: self.session.point(layer=index, unit=None))
        self.over = switch(_("epochs"), _("Other epochs faintly behind, from before the training on"), self)
        self.compare = switch(
            _("all runs"), _("Every run of this session at the same epoch, on the same windows"), self
        )
        self.over.setChecked(True)
        self.controls.addWidget(self._layer)
        for button in (self.over, self.compare):
            button.toggled.connect(lambda _on: self.reset_zoom())
            self.controls.addWidget(button)
        self.float_tools()
        plot.reset.connect(self.reset_zoom)
        plot.hovered.connect(self._hover)
        plot.clicked.connect(self._click)
        plot.box.sigRangeChangedManually.connect(self._note_zoom)
        plot.range_changed.connect(self._place_words)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the look at the cursor's epoch."""
        run = self.session.run
        if run is None:
            self.say(_("Here you see how far back the loss reaches through time. Press Train to start."))
            return
        probe = deep_probe(run, self.session.cursor.epoch)
        if probe is None or not probe.traces:
            self.say(_("The first look at the network appears after a few batches."))
            return
        layer = min(self.session.cursor.layer, len(probe.traces) - 1)
        if not norms(probe.traces[layer]):
            self.say(_("There are no gradients: the answers of the window that is looked at are not known yet."))
            return
        self.show_picture()
        self._layer.offer([_("layer {number}").format(number=at + 1) for at in range(len(probe.traces))], layer)
        self._layer.setVisible(len(probe.traces) > 1)
        compared = [other for other in self.session.runs if other is not run] if self.compare.isChecked() else []
        self.compare.setVisible(len(self.session.runs) > 1)
        self._saved = []
        drawn = self._own(run, probe, layer, alone=not compared)
        told = [self._told(run, probe, layer)]
        for other in compared:
            seen = deep_probe(other, self.session.cursor.epoch)
            if seen is not None and seen.traces:
                at = min(layer, len(seen.traces) - 1)
                drawn += self._other(other, seen, at)
                told.append(self._told(other, seen, at))
        self._pool.draw(drawn)
        dataset = self.session.run_dataset
        self._axis.set_step(dataset.clock.step if dataset is not None else None)
        self.words.setText(DOT.join(told))
        self.words.setToolTip(tooltip("\n".join(told)))
        self._fit(drawn, run)
        self._place(run, probe, layer)
        self.set_heading(self._heading_of(run, probe, layer, bool(compared)))

    def _own(self, run: Run, probe: Probed, layer: int, *, alone: bool) -> list[Drawn]:
        """Return the curves of the shown run: all its states now, and h at other epochs."""
        segment, found = run.project.model.segment, []
        self._first = None
        if self.over.isChecked():
            behind = faint_epochs(sorted(run.probes), probe.epoch)
            for rank, epoch in enumerate(behind):
                values = norms(run.probes[epoch].traces[min(layer, len(run.probes[epoch].traces) - 1)]).get("h")
                if values is not None:
                    x, y = against_lag(values, segment)
                    shade = 0.25 + 0.35 * (rank + 1) / len(behind)
                    if epoch == 0 and np.isfinite(log10(y)).any():
                        seen = np.isfinite(log10(y))
                        self._first = x[seen], log10(y)[seen]
                        self._first_words.setText(_("before training"), color=self.theme.color("muted"))
                    found.append(Drawn(x, log10(y), pen(self.theme.color("muted", shade)), 0.5))
                    self._saved.append((f"h epoch {epoch}", y))
        for key, values in norms(probe.traces[layer]).items():
            back = key.endswith("_reverse")
            x, y = against_lag(values, segment, back=back)
            self._steps = int(len(y) * segment)
            role = ("hidden" if key[0] == "h" else "cell") if alone else run_role(self.session.runs.index(run))
            line = Qt.PenStyle.DashLine if back or (not alone and key[0] == "c") else Qt.PenStyle.SolidLine
            found.append(Drawn(x, log10(y), pen(self.theme.color(role), 2.0, line), 2.0))
            if not self._saved or self._saved[0][0] != "lag":
                self._saved.insert(0, ("lag", x))
            self._saved.append((f"{key} epoch {probe.epoch}", y))
        return found

    def _other(self, run: Run, probe: Probed, layer: int) -> list[Drawn]:
        """Return the curves of another run, one colour a run; dL/dc dashed."""
        found, role = [], run_role(self.session.runs.index(run))
        for key, values in norms(probe.traces[layer]).items():
            if key in ("h", "c"):
                x, y = against_lag(values, run.project.model.segment)
                line = Qt.PenStyle.SolidLine if key == "h" else Qt.PenStyle.DashLine
                found.append(Drawn(x, log10(y), pen(self.theme.color(role), 1.5, line), 1.5))
                self._saved.append((f"{key} run {run.number} epoch {probe.epoch}", y))
        return found

    def _told(self, run: Run, probe: Probed, layer: int) -> str:
        """Say how fast the gradient of a run fades and how far it reaches, in words."""
        values, name = carried(probe.traces[layer]), run_name(run)
        if values is None:
            return name
        segment = run.project.model.segment
        _lags, y = against_lag(values, segment)
        far, by = reach(y), factor(y)
        if far is None:
            return _("{run}: no gradient").format(run=name)
        words = _("{run}: reaches {steps} of {window} steps back")
        told = words.format(run=name, steps=count(far * segment), window=count(len(y) * segment))
        return told if by is None else told + _(", ×{factor} a step").format(factor=number(by ** (1 / segment), 3))

    def _fit(self, drawn: list[Drawn], run: Run) -> None:
        if self._zoomed:
            return
        longest = max((float(one.x[-1]) for one in drawn if len(one.x)), default=1.0)
        self.plot.show_x(0.0, max(longest, 1.0))
        seen = np.concatenate([one.y[np.isfinite(one.y)] for one in drawn] or [np.zeros(0)])
        if not len(seen):
            return
        top = float(seen.max())
        clip = run.project.train.clip
        if clip > 0 and np.log10(clip) - top < 2.0:
            top = max(top, float(np.log10(clip)))
        bottom = max(float(seen.min()), top - MOST_DECADES)
        bottom = min(bottom, top - LEAST_DECADES)
        tools = self.tools.height()  # they stand on the picture: what lies below them stays clear
        self.plot.show_y(bottom, top + (top - bottom) * tools / max(self.plot.height() - 2 * tools, tools))

    def _place(self, run: Run, probe: Probed, layer: int) -> None:
        """Put the lines where they belong: clip, reach, cursor."""
        clip = run.project.train.clip
        for item in (self._clip, self._clip_words):
            item.setVisible(clip > 0)
        if clip > 0:
            self._clip.setValue(float(np.log10(clip)))
            self._clip_words.setText(_("clip {value}").format(value=number(clip)), color=self.theme.color("bad"))
        values = carried(probe.traces[layer])
        segment = run.project.model.segment
        far = None if values is None else reach(against_lag(values, segment)[1])
        self._reach.setVisible(far is not None)
        if far is not None:
            self._reach.setValue(float(far * segment))
        self._place_cross()
        self._place_words()

    def _place_cross(self) -> None:
        step = self.session.cursor.step
        self._cross.setVisible(step is not None and step < self._steps)
        if step is not None:
            self._cross.setValue(float(self._steps - 1 - step))

    def _place_words(self) -> None:
        lo, hi = self.plot.visible()
        _x, (_bottom, top) = self.plot.box.viewRange()
        self._clip_words.setAnchor((0, 0) if self._clip.value() > top - 0.1 * (top - _bottom) else (0, 1))
        # Curves begin high at the left end, and the switches stand at the right.
        self._clip_words.setPos(lo + 0.3 * (hi - lo), self._clip.value())
        first = self._first
        self._first_words.setVisible(first is not None)
        if first is not None:
            at = int(np.searchsorted(first[0], lo + 0.98 * (hi - lo)))
            at = min(at, len(first[0]) - 1)
            self._first_words.setPos(float(first[0][at]), float(first[1][at]))

    def _heading_of(self, run: Run, probe: Probed, layer: int, compared: bool) -> Heading:
        epoch = _("before training") if probe.epoch == 0 else _("epoch {epoch}").format(epoch=count(probe.epoch))
        batch = bool(probe.traces[layer].flows)
        over = _("of 8 validation windows") if batch else _("of the window that is looked at")
        subtitle = _("‖dL/dh‖ by lag {over}").format(over=over)
        keys = norms(probe.traces[layer])
        legend: tuple[LegendEntry, ...] = tuple(
            LegendEntry("hidden" if key == "h" else "cell", f"dL/d{key}") for key in ("h", "c") if key in keys
        )
        if compared:
            legend = tuple(
                LegendEntry(run_role(at), run_name(one)) for at, one in enumerate(self.session.runs) if one.probes
            )
        progress = run.progress
        facts = epoch
        if progress is not None and not compared:
            facts += DOT + _("‖dL/dθ‖ {norm}").format(norm=number(progress.gradient_norm, 2))
        return Heading(subtitle, facts, legend)

    def follow(self, before: Cursor) -> None:
        """Move the cross-hair; another epoch or layer is another picture."""
        now = self.session.cursor
        if (now.epoch, now.layer, now.run) != (before.epoch, before.layer, before.run):
            self.draw()
        else:
            self._place_cross()

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._clip.setPen(pen(self.theme.color("bad"), 1, Qt.PenStyle.DashLine))
        self._reach.setPen(pen(self.theme.color("muted"), 1, Qt.PenStyle.DashLine))
        self._cross.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor by a step."""
        if not moved(self.session, event, self._steps, turned=True):
            super().keyPressEvent(event)

    def reset_zoom(self) -> None:
        """Show all lags and norms."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def _step_at(self, lag: float) -> int:
        return min(max(self._steps - 1 - round(lag), 0), max(self._steps - 1, 0))

    def _hover(self, x: float, _y: float) -> None:
        if self._steps and not self.session.cursor.pinned:
            self.session.point(step=self._step_at(x))

    def _click(self, x: float, _y: float) -> None:
        cursor, step = self.session.cursor, self._step_at(x)
        self.session.point(step=step, pinned=not (cursor.pinned and cursor.step == step))

    def columns(self) -> Sequence[SavedColumn]:
        """Return lag and norms, epoch by epoch and run by run."""
        return () if self.message else tuple(self._saved)


def deep_probe(run: Run, epoch: int | None) -> Probed | None:
    """Return the look after the epoch that is looked at: more is in it than in a live one, which is the last resort."""
    found = run.probe(epoch)
    if found is not None and epoch is None and not found.weights and run.probes:
        return run.probe(max(run.probes))
    return found


def faint_epochs(epochs: list[int], shown: int) -> list[int]:
    """Return a few of the recorded epochs besides the shown one: the first, the last, and some between them."""
    others = [epoch for epoch in epochs if epoch != shown]
    if len(others) <= MOST_EPOCHS:
        return others
    places = np.unique(np.geomspace(1, len(others), MOST_EPOCHS).round().astype(int)) - 1
    return [others[place] for place in places]


def run_name(run: Run) -> str:
    """Return what a run is called beside others."""
    return _("{number} {cell}").format(number=run.number, cell=CELLS[run.project.model.cell].label)
