"""The long works of a session: one title and share to show, time left, and a way to give up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from workbench.app.task import Task
from workbench.core.problems import Problem

LEAST_SHARE, LEAST_S = 0.03, 0.5
"""Before this share or time, how long a work will take cannot be told."""


class Works(QObject):
    """Start functions in threads of their own, and show the newest that has a title.

    Signals
    -------
    changed(str, float)
        Title and share (0 to 1, negative if unknown) of the work to show; "" when there is none.
    refused(Problem)
        A work ended with a Problem that nobody else takes.
    """

    changed = Signal(str, float)
    refused = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: list[Task] = []
        self._shown: Task | None = None
        self._ends: set[Task] = set()
        self._began = 0.0
        self._share = -1.0

    def start(
        self,
        title: str,
        work: Callable[..., Any],
        done: Callable[[Any], object],
        refused: Callable[[Problem], object] | None = None,
        *,
        may_end: bool = False,
    ) -> Task:
        """Run ``work(progress, cancelled)`` off the window's thread and pass its result to `done`.

        Parameters
        ----------
        title
            What to show; a work without one is not shown.
        may_end
            True if a person may give the work up. A new work of the same title then takes its place.
        """
        if may_end:
            for other in [task for task in self._ends if task.title == title]:
                self.end(other)
        task = Task(title, work, self)
        task.done.connect(done)
        task.refused.connect(refused or self.refused)
        task.finished.connect(lambda: self._finished(task))
        self._tasks.append(task)
        if may_end:
            self._ends.add(task)
        if title:
            task.progressed.connect(lambda share: self._progressed(task, share))
            self._show(task)
        task.start()
        return task

    @property
    def may_end(self) -> bool:
        """True if the work that is shown can be given up."""
        return self._shown is not None and self._shown in self._ends

    @property
    def left_s(self) -> float | None:
        """Seconds until the shown work ends, as far as one can tell."""
        passed = time.monotonic() - self._began
        if self._shown is None or self._share < LEAST_SHARE or passed < LEAST_S:
            return None
        return passed * (1.0 - self._share) / self._share

    def end(self, task: Task | None = None) -> None:
        """Give up `task`, by default the one that is shown, at once: its thread ends when it next looks."""
        task = task or self._shown
        if task is None or task not in self._ends:
            return
        task.cancel()
        self._ends.discard(task)
        if task is self._shown:
            self._show_next(task)

    def give_up(self) -> None:
        """Give up the work that is shown, if it may end."""
        self.end()

    def await_end(self, title: str) -> None:
        """Give up all works of this title and wait for their threads."""
        for task in [task for task in self._tasks if task.title == title]:
            self.end(task)
            task.wait()

    def close(self) -> None:
        """Give up everything and wait for the threads."""
        for task in self._tasks:
            task.cancel()
        for task in list(self._tasks):
            task.wait()

    def _show(self, task: Task | None) -> None:
        self._shown, self._share, self._began = task, -1.0, time.monotonic()
        self.changed.emit("" if task is None else task.title, -1.0)

    def _progressed(self, task: Task, share: float) -> None:
        if task is self._shown:
            self._share = share
            self.changed.emit(task.title, share)

    def _finished(self, task: Task) -> None:
        self._tasks.remove(task)
        self._ends.discard(task)
        task.deleteLater()
        if task is self._shown:
            self._show_next(task)

    def _show_next(self, gone: Task) -> None:
        others = [task for task in self._tasks if task.title and task is not gone and not task.cancelled]
        self._show(others[-1] if others else None)
