"""A training in a thread of its own, and the mailbox through which its events reach the window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QThread

from workbench.core.dataset import Dataset
from workbench.core.events import Event, Improved, Probed, Started, Warned
from workbench.core.keeping import Keeper
from workbench.core.problems import N_, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.saved import Checkpoint
from workbench.core.steering import Steering
from workbench.core.store import RunFolder, fresh_folder, runs_folder
from workbench.core.tensorboard import IN_RUN, shown_in_tensorboard

if TYPE_CHECKING:
    from workbench.core.devices import Place

NOT_KEPT_AT_ALL = ProblemKind(
    "not-kept-at-all",
    "warning",
    N_("This training is not kept on disk, so it could not go on after an interruption. {reason}"),
    N_("Make room, or make {path} writable, before the next training. The model can be exported as always."),
)


class TrainerThread(QThread):
    """Iterate a supervised training and put its events into a mailbox. It emits nothing itself.

    Parameters
    ----------
    start
        Weights to go on from.
    keeper, checkpoint
        Of a run that goes on.
    folder
        Makes the folder in which a new run is kept, in this thread; by default it has one of its own.
    place
        Where to train, if that was tried before.
    origin
        Which model the weights in `start` are of, for the record.
    """

    def __init__(
        self,
        project: Project,
        dataset: Dataset,
        steering: Steering,
        start: Mapping[str, Any] | None = None,
        *,
        keeper: Keeper | None = None,
        checkpoint: Checkpoint | None = None,
        folder: Callable[[], RunFolder] | None = None,
        place: Place | None = None,
        origin: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName("trainer")
        self.steering = steering
        self._project = project
        self._dataset = dataset
        self._start_weights, self._origin = start, origin
        self._keeper, self._checkpoint, self._folder, self._place = keeper, checkpoint, folder, place
        self._leaving = False
        self._mailbox: deque[Event] = deque()

    def run(self) -> None:
        """Train until the stream ends; `supervised` turns every failure into an event."""
        from workbench.core.supervision import supervised

        keeper = self._keeper = self._keeper or self._new_keeper()
        if keeper is not None:
            keeper.leaving |= self._leaving
        events: Iterator[Event] = supervised(
            self._project,
            self._dataset,
            self.steering,
            self._start_weights,
            keeper=keeper,
            checkpoint=self._checkpoint,
            place=self._place,
            origin=self._origin,
        )
        if keeper is not None and self._project.train.event_files:
            events = shown_in_tensorboard(events, keeper.folder.path / IN_RUN)
        for event in events:
            # A run that goes on has told how it started.
            if self._checkpoint is None or not isinstance(event, Started):
                self._mailbox.append(event)

    def _new_keeper(self) -> Keeper | None:
        """Begin a run folder. Where that cannot be, it is said, and the training is not kept."""
        try:
            folder = self._folder() if self._folder is not None else fresh_folder(self._project)
            return Keeper.begun(folder, self._project, self._dataset)
        except WorkbenchError as error:
            found = error.problem
            self._mailbox.append(Warned(problem(NOT_KEPT_AT_ALL, reason=found.text(), path=str(runs_folder()))))
            return None

    @property
    def folder(self) -> RunFolder | None:
        """Where the run is kept, once it has begun."""
        return self._keeper.folder if self._keeper is not None else None

    def drain(self) -> list[Event]:
        """Take all events that have arrived, oldest first. Call it from the window's thread."""
        events = []
        while self._mailbox:
            events.append(self._mailbox.popleft())
        return events

    def leave(self) -> None:
        """Stop the training so that it can go on at the next start, and wait for the thread."""
        self._leaving = True
        if self._keeper is not None:
            self._keeper.leaving = True
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
