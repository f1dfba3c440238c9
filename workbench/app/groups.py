"""Several seeds of one project, trained one after the other: is a result the network's, or chance?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.app.refusals import unready
from workbench.core.dataset import Dataset
from workbench.core.events import Part
from workbench.core.groups import GroupFacts, Spread, member, spreads, write_group
from workbench.core.run import Run
from workbench.core.store import RunFolder, fresh_folder, whole_source

if TYPE_CHECKING:
    from workbench.app.session import Session

MOST_SEED = 2**31 - 1

Launch = Callable[[Run, Dataset, Callable[[], RunFolder]], None]


@dataclass(slots=True, eq=False)
class RunGroup:
    """Runs that differ in their seed alone.

    Attributes
    ----------
    path
        Its folder, once one of its runs is kept.
    runs
        Those that have begun, in order.
    ended
        True once no other seed will be trained.
    """

    number: int
    facts: GroupFacts
    dataset: Dataset
    path: Path | None = None
    runs: list[Run] = field(default_factory=list)
    ended: bool = False

    def folder(self, seed: int) -> RunFolder:
        """Return the folder of the run with `seed`; the first makes that of the group. Not for the window's thread.

        Raises
        ------
        WorkbenchError
            ``cannot-write``.
        """
        if self.path is None:
            path = fresh_folder(self.facts.project).path
            write_group(path, self.facts)
            self.path = path
        return member(self.path, seed)

    def spreads(self) -> tuple[Part, dict[str, Spread]]:
        """Return the part, and mean and spread of each score over the runs that have a scored model."""
        return spreads([run.ended.scores for run in self.runs if run.ended is not None and run.ended.scores])


class Groups(QObject):
    """The groups of this session.

    Parameters
    ----------
    launch
        Starts the training of a new run.
    """

    def __init__(self, session: Session, launch: Launch) -> None:
        super().__init__(session)
        self._session, self._launch = session, launch
        self.all: list[RunGroup] = []

    @property
    def present(self) -> RunGroup | None:
        """The group that is being trained."""
        return self.all[-1] if self.all and not self.all[-1].ended else None

    def of(self, run: Run) -> RunGroup | None:
        """Return the group `run` belongs to."""
        return next((group for group in self.all if run in group.runs), None)

    def train(self, count: int) -> None:
        """Train the present project with `count` seeds, from its own on."""
        session = self._session
        refusal, project, dataset = unready(session), session.project, session.dataset
        if refusal is not None or dataset is None:
            session.noticed.emit(refusal)
            return
        first = min(project.train.seed, MOST_SEED - count + 1)
        facts = GroupFacts(source=whole_source(project), seeds=tuple(range(first, first + count)), project=project)
        self.all.append(RunGroup(len(self.all) + 1, facts, dataset))
        self._next(self.all[-1])

    def go_on(self, run: Run) -> bool:
        """Train the next seed now that `run` has ended; returns False if there is none.

        Stop ends the whole group, and so does a failure: it would come again. Finish ends one seed.
        """
        group = self.present
        if group is None or run not in group.runs:
            return False
        if run.state in ("stopped", "failed") or len(group.runs) == len(group.facts.seeds):
            group.ended = True
            return False
        self._next(group)
        return True

    def close(self) -> None:
        """Begin no other seed."""
        if self.present is not None:
            self.present.ended = True

    def _next(self, group: RunGroup) -> None:
        seed = group.facts.seeds[len(group.runs)]
        run = Run(len(self._session.runs) + 1, group.facts.with_seed(seed))
        group.runs.append(run)
        self._launch(run, group.dataset, lambda: group.folder(seed))
