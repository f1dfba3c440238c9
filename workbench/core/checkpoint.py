"""Copy the state of a training, and put a training back into a state that was copied."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from workbench.core.events import Ended, Event, Warned
from workbench.core.keeping import CLOSING_S, LEAVING_S, Keeper
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.saved import BROKEN_CHECKPOINT, Checkpoint, Snapshot, Tree
from workbench.core.training import Pause, Training

ON_CPU_INSTEAD = ProblemKind(
    "on-cpu-instead",
    "warning",
    N_("This run was trained on {device}, which this machine does not have: it goes on on the CPU."),
    N_("Nothing is lost, but the numbers are rounded in other places from here on."),
)


def captured(training: Training) -> Snapshot:
    """Copy all that `training` goes on with, onto the CPU: a later step changes nothing of it."""
    return Snapshot(
        project=training.project,
        train=training.steering.train,
        device=str(training.device),
        threads=torch.get_num_threads(),
        state=_copied(training.state()),
        best=training.best,
    )


def put_back(training: Training, checkpoint: Checkpoint, name: str) -> None:
    """Let a fresh `training` of the same project go on from `checkpoint`, on whatever device it trains.

    Parameters
    ----------
    name
        What to call the checkpoint in a Problem.

    Raises
    ------
    WorkbenchError
        ``broken-checkpoint`` if it is not the state of such a training.
    """
    try:
        state = _tensors(checkpoint.state)
        fresh = training.state()
        _compare(state, fresh, "state", [tuple(weight.shape) for weight in training.forecaster.parameters()])
        if checkpoint.best is not None:
            _compare(_tensors(dict(checkpoint.best.weights)), fresh["network"], "best", [])
        training.load(state, checkpoint.best)
    except (ValueError, TypeError, KeyError, IndexError, AssertionError, RuntimeError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise WorkbenchError(BROKEN_CHECKPOINT, path=name, reason=reason.rstrip(".")) from None


def at_hand(project: Project, checkpoint: Checkpoint) -> tuple[Project, tuple[Problem, ...]]:
    """Return `project` for a device that is here, where that of its checkpoint is not.

    A device that was chosen since then is left for the training to refuse.

    Returns
    -------
    The project, and what should be said of it.
    """
    before, train = torch.device(checkpoint.facts.device).type, project.train
    if before == "cpu" or (torch.cuda.is_available() if before == "cuda" else torch.backends.mps.is_available()):
        return project, ()
    device = "cpu" if train.device == before == checkpoint.project.train.device else train.device
    train = train.changed(device=device, precision="float32")
    return project.model_copy(update={"train": train}), (problem(ON_CPU_INSTEAD, device=before.upper()),)


def kept(events: Iterator[Event], keeper: Keeper) -> Iterator[Event]:
    """Pass `events` on, each after the keeper has it; before the last one everything is written."""
    try:
        for event in events:
            if isinstance(event, Ended):
                if not (keeper.leaving and event.outcome == "stopped"):
                    keeper.tell(event)
                keeper.close(LEAVING_S if keeper.leaving else CLOSING_S)
                yield from map(Warned, keeper.noticed())
            else:
                keeper.tell(event)
            yield event
    finally:
        keeper.close(LEAVING_S if keeper.leaving else CLOSING_S)


def keep(training: Training, keeper: Keeper, stride: Pause, *, now: bool = False) -> Iterator[Event]:
    """Take a checkpoint behind `stride` if one is due, or `now`; tell what went wrong with writing.

    While the best weights are scored, those of the last epoch are gone; the checkpoint before stands.
    """
    whole = stride != "chunk" or training.order.open
    if whole and not training.delivering and (now or keeper.due(stride)):
        began = time.monotonic()
        keeper.save(captured(training), time.monotonic() - began)
    yield from map(Warned, keeper.noticed())


def _copied(value: Any) -> Tree:
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True).numpy()
    if isinstance(value, Mapping):
        return {key: _copied(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied(entry) for entry in value)
    return value


def _tensors(value: Tree) -> Any:
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {key: _tensors(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_tensors(entry) for entry in value)
    return value


def _compare(saved: Any, fresh: Any, name: str, shapes: list[tuple[int, ...]]) -> None:
    """Refuse a state that is not built like that of a fresh training.

    What a fresh training does not have yet, such as the moments of an optimiser by number of the weight, must have the
    shape of that weight, or be one number.
    """
    if isinstance(fresh, Tensor):
        if not isinstance(saved, Tensor) or saved.shape != fresh.shape or saved.dtype != fresh.dtype:
            raise ValueError(f"{name} is not as this training has it")
    elif isinstance(fresh, Mapping):
        if not isinstance(saved, dict) or not set(fresh) <= set(saved):
            raise ValueError(f"{name} lacks something")
        for key, entry in saved.items():
            if key in fresh:
                _compare(entry, fresh[key], f"{name}/{key}", shapes)
            else:
                _check_new(entry, f"{name}/{key}", [shapes[key]] if isinstance(key, int) else shapes)
    elif isinstance(fresh, bool | int | float | str) and not isinstance(saved, type(fresh) | float | int):
        raise TypeError(f"{name} is no {type(fresh).__name__}")


def _check_new(saved: Any, name: str, shapes: list[tuple[int, ...]]) -> None:
    if isinstance(saved, Tensor):
        if tuple(saved.shape) not in ((), *shapes):
            raise ValueError(f"{name} has a shape that fits no weight")
    elif isinstance(saved, dict):
        for key, entry in saved.items():
            _check_new(entry, f"{name}/{key}", [shapes[key]] if isinstance(key, int) else shapes)
