"""Why a loss is no longer a number: the cause, and what to do about it."""

from __future__ import annotations

from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.project import TrainSpec

RATE_TOO_LARGE = ProblemKind(
    "diverged-rate",
    "error",
    N_(
        "The loss was no longer a number at epoch {epoch}, batch {batch}: a learning rate of {rate} is too large "
        "here. The best weights before it are kept."
    ),
    N_("Train again with a learning rate of {learning_rate:g}."),
    action="lower-rate",
)
GRADIENT_EXPLODED = ProblemKind(
    "diverged-gradient",
    "error",
    N_(
        "The loss was no longer a number at epoch {epoch}, batch {batch}: the gradient exploded, and nothing "
        "clips it. The best weights before it are kept."
    ),
    N_("Train again with Clip set to {clip:g} and a learning rate of {learning_rate:g}."),
    action="lower-rate",
)


def cause(settings: TrainSpec, epoch: int, batch: int) -> Problem:
    """Return why the loss of a batch was no number."""
    return problem(
        RATE_TOO_LARGE if settings.clip else GRADIENT_EXPLODED,
        epoch=epoch,
        batch=batch,
        rate=f"{settings.learning_rate:g}",
        learning_rate=settings.learning_rate / 10,
        clip=settings.clip or 1.0,
    )
