"""How the error fell: training and validation by epoch, single batches as haze, the naive forecast as a line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import Qt

from workbench.core.baselines import LABELS
from workbench.core.cursor import Cursor
from workbench.core.insight.decimate import thinned
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.chooser import switch
from workbench.ui.views.plot import AIR_PX, Plot, draw_curve, pen, roomy
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.siblings import Siblings
from workbench.ui.views.steeringmarks import SteeringMarks
from workbench.ui.views.view import AbstractView, Heading, LegendEntry

Floats = NDArray[np.float64]

HAZE_ALPHA = 0.22

LEAST_EPOCHS = 5
"""The axis shows this many epochs from the start, so that the first points do not fill the plot."""

LEGEND_WIDTH = 380

SWITCH_PX = 48
"""Pixels that the switch in the corner takes."""

LOSS_NAMES = {
    "mae": N_("MAE, scaled"),
    "mse": N_("MSE, scaled"),
    "huber": N_("Huber, scaled"),
    "pinball": N_("pinball, scaled"),
    "nll": N_("negative log-likelihood, scaled"),
    "cross-entropy": N_("cross-entropy, nats"),
}


class LossView(AbstractView):
    """Training and validation loss of the shown run."""

    key = "loss"
    title = N_("Loss")
    kinds = frozenset({"Started", "Progressed", "EpochEnded", "Steered", "Ended"})

    def build(self) -> None:
        """Make the plot and its curves."""
        self.plot = plot = Plot(self.theme, rows=False)
        self.plots.addWidget(plot)
        self._haze = plot.add_curve(z=0)
        self._train = plot.add_curve(z=2)
        self._valid = plot.add_curve(z=3)
        self._siblings = Siblings(plot)
        self._steered = SteeringMarks(plot)
        self._best = pg.ScatterPlotItem(size=9)
        self._best.setZValue(4)
        plot.addItem(self._best, ignoreBounds=True)
        self._lines: dict[str, pg.InfiniteLine] = {}
        self._name = pg.TextItem(anchor=(1, 1))
        self._name.setFont(font("small"))
        self._name.setVisible(False)
        plot.addItem(self._name, ignoreBounds=True)
        self._epoch = plot.add_line(z=5)
        self._zoomed = False
        self._log = switch(_("log"), _("Logarithmic axis"), self)
        self._log.toggled.connect(self._switch)
        self.controls.addWidget(self._log)
        self.float_tools()
        plot.reset.connect(self.reset_zoom)
        plot.clicked.connect(self._clicked)
        plot.box.sigRangeChangedManually.connect(self._note_zoom)
        plot.range_changed.connect(self._place_words)
        plot.range_changed.connect(self._steered.place)
        plot.resized.connect(self.mark)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw what the run has told so far."""
        run = self.session.run
        if run is None:
            self.say(_("Here the error falls while the network learns. Press Train to start."))
            return
        epochs, train, valid = run.curve
        positions, losses = run.batch_losses
        if not len(losses) and not len(epochs):
            self.say(_ended_early(run) or _("The first batch is on its way."))
            return
        self.show_picture()
        width = self.plot.columns_of_pixels
        x, haze = thinned(positions, losses, 2 * width)
        draw_curve(self._haze, x, self._scaled(haze), pen(self.theme.color("train", HAZE_ALPHA)))
        x = epochs.astype(np.float64)
        draw_curve(self._train, x, self._scaled(train), pen(self.theme.color("train"), 2.0))
        draw_curve(self._valid, x, self._scaled(valid), pen(self.theme.color("valid"), 2.0))
        group = self.session.groups.of(run)
        others = [other for other in group.runs if other is not run] if group is not None else []
        self._siblings.draw(others, self.theme, self._scaled)
        self._mark_best(epochs, valid)
        baselines = run.started.baselines if run.started else {}
        self._draw_baselines(baselines)
        if not self._zoomed:
            longest = max((len(entry.epochs) for entry in (run, *others)), default=0)
            last = math.ceil(positions[-1]) if len(positions) else epochs[-1]
            least = LEAST_EPOCHS if run.ended is None else 1  # what has ended fills the plot
            self.plot.show_x(0.0, roomy(self.plot, max(least, longest, last)))
            # For answers, the baseline is what is left without memory: how far below it one gets is the story.
            answers = run.project.data.framing == "label"
            self._show_all(loss_range(train, valid, losses, baselines, always=answers))
        self._place_epoch()
        self._place_words()
        self._steered.draw(run, self.theme)
        self.set_heading(_words(run, epochs, valid, self.width()))

    def follow(self, before: Cursor) -> None:
        """Mark the epoch that is looked at."""
        self._place_epoch()

    def _scaled(self, y: Floats) -> Floats:
        if not self._log.isChecked():
            return y
        return np.log10(np.where(y > 0, y, np.nan))

    def _mark_best(self, epochs: NDArray[np.int64], valid: Floats) -> None:
        finite = np.isfinite(valid)
        if not finite.any():
            self._best.setData([], [])
            return
        at = int(np.nanargmin(valid))
        self._best.setData(
            [float(epochs[at])], self._scaled(valid[at : at + 1]), brush=self.theme.color("valid"),
            pen=pen(self.theme.color("surface"), 2),
        )  # fmt: skip

    def _draw_baselines(self, baselines: Mapping[str, float]) -> None:
        best = min(baselines, key=lambda name: baselines[name], default="")
        for name in (*self._lines, *baselines):
            line = self._lines.setdefault(name, None) or self.plot.add_line(horizontal=True, z=1)
            self._lines[name] = line
            value = baselines.get(name, math.nan)
            line.setVisible(math.isfinite(value) and value > 0)
            if line.isVisible():
                line.setValue(float(self._scaled(np.array([value]))[0]))
                alpha = 1.0 if name == best else 0.45
                line.setPen(pen(self.theme.color("baseline", alpha), 1, Qt.PenStyle.DashLine))
        self._name.setVisible(bool(best))
        if best:
            words, run = _(LABELS.get(best, best)), self.session.run
            if run is not None and run.project.data.framing == "label":
                words = _("without memory: {value} ({name})").format(value=number(baselines[best], 3), name=words)
            self._name.setText(words, color=self.theme.color("muted"))

    def _place_words(self) -> None:
        """Write the best baseline's name at the right end of its line."""
        run = self.session.run
        baselines = run.started.baselines if run is not None and run.started is not None else {}
        if baselines:
            lo, hi = self.plot.visible()
            level = float(self._scaled(np.array([min(baselines.values())]))[0])
            # On the side of the line where the validation curve does not end.
            _epochs, _train, valid = run.curve if run is not None else ((), (), np.zeros(0))
            above = bool(len(valid)) and not valid[-1] < min(baselines.values())
            _x, (bottom, top) = self.plot.box.viewRange()
            # Below the line where the curve ends above it, or where the plot does.
            below = (above and level > bottom + 0.12 * (top - bottom)) or level > bottom + 0.88 * (top - bottom)
            # The switch stands in the upper right corner, and is as high as the words.
            width, height = max(self.plot.columns_of_pixels, 1), max(self.plot.height(), 1)
            beside = SWITCH_PX if level > top - (2 * SWITCH_PX / height) * (top - bottom) else AIR_PX
            if beside + self._name.boundingRect().width() > width:
                below, beside = below or beside == SWITCH_PX, AIR_PX  # no room beside the switch: under it
            self._name.setAnchor((1, 0) if below else (1, 1))
            self._name.setPos(hi - min(beside / width, 0.5) * (hi - lo), level)

    def _place_epoch(self) -> None:
        epoch = self.session.cursor.epoch
        self._epoch.setVisible(epoch is not None)
        if epoch is not None:
            self._epoch.setValue(float(epoch))

    def _show_all(self, bounds: tuple[float, float]) -> None:
        lo, hi = (float(value) for value in self._scaled(np.array(bounds)))
        self.plot.show_y(lo, hi, padding=0.04)

    def recolour(self) -> None:
        """Take the colours of the theme."""
        self.plot.set_theme(self.theme)
        self._epoch.setPen(pen(self.theme.color("text"), 1, Qt.PenStyle.DotLine))

    # -- gestures -----------------------------------------------------------------------------------------

    def reset_zoom(self) -> None:
        """Show all epochs."""
        self._zoomed = False
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._zoomed = True

    def _switch(self, on: bool) -> None:
        self.plot.number_axis.setLogMode(on)
        self.reset_zoom()

    def _clicked(self, x: float, _y: float) -> None:
        """Look at the recorded epoch nearest to a click; behind the last, follow the training."""
        run = self.session.run
        if run is None or not run.probes:
            return
        epoch = min(run.probes, key=lambda recorded: abs(recorded - x))
        self.session.point(epoch=None if epoch == max(run.probes) else epoch)

    def columns(self) -> Sequence[SavedColumn]:
        """Return losses by epoch."""
        run = self.session.run
        if run is None:
            return ()
        epochs, train, valid = run.curve
        return (("epoch", epochs), ("train", train), ("valid", valid))


def loss_range(
    train: Floats, valid: Floats, haze: Floats, baselines: Mapping[str, float], *, always: bool = False
) -> tuple[float, float]:
    """Return the losses between which the interesting part lies; with `always`, the best baseline is among them.

    The first quarter of the epochs and single bad batches may run out of the top: the range ends above the later
    epochs, but at no more than three times what most of them need, and above the best baseline unless that would
    flatten the curves.
    """
    curves = np.concatenate([train, valid])
    curves = curves[np.isfinite(curves)]
    seen = haze[np.isfinite(haze)]
    if not len(curves):
        curves = seen if len(seen) else np.array([1.0])
    late = np.concatenate([losses[len(losses) // 4 :] for losses in (train, valid)])
    late = late[np.isfinite(late)] if np.isfinite(late).any() else curves
    bottom = float(min(curves.min(), np.quantile(seen, 0.05) if len(seen) else np.inf))
    top = min(float(late.max()), bottom + 3.0 * (float(np.quantile(late, 0.75)) - bottom))
    best = min((value for value in baselines.values() if math.isfinite(value)), default=math.nan)
    if best < 4.0 * top or (always and math.isfinite(best)):
        top = max(top, best * 1.12)
    if best > 0.25 * bottom:
        bottom = min(bottom, best)
    return bottom, max(top, bottom + 0.05 * abs(bottom), bottom + 1e-12)


def _words(run: Run, epochs: NDArray[np.int64], valid: Floats, width: int) -> Heading:
    # In a narrow dock the words "MAE, scaled" say more; the colours are those of the Series view.
    both = (LegendEntry("train", _("train")), LegendEntry("valid", _("valid")))
    legend = both if width >= LEGEND_WIDTH else ()
    facts = ""
    if np.isfinite(valid).any():
        facts = _("best epoch {epoch}").format(epoch=count(float(epochs[int(np.nanargmin(valid))])))
    elif run.progress is not None:
        facts = _("epoch {epoch}").format(epoch=run.progress.epoch)
    return Heading(_(LOSS_NAMES[run.project.train.loss]), facts, legend)


def _ended_early(run: Run) -> str:
    """Say why a run that has ended shows nothing."""
    if run.ended is None:
        return ""
    if run.model is not None:
        return _("This model comes from a file, which holds no losses. Continue training it to see them.")
    if run.ended.problem is not None:
        return run.ended.problem.text(_) + " " + run.ended.problem.remedy(_)
    return DOT.join((_("The training ended before its first batch."), _("Press Train to start again.")))
