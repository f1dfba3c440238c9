"""Card 4: is the network worth anything, and what to take away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from workbench.app.session import Session
from workbench.core.dataproblems import NO_FUTURE
from workbench.core.insight.judging import Judgement
from workbench.core.problems import N_
from workbench.core.run import Run
from workbench.core.scoring import Verdict, verdict
from workbench.ui.cards import Card
from workbench.ui.icons import icon
from workbench.ui.text import DOT, count, duration, translate
from workbench.ui.theme import Theme
from workbench.ui.words import Words, tooltip

WATCHED = frozenset({"Started", "EpochEnded", "Ended", "Forecasted", "Improved"})

STATES = {
    "waiting": N_("The training is starting."),
    "running": N_("Training. The verdict comes at the end, on rows the network never saw."),
    "finished": N_("The training is finished."),
    "early": N_("Stopped early: the validation loss no longer fell."),
    "stopped": N_("Stopped before the network was scored. Finish, instead of Stop, gives a verdict."),
    "diverged": N_("The loss was no longer a number."),
    "failed": N_("The training failed."),
}


class ResultCard(Card):
    """The verdict of the shown run, in words a person can act on."""

    def __init__(self, session: Session, choose_export: Callable[[], None]) -> None:
        super().__init__("result", "4", translate(N_("Result")))
        self._session = session
        self.headline = Words(role="verdict", wrap=True)
        self.sentence = Words(tone="muted", role="small", wrap=True)
        self.findings = Words(tone="warn", role="small", wrap=True)
        self.facts = Words(tone="muted", role="small", wrap=True)
        self.body.setSpacing(4)
        for label in (self.headline, self.sentence, self.findings, self.facts):
            self.body.addWidget(label)
        self.forecast = QPushButton(translate(N_("Forecast the future")))
        self.export = QPushButton(translate(N_("Export…")))
        self.forecast.clicked.connect(lambda _checked: session.forecast())
        self.export.clicked.connect(lambda _checked: choose_export())
        row = QHBoxLayout()
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(4)
        self.table = QPushButton(translate(N_("Rows to come…")))
        self.table.setToolTip(tooltip(translate(N_("A dated table, with inputs to fill in: what if?"))))
        self.table.clicked.connect(lambda _checked: session.judging.wanted.emit("future"))
        row.addWidget(self.forecast)
        row.addWidget(self.export)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self.table, 0, Qt.AlignmentFlag.AlignLeft)
        session.run_changed.connect(self._run_changed)
        session.project_changed.connect(self.refresh)
        session.judging.changed.connect(self.refresh)
        self.refresh()

    def _run_changed(self, _run: Run, kinds: frozenset[str]) -> None:
        if not kinds or kinds & WATCHED:
            self.refresh()

    def refresh(self, *_changed: object) -> None:
        """Show the run as it is now."""
        run = self._session.run
        judged = self._session.judging.of(run)
        judgement = judged.judgement if judged is not None else None
        found: Judgement | Verdict | None = judgement or (
            verdict(run) if run and not self._session.judging.busy else None
        )
        self.headline.setVisible(found is not None)
        self.findings.setVisible(judgement is not None and bool(judgement.findings))
        if isinstance(found, Judgement):
            self.headline.setText(found.title(translate))
            self.sentence.setText(found.text(translate).replace(" %", "\N{NO-BREAK SPACE}%"))
            self.sentence.setToolTip(tooltip(found.terms(translate)))
            self.findings.setText("\n".join(entry.text(translate) for entry in found.findings))
        elif found is not None:
            self.headline.setText(translate(found.headline).format_map(dict(found.values)))
            self.sentence.setText(translate(found.sentence).format_map(dict(found.values)))
        else:
            self.sentence.setText(translate(_state(run)))
        if found is not None:
            self.headline.set_tone("good" if found.good else "warn")
        self.facts.setText(_facts(run) if run else "")
        self.facts.setVisible(bool(self.facts.text()))
        possible = run is not None and _usable(self._session, run)
        answers = run is not None and run.project.data.framing == "label"
        self.forecast.setEnabled(possible and not answers)
        self.forecast.setToolTip(tooltip(translate(NO_FUTURE.template)) if answers else "")
        self.table.setEnabled(possible and not answers)
        self.export.setEnabled(possible)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        super().set_theme(theme)
        self.forecast.setIcon(icon("forecast", theme))
        self.export.setIcon(icon("export", theme))


def _usable(session: Session, run: Run) -> bool:
    """Return whether the network of `run` is there, and the open data are those it reads."""
    if run.best is None or session.training != "idle" or session.dataset is None or session.table is None:
        return False
    if run.model is not None:
        return run.project.data.sha256 == session.table.sha256
    return run.project.data == session.dataset.spec


def _state(run: Run | None) -> str:
    if run is None:
        return N_("Press Train: the verdict appears here.")
    if run.model is not None:
        return N_("A model from a file. Evaluate it, under Model file, for a verdict.")
    return STATES[run.state]


def _facts(run: Run) -> str:
    """Say how the verdict came about."""
    if run.ended is None:
        return ""
    if run.model is not None:
        return translate(N_("model file {name}")).format(name=run.model.name)
    ended = run.ended
    parts = []
    if run.state == "early":
        parts.append(translate(N_("stopped early")))
    if ended.best_epoch:
        parts.append(
            translate(N_("best epoch {best} of {count}")).format(best=count(ended.best_epoch), count=count(ended.epoch))
        )
    parts.append(duration(ended.seconds))
    parts.append(translate(N_("{count} windows/s")).format(count=count(ended.windows_per_s)))
    return DOT.join(parts)
