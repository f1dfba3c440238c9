"""What repeats in the training rows, how strongly, and the window and horizon that follow from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from workbench.core.cursor import Cursor
from workbench.core.insight.periods import Period, Seasonality
from workbench.core.problems import N_
from workbench.core.table import Step
from workbench.core.windowcount import PARTS, no_windows
from workbench.ui.text import DOT, count, number, span
from workbench.ui.text import translate as _
from workbench.ui.views.chooser import Chooser, switch
from workbench.ui.views.naming import column_words, steps_words
from workbench.ui.views.periodplots import Captioned, CorrelationPlot, ProfilePlot, SpectrumPlot
from workbench.ui.views.saving import SavedColumn
from workbench.ui.views.view import AbstractView, Heading
from workbench.ui.words import tooltip

WIDE, TALL = 620, 420
"""From this width the pictures stand side by side, from this height one below the other; otherwise one at a time."""

ROOM_FOR_PERIODS = 400

PICTURES = (
    (N_("Correlation"), N_("Autocorrelation: how alike values are that lie so far apart")),
    (N_("Spectrum"), N_("Periodogram: which periods the changes are made of")),
    (N_("Shape"), N_("The mean shape of the chosen period")),
)


class SeasonalityView(AbstractView):
    """Autocorrelation, periodogram, found periods and their shape, for one column."""

    key = "seasonality"
    title = N_("Seasonality")
    kinds = frozenset({"Ended"})

    def build(self) -> None:
        """Make the controls and the three plots."""
        self._found: Seasonality | None = None
        self._column = 0
        self._steps = 0
        self._whole = True
        self._build_controls()
        self.correlation = CorrelationPlot(self.theme, self)
        self.spectrum = SpectrumPlot(self.theme, self)
        self.shape = ProfilePlot(self.theme, self)
        self._pictures = [Captioned(plot, self) for plot in (self.correlation, self.spectrum, self.shape)]
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self.plots.addLayout(self._grid)
        for plot in (self.correlation, self.spectrum):
            plot.reset.connect(self.reset_zoom)
            plot.box.sigRangeChangedManually.connect(self._note_zoom)
        self.shape.resized.connect(self.mark)
        self.correlation.clicked.connect(lambda x, _y: self._nearest(x))
        self.spectrum.clicked.connect(lambda x, _y: self._nearest(10.0**x))
        self.session.review.changed.connect(self.mark)
        self._place()

    def _build_controls(self) -> None:
        self._chooser = Chooser(_("Column"), self)
        self._chooser.chosen.connect(self._chosen)
        self.controls.addWidget(self._chooser)
        self.periods = QWidget(self)
        self.periods.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self.periods)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self._buttons: list[QToolButton] = []
        self.controls.addWidget(self.periods, 1)
        self._modes = QButtonGroup(self)
        for index, (text, tip) in enumerate(PICTURES):
            button = switch(_(text), _(tip), self)
            self._modes.addButton(button, index)
            self.controls.addWidget(button)
        self._modes.button(0).setChecked(True)
        self._modes.idClicked.connect(lambda _index: self._place())
        self.use = switch("", _("Use the period"), self)
        self.use.setCheckable(False)
        self.use.setObjectName("suggestion")
        self.use.clicked.connect(self._use)
        self.controls.addWidget(self.use)

    # -- drawing ------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw what was found, or say why there is nothing."""
        dataset = self.session.dataset
        if dataset is None or dataset.spec.series or dataset.spec.framing == "label":
            self.say(self._missing())
            return
        self._column = min(self._column, len(dataset.columns) - 1)
        review = self.session.review
        found = review.seasonality(self._column)
        review.window_count()
        if found is None:
            name = dataset.columns[self._column]
            looking = _("Looking for what repeats in the training rows of {column}…")
            still = _("{column} does not change in the training rows, or there are too few: nothing can repeat.")
            self.say((looking if review.busy else still).format(column=name))
            return
        if found is not self._found:
            self._whole |= self._found is None or self._found.rows != found.rows
            self._found = found
        self.show_picture()
        self._show(found)

    def _missing(self) -> str:
        if self.session.table is None:
            return _("Here the periods of your series appear, a day, a week, a year. Open a file or a sample.")
        if self.session.dataset is None:
            return _("Periods are read from the training rows, and there are none yet: see the message above.")
        return _("The rows are sequences that stand one below the other, so no period runs through them.")

    def _show(self, found: Seasonality) -> None:
        dataset = self.session.dataset
        assert dataset is not None
        self._chooser.offer(dataset.columns, self._column)
        step = found.clock.step
        chosen = self._chosen_period(found)
        self._offer(found, chosen)
        for plot in (self.correlation, self.spectrum):
            plot.set_step(step)
            plot.mark(self.theme, found.periods, chosen)
        self.correlation.show_correlation(self.theme, found, self._whole)
        self.spectrum.show_spectrum(self.theme, found, self._whole)
        self._whole = False
        self.shape.show_profile(self.theme, found.profiles[chosen] if found.periods else None, step)
        self.shape.setVisible(bool(found.periods))
        self._write_captions(found, chosen)
        self._propose(found, chosen)
        subtitle = column_words(self.session, dataset.columns[self._column])
        rows = _("{count} training rows").format(count=count(found.rows))
        facts = _told(found.periods[0], step) if found.periods else _("no clear period")
        self.set_heading(Heading(subtitle + DOT + rows, facts))
        self._narrow()

    def _chosen_period(self, found: Seasonality) -> int:
        """Return which period is looked at: the one that was chosen before, or the strongest."""
        steps = [period.steps for period in found.periods]
        return steps.index(self._steps) if self._steps in steps else 0

    def _write_captions(self, found: Seasonality, chosen: int) -> None:
        correlation, spectrum, shape = self._pictures
        correlation.say(
            _("Autocorrelation · band: 95 % of noise"),
            _("How alike values are that lie so many steps apart, the slow trend taken away. Within the band lie 95 % "
              "of the autocorrelations of white noise."),
        )  # fmt: skip
        spectrum.say(
            _("Periodogram · % of the variance"),
            _("Which share of the variance each period has, the slow trend taken away. Harmonics, such as half a "
              "day, are part of the shape of a longer period."),
        )  # fmt: skip
        if not found.periods:
            shape.say(_("No clear period: no shape to show."), "")
            return
        length = _length(found.periods[chosen].steps, found.clock.step)
        shape.say(
            _("Mean {length} · band: middle half").format(length=length),
            _("Mean of the values in each phase of the period, the mean over one period around taken away; between "
              "the quartiles lies the middle half of them."),
        )  # fmt: skip

    def _offer(self, found: Seasonality, chosen: int) -> None:
        """Show one button a period."""
        while len(self._buttons) < len(found.periods):
            button = switch("", "", self)
            button.clicked.connect(lambda _checked=False, index=len(self._buttons): self._choose(index))
            self._row.insertWidget(len(self._buttons), button)
            self._buttons.append(button)
        for index, button in enumerate(self._buttons):
            button.setVisible(index < len(found.periods))
            if index < len(found.periods):
                period = found.periods[index]
                length = _length(period.steps, found.clock.step)
                button.setText(f"{length}{DOT}{period.strength:.2f}")
                button.setChecked(index == chosen)
                words = _told(period, found.clock.step)
                button.setAccessibleName(words)
                button.setToolTip(tooltip(words + ". " + _("Strength is 1 where nothing but the season changes.")))

    def _propose(self, found: Seasonality, chosen: int) -> None:
        """Say which window and horizon the chosen period suggests, and whether they fit."""
        self.use.setVisible(bool(found.periods))
        if not found.periods:
            return
        steps = found.periods[chosen].steps
        spec = self.session.project.data.model_copy(update={"window": 2 * steps, "horizon": steps})
        words = _("Use: window {window}, horizon {horizon}")
        self.use.setText(words.format(window=count(2 * steps), horizon=count(steps)))
        self.use.setAccessibleName(self.use.text())
        windows = self.session.review.window_count()
        counts = windows.counts(spec) if windows is not None else None
        tip = _("Read two periods to forecast one.")
        fits = counts is None or bool(counts["train"] and counts["valid"])
        if counts is not None and windows is not None:
            empty = [part for part in PARTS[:2] if not counts[part]]
            told = _("{count} windows").format(count=count(sum(counts.values())))
            tip = no_windows(empty[0], spec, windows).problem.text(_) if empty else f"{tip} {told}."
        self.use.setToolTip(tooltip(tip))
        self.use.setAccessibleDescription(tip)
        self.use.setEnabled(fits and self.session.training == "idle")

    def recolour(self) -> None:
        """Take the colours of the theme."""
        for plot in (self.correlation, self.spectrum, self.shape):
            plot.set_theme(self.theme)

    def follow(self, before: Cursor) -> None:
        """Look at another target when the cursor does."""
        target = self.session.cursor.target
        if target != before.target and target != self._column:
            self._column = target
            self.mark()

    # -- room ---------------------------------------------------------------------------------------------

    def _place(self) -> None:
        """Put the pictures side by side or one below the other, or show the chosen one alone."""
        wide, tall = self.width() >= WIDE, self.height() >= TALL
        alone = self._modes.checkedId()
        for index, picture in enumerate(self._pictures):
            self._grid.removeWidget(picture)
            self._grid.addWidget(picture, 0 if wide else index, index if wide else 0)
            picture.setVisible(wide or tall or index == alone)
            self._grid.setColumnStretch(index, 1 if wide else 0)
        self._grid.setColumnStretch(0, 1)
        self._narrow()

    def _narrow(self) -> None:
        """Leave out what the width has no room for."""
        one = not (self.width() >= WIDE or self.height() >= TALL)
        for button in self._modes.buttons():
            button.setVisible(one and self.width() >= ROOM_FOR_PERIODS)
        dataset = self.session.dataset
        several = dataset is not None and len(dataset.columns) > 1
        self._chooser.setVisible(several and self.width() >= ROOM_FOR_PERIODS)
        for button in self._buttons:
            button.setVisible(button.isVisibleTo(self.periods) and self.width() >= ROOM_FOR_PERIODS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the pictures for the new size."""
        super().resizeEvent(event)
        self._place()
        self.mark()

    # -- gestures -----------------------------------------------------------------------------------------

    def reset_zoom(self) -> None:
        """Show all lags and periods."""
        self._whole = True
        self.mark()

    def _note_zoom(self, *_mask: object) -> None:
        self._whole = False

    def _chosen(self, column: int) -> None:
        self._column, self._whole = column, True
        dataset = self.session.dataset
        if dataset is not None and column < dataset.targets:
            self.session.point(target=column)
        self.mark()

    def _choose(self, index: int) -> None:
        if self._found is not None and index < len(self._found.periods):
            self._steps = self._found.periods[index].steps
            self.mark()

    def _nearest(self, steps: float) -> None:
        """Choose the found period nearest to a click, if it is near."""
        periods = self._found.periods if self._found is not None else ()
        if periods and steps > 0:
            index = min(range(len(periods)), key=lambda at: abs(np.log(periods[at].steps / steps)))
            if abs(np.log(periods[index].steps / steps)) < 0.25:
                self._choose(index)

    def _use(self) -> None:
        if self._found is not None and self._found.periods:
            steps = self._found.periods[self._chosen_period(self._found)].steps
            self.session.edit("data", window=2 * steps, horizon=steps)

    def columns(self) -> Sequence[SavedColumn]:
        """Return autocorrelation, periodogram and the chosen shape."""
        found = self._found
        if found is None:
            return ()
        saved: list[SavedColumn] = [
            ("lag", np.arange(len(found.correlation))),
            ("autocorrelation", found.correlation),
            ("period", found.spectrum_periods),
            ("share of variance", found.spectrum),
        ]
        if found.periods:
            profile = found.profiles[self._chosen_period(found)]
            saved += [("phase", np.arange(len(profile.mean))), ("mean", profile.mean)]
            saved += [("lower quartile", profile.low), ("upper quartile", profile.high)]
        return saved


def _length(steps: int, step: Step | None) -> str:
    """Return ``1 day`` where the step tells, else ``48 steps``."""
    return span(steps, step) or steps_words(steps)


def _told(period: Period, step: Step | None) -> str:
    """Say one period in words."""
    length = span(period.steps, step)
    words = f"{steps_words(period.steps)} = {length}" if length else steps_words(period.steps)
    return _("{length}, strength {strength}, there {cycles} times").format(
        length=words, strength=number(period.strength, 2), cycles=number(period.cycles, 3)
    )
