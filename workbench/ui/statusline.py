"""The status bar: what the program is doing, how fast, and how long it will take."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QProgressBar, QPushButton, QStatusBar

from workbench.app.session import Session
from workbench.core.events import Progressed
from workbench.core.fields import settings_of
from workbench.core.problems import N_
from workbench.core.project import TrainSpec
from workbench.core.run import Run
from workbench.core.speeds import bytes_text, fitting, place_text
from workbench.ui.text import DOT, count, duration, number, translate
from workbench.ui.words import ElidedWords, tooltip

WATCHED = frozenset({"Started", "Progressed", "EpochEnded", "Ended"})
LOSSES = {entry.name: dict(entry.choices) for entry in settings_of(TrainSpec)}["loss"]


class StatusLine(QStatusBar):
    """One line about training and long work."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._warm = False
        self._work, self._share = "", -1.0
        self.words = ElidedWords()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(160)
        self.progress.setAccessibleName(translate(N_("Progress")))
        self.words.setContentsMargins(10, 0, 10, 0)
        self.addWidget(self.words, 1)
        self.addPermanentWidget(self.progress)
        self.progress.hide()
        self.cancel = QPushButton(translate(N_("Cancel")))
        self.cancel.setToolTip(translate(N_("Give this up; nothing changes (Esc)")))
        self.cancel.clicked.connect(session.works.give_up)
        self.cancel.hide()
        self.addPermanentWidget(self.cancel)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, session.works.give_up)
        self._escape.setEnabled(False)
        session.run_changed.connect(self._run_changed)
        session.project_changed.connect(self.refresh)
        session.work_changed.connect(self._work_changed)
        session.ready.connect(self._ready)
        self.refresh()

    def _ready(self) -> None:
        self._warm = True
        self.refresh()

    def _work_changed(self, title: str, share: float) -> None:
        self._work, self._share = title, share
        self.progress.setVisible(bool(title))
        self.progress.setRange(0, 0 if share < 0 else 1000)
        self.progress.setValue(round(max(share, 0.0) * 1000))
        self.cancel.setVisible(self._session.works.may_end)
        self._escape.setEnabled(self._session.works.may_end)
        self.refresh()

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if not kinds or kinds & WATCHED:
            self.refresh()

    def refresh(self, *_changed: object) -> None:
        """Say what is going on now."""
        parts = self._parts()
        room, metrics = self.words.contentsRect().width(), self.words.fontMetrics()
        self.words.setText(fitting(parts, lambda line: metrics.horizontalAdvance(line) <= room, DOT))
        self.words.setToolTip(tooltip(DOT.join(parts)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say more where there is room for more."""
        super().resizeEvent(event)
        self.refresh()

    def _parts(self) -> list[str]:
        """Return what is to be said, the most important first."""
        if self._work:
            left = self._session.works.left_s
            work = [translate(self._work) + "…"]
            return work if left is None else [*work, translate(N_("{time} left")).format(time=duration(left))]
        session = self._session
        if session.training != "idle" and session.runs:
            return self._training(session.runs[-1])
        dataset = session.dataset
        if dataset is None:
            words = N_("The data settings do not fit") if session.data_problem else N_("No data yet")
            return [translate(words if self._warm or session.data_problem else N_("Getting ready…"))]
        return [
            translate(N_("Ready") if self._warm else N_("Getting ready…")),
            translate(N_("{train} training, {valid} validation, {test} test windows")).format(
                train=count(len(dataset.train)), valid=count(len(dataset.valid)), test=count(len(dataset.test))
            ),
        ]

    def _training(self, run: Run) -> list[str]:
        progress = run.progress
        paused = self._session.training == "paused"
        parts = [translate(N_("Paused") if paused else N_("Training"))]
        group = self._session.groups.present
        if group is not None and run in group.runs:
            seed, seeds = count(group.runs.index(run) + 1), count(len(group.facts.seeds))
            parts.append(translate(N_("seed {seed} of {seeds}")).format(seed=seed, seeds=seeds))
        if progress is None:
            return [*parts, translate(N_("starting"))]
        epoch, epochs = count(progress.epoch), count(progress.epochs)
        parts.append(translate(N_("epoch {epoch} of {epochs}")).format(epoch=epoch, epochs=epochs))
        if paused:
            parts.append(
                translate(N_("batch {batch} of {batches}")).format(
                    batch=count(progress.batch), batches=count(progress.batches)
                )
            )
        else:
            parts.append(translate(N_("{count} windows/s")).format(count=count(progress.windows_per_s)))
            parts.append(translate(N_("{time} left")).format(time=duration(progress.left_s)))
        if run.best is not None:
            parts.append(_best(run))
        return [*parts, *_machine(run, progress)]


def _machine(run: Run, progress: Progressed) -> list[str]:
    """Say how the network moves, and what the training takes of the machine."""
    parts = [
        translate(N_("gradient {norm}")).format(norm=number(progress.gradient_norm, 2)),
        translate(N_("rate {rate}")).format(rate=number(progress.learning_rate, 2)),
        place_text(run.started, translate) if run.started is not None else "",
        bytes_text(progress.memory_bytes),
        translate(N_("GPU {memory}")).format(memory=bytes_text(progress.device_bytes)) if progress.device_bytes else "",
    ]
    return [part for part in parts if part]


def _best(run: Run) -> str:
    """Say the best validation loss and the line to beat, on the scaled values both are measured on."""
    assert run.best is not None
    words = translate(N_("best valid {loss} {value} in epoch {epoch}")).format(
        loss=translate(LOSSES[run.project.train.loss]),
        value=number(run.best.valid_loss, 3),
        epoch=count(run.best.epoch),
    )
    baselines = run.started.baselines if run.started else {}
    if not baselines:
        return words
    return words + translate(N_(" (best naive {value})")).format(value=number(min(baselines.values()), 3))
