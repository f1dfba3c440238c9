"""How much memory the looks inside the networks of a session may take: one choice for every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.core.run import Run

if TYPE_CHECKING:
    from workbench.app.session import Session

MEGABYTE = 1_000_000


class LookBudget(QObject):
    """Holds every run of `session` to a budget; past it, every second epoch goes, then every second of those left."""

    def __init__(self, session: Session, megabytes: int) -> None:
        super().__init__(session)
        self._session = session
        self.megabytes = megabytes
        session.run_changed.connect(self._hold)

    def choose(self, megabytes: int) -> None:
        """Set another budget; what is gone stays gone."""
        self.megabytes = megabytes
        for run in self._session.runs:
            self._hold(run, frozenset())
        if self._session.run is not None:
            self._session.run_changed.emit(self._session.run, frozenset({"Probed"}))

    def _hold(self, run: Run, _kinds: object) -> None:
        wanted = self.megabytes * MEGABYTE
        if run.history.budget_bytes != wanted:
            run.history.limit(wanted)
