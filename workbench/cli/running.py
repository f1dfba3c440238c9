"""Carry a training out in a terminal: show it, keep it, and write its model."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.progress import shown
from workbench.cli.say import print_scores, print_verdict, tell
from workbench.core.keeping import Keeper
from workbench.core.project import Project
from workbench.core.store import MODEL, RunFolder
from workbench.core.tensorboard import IN_RUN, shown_in_tensorboard

if TYPE_CHECKING:
    from workbench.core.bundle import Weights
    from workbench.core.dataset import Dataset
    from workbench.core.events import Event
    from workbench.core.resuming import Resumption
    from workbench.core.run import Run
    from workbench.core.saved import Checkpoint
    from workbench.core.steering import Steering

TOLD_TO_END = 143
"""Exit code after SIGTERM."""


@dataclass(slots=True)
class Job:
    """One training to carry out.

    Attributes
    ----------
    run
        What is known of it already.
    tensorboard
        Folder below which a folder of this run gets files for TensorBoard.
    origin
        Which model the weights in `start` are of.
    left
        True once the program was told to end: the run can be gone on with.
    interrupted
        True once the person asked for the best model so far.
    """

    run: Run
    dataset: Dataset
    steering: Steering
    keeper: Keeper
    start: Weights | None = None
    origin: str = ""
    checkpoint: Checkpoint | None = None
    tensorboard: Path | None = None
    left: bool = False
    interrupted: bool = False

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self.keeper.folder.path


def add_tensorboard(parser: argparse.ArgumentParser) -> None:
    """Let a run be followed in TensorBoard."""
    parser.add_argument(
        "--tensorboard",
        metavar="FOLDER",
        type=Path,
        help="also write losses, rate, gradient norm, speed and scores for TensorBoard, in a folder of the run's name",
    )


def begun(
    project: Project,
    dataset: Dataset,
    folder: RunFolder,
    start: Weights | None = None,
    tensorboard: Path | None = None,
    origin: str = "",
) -> Job:
    """Begin a new run in `folder`; `origin` names the model that the weights in `start` are of.

    Raises
    ------
    WorkbenchError
        As :meth:`workbench.core.keeping.Keeper.begun`.
    """
    from workbench.core.run import Run
    from workbench.core.steering import Steering

    keeper = Keeper.begun(folder, project, dataset)
    steering = Steering(project.train, int(dataset.valid.start[-1]))  # looked at later in the window
    return Job(Run(1, project), dataset, steering, keeper, start, origin, tensorboard=tensorboard)


def gone_on(found: Resumption, project: Project, train: Any, tensorboard: Path | None = None) -> Job:
    """Go on with a run, as `project`, with the training settings `train`.

    Raises
    ------
    WorkbenchError
        As :meth:`workbench.core.keeping.Keeper.gone_on`.
    """
    from workbench.core.run import Run
    from workbench.core.steering import Steering

    keeper = Keeper.gone_on(found.folder, found.dataset, found.checkpoint.facts.log_bytes)
    run = Run(1, project)
    for event in found.events:
        run.apply(event)
    steering = Steering(train, int(found.dataset.valid.start[-1]))
    return Job(run, found.dataset, steering, keeper, checkpoint=found.checkpoint, tensorboard=tensorboard)


def carry_out(job: Job, *, json_lines: bool) -> int:
    """Train to the end, show it, and write the model; returns the exit code."""
    from workbench.core.supervision import supervised

    run = job.run
    before = _obey_signals(job)
    stream = supervised(
        run.project, job.dataset, job.steering, job.start, keeper=job.keeper, checkpoint=job.checkpoint,
        origin=job.origin,
    )  # fmt: skip
    events: Iterator[Event] = stream
    if job.tensorboard is not None:
        events = shown_in_tensorboard(stream, job.tensorboard / job.folder.resolve().name)
    elif run.project.train.event_files:
        events = shown_in_tensorboard(stream, job.folder / IN_RUN)
    try:
        for _event in shown(events, run, json_lines=json_lines):
            pass
    except KeyboardInterrupt:
        stream.close()
        _tell_resume(job)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    ended = run.ended
    assert ended is not None
    if job.left:
        _tell_resume(job)
        return TOLD_TO_END
    _write_model(job)
    if not json_lines:
        _print_result(run, job.dataset, job.folder)
    if ended.problem is not None:
        tell(ended.problem)
        if ended.details:
            print(ended.details, file=sys.stderr)
        return 2
    return 0


def _tell_resume(job: Job) -> None:
    if job.keeper.folder.kept:
        print(f"Go on with it: python -m workbench resume {job.folder}", file=sys.stderr)


def _obey_signals(job: Job) -> dict[signal.Signals, Any]:
    """Let the first Ctrl+C deliver the best model so far, and SIGTERM leave a run that can be gone on with.

    Returns
    -------
    What was done at these signals before.
    """

    def finish(_number: int, _frame: object) -> None:
        print("\nFinishing with the best weights so far; press Ctrl+C again to give up.", file=sys.stderr)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        job.interrupted = True
        job.steering.finish()

    def leave(_number: int, _frame: object) -> None:
        job.left = job.keeper.leaving = True
        job.steering.stop()

    return {
        signal.SIGINT: signal.signal(signal.SIGINT, finish),
        signal.SIGTERM: signal.signal(signal.SIGTERM, leave),
    }


def _write_model(job: Job) -> None:
    from workbench.core.bundle import bundled
    from workbench.core.exports import Package
    from workbench.core.exports.wbm import WbmExport

    if job.run.best is not None:
        WbmExport().write(job.folder / MODEL, Package(bundled(job.run, job.dataset), job.dataset, None))


def _print_result(run: Run, dataset: Dataset, folder: Path) -> None:
    ended = run.ended
    assert ended is not None
    speed = f"{ended.windows_per_s:,.0f} windows/s"
    print(f"{ended.outcome} after {ended.epoch} epochs, {ended.seconds:.1f} s, {speed}; best epoch {ended.best_epoch}")
    print_scores(run.scores("test") or run.scores("valid"))
    print_verdict(run, dataset)
    if run.best is not None:
        print(f"model: {folder / MODEL}")
