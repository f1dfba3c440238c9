"""``train``: train a network and write its model file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.flags import add_file
from workbench.cli.groups import group, seeds
from workbench.cli.projects import add_project, made
from workbench.cli.running import add_tensorboard, begun, carry_out
from workbench.core.fields import SETTINGS_CLASH
from workbench.core.problems import WorkbenchError
from workbench.core.store import RunFolder, fresh_folder


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("train", help="train a network and write its model file")
    add_file(parser)
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        help="where model.wbm, the log and the checkpoints go (by default a new folder among your runs; see: runs)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object an event")
    add_tensorboard(parser)
    parser.add_argument(
        "--seeds",
        metavar="0-4",
        type=seeds,
        help="train once with each of these seeds (0-4, or 1,5,9), and tell mean and spread of the scores",
    )
    add_project(parser)
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> int:
    if options.seeds is not None and options.start is not None:
        raise WorkbenchError(SETTINGS_CLASH, reason="--seeds draws the first weights anew, and --from brings them")
    project, dataset, start = made(options)
    from workbench.core.devices import use_few_threads  # torch, which a refusal need not load

    use_few_threads()
    if options.seeds is not None:
        return group(project, dataset, options.seeds, options.out, options.tensorboard, json_lines=options.json)
    folder = RunFolder(options.out) if options.out is not None else fresh_folder(project)
    job = begun(project, dataset, folder, start, options.tensorboard, _origin(options))
    return carry_out(job, json_lines=options.json)


def _origin(options: argparse.Namespace) -> str:
    """Return the fingerprint of the model that the training starts from, empty where its weights are drawn."""
    from workbench.core.exports.wbm import read_model
    from workbench.core.handover import fingerprint

    return fingerprint(read_model(options.start)) if options.start is not None else ""
