"""The file as curves: parts, faults and filled values, and the window and horizon that are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent

from workbench.core.cursor import Cursor
from workbench.core.faults import Fault
from workbench.core.problems import N_
from workbench.core.windowcount import PARTS as KINDS
from workbench.ui.faultmarks import MARKS
from workbench.ui.text import DOT, count, every
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.keptbands import KeptBands
from workbench.ui.views.lengthwords import length_words
from workbench.ui.views.naming import column_words
from workbench.ui.views.navigator import Navigator
from workbench.ui.views.plot import Plot, pen
from workbench.ui.views.rowbars import RowBars
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.seriescurves import PARTS, Curves, Picture
from workbench.ui.views.seriesdata import Placed, Sources, beside, nearest_window, placed
from workbench.ui.views.seriesframe import Frame
from workbench.ui.views.serieslens import SeriesLens
from workbench.ui.views.seriesmarks import Marks
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import Words

MOST_COLUMNS = 12
"""Columns shown stacked or overlaid; more would be too thin to read."""

NAVIGATOR_HEIGHT, NAVIGATOR_ROWS = 230, 300
"""The strip below is shown from this height of the view, and for series of more rows."""

NEAR = 7
"""Pixels from the mouse to a fault that is told."""

MOST_TOLD = 4
"""Columns whose values are told where the mouse is."""


class SeriesView(AbstractView):
    """Columns over all rows, with faults, split borders, and the window and horizon to drag."""

    key = "series"
    title = N_("Series")
    kinds = frozenset({"Ended"})

    def build(self) -> None:
        """Make the plot, its bands, curves and handles."""
        self._curves = Curves(self.theme)
        self.plot: Plot = self._curves.plot
        self.plots.addWidget(self.plot)
        self.navigator = Navigator(self.theme, self)
        self.plots.addWidget(self.navigator)
        plot = self.plot
        self.frame = Frame(plot)
        self._here = plot.add_line(z=4)
        self._marks = Marks(plot)
        self.readout = Words(role="small", parent=plot)
        self.readout.setObjectName("readout")
        self.readout.hide()
        self._chooser = Chooser(_("Columns shown"), self)
        self.controls.addWidget(self._chooser)
        self.controls.addStretch(1)
        self.lens = SeriesLens(plot, self.controls, self, self.mark)
        self.kept = KeptBands(plot, self.session, self.controls, self)
        self._row_bars = RowBars(plot, self.controls, self, self.mark)
        self._sources = Sources()
        self._shown = 0
        self._found: tuple[Placed, ...] = ()
        self._faults: object = None
        self._connect()

    def _connect(self) -> None:
        plot, review = self.plot, self.session.review
        plot.range_changed.connect(self.mark)
        plot.reset.connect(self.reset_zoom)
        plot.clicked.connect(self._clicked)
        plot.hovered.connect(self._hovered)
        plot.left.connect(self.readout.hide)
        self.frame.moved.connect(self._point)
        self.frame.split.connect(self._split_dropped)
        self.frame.brackets.dragged.connect(self._length_dragged)
        self.frame.brackets.dropped.connect(self._length_dropped)
        self._chooser.chosen.connect(self._chosen)
        self.session.windows.changed.connect(self._place)
        self.navigator.moved.connect(plot.show_x)
        review.changed.connect(self.mark)
        review.weighed.connect(self.mark)
        review.pointed.connect(self._show_fault)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw what can be seen of the chosen columns."""
        if self._sources.changed(self.session.dataset, self.session.table):
            self._take()
        if not self._sources.names:
            self.say(_("Here your series appears. Drop a file on the window, or press Open or Samples."))
            return
        self.show_picture()
        self._find_faults()
        picture = self._curves.draw(self._sources, self._columns(), self._mode(), self._edges())
        self._marks.draw_filled(self.theme, picture.filled_x, picture.filled_y)
        self._marks.draw_faults(self.theme, self._found, self._sources, picture.tracks, picture.lo, picture.hi)
        self._marks.draw_alternative(self.theme, self.session.review.looked_at, self._sources, picture.tracks)
        self._offer()
        self._row_bars.draw(self.session, self.theme)
        self.lens.draw(self.theme, self._sources, picture.tracks)
        self._place()
        self._navigate(picture)
        self.set_heading(self._words())

    def follow(self, before: Cursor) -> None:
        """Move the handles; another target is another curve."""
        target = self.session.cursor.target
        if target != before.target and self._mode() == "one":
            self._shown = target
            self.mark()
        self._place()

    def _take(self) -> None:
        """Show another series; from end to end, unless only its settings are different."""
        before = self._sources
        self._sources = Sources(self.session.dataset, self.session.table)
        names = self._sources.names
        if names != before.names:
            target = self.session.project.data.targets[:1]
            # The dataset's columns begin with the targets; a table without one may have them anywhere.
            at_target = self._sources.dataset is None and target and target[0] in names
            self._shown = names.index(target[0]) if at_target else min(self.session.cursor.target, len(names) - 1)
            self._shown = max(self._shown, 0)
            self._here.setVisible(False)
        self._faults = None
        self._chooser.setVisible(len(names) > 1)
        self.plot.set_clock(self._sources.clock)
        if (before.names, before.clock.rows) != (names, self._sources.clock.rows):
            self.reset_zoom()

    def _mode(self) -> str:
        """Return ``one`` column, or all of them ``stacked`` or ``overlaid``."""
        extra = self._shown - len(self._sources.names)
        return "one" if extra < 0 else ("stacked", "overlaid")[min(extra, 1)]

    def _columns(self) -> tuple[int, ...]:
        """Return the columns that are shown."""
        if self._mode() == "one":
            return (self._shown,)
        return tuple(range(min(len(self._sources.names), MOST_COLUMNS)))

    def _offer(self) -> None:
        names = self._sources.names
        self._chooser.offer((*names, _("All columns, stacked"), _("All columns, overlaid")), self._shown)

    def _find_faults(self) -> None:
        """Place the faults among the rows, once they are known."""
        known = self.session.review.faults()
        wanted = (known, self._columns())
        if known is not None and wanted != self._faults:
            self._faults = wanted
            self._found = placed(self._sources, known, self._columns())
        elif known is None:
            self._found = ()

    def _edges(self) -> tuple[int, ...]:
        dataset = self.session.dataset
        rows = self._sources.clock.rows
        if dataset is None or self._sources.dataset is None or dataset.split.places is not None:
            # Series that stand one below the other are split each by itself: there are no three parts in a row.
            return (0, rows, rows, rows)
        return (0, dataset.split.train, dataset.split.valid, dataset.split.rows)

    def _words(self) -> Heading:
        sources, dataset, columns = self._sources, self.session.dataset, self._columns()
        name = column_words(self.session, sources.names[columns[0]])
        if len(columns) > 1:
            name = _("{count} columns").format(count=count(len(columns)))
        subtitle = DOT.join(word for word in (name, every(sources.clock.step)) if word)
        facts = [self._told_faults()]
        if dataset is None:
            return Heading(subtitle, facts[0])
        windows = sum(len(dataset.part(part)) for part in KINDS)
        facts.append(_("{count} windows").format(count=count(windows)))
        each = dataset.split.places is not None
        legend = () if each else tuple(LegendEntry(part, _(label), "square") for part, label in PARTS)
        if self._mode() == "overlaid":
            legend = self._curves.legend(sources, columns)
        return Heading(subtitle, DOT.join(word for word in facts if word), legend)

    def _told_faults(self) -> str:
        """Return how much is missing and how many faults of each other kind there are."""
        curves = [self._sources.curve(column) for column in self._columns()]
        missing = sum(int((curve.gap_stop - curve.gap_start).sum()) for curve in curves)
        told = [_("{count} missing").format(count=count(missing))] if missing else []
        for entry in self._found:
            if entry.kind not in ("missing-step", "missing-cell"):
                mark, number = MARKS[entry.kind], len(entry.rows)
                told.append(f"1 {_(mark.one)}" if number == 1 else _(mark.many).format(count=count(number)))
        return DOT.join(told)

    def _place(self) -> None:
        self.kept.place()
        self.frame.place(self.session, self._edges())

    def _navigate(self, picture: Picture) -> None:
        """Show the strip where there is room and need for it."""
        self.navigator.setVisible(self.height() >= NAVIGATOR_HEIGHT and self._sources.clock.rows > NAVIGATOR_ROWS)
        if self.navigator.isVisibleTo(self):
            edges = self._edges()
            dataset = self.session.dataset
            plain = dataset is None or dataset.split.places is not None
            roles = ["muted" if plain else part for part, _label in PARTS]
            parts = tuple(zip(roles, edges[:-1], edges[1:], strict=True))
            self.navigator.set_curve(self._sources.curve(self._columns()[0]), parts)
            box = self.plot.box.sceneBoundingRect()
            left, right = round(box.left()), max(self.plot.width() - round(box.right()), 0)
            self.navigator.set_range(*self.plot.visible(), left, right)

    def recolour(self) -> None:
        """Take the colours of the theme."""
        theme = self.theme
        self._curves.set_theme(theme)
        self.navigator.set_theme(theme)
        self.frame.set_theme(theme)
        self.kept.set_theme(theme)
        self._here.setPen(pen(theme.color("accent"), 1, Qt.PenStyle.DashLine))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Decide anew whether there is room for the strip."""
        super().resizeEvent(event)
        self.mark()

    # -- gestures -----------------------------------------------------------------------------------------

    def reset_zoom(self) -> None:
        """Show all rows."""
        rows = max(self._sources.clock.rows, 2)
        self.plot.box.setLimits(xMin=-0.5, xMax=rows - 0.5, minXRange=4)
        self.plot.show_x(-0.5, rows - 0.5)
        self.mark()

    def _clicked(self, x: float, _y: float) -> None:
        """Put the end of the window where a person clicks: the forecast starts there."""
        dataset = self.session.dataset
        if dataset is not None:
            self._point(x - dataset.spec.origin)

    def _point(self, row: float) -> None:
        """Look at the usable window nearest to `row`."""
        dataset = self.session.dataset
        if dataset is not None:
            self.session.point(window=nearest_window(dataset, row), step=None)
            self._place()

    def _length_dragged(self, side: str, steps: int) -> None:
        """Show what a window or horizon of `steps` would give."""
        dataset, start = self.session.dataset, self.session.cursor.window
        if dataset is None or start is None:
            return
        spec = dataset.spec.model_copy(update={side: steps})
        self.frame.preview(start + dataset.spec.origin, spec)
        self._tell(*length_words(side, spec, dataset.clock.step, self.session.review.window_count()))

    def _length_dropped(self, side: str, steps: int) -> None:
        self.readout.hide()
        self.session.edit("data", **{side: steps})
        self._place()
        self.mark()

    def _split_dropped(self, border: int, place: float) -> None:
        """Edit the split by what it is set with: dates if one is typed, shares otherwise."""
        dataset = self.session.dataset
        if dataset is None:
            return
        rows, clock, spec = dataset.split.rows, dataset.clock, dataset.spec
        train, valid = dataset.split.train, dataset.split.valid
        row = place + 0.5
        if border == 0:
            train = int(np.clip(round(row), 0.05 * rows, min(0.95 * rows, valid - 0.02 * rows)))
        else:
            valid = int(np.clip(round(row), train + 0.02 * rows, 0.98 * rows))
        if (spec.train_until or spec.valid_until) and clock.values is not None:
            dates = {"train_until": clock.text(train), "valid_until": clock.text(min(valid, rows - 1))}
            self.session.edit("data", **dates)
        else:
            shares = {"train_share": round(train / rows, 6), "valid_share": round((valid - train) / rows, 6)}
            self.session.edit("data", **shares)
        self.mark()

    def _chosen(self, index: int) -> None:
        self._shown = index
        dataset = self.session.dataset
        if dataset is not None and index < dataset.targets:
            self.session.point(target=index)
        self.mark()

    # -- faults and values --------------------------------------------------------------------------------

    def _show_fault(self, fault: Fault, index: int) -> None:
        """Bring a fault into the middle, and say what it is."""
        names, places = self._sources.names, self._sources.places(fault)
        if not len(places):
            return
        if self._mode() == "one" and fault.column in names:
            self._shown = names.index(fault.column)
        row = int(places[min(index, len(places) - 1)])
        lo, hi = self.plot.visible()
        spec = self.session.project.data
        half = min(hi - lo, max(60.0, 1.5 * (spec.window + spec.horizon))) / 2
        first = min(max(row - half, -0.5), max(self._sources.clock.rows - 0.5 - 2 * half, -0.5))
        self.plot.show_x(first, first + 2 * half)
        self._here.setValue(row)
        self._here.setVisible(True)
        self.refresh()
        self._tell(self._row_words(row), True)

    def _hovered(self, x: float, _y: float) -> None:
        """Tell row, time, values and faults where the mouse is."""
        if self.frame.brackets.held or not self._sources.names:
            return
        row = int(np.clip(round(x), 0, self._sources.clock.rows - 1))
        if not self._sources.absent(row):
            lo, hi = self.plot.visible()
            near = self._marks.nearest(self._found, x, NEAR * (hi - lo) / self.plot.columns_of_pixels)
            row = row if near is None else near
        self._tell(self._row_words(row), True)

    def _row_words(self, row: int) -> str:
        words = [self._sources.row_words(row)]
        words += [self._sources.value_words(column, row) for column in self._columns()[:MOST_TOLD]]
        words += [_(MARKS[kind].one) for kind in self._marks.kinds_at(self._found, row)]
        return DOT.join(word for word in words if word)

    def _tell(self, words: str, good: bool) -> None:
        """Write words into the upper left corner of the plot."""
        self.readout.set_tone("text" if good else "bad")
        self.readout.setText(words)
        left = round(self.plot.box.sceneBoundingRect().left()) + 4
        self.readout.setMaximumWidth(max(self.plot.width() - left - 8, 40))
        self.readout.setWordWrap(not good)
        self.readout.resize(self.readout.sizeHint().boundedTo(self.readout.maximumSize()))
        if not good:
            self.readout.resize(self.readout.maximumWidth(), self.readout.heightForWidth(self.readout.maximumWidth()))
        self.readout.move(left, 6)
        self.readout.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page keys go from fault to fault; arrows move the window; + and - zoom."""
        dataset, start = self.session.dataset, self.session.cursor.window
        match event.key():
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp:
                self._next_fault(1 if event.key() == Qt.Key.Key_PageDown else -1)
            case Qt.Key.Key_Left | Qt.Key.Key_Right if dataset is not None and start is not None:
                self.session.point(window=beside(dataset, start, event.key() == Qt.Key.Key_Right))
            case Qt.Key.Key_K:
                self.session.windows.keep()
            case Qt.Key.Key_Plus | Qt.Key.Key_Minus | Qt.Key.Key_Home:
                self.navigator.keyPressEvent(event)
            case _:
                super().keyPressEvent(event)

    def _next_fault(self, way: int) -> None:
        rows = np.unique(np.concatenate([entry.rows for entry in self._found])) if self._found else np.zeros(0)
        if not len(rows):
            return
        now = self._here.value() if self._here.isVisible() else sum(self.plot.visible()) / 2
        later = rows[rows > now] if way > 0 else rows[rows < now][::-1]
        row = int(later[0]) if len(later) else int(rows[0] if way > 0 else rows[-1])
        kind = next(entry.kind for entry in self._found if row in entry.rows)
        for fault in self.session.review.faults() or ():
            places = self._sources.places(fault) if fault.kind == kind else np.zeros(0)
            if row in places:
                self._show_fault(fault, int(np.flatnonzero(places == row)[0]))
                return

    def columns(self) -> Sequence[SavedColumn]:
        """Return time and values of all rows."""
        sources = self._sources
        times = sources.clock.at(np.arange(sources.clock.rows))
        return [(_("time"), times), *zip(sources.names, sources.values, strict=True)]
