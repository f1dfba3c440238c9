"""One unit over the window: what it read, its state as a belt of kept and written, what it shows; others overlaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QKeyEvent, QResizeEvent, Qt
from PySide6.QtWidgets import QMenu, QToolButton

from workbench.app.surgery import Shown
from workbench.core.cells import CELLS
from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.insight.belt import Belt, belt_of, window_steps
from workbench.core.insight.memory import half_lives
from workbench.core.insight.size import shapes_for
from workbench.core.insight.unitfacts import seasonal_shares
from workbench.core.moving import moved_window
from workbench.core.problems import N_
from workbench.ui.text import DOT, number, percent
from workbench.ui.text import translate as _
from workbench.ui.theme import font
from workbench.ui.views.cell import place_of
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.naming import unit_words
from workbench.ui.views.plot import Plot, draw_curve, pen
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.units import units_of
from workbench.ui.views.unitwindows import UnitWindows
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import ElidedWords, menu_text

MOST_OVERLAID = 4
OVERLAY_ROLES = ("output", "candidate", "input", "accent")
"""Colours of the units that are kept for comparison; dashes tell them apart too."""
STYLES = (Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine, Qt.PenStyle.DashDotDotLine)
HIGH_ENOUGH = 210
"""Below this height only the belt is drawn."""
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """What is drawn now."""

    shown: Shown
    layer: int
    unit: int
    rows: NDArray[np.int64]
    series: Floats
    belt: Belt
    h: Floats


class UnitView(AbstractView):
    """The unit at the cursor."""

    key = "unit"
    title = N_("Unit")
    kinds = frozenset({"Started", "Probed", "Improved", "Ended"})

    def build(self) -> None:
        """Make three plots above each other and the choosers."""
        self._found: _Picture | None = None
        self._overlaid: list[tuple[int, int]] = []
        self.above, self.belt, self.below = (Plot(self.theme) for _place in range(3))
        for plot, stretch in ((self.above, 2), (self.belt, 4), (self.below, 2)):
            self.plots.addWidget(plot, stretch)
            plot.hovered.connect(self._hovered)
            plot.clicked.connect(self._clicked)
            plot.reset.connect(self.reset_zoom)
        for plot in (self.above, self.below):
            plot.box.setXLink(self.belt.box)
        for plot in (self.above, self.belt):
            plot.getPlotItem().getAxis("bottom").setStyle(showValues=False)
        self._series = self.above.add_curve(z=1)
        self._kept = self._area("forget", 0.30)
        self._written = self._area("input", 0.55)
        self._total, self._ghost = self.belt.add_curve(z=3), self.belt.add_curve(z=2)
        self._zero = self.belt.add_line(horizontal=True, z=0)
        self._h, self._h_ghost = self.below.add_curve(z=2), self.below.add_curve(z=1)
        self._others = [(self.belt.add_curve(z=2), self.below.add_curve(z=1)) for _place in range(MOST_OVERLAID)]
        self._windows = UnitWindows(self.session, self.above, self.belt, self.below)
        self.session.windows.changed.connect(self.mark)
        self._marks = [plot.add_line(z=5) for plot in (self.above, self.belt, self.below)]
        self._build_controls()

    def _area(self, role: str, alpha: float) -> pg.FillBetweenItem:
        """Make an area between two curves without pens."""
        low, high = self.belt.add_curve(), self.belt.add_curve()
        area = pg.FillBetweenItem(low, high, brush=pg.mkBrush(self.theme.color(role, alpha)))
        area.setZValue(1)
        self.belt.addItem(area, ignoreBounds=True)
        return area

    def _build_controls(self) -> None:
        self._character = ElidedWords(tone="muted", role="small")
        self.controls.addWidget(self._character, 1)
        self._keep = self._button(_("Keep"), _("Keep this unit in the picture, to compare it with others"))
        self._keep.clicked.connect(self._keep_unit)
        self._kept_menu = self._button("", _("Units kept for comparison; choose one to let it go"))
        self._kept_menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._kept_menu.setMenu(QMenu(self._kept_menu))
        self._layer = Chooser(_("Layer"), self)
        self._layer.chosen.connect(lambda index: self.session.point(layer=index))
        self._unit = Chooser(_("Unit"), self)
        self._unit.chosen.connect(lambda index: self.session.point(unit=index))
        for widget in (self._keep, self._kept_menu, self._layer, self._unit):
            self.controls.addWidget(widget)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("plain")
        button.setText(text)
        button.setFont(font("small"))
        button.setAccessibleName(text or tip)
        button.setToolTip(tip)
        return button

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the unit at the cursor over the window."""
        shown, dataset = self.session.surgery.shown, self.session.run_dataset
        self._found = None
        if self.session.run is None:
            self.say(_("Here one unit shows what it keeps and what it writes. Press Train to fill it."))
            return
        if shown is None or dataset is None:
            self.say(_("The first look at the network appears after a few batches."))
            return
        self.show_picture()
        layer, _step, unit = place_of(self.session.cursor, shown)
        self._found = found = _picture(shown, dataset, layer, unit, self.session.cursor.target)
        for plot in (self.above, self.belt, self.below):
            plot.set_clock(dataset.clock)
        self._draw_belt(found)
        draw_curve(self._series, found.rows.astype(float), found.series, pen(self.theme.color("text"), 1.6))
        draw_curve(self._h, found.rows.astype(float), found.h, pen(self.theme.color("hidden"), 1.8))
        column = min(self.session.cursor.target, dataset.targets - 1)
        state = None if found.belt.before_squashing else found.belt.key
        kept = self._windows.draw(dataset, found.rows.astype(float), (layer, unit), state, column, self.theme)
        self._fit(found, self._draw_others(found), kept)
        self._offer(shown, layer, unit)
        self._place()

    def follow(self, before: Cursor) -> None:
        """Move the cross-hair; another unit, layer or window is another picture."""
        now = self.session.cursor
        same = (now.unit, now.layer, now.epoch, now.window, now.target, now.run) == (
            before.unit, before.layer, before.epoch, before.window, before.target, before.run,
        )  # fmt: skip
        if same and self._found is not None:
            self._place()
        else:
            self.draw()

    def _draw_belt(self, found: _Picture) -> None:
        rows, belt = found.rows.astype(float), found.belt
        edges = np.concatenate([rows - 0.5, rows[-1:] + 0.5]).repeat(2)[1:-1]
        kept, total = belt.kept.repeat(2), (belt.kept + belt.written).repeat(2)
        nothing = np.zeros_like(kept)
        for area, low, high, role, alpha in (
            (self._kept, nothing, kept, "forget", 0.30),
            (self._written, kept, total, "input", 0.55),
        ):
            area.curves[0].setData(edges, low, pen=None)
            area.curves[1].setData(edges, high, pen=None)
            area.setBrush(pg.mkBrush(self.theme.color(role, alpha)))
        draw_curve(self._total, edges, total, pen(self.theme.color(_role(found)), 1.8))
        self._zero.setVisible(True)
        self._zero.setValue(0.0)
        self._zero.setPen(pen(self.theme.color("border")))

    def _draw_others(self, found: _Picture) -> list[Floats]:
        """Draw the units that were kept, and the same unit without surgery; return what was drawn on the belt."""
        rows, drawn = found.rows.astype(float), []
        key = found.belt.key
        ghost = found.shown.ghost.traces[found.layer].values if found.shown.ghost is not None else None
        for curve, name in ((self._ghost, key), (self._h_ghost, "h")):
            values = ghost[name][:, found.unit] if ghost is not None and not (
                found.belt.before_squashing and curve is self._ghost
            ) else np.zeros(0)  # fmt: skip
            draw_curve(curve, rows[: len(values)], values, pen(self.theme.color("muted"), 1.2, Qt.PenStyle.DashLine))
            drawn += [values] if curve is self._ghost else []
        for place, (state, h) in enumerate(self._others):
            there = place < len(self._overlaid) and not found.belt.before_squashing
            here = self._overlaid[place] if place < len(self._overlaid) else (0, 0)
            for curve, name, wanted in ((state, key, there), (h, "h", place < len(self._overlaid))):
                values = _course(found.shown, here, name) if wanted else np.zeros(0)
                look = pen(self.theme.color(OVERLAY_ROLES[place]), 1.4, STYLES[place])
                draw_curve(curve, rows[: len(values)], values, look)
                drawn += [values] if curve is state else []
        return drawn

    def _fit(self, found: _Picture, drawn: list[Floats], kept: tuple[Floats, Floats, Floats]) -> None:
        belt = np.concatenate([found.belt.kept, found.belt.kept + found.belt.written, [0.0], *drawn, kept[1]])
        self.belt.show_x(found.rows[0] - 0.5, found.rows[-1] + 0.5)
        self.belt.show_y(float(belt.min()), float(belt.max()))
        series = np.concatenate([found.series[np.isfinite(found.series)], kept[0]])
        if len(series):
            self.above.show_y(float(series.min()), float(series.max()))
        others = [_course(found.shown, place, "h") for place in self._overlaid]
        h = np.concatenate([found.h, *others, kept[2]])
        self.below.show_y(float(h.min()), float(h.max()))

    def _offer(self, shown: Shown, layer: int, unit: int) -> None:
        model = shown.project.model
        self._layer.offer([_("layer {number}").format(number=index + 1) for index in range(model.layers)], layer)
        self._layer.setVisible(model.layers > 1)
        self._unit.offer([unit_words(index, model) for index in range(model.width)], unit)
        self._keep.setEnabled(len(self._overlaid) < MOST_OVERLAID and (layer, unit) not in self._overlaid)
        self._kept_menu.setVisible(bool(self._overlaid))
        self._kept_menu.setText(_("{count} kept").format(count=len(self._overlaid)) + " ▾")
        menu = self._kept_menu.menu()
        menu.clear()
        for place in self._overlaid:
            action = menu.addAction(menu_text(_("Let go of {unit}").format(unit=unit_words(place[1], model))))
            action.triggered.connect(lambda _checked=False, place=place: self._let_go(place))

    def _place(self) -> None:
        """Put the cross-hair where the cursor is, and say what is there."""
        found, dataset = self._found, self.session.run_dataset
        if found is None or dataset is None:
            return
        step = self.session.cursor.step
        there = step is not None and step < len(found.rows)
        for line in self._marks:
            line.setVisible(there)
            line.setPen(pen(self.theme.color("text"), 1.0, Qt.PenStyle.DotLine))
            if there:
                line.setValue(float(found.rows[step]))
        self.set_heading(self._words(found, dataset, step if there else None))

    def _words(self, found: _Picture, dataset: Dataset, step: int | None) -> Heading:
        model, belt = found.shown.project.model, found.belt
        subtitle = [unit_words(found.unit, model)]
        self._character.setText(DOT.join(_character(found, units_of(self.session).season(found.shown.run))))
        if found.shown.operations:
            subtitle.append(_("after surgery"))
        facts = [_("off {state} by {difference}").format(
            state=_total_words(belt), difference=number(belt.difference, 2))]  # fmt: skip
        if step is not None:
            facts = [
                f"{number(belt.kept[step], 3)} + {number(belt.written[step], 3)} = {number(belt.total[step], 3)}",
                *facts,
            ]
        legend = (
            LegendEntry("forget", _("kept {formula}").format(formula=belt.kept_words), "square"),
            LegendEntry("input", _("written {formula}").format(formula=belt.written_words), "square"),
        )
        return Heading(DOT.join(subtitle), DOT.join(facts), legend)

    def recolour(self) -> None:
        """Take the colours of the theme."""
        for plot in (self.above, self.belt, self.below):
            plot.set_theme(self.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let go of what there is no room for."""
        super().resizeEvent(event)
        whole = self.height() >= HIGH_ENOUGH
        for plot in (self.above, self.below):
            plot.setVisible(whole)
        self.belt.getPlotItem().getAxis("bottom").setStyle(showValues=not whole)  # the lowest has the dates

    def reset_zoom(self) -> None:
        """Show the whole window."""
        self.mark()

    # -- gestures -----------------------------------------------------------------------------------------

    def _keep_unit(self) -> None:
        if self._found is not None:
            self._overlaid.append((self._found.layer, self._found.unit))
            self.mark()

    def _let_go(self, place: tuple[int, int]) -> None:
        self._overlaid.remove(place)
        self.mark()

    def _step_at(self, x: float) -> int | None:
        if self._found is None:
            return None
        step = round(x) - int(self._found.rows[0])
        return step if 0 <= step < len(self._found.rows) else None

    def _hovered(self, x: float, _y: float) -> None:
        step = self._step_at(x)
        if step is not None and not self.session.cursor.pinned:
            self.session.point(step=step)

    def _clicked(self, x: float, _y: float) -> None:
        step, cursor = self._step_at(x), self.session.cursor
        if step is not None:
            self.session.point(step=step, pinned=not (cursor.pinned and cursor.step == step))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the cursor by a step or a unit, Escape lets it go."""
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Down: (0, 1), Qt.Key.Key_Up: (0, -1)}
        move, found = moves.get(Qt.Key(event.key())), self._found
        if event.key() == Qt.Key.Key_Escape:
            self.session.point(step=None, unit=None, pinned=False)
        elif move is None or found is None:
            super().keyPressEvent(event)
        else:
            _layer, step, unit = place_of(self.session.cursor, found.shown)
            last, width = len(found.rows) - 1, found.shown.project.model.width
            self.session.point(step=min(max(step + move[0], 0), last), unit=min(max(unit + move[1], 0), width - 1))

    def columns(self) -> Sequence[SavedColumn]:
        """Return series, kept, written, their total and h of each step."""
        found, dataset = self._found, self.session.run_dataset
        if found is None or dataset is None:
            return ()
        return (
            ("step", np.arange(len(found.rows))),
            (_("time"), np.asarray(dataset.clock.at(found.rows))),
            (_("series"), found.series),
            (_("kept"), found.belt.kept),
            (_("written"), found.belt.written),
            (_("total"), found.belt.total),
            ("h", found.h),
        )


def _picture(shown: Shown, dataset: Dataset, layer: int, unit: int, target: int) -> _Picture:
    """Compute everything that is drawn."""
    project = shown.project
    weights = shown.weights
    if weights is None:
        weights = {name: np.zeros(shape) for name, shape in shapes_for(project.model, project.data).items()}
    window = moved_window(dataset, shown.probe.start, shown.operations)
    hidden = project.model.hidden
    steps = window_steps(
        project.model, project.data, weights, shown.probe.traces, window,
        layer=layer, back=unit >= hidden, target=shown.probe.target,
    )  # fmt: skip
    rows = np.arange(shown.probe.start, shown.probe.start + dataset.spec.window)
    series = dataset.values[rows, min(target, dataset.targets - 1)]
    h = shown.probe.traces[layer].values["h"][:, unit]
    return _Picture(shown, layer, unit, rows, series, belt_of(project.model, steps, unit % hidden), h)


def _course(shown: Shown, place: tuple[int, int], key: str) -> Floats:
    layer, unit = place
    if layer >= len(shown.probe.traces) or unit >= shown.project.model.width:
        return np.zeros(0)
    return np.asarray(shown.probe.traces[layer].values[key][:, unit], dtype=np.float64)


def _role(found: _Picture) -> str:
    states = CELLS[found.shown.project.model.cell].states
    return next(state.role for state in states if state.key == found.belt.key)


def _total_words(belt: Belt) -> str:
    return _("sum inside the squashing") if belt.before_squashing else f"{belt.key}ₜ"


def _character(found: _Picture, season: int) -> list[str]:
    """Say how long the unit remembers, and how much of its course a season explains."""
    model, values = found.shown.project.model, found.shown.probe.traces[found.layer].values
    life = float(half_lives(model, found.shown.probe.traces[found.layer])[0][found.unit])
    words = [_("half-life {steps} steps").format(steps="∞" if life >= 10_000 else number(life, 2))]
    share = float(seasonal_shares(values[found.belt.key][:, [found.unit]], season)[0])
    if np.isnan(share):
        return words
    return [_("{share} of it is the season of {period}").format(share=percent(share), period=season), *words]
