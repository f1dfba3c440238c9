"""``resume``: go on with a run that was interrupted, or with the runs of a group that are left."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import positive
from workbench.cli.groups import group_left
from workbench.cli.running import add_tensorboard, carry_out, gone_on
from workbench.cli.say import tell
from workbench.core.groups import is_group
from workbench.core.problems import WorkbenchError
from workbench.core.store import NO_RUN, RunFolder, named

if TYPE_CHECKING:
    from workbench.core.resuming import Resumption

ENDED = ("finished", "early", "diverged")


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "resume",
        help="go on with an interrupted run as if nothing had happened",
        description="Go on with a run from its last checkpoint. On a CPU, with the same versions and threads, the "
        "weights and losses at the end have the same bits as without the interruption.",
    )
    parser.add_argument("run", metavar="RUN", help="its folder, or its name as `runs` lists it; also a group of seeds")
    parser.add_argument("--json", action="store_true", help="print one JSON object an event")
    add_tensorboard(parser)
    parser.add_argument("--epochs", type=positive, metavar="N", help="train to the end of this epoch, also if it ended")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda", "mps"), help="train on this device instead (default as it was)"
    )
    parser.set_defaults(command=_resume)


def _resume(options: argparse.Namespace) -> int:
    path = named(options.run)
    if is_group(path):
        return group_left(path, options.tensorboard, json_lines=options.json)
    settings = {"epochs": options.epochs, "device": options.device, "tensorboard": options.tensorboard}
    return resumed(RunFolder(path), json_lines=options.json, **settings)


def resumed(
    folder: RunFolder,
    *,
    json_lines: bool,
    epochs: int | None = None,
    device: str | None = None,
    tensorboard: Path | None = None,
) -> int:
    """Go on with the run in `folder`; returns the exit code.

    Raises
    ------
    WorkbenchError
        ``no-run`` if it ended and there is nothing to do, or as :func:`workbench.core.resuming.resumption`.
    """
    folder.facts()  # says first whether it is a run at all
    status = folder.status
    if status in ENDED and epochs is None:
        reason = f"it ended ({status}); with --epochs N it goes on to epoch N"
        raise WorkbenchError(NO_RUN, path=str(folder.path), reason=reason)
    from workbench.core.resuming import resumption

    found: Resumption = resumption(folder)
    from workbench.core.devices import use_few_threads  # torch, which a refusal need not load

    use_few_threads()
    for said in found.told:
        tell(said)
    project, train = found.project, found.checkpoint.facts.train
    if device is not None:
        project = project.model_copy(update={"train": project.train.changed(device=device)})
    if epochs is not None:
        train = train.changed(epochs=epochs)
    return carry_out(gone_on(found, project, train, tensorboard), json_lines=json_lines)
