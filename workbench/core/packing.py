"""Make a reproduction pack of a run: its project with the data, and what came out to the last bit."""

from __future__ import annotations

from pathlib import Path

from workbench.core.bundle import score_facts, weights_digest
from workbench.core.events import Ended, Event, Started, Steered
from workbench.core.files import shell_word
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import Project
from workbench.core.projectfile import Outcome, save_project
from workbench.core.saved import Checkpoint, newest
from workbench.core.store import RunFolder

NOT_REPRODUCIBLE = ProblemKind(
    "not-reproducible",
    "error",
    N_("{name} cannot be made a reproduction pack: {reason}."),
    N_("Train it again on the CPU to its end, with its settings as they are, and pack that run."),
)


def pack(folder: RunFolder, path: Path, *, inside: bool = True) -> Outcome:
    """Write the run in `folder` to `path`, with its data `inside` or referred to, and return what others will get.

    Raises
    ------
    WorkbenchError
        ``not-reproducible``, ``no-run``, ``broken-checkpoint``, or as :func:`workbench.core.projectfile.save_project`.
    """
    facts, project = folder.facts(), folder.project()
    checkpoint, _told = newest(folder)
    events = folder.replayed().events
    ended = next((event for event in events if isinstance(event, Ended)), None)
    reason = _hindrance(project, checkpoint, events, ended)
    if reason or ended is None or checkpoint.best is None:
        raise WorkbenchError(NOT_REPRODUCIBLE, name=folder.path.name, reason=reason)
    outcome = Outcome(
        scores=score_facts(ended.scores),
        best_epoch=ended.best_epoch,
        threads=checkpoint.facts.threads,
        weights_sha256=weights_digest(checkpoint.best.weights),
        command=f"python -m workbench reproduce {shell_word(path.name)}",
    )
    source = project.data.model_copy(update={"source": facts.source})
    save_project(path, project.model_copy(update={"data": source}), inside=inside, outcome=outcome)
    return outcome


def _hindrance(project: Project, checkpoint: Checkpoint, events: tuple[Event, ...], ended: Ended | None) -> str:
    """Return why the run would not come out the same elsewhere, empty if it would."""
    if ended is None or not ended.scores or checkpoint.best is None:
        return N_("it has no scores yet")
    if any(isinstance(event, Steered) for event in events):
        return N_("its settings were changed while it ran")
    if any(isinstance(event, Started) and event.origin for event in events):
        return N_("it began from the weights of another model, which a pack does not hold")
    if any(isinstance(event, Started) and event.device != "cpu" for event in events):
        return N_("only a CPU gives the same bits everywhere")
    if project.train.device not in ("cpu", "auto"):
        return N_("only a CPU gives the same bits everywhere")
    return ""
