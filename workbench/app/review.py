"""What is worth knowing about the data before a training: faults, effects of other choices, periods.

All of it is computed off the window's thread when a widget first asks, and kept until the data change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.app.asked import Asked
from workbench.core.alternatives import Alternative, Policy, alternatives, worth_showing
from workbench.core.clock import Clock
from workbench.core.dataset import Dataset
from workbench.core.dataspec import DataSpec
from workbench.core.faults import OF_ONE_LINE, Fault, faults
from workbench.core.insight.periods import Seasonality, seasonality
from workbench.core.table import Table
from workbench.core.windowcount import WindowCount

if TYPE_CHECKING:
    from workbench.app.session import Session


class Review(QObject):
    """Findings about the session's present data.

    A finding that is not there yet is begun when it is asked for; `changed` tells when it has arrived.

    Signals
    -------
    changed()
        A finding arrived.
    weighed(Alternative | None)
        A person looks at another choice; the Series view shows what it would read.
    pointed(Fault, int)
        A person wants to see the fault with this number among its rows.
    """

    changed = Signal()
    weighed = Signal(object)
    pointed = Signal(object, int)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._table: Table | None = None
        self._dataset: Dataset | None = None
        self._spec: DataSpec | None = None
        self._asked = Asked(self)
        self._asked.changed.connect(self.changed)
        self._asked.refused.connect(session.noticed)
        self.looked_at: Alternative | None = None
        session.project_changed.connect(self._project_changed)

    def _project_changed(self, _project: object) -> None:
        """Drop what no longer holds: faults belong to the table, periods to the training rows, effects to it all."""
        session = self._session
        spec = session.project.data
        if session.table is self._table and session.dataset is self._dataset and spec == self._spec:
            return
        kept = {("faults",)} if session.table is self._table else set()
        self._asked.drop(lambda key: key in kept)
        self._table, self._dataset, self._spec = session.table, session.dataset, spec
        self.weigh(None)

    @property
    def busy(self) -> bool:
        """True while something asked for has not arrived."""
        return self._asked.busy

    # -- findings -----------------------------------------------------------------------------------------

    def faults(self) -> tuple[Fault, ...] | None:
        """Return what is wrong with the table, None while it is looked for; () without a table."""
        table = self._session.table
        if table is None:
            return ()
        found: tuple[Fault, ...] | None = self._asked.ask(("faults",), lambda _cancelled: faults(table))
        if found and self._session.project.data.series:
            return tuple(fault for fault in found if fault.kind not in OF_ONE_LINE)
        return found

    def policies(self) -> tuple[Policy, ...]:
        """Return the settings in which another choice makes a difference."""
        table = self._session.table
        if table is None:
            return ()
        key = ("policies",)
        if not self._asked.has(key):
            self._asked.keep(key, worth_showing(table, self._session.dataset, self._session.project.data))
        found: tuple[Policy, ...] = self._asked.ask(key, lambda _cancelled: ())
        return found

    def alternatives(self, policy: Policy) -> tuple[Alternative, ...] | None:
        """Return the choices of `policy` with their effects, None while they are computed."""
        table, dataset, spec = self._session.table, self._session.dataset, self._session.project.data
        if table is None:
            return ()
        found: tuple[Alternative, ...] | None = self._asked.ask(
            ("alternatives", policy), lambda cancelled: alternatives(table, dataset, spec, policy, cancelled)
        )
        return found

    def seasonality(self, column: int) -> Seasonality | None:
        """Return what repeats in the training rows of a column of the dataset; None while it is looked for.

        Also None where nothing changes: `busy` tells the two apart.
        """
        dataset = self._session.dataset
        if dataset is None:
            return None
        train, clock = dataset.split.train, dataset.clock
        times = None if clock.values is None else clock.values[:train]
        values = dataset.values[:train, column].copy()
        found: Seasonality | None = self._asked.ask(
            ("seasonality", str(column)), lambda _cancelled: seasonality(values, Clock(train, times, clock.step))
        )
        return found

    def window_count(self) -> WindowCount | None:
        """Return the runs of rows from which windows of any length are counted, None while they are looked for."""
        dataset = self._session.dataset
        if dataset is None:
            return None
        found: WindowCount | None = self._asked.ask(("windows",), lambda _cancelled: dataset.window_count)
        return found

    # -- looking at another choice ------------------------------------------------------------------------

    def weigh(self, alternative: Alternative | None) -> None:
        """Show what `alternative` would read, or nothing."""
        if alternative is not self.looked_at:
            self.looked_at = alternative
            self.weighed.emit(alternative)

    def point(self, fault: Fault, index: int) -> None:
        """Show the fault with number `index` among its rows."""
        self.pointed.emit(fault, index)

    def close(self) -> None:
        """Wait for all work."""
        self._asked.close()
