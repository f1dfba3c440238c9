"""What a training starts from: a size equal to another cell's, or the weights of a model file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import positive
from workbench.core.cells import CELLS
from workbench.core.problems import WorkbenchError
from workbench.core.project import ModelSpec, Project

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle, Weights


def add_start(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("size and start")
    size = group.add_mutually_exclusive_group()
    size.add_argument(
        "--same-parameters-as",
        metavar="CELL",
        choices=CELLS.keys(),
        help="choose the units so that there are as many parameters as this cell has with --hidden units",
    )
    size.add_argument("--budget", metavar="N", type=positive, help="choose the units nearest to N parameters")
    group.add_argument(
        "--from",
        dest="start",
        metavar="MODEL",
        type=Path,
        help="go on from a .wbm file, with its data settings; --cell lstm-peephole on an LSTM, more --hidden units and "
        "another --dropout change the network, but not what it forecasts",
    )
    group.add_argument(
        "--scaler",
        choices=("keep", "refit"),
        help="with --from: keep the scaler of the model, or fit it anew (by default it is kept where the file is the "
        "same or has only grown, and fitted anew to another)",
    )


def sized(project: Project, options: argparse.Namespace) -> Project:
    """Return `project` with the units that `options` ask for, and say how many they are."""
    from workbench.core.insight.budget import parameters, with_budget

    budget, of = options.budget, ""
    if options.same_parameters_as:
        other: ModelSpec = project.model.changed(cell=options.same_parameters_as, options={})
        budget = parameters(other, project.data)
        of = f" ({other.cell} with {other.hidden}: {budget})"
    if budget is None:
        return project
    model = with_budget(project.model, project.data, budget)
    print(f"{model.cell} with {model.hidden} units: {parameters(model, project.data)} parameters{of}", file=sys.stderr)
    return project.model_copy(update={"model": model})


def resumed(
    project: Project, given: dict[str, Any], fixed: Sequence[str], path: Path
) -> tuple[Project, Weights, Bundle]:
    """Return the project, the weights and the model that a training goes on from, of the model file at `path`.

    Parameters
    ----------
    project
        As proposed from the file and the options; its training settings are kept.
    given
        Model settings of the command line.
    fixed
        Other settings of it, which come from the model file and cannot be given as well.

    Raises
    ------
    WorkbenchError
        ``broken-model``, or ``no-morph`` for a change that would change the forecasts.
    """
    import numpy as np

    from workbench.core.exports.wbm import read_model

    bundle = read_model(path)
    from workbench.core.morphs import NO_MORPH, morphed  # torch, which a refusal need not load

    if fixed:
        raise WorkbenchError(NO_MORPH, reason=f"a training that goes on keeps its {', '.join(fixed)}")
    before = bundle.project.model
    wanted: ModelSpec = before.changed(**given)
    model, weights = morphed(before, bundle.weights, wanted, np.random.default_rng(project.train.seed))
    data = bundle.project.data.model_copy(update={"source": project.data.source, "sha256": project.data.sha256})
    return bundle.project.model_copy(update={"data": data, "model": model, "train": project.train}), weights, bundle
