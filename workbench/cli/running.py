"""Carry a training out in a terminal: show it, keep it, and write its model."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.say import print_scores, tell
from workbench.core.keeping import Keeper
from workbench.core.project import Project
from workbench.core.store import MODEL, RunFolder

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
    checkpoint: Checkpoint | None = None
    left: bool = False
    interrupted: bool = False

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self.keeper.folder.path


def begun(project: Project, dataset: Dataset, folder: RunFolder, start: Weights | None = None) -> Job:
    """Begin a new run in `folder`.

    Raises
    ------
    WorkbenchError
        As :meth:`workbench.core.keeping.Keeper.begun`.
    """
    from workbench.core.run import Run
    from workbench.core.steering import Steering

    keeper = Keeper.begun(folder, project, dataset)
    return Job(Run(1, project), dataset, Steering(project.train), keeper, start)


def gone_on(found: Resumption, project: Project, train: Any) -> Job:
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
    return Job(run, found.dataset, Steering(train), keeper, checkpoint=found.checkpoint)


def carry_out(job: Job, *, json_lines: bool) -> int:
    """Train to the end, show it, and write the model; returns the exit code."""
    from workbench.core.supervision import supervised

    run = job.run
    before = _obey_signals(job)
    stream = supervised(run.project, job.dataset, job.steering, job.start, keeper=job.keeper, checkpoint=job.checkpoint)
    try:
        for _event in _shown(stream, run, json_lines=json_lines):
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
        _print_result(run, job.folder)
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


def _shown(events: Iterator[Event], run: Run, *, json_lines: bool) -> Iterator[Event]:
    """Apply every event to `run`, show it, and pass it on."""
    from workbench.core.eventlog import event_json

    if json_lines:
        for event in events:
            run.apply(event)
            print(event_json(event), flush=True)
            yield event
        return
    yield from _with_progress(events, run)


def _with_progress(events: Iterator[Event], run: Run) -> Iterator[Event]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from workbench.core.events import Warned

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[facts]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=run.project.train.epochs, facts="")
        for event in events:
            run.apply(event)
            if isinstance(event, Warned):
                tell(event.problem)
            now = run.progress
            if now is not None:
                done = now.epoch - 1 + now.batch / now.batches
                left = f"{int(now.left_s) // 60}:{int(now.left_s) % 60:02d} left"
                best = f" · best {run.best.valid_loss:.4f} (epoch {run.best.epoch})" if run.best else ""
                facts = f"loss {now.losses[-1]:.4f}{best} · {now.windows_per_s:,.0f} windows/s · {left}"
                progress.update(
                    task, completed=done, total=now.epochs, description=f"epoch {now.epoch}/{now.epochs}", facts=facts
                )
            yield event


def _write_model(job: Job) -> None:
    from workbench.core.bundle import bundled
    from workbench.core.exports import exported

    if job.run.best is not None:
        exported(job.folder / MODEL, bundled(job.run, job.dataset), job.dataset, None)


def _print_result(run: Run, folder: Path) -> None:
    from workbench.core.scoring import verdict

    ended = run.ended
    assert ended is not None
    speed = f"{ended.windows_per_s:,.0f} windows/s"
    print(f"{ended.outcome} after {ended.epoch} epochs, {ended.seconds:.1f} s, {speed}; best epoch {ended.best_epoch}")
    print_scores(run.scores("test") or run.scores("valid"))
    found = verdict(run)
    if found is not None:
        print(f"{found.headline.format_map(found.values)}: {found.sentence.format_map(found.values)}")
    if run.best is not None:
        print(f"model: {folder / MODEL}")
