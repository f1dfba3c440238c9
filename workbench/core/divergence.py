"""Why a loss is no longer a number: a value of the data, the gradient or the learning rate; and what helps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataset import Dataset
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.project import TrainSpec

Floats = NDArray[np.floating]

ENORMOUS = 1e6
"""A scaled value beyond this is no measurement any more: its square leaves float32 few digits for the others."""

EXPLODING = 1e3
"""Without clipping, a gradient with a norm beyond this has exploded: a usual one is about 1."""

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
        "The loss was no longer a number at epoch {epoch}, batch {batch}: the gradient exploded to a norm of {norm}, "
        "and nothing clips it. The best weights before it are kept."
    ),
    N_("Train again with Clip set to {clip:g} and a learning rate of {learning_rate:g}."),
    action="lower-rate",
)
GRADIENT_OVERFLOWED = ProblemKind(
    "diverged-overflow",
    "error",
    N_(
        "The loss was no longer a number at epoch {epoch}, batch {batch}: the gradient exploded beyond what a number "
        "can hold, which clipping cannot mend. The best weights before it are kept."
    ),
    N_(
        "Train again with a learning rate of {learning_rate:g}. A shorter window, Truncated BPTT or an LSTM or GRU "
        "keep gradients small."
    ),
    action="lower-rate",
)
DATA_BROKE = ProblemKind(
    "diverged-data",
    "error",
    N_(
        "The loss was no longer a number at epoch {epoch}, batch {batch}: “{column}” is {value} in data row {row} "
        "({at}), which is {scaled} for the network. The best weights before it are kept."
    ),
    N_("Correct or empty this cell in the file, or choose another Scaling in the data settings."),
    action="check-reading",
)


def cause(
    settings: TrainSpec, dataset: Dataset, starts: NDArray[np.int64], norms: Floats, *, epoch: int, batch: int
) -> Problem:
    """Return why a loss was no number.

    Parameters
    ----------
    settings
        Those in force.
    starts
        Rows at which the windows start that had this loss.
    norms
        Norms of the gradients of the batches up to this one, before clipping.
    """
    values: dict[str, object] = {"epoch": epoch, "batch": batch}
    place = _worst(dataset, starts)
    if place is not None:
        return problem(DATA_BROKE, **values, **_told(dataset, *place))
    values |= {"rate": f"{settings.learning_rate:g}", "learning_rate": settings.learning_rate / 10}
    finite = norms[np.isfinite(norms)]
    largest = float(finite.max()) if len(finite) else 0.0
    overflowed = len(finite) < len(norms)
    if not settings.clip and (overflowed or largest > EXPLODING):
        norm = f"{largest:.3g}" if largest > EXPLODING else "∞"
        return problem(GRADIENT_EXPLODED, **values, clip=1.0, norm=norm)
    # A loss that is no number has a gradient that is none; only one before it can have been the cause.
    if overflowed and not np.isfinite(norms[:-1]).all():
        return problem(GRADIENT_OVERFLOWED, **values)
    return problem(RATE_TOO_LARGE, **values, clip=settings.clip or 1.0)


def _worst(dataset: Dataset, starts: NDArray[np.int64]) -> tuple[int, int, float] | None:
    """Return row, column and scaled value of the worst number that the windows hold, None if none is bad."""
    found: tuple[int, int, float] | None = None
    worst = ENORMOUS
    for values, first, length in _read(dataset):
        rows = np.unique(starts[:, None] + first + np.arange(length))
        part = values[rows[rows < len(values)]]
        size = np.where(np.isfinite(part), np.abs(part), np.inf)
        if size.size and float(size.max()) > worst:
            place = np.unravel_index(int(size.argmax()), size.shape)
            worst = float(size.max())
            found = int(rows[place[0]]), int(place[1]), float(part[place])
    return found


def _read(dataset: Dataset) -> Iterator[tuple[Floats, int, int]]:
    """Yield what a window reads: numbers (R, columns), from which row after its start on, and how many."""
    spec = dataset.spec
    yield dataset.scaled[:, : len(dataset.columns)], 0, spec.window
    yield dataset.labels, spec.origin, spec.horizon


def _told(dataset: Dataset, row: int, column: int, scaled: float) -> dict[str, object]:
    in_file = int(dataset.file_rows[row])
    return {
        "column": dataset.columns[column],
        "row": in_file + 1 if in_file >= 0 else N_("none"),
        "at": dataset.clock.text(row),
        "value": f"{dataset.values[row, column]:g}",
        "scaled": f"{scaled:g}",
    }
