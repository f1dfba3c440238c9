"""A training in a thread of its own, and the mailbox through which its events reach the window."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QThread

from workbench.core.dataset import Dataset
from workbench.core.events import Event, Improved, Probed
from workbench.core.project import Project
from workbench.core.steering import Steering


class TrainerThread(QThread):
    """Iterate a supervised training and put its events into a mailbox. It emits nothing itself."""

    def __init__(
        self, project: Project, dataset: Dataset, steering: Steering, start: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("trainer")
        self.steering = steering
        self._project = project
        self._dataset = dataset
        self._start_weights = start
        self._mailbox: deque[Event] = deque()

    def run(self) -> None:
        """Train until the stream ends; `supervised` turns every failure into an event."""
        from workbench.core.supervision import supervised

        for event in supervised(self._project, self._dataset, self.steering, self._start_weights):
            self._mailbox.append(event)

    def drain(self) -> list[Event]:
        """Take all events that have arrived, oldest first. Call it from the window's thread."""
        events = []
        while self._mailbox:
            events.append(self._mailbox.popleft())
        return events

    def end(self) -> None:
        """Stop the training and wait for the thread."""
        self.steering.stop()
        self.wait()


def probed(project: Project, best: Improved, dataset: Dataset, start: int, target: int) -> Probed:
    """Look at the window at `start` with the best weights of a run; torch is imported only now."""
    from workbench.core import looking

    return looking.probed(project, best, dataset, start, target)


def warmed_up() -> tuple[tuple[str, str], ...]:
    """Import torch, make the kernels ready, and return (key, label) of this machine's devices."""
    from workbench.core.devices import devices
    from workbench.core.supervision import warm_up

    warm_up()
    return tuple((device.key, device.label) for device in devices())
