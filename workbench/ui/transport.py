"""The transport bar: scrub through the recorded epochs, and read the values at the cursor."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from workbench.app.session import Session
from workbench.core.cursor import Cursor
from workbench.core.events import Trace
from workbench.core.problems import N_
from workbench.core.project import ModelSpec
from workbench.core.run import Run
from workbench.ui.epochslider import EpochSlider
from workbench.ui.icons import icon
from workbench.ui.text import DOT, count, number, translate
from workbench.ui.theme import Theme
from workbench.ui.views.chooser import Chooser
from workbench.ui.views.naming import column_unit, unit_words
from workbench.ui.words import ElidedWords, Words, tooltip

RATES = (1, 2, 5, 10, 20, 30)
"""Epochs a second that can be played."""

DOTS = N_("Epoch shown. A dot: its weights were kept, so that they can be operated on")

WATCHED = frozenset({"Started", "Probed", "EpochEnded", "Ended"})


class Transport(QWidget):
    """Which epoch all views show, and what is under the cursor."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._epochs: list[int] = []
        self.epoch = Words(role="small")
        self.epoch.setMinimumWidth(self.epoch.fontMetrics().horizontalAdvance("Epoch 000 / 000"))
        self.slider = EpochSlider()
        self.slider.setAccessibleName(translate(N_("Epoch shown")))
        self.slider.setToolTip(tooltip(translate(DOTS)))
        self.slider.setMinimumWidth(80)
        self.slider.valueChanged.connect(self._slid)
        self.back = self._tool(N_("Previous recorded epoch"), lambda: self.slider.setValue(self.slider.value() - 1))
        self.on = self._tool(N_("Next recorded epoch"), lambda: self.slider.setValue(self.slider.value() + 1))
        self.play = self._tool(N_("Play the recorded epochs"), self._play)
        self.play.setCheckable(True)
        self.rate = Chooser(translate(N_("Epochs a second")), self)
        self.rate.setToolTip(tooltip(translate(N_("How many epochs a second are played"))))
        self.rate.chosen.connect(self._set_rate)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)
        self._theme: Theme | None = None
        self._set_rate(RATES.index(10))
        self.live = self._tool(N_("Follow the training"), lambda: session.point(epoch=None))
        self.live.setCheckable(True)
        self.live.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        # The words change with every move of the mouse; the slider must not change its length with them.
        self.readout = ElidedWords(tone="muted", role="small")
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 4, 0)
        layout.setSpacing(8)
        for widget, stretch in (
            (self.epoch, 0), (self.back, 0), (self.slider, 3), (self.on, 0), (self.play, 0), (self.rate, 0),
            (self.live, 0), (self.readout, 8),
        ):  # fmt: skip
            layout.addWidget(widget, stretch)
        session.run_changed.connect(self._run_changed)
        session.cursor_changed.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        self.refresh()

    def _tool(self, name: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName("plain")
        button.setAccessibleName(translate(name))
        button.setToolTip(translate(name))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(act)
        return button

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if not kinds or kinds & WATCHED:
            self.refresh()

    def _slid(self, index: int) -> None:
        run = self._session.run
        if run is None or not self._epochs:
            return
        last = index >= len(self._epochs) - 1 and run.active
        self._session.point(epoch=None if last else self._epochs[index])

    def _set_rate(self, index: int) -> None:
        """Play so many epochs a second."""
        self.rate.offer([translate(N_("{count}/s")).format(count=rate) for rate in RATES], index)
        self._timer.setInterval(round(1000 / RATES[index]))

    def _play(self) -> None:
        """Play from the epoch that is looked at, from the first if that is the last; a second press stops."""
        if self._timer.isActive() or len(self._epochs) < 2:
            self.stop()
            return
        if self.slider.value() >= len(self._epochs) - 1:
            self._session.point(epoch=self._epochs[0])
        self._timer.start()
        self._dress()

    def _next(self) -> None:
        """Show the next recorded epoch; behind the last, stop, and follow a training that runs."""
        place = self.slider.value() + 1
        if place < len(self._epochs):
            self._slid(place)
        if place >= len(self._epochs) - 1:
            self.stop()

    def stop(self) -> None:
        """Play no longer."""
        self._timer.stop()
        self._dress()

    def _dress(self) -> None:
        self.play.setChecked(self._timer.isActive())
        if self._theme is not None:
            self.play.setIcon(icon("pause" if self._timer.isActive() else "play", self._theme))

    def refresh(self, *_changed: object) -> None:
        """Show run and cursor as they are now."""
        run, cursor = self._session.run, self._session.cursor
        self._epochs = sorted(run.probes) if run else []
        for widget in (self.slider, self.back, self.on, self.play, self.rate):
            widget.setEnabled(len(self._epochs) > 1)
        if self._timer.isActive() and cursor.epoch is None:  # live was asked for, or another run
            self.stop()
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(len(self._epochs) - 1, 0))
        self.slider.setValue(self._place(cursor))
        self.slider.blockSignals(False)
        self.slider.mark([place for place, epoch in enumerate(self._epochs) if run and epoch in run.kept])
        self.live.setEnabled(bool(self._epochs))
        self.live.setChecked(cursor.epoch is None)
        active = run is not None and run.active
        following = run is None or active
        self.live.setText(("● " if active else "") + translate(N_("live") if following else N_("newest")))
        self.epoch.setText(self._epoch_text(run, cursor))
        words = readout(self._session)
        self.readout.setText(words)
        self.readout.setToolTip(tooltip(words))

    def _place(self, cursor: Cursor) -> int:
        if cursor.epoch is None:
            return max(len(self._epochs) - 1, 0)
        return max(sum(epoch <= cursor.epoch for epoch in self._epochs) - 1, 0)

    def _epoch_text(self, run: Run | None, cursor: Cursor) -> str:
        if run is None:
            return translate(N_("No epochs yet"))
        newest = run.progress.epoch if run.progress and run.active else len(run.epochs)
        shown = newest if cursor.epoch is None else cursor.epoch
        total = run.progress.epochs if run.progress else run.project.train.epochs
        return translate(N_("Epoch {epoch} / {epochs}")).format(epoch=count(shown), epochs=count(total))

    def set_theme(self, theme: Theme) -> None:
        """Redraw the icons in the colours of `theme`."""
        self.back.setIcon(icon("left", theme))
        self.on.setIcon(icon("right", theme))
        self._theme = theme
        self.slider.set_theme(theme)
        self._dress()


def readout(session: Session) -> str:
    """Say in one line where the cursor is and what is there."""
    cursor, dataset, run = session.cursor, session.run_dataset, session.run
    if dataset is None or cursor.window is None or cursor.step is None:
        return ""
    row = cursor.window + cursor.step
    parts = [
        translate(N_("step {step}")).format(step=count(cursor.step - dataset.spec.window)),
        dataset.clock.text(row),
    ]
    if 0 <= row < len(dataset.values):
        target = min(cursor.target, dataset.targets - 1)
        column = dataset.columns[target]
        value = f"{column} {number(float(dataset.values[row, target]))} {column_unit(session, column)}"
        parts.append(value.rstrip())
    shown = session.surgery.shown
    probe = shown.probe if shown is not None else None
    if probe is not None and cursor.layer < len(probe.traces):
        assert run is not None
        parts += _signals(probe.traces[cursor.layer], cursor.step, cursor.unit, run.project.model)
    return DOT.join(parts)


def _signals(trace: Trace, step: int, unit: int | None, model: ModelSpec) -> list[str]:
    """Say what every gate and state of a unit is at a step of the window."""
    steps, units = next(iter(trace.values.values())).shape
    if unit is None or not 0 <= step < steps or not 0 <= unit < units:
        return []
    values = [f"{key} {number(float(signal[step, unit]), 2)}" for key, signal in trace.values.items()]
    return [unit_words(unit, model), *values]
