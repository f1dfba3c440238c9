"""Look at a run that was kept on disk as if it had just been trained: its curves, its looks, its best weights."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from workbench.core.dataset import Dataset
from workbench.core.events import Ended, Event, Started
from workbench.core.probefile import probes_in
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import Project
from workbench.core.resuming import prepared
from workbench.core.saved import newest
from workbench.core.store import RunFolder
from workbench.core.table import Table

NOTHING_KEPT = ProblemKind(
    "nothing-kept",
    "error",
    N_("{path} holds no training that could be looked at."),
    N_("Choose another run: those that were trained lie in the folder of runs."),
)


@dataclass(frozen=True, slots=True, eq=False)
class Revisit:
    """A run from disk, and the data it was trained on.

    Attributes
    ----------
    events
        All that is known of it, in an order :meth:`workbench.core.run.Run.apply` takes.
    """

    project: Project
    table: Table
    dataset: Dataset
    events: tuple[Event, ...]


def revisited(folder: RunFolder) -> Revisit:
    """Read a run that has ended, or was interrupted, without torch.

    Raises
    ------
    WorkbenchError
        ``no-run``, ``nothing-kept``, ``data-grown`` or ``data-changed``, or whatever reading the data refuses.
    """
    facts, project = folder.facts(), folder.project()
    told = folder.replayed().events
    if not any(isinstance(event, Started) for event in told):
        raise WorkbenchError(NOTHING_KEPT, path=str(folder.path))
    last = [event for event in told if isinstance(event, Ended)]
    events = [event for event in told if not isinstance(event, Ended)]
    with suppress(WorkbenchError):  # without weights its pictures can be looked at all the same
        checkpoint, _told = newest(folder)
        events += [checkpoint.best] if checkpoint.best is not None else []
    looks = probes_in(folder.probes, project.train.epochs + 10**9)
    table, dataset = prepared(project, facts.source, facts.bytes, facts.fit)
    return Revisit(project, table, dataset, (*events, *looks, *last))
