"""Answers that are one of several classes: what a project for them must look like, and what its data must hold."""

from __future__ import annotations

import numpy as np

from workbench.core.dataset import Dataset
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import ModelSpec

NOT_CLASSES = ProblemKind(
    "not-classes",
    "error",
    N_("The target holds {value}; with {classes} classes it must be a whole number from 0 to {last}."),
    N_("Set Classes to {needed}, or Output to “one number a step” if the target is no class."),
)


def check_classes(model: ModelSpec, dataset: Dataset) -> None:
    """Refuse targets that are no classes, if `model` chooses among some.

    Raises
    ------
    WorkbenchError
        ``not-classes``.
    """
    if model.output != "classes":
        return
    answers = dataset.values[:, : dataset.targets]
    answers = answers[np.isfinite(answers)]
    wrong = answers[(answers != np.round(answers)) | (answers < 0) | (answers >= model.classes)]
    if len(wrong):
        last, needed = model.classes - 1, max(2, int(min(answers.max(), 999)) + 1)
        raise WorkbenchError(NOT_CLASSES, value=f"{wrong[0]:g}", classes=model.classes, last=last, needed=needed)
