"""May the forecast of a run be trusted? Computed off the window's thread when a widget first asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.app.asked import Asked
from workbench.core.calibrated import Calibrated, calibrated
from workbench.core.dataset import Dataset
from workbench.core.insight.doctor import Diagnosis, examined
from workbench.core.insight.evidence import Evidence, gathered
from workbench.core.insight.judging import Judgement, judged
from workbench.core.insight.patients import patient_of
from workbench.core.measured import measured
from workbench.core.metrics import Report
from workbench.core.run import Run

if TYPE_CHECKING:
    from workbench.app.session import Session


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What is known of a run's forecasts; None where there are too few."""

    evidence: Evidence | None
    judgement: Judgement | None


class Judging(QObject):
    """Evidence and verdict of the session's runs.

    Signals
    -------
    changed()
        Something asked for arrived.
    wanted(str)
        A person wants to see the view of this key.
    """

    changed = Signal()
    wanted = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._asked = Asked(self)
        self._asked.changed.connect(self.changed)
        self._asked.refused.connect(session.noticed)
        self._last: tuple[Run | None, tuple[Diagnosis, ...] | None] = (None, None)

    @property
    def busy(self) -> bool:
        """True while something asked for has not arrived."""
        return self._asked.busy

    def of(self, run: Run | None) -> Judged | None:
        """Return evidence and verdict of a run that has ended; None while there are none, or not yet."""
        dataset = self._session.datasets.get(run.number) if run is not None else None
        if run is None or run.ended is None or dataset is None:
            return None
        group = self._session.groups.of(run)
        siblings = tuple(other for other in group.runs if other.ended is not None) if group is not None else ()
        # Forecasts of a run that is gone on with are others; the seeds of its group come one by one.
        key = (run.number, run.forecasts.get("test") or run.forecasts.get("valid"), len(siblings))
        found: Judged | None = self._asked.ask(key, lambda _cancelled: _judged(run, dataset, siblings))
        return found

    def reports(self) -> Mapping[str, Report] | None:
        """Return what was measured of the shown run's network and of all baselines, None while it is measured.

        Without a run, or before its forecasts are final, the baselines alone.
        """
        session = self._session
        dataset, run = session.run_dataset, session.run
        if dataset is None or dataset.spec.framing != "forecast":
            return None
        made = [forecast for forecast in (run.forecasts.values() if run is not None else ()) if forecast.final]
        key = ("reports", dataset, *(forecast for forecast in made if forecast.part != "future"))
        found: Mapping[str, Report] | None = self._asked.ask(key, lambda _cancelled: measured(dataset, run))
        return found

    def bands(self, run: Run | None) -> Calibrated | None:
        """Return calibrated bands around the forecasts of a run that has ended, None without them or not yet."""
        dataset = self._session.datasets.get(run.number) if run is not None else None
        if run is None or run.ended is None or dataset is None:
            return None
        key = ("bands", run.number, run.forecasts.get("valid"), run.forecasts.get("test"))
        found: Calibrated | None = self._asked.ask(key, lambda _cancelled: calibrated(run, dataset))
        return found

    def diagnoses(self) -> tuple[Diagnosis, ...] | None:
        """Return what the doctor finds about the shown run, or about the data before a training; None without data.

        While a training runs, or its verdict is on its way, what can be seen so far.
        """
        session = self._session
        dataset, run = session.run_dataset, session.run
        if dataset is None:
            return None
        judged = self.of(run)
        findings = judged.judgement.findings if judged is not None and judged.judgement is not None else ()
        seen = (len(run.epochs), run.live_probe, run.ended, judged) if run is not None else ()
        key = ("doctor", dataset, session.project.model, *seen)
        project = session.project
        found = self._asked.ask(key, lambda _cancelled: examined(patient_of(run, dataset, project, findings)))
        if found is not None:
            self._last = (run, found)
            # Each look of a training has findings of its own, and would be kept with them.
            self._asked.forget(lambda other: isinstance(other, tuple) and other[0] == "doctor" and other != key)
        return found if found is not None or self._last[0] is not run else self._last[1]

    def close(self) -> None:
        """Wait for all work."""
        self._asked.close()


def _judged(run: Run, dataset: Dataset, siblings: tuple[Run, ...]) -> Judged:
    evidence = gathered(run, dataset, siblings)
    return Judged(evidence, judged(evidence) if evidence is not None else None)
