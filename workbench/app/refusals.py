"""Why the Session cannot do what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.problems import N_, Problem, ProblemKind, problem

if TYPE_CHECKING:
    from workbench.app.session import Session

NOT_READY = ProblemKind(
    "not-ready",
    "warning",
    N_("There is no data to train on."),
    N_("Open a file, or choose a sample."),
    action="open",
)
NO_MODEL = ProblemKind(
    "no-model", "warning", N_("There is no trained model yet."), N_("Press Train first."), action="train"
)
BUSY = ProblemKind("busy", "warning", N_("A training is running."), N_("Stop or finish it first."), action="stop")
PREPARING = ProblemKind(
    "preparing", "warning", N_("The data are still being prepared."), N_("Press Train again in a moment.")
)


def unready(session: Session) -> Problem | None:
    """Return why no training of the present project can begin now, or None if one can."""
    if session.training != "idle":
        return problem(BUSY)
    if session.preparing.busy:
        return problem(PREPARING)
    return (session.data_problem or problem(NOT_READY)) if session.dataset is None else None
