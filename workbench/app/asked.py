"""Findings that are computed off the window's thread when a widget first asks for them, and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QObject, Signal

from workbench.app.task import Task

Key = Hashable
Work = Callable[[Callable[[], bool]], Any]


class Asked(QObject):
    """Findings by key; each is begun when it is first asked for.

    Signals
    -------
    changed()
        A finding arrived.
    refused(Problem)
        One could not be made.
    """

    changed = Signal()
    refused = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: dict[Key, Any] = {}
        self._running: dict[Key, Task] = {}
        self._alive: set[Task] = set()

    @property
    def busy(self) -> bool:
        """True while something asked for has not arrived."""
        return bool(self._running)

    def ask(self, key: Key, work: Work) -> Any:
        """Return the finding, or None and begin to look for it; `work` is told how to ask whether it is given up."""
        if key in self._found:
            return self._found[key]
        if key not in self._running:
            task = Task("", lambda _progress, cancelled: work(cancelled), self)
            task.done.connect(lambda result: self._arrived(key, task, result))
            task.refused.connect(lambda problem: self._refused(key, task, problem))
            task.finished.connect(lambda: self._ended(task))
            self._running[key] = task
            self._alive.add(task)
            task.start()
        return None

    def keep(self, key: Key, found: object) -> None:
        """Keep what was found in another way."""
        self._found[key] = found

    def drop(self, kept: Callable[[Any], bool] = lambda _key: False) -> None:
        """Forget, and give up, all but the findings whose key is `kept`."""
        self._found = {key: value for key, value in self._found.items() if kept(key)}
        for key, task in self._running.items():
            if not kept(key):
                task.cancel()
        self._running = {key: task for key, task in self._running.items() if kept(key)}

    def forget(self, gone: Callable[[Any], bool]) -> None:
        """Forget the findings whose key is `gone`; what is being looked for goes on."""
        self._found = {key: value for key, value in self._found.items() if not gone(key)}

    def has(self, key: Key) -> bool:
        """Return whether the finding is there."""
        return key in self._found

    def _arrived(self, key: Key, task: Task, result: object) -> None:
        if self._running.get(key) is not task:
            return
        del self._running[key]
        self._found[key] = result
        self.changed.emit()

    def _refused(self, key: Key, task: Task, problem: object) -> None:
        if self._running.get(key) is task:
            del self._running[key]
            self._found[key] = None
            self.refused.emit(problem)

    def _ended(self, task: Task) -> None:
        self._alive.discard(task)
        task.deleteLater()

    def close(self) -> None:
        """Give all work up and wait for it."""
        for task in self._alive:
            task.cancel()
            task.wait()
        self._running = {}
