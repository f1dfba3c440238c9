"""Several seeds of one project as one group of runs: what its folder says, and how far their scores spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from workbench.core.boundary import read_capped
from workbench.core.events import Part, Scores
from workbench.core.fields import Spec, from_file
from workbench.core.files import write_atomically
from workbench.core.formats import newer
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.store import NO_RUN, RunFolder
from workbench.core.strict import MOST_VALUES, strict_json

GROUP = "group.json"
MOST_BYTES = 1_000_000
MOST_SEEDS = 1000


KIND: Literal["sequence-workbench-group"] = "sequence-workbench-group"
FORMAT: Literal[1] = 1


class GroupFacts(Spec):
    """What the folder of a group says; `source` is an absolute path or a task."""

    kind: Literal["sequence-workbench-group"] = KIND
    format: Literal[1] = FORMAT
    source: str = Field(max_length=10_000)
    seeds: tuple[int, ...] = Field(min_length=1, max_length=MOST_SEEDS)
    project: Project

    def with_seed(self, seed: int) -> Project:
        """Return the project of one of its runs."""
        return self.project.model_copy(update={"train": self.project.train.changed(seed=seed)})


def is_group(path: Path) -> bool:
    """Return whether the folder at `path` holds a group."""
    return (path / GROUP).is_file()


def write_group(path: Path, facts: GroupFacts) -> None:
    """Make the folder of a group.

    Raises
    ------
    WorkbenchError
        ``cannot-write``.
    """
    write_atomically(path / GROUP, facts.model_dump_json(indent=1).encode())


def read_group(path: Path) -> GroupFacts:
    """Read what a group is.

    Raises
    ------
    WorkbenchError
        ``no-run``.
    """
    try:
        document = strict_json(read_capped(path / GROUP, MOST_BYTES), MOST_VALUES)
        refusal = newer(f"{path.name}/{GROUP}", document, KIND, FORMAT)
        if refusal is not None:
            raise refusal
        facts: GroupFacts = from_file(GroupFacts, document)
    except (OSError, ValidationError, ValueError, RecursionError) as error:
        raise WorkbenchError(NO_RUN, path=str(path), reason=f"{GROUP}: {str(error).splitlines()[0]}") from None
    return facts


def member(path: Path, seed: int) -> RunFolder:
    """Return the folder of the run with `seed`."""
    return RunFolder(path / f"seed-{seed}")


@dataclass(frozen=True, slots=True)
class Spread:
    """One score over the runs of a group.

    Attributes
    ----------
    deviation
        Standard deviation of a sample (n - 1), None of one run.
    """

    mean: float
    deviation: float | None
    low: float
    high: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """Return mean and spread of finite `values`, at least one."""
    found = np.array(values, dtype=np.float64)
    deviation = float(found.std(ddof=1)) if len(found) > 1 else None
    return Spread(float(found.mean()), deviation, float(found.min()), float(found.max()), len(found))


def spreads(scores: Sequence[Sequence[Scores]]) -> tuple[Part, dict[str, Spread]]:
    """Return part and spread of each score of the model over the runs; those that a run lacks are left out.

    Parameters
    ----------
    scores
        Of each run that has a model. The test part counts, or the validation part where there is none.
    """
    part: Part = "test" if any(entry.part == "test" for run in scores for entry in run) else "valid"
    models = [entry for run in scores for entry in run if entry.name == "model" and entry.part == part]
    found: dict[str, Spread] = {}
    for name, values in (
        ("mae", [entry.mae for entry in models]),
        ("rmse", [entry.rmse for entry in models]),
        ("mase", [entry.mase for entry in models]),
        ("accuracy", [entry.accuracy for entry in models]),
    ):
        known = [value for value in values if value is not None and np.isfinite(value)]
        if known and len(known) == len(models):
            found[name] = spread(known)
    return part, found
