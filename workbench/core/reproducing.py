"""Train what a reproduction pack describes again, and say what came out to the last bit."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from workbench.core.bundle import ScoreFacts, score_facts, versions, weights_digest
from workbench.core.dataset import prepare
from workbench.core.problems import WorkbenchError
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.sources import read
from workbench.core.steering import Steering
from workbench.core.supervision import supervised


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Scores, checksum of the best weights, and the versions they were made with."""

    scores: tuple[ScoreFacts, ...]
    weights_sha256: str
    versions: dict[str, str]


def reproduced(project: Project, threads: int) -> Reproduction:
    """Train `project` on the CPU with so many threads of torch.

    Raises
    ------
    WorkbenchError
        Whatever reading or preparing refuses, or the training ended with.
    """
    project = project.model_copy(update={"train": project.train.changed(device="cpu")})
    dataset = prepare(read(project.data.source, hints=project.data.reading.hints), project.data)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        run = Run(1, project)
        for event in supervised(project, dataset, Steering(project.train)):
            run.apply(event)
    finally:
        torch.set_num_threads(before)
    ended = run.ended
    if ended is None or run.best is None:
        raise RuntimeError("the training told of no end")
    if ended.problem is not None:
        raise WorkbenchError(ended.problem.kind, **dict(ended.problem.values))
    return Reproduction(score_facts(ended.scores), weights_digest(run.best.weights), versions())
