"""One core function in a thread of its own: reading a file, forecasting, exporting."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem

UNEXPECTED = ProblemKind(
    "unexpected",
    "error",
    N_("Something unexpected happened: {reason}"),
    N_("Nothing was lost. Copy the details into a report so that it can be mended."),
    action="copy-details",
)


class Task(QThread):
    """Run `work` once. `done(result)` or `refused(Problem)` arrives in the thread that made the Task.

    `work` receives two functions: ``progress(share)`` to call with 0 to 1, and ``cancelled()`` to ask.
    """

    done = Signal(object)
    refused = Signal(object)
    progressed = Signal(float)

    def __init__(
        self,
        title: str,
        work: Callable[[Callable[[float], None], Callable[[], bool]], Any],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self._work = work
        self._cancelled = threading.Event()

    def run(self) -> None:
        """Do the work; an expected failure is its Problem, any other an ``unexpected`` Problem with its traceback."""
        try:
            result = self._work(self.progressed.emit, self._cancelled.is_set)
        except WorkbenchError as error:
            self._refuse(error.problem)
        except Exception as error:  # noqa: BLE001 - the last place that can tell the user
            self._refuse(problem(UNEXPECTED, reason=repr(error), details=traceback.format_exc()))
        else:
            if not self._cancelled.is_set():
                self.done.emit(result)

    def _refuse(self, found: Problem) -> None:
        if not self._cancelled.is_set():
            self.refused.emit(found)

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to end; its result will be dropped."""
        self._cancelled.set()
