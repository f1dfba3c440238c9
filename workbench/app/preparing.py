"""From table and settings to the dataset: at once where that is quick, off the window's thread where it is not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from workbench.app.task import Task
from workbench.app.works import Works
from workbench.core.dataset import Dataset, prepare
from workbench.core.dataspec import DataSpec
from workbench.core.opening import Opened
from workbench.core.problems import N_, Problem, WorkbenchError
from workbench.core.table import Table

AT_ONCE = 200_000
"""Cells up to which a table is prepared in about 50 ms."""

Take = Callable[[Dataset | None, Problem | None], object]


def with_dataset(result: Opened) -> tuple[Opened, Dataset | None]:
    """Prepare a large table in the thread that read it; None for the rest, and where the data do not fit."""
    if _quick(result.table, result.project.data):
        return result, None
    try:
        return result, prepare(result.table, result.project.data)
    except WorkbenchError:
        return result, None


def _quick(table: Table, spec: DataSpec) -> bool:
    return table.rows * max(1, len(spec.columns)) <= AT_ONCE


class Preparing(QObject):
    """Prepare the newest table and settings; what is older is dropped.

    Parameters
    ----------
    take
        Called in the window's thread with the dataset, or the Problem why there is none.
    """

    def __init__(self, works: Works, take: Take, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._works, self._take = works, take
        self._task: Task | None = None
        self._ready: tuple[Table, DataSpec, Dataset] | None = None

    @property
    def busy(self) -> bool:
        """True while a dataset is on its way."""
        return self._task is not None

    def keep(self, result: Opened, dataset: Dataset | None) -> None:
        """Remember a dataset that was prepared where the file was read, for the next `derive`."""
        self._ready = None if dataset is None else (result.table, result.project.data, dataset)

    def derive(self, table: Table, spec: DataSpec) -> bool:
        """Prepare `table`; return False if the dataset comes later."""
        self.drop()
        ready, self._ready = self._ready, None
        if ready is not None and ready[0] is table and ready[1] == spec:
            self._take(ready[2], None)
            return True
        if not _quick(table, spec):
            self._task = self._works.start(
                N_("Preparing"), lambda _progress, _cancelled: prepare(table, spec), self._came, self._refused
            )
            return False
        try:
            found = prepare(table, spec)
        except WorkbenchError as error:
            self._take(None, error.problem)
        else:
            self._take(found, None)
        return True

    def drop(self) -> None:
        """Forget what is on its way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _came(self, dataset: Dataset) -> None:
        self._task = None
        self._take(dataset, None)

    def _refused(self, problem: Problem) -> None:
        self._task = None
        self._take(None, problem)
