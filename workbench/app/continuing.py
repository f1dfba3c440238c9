"""Train on from what a run has learnt, with the same network or one that computes the same."""

from __future__ import annotations

import numpy as np

from workbench.app.refusals import BUSY, NO_MODEL
from workbench.app.session import Session
from workbench.core.bundle import bundled
from workbench.core.growth import Continued, Scaling, continued
from workbench.core.morphs import morphed
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import ModelSpec

OTHER_DATA = ProblemKind(
    "other-data",
    "warning",
    N_("The data or its settings have changed since run {number}, so its network cannot go on with them."),
    N_("Undo the change, or press Train to begin anew."),
)


def go_on(session: Session, **changes: object) -> Problem | None:
    """Start a training from the best weights of the shown run, its model changed by `changes` (a morph).

    The project's model becomes that of the new run, which is undoable like any edit.

    Returns
    -------
    The Problem if it cannot be done (it is noticed as well); nothing has changed then.
    """
    refusal = _refusal(session)
    if refusal is None:
        assert session.run is not None
        assert session.run.best is not None
        before = session.run.project.model
        try:
            wanted: ModelSpec = before.changed(**changes)
            random = np.random.default_rng(session.project.train.seed)
            model, weights = morphed(before, session.run.best.weights, wanted, random)
        except WorkbenchError as error:
            refusal = error.problem
        else:
            refusal = session.edit("model", **model.model_dump())
            if refusal is None:
                session.train(start=weights)
            return refusal
    session.noticed.emit(refusal)
    return refusal


def has_grown(session: Session) -> bool:
    """Return whether another file, or the same one with other content, is open than the shown run was trained on."""
    run, table = session.run, session.table
    if run is None or run.best is None or table is None or session.training != "idle":
        return False
    return bool(run.project.data.sha256) and table.sha256 != run.project.data.sha256


def go_on_grown(session: Session, scaling: Scaling) -> None:
    """Train the shown run's network on with the file that is open now; what became of its rows is noticed.

    Parameters
    ----------
    scaling
        Whether the run's scaler is kept, or fitted anew to the training rows there are now.
    """
    run, table, before = session.run, session.table, session.run_dataset
    if not has_grown(session) or run is None or run.best is None or table is None or before is None:
        session.noticed.emit(problem(NO_MODEL))
        return
    spec = run.project.data.model_copy(update={"source": session.project.data.source, "sha256": table.sha256})
    model, weights = run.project.model, run.best.weights
    bundle = bundled(run, before)

    def begin(found: Continued) -> None:
        if session.training != "idle":
            session.noticed.emit(problem(BUSY))
        elif session.edit({"data": spec.model_dump(), "model": model.model_dump()}) is None:
            if found.told is not None:
                session.noticed.emit(found.told)
            session.train(start=weights, dataset=found.dataset)

    session.works.start(N_("Preparing"), lambda *_watch: continued(table, spec, bundle, scaling), begin)


def run_more(session: Session, epochs: int) -> Problem | None:
    """Train `epochs` more epochs: of the running training, which then pauses, or on from the shown run's best weights.

    Returns
    -------
    The Problem if it cannot be done (it is noticed as well); nothing has changed then.
    """
    if session.training == "idle":
        refusal = _refusal(session)
        if refusal is not None:
            session.noticed.emit(refusal)
            return refusal
        return session.edit("train", epochs=epochs) or go_on(session)
    wanted = len(session.runs[-1].epochs) + epochs
    refusal = session.edit("train", epochs=max(wanted, session.project.train.epochs))
    if refusal is None:
        session.step("epoch", epochs)
    return refusal


def _refusal(session: Session) -> Problem | None:
    run = session.run
    if session.training != "idle":
        return problem(BUSY)
    if run is None or run.best is None:
        return problem(NO_MODEL)
    if session.dataset is None or session.project.data != run.project.data:
        return problem(OTHER_DATA, number=run.number)
    return None
