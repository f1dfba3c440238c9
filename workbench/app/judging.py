"""May the forecast of a run be trusted? Computed off the window's thread when a widget first asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.app.asked import Asked
from workbench.core.dataset import Dataset
from workbench.core.insight.evidence import Evidence, gathered
from workbench.core.insight.judging import Judgement, judged
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
        A verdict arrived.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._asked = Asked(self)
        self._asked.changed.connect(self.changed)
        self._asked.refused.connect(session.noticed)

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

    def close(self) -> None:
        """Wait for all work."""
        self._asked.close()


def _judged(run: Run, dataset: Dataset, siblings: tuple[Run, ...]) -> Judged:
    evidence = gathered(run, dataset, siblings)
    return Judged(evidence, judged(evidence) if evidence is not None else None)
