"""Steer a training and catch whatever happens to it: the stream that front ends iterate."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
import torch

from workbench.core.cells import CELLS
from workbench.core.checkpoint import at_hand, keep, kept, put_back
from workbench.core.classes import check_classes
from workbench.core.dataset import Dataset
from workbench.core.dataspec import DataSpec
from workbench.core.devices import Place, use_few_threads
from workbench.core.events import Ended, Event
from workbench.core.fitting import check
from workbench.core.forecaster import blank
from workbench.core.insight.size import weight_shapes
from workbench.core.keeping import Keeper
from workbench.core.mishaps import explained, give_back, lacks_memory
from workbench.core.placing import placed
from workbench.core.problems import Problem
from workbench.core.project import ModelSpec, Project
from workbench.core.saved import Checkpoint
from workbench.core.steering import Steering
from workbench.core.training import Stream, Training, Weights


def supervised(
    project: Project,
    dataset: Dataset,
    steering: Steering,
    start: Weights | None = None,
    *,
    keeper: Keeper | None = None,
    checkpoint: Checkpoint | None = None,
    place: Place | None = None,
    origin: str = "",
) -> Generator[Event, None, None]:
    """Train `project` on `dataset` under `steering`; the last event, and only the last, is an :class:`Ended`.

    Parameters
    ----------
    start
        The weights to go on from, which count as those of epoch 0; by default they are drawn.
    keeper
        Keeps the run on disk, and is closed at the end.
    checkpoint
        The state to go on from, as if nothing had happened.
    place
        Where to train, as :func:`workbench.core.placing.tried` found it for this very project; by default it is tried.
    origin
        Which model the weights in `start` are of, for the record.
    """
    events = _supervised(project, dataset, steering, start, keeper, checkpoint, place, origin)
    yield from events if keeper is None else kept(events, keeper)


def _supervised(
    project: Project,
    dataset: Dataset,
    steering: Steering,
    start: Weights | None,
    keeper: Keeper | None,
    checkpoint: Checkpoint | None,
    known: Place | None,
    origin: str,
) -> Iterator[Event]:
    training: Training | None = None
    on_gpu = short = False
    threads = torch.get_num_threads()
    # Numbers too small to matter slow the kernels down by an order of magnitude. The switch is the thread's own.
    torch.set_flush_denormal(True)
    try:
        moved: tuple[Problem, ...] = ()
        if checkpoint is not None:
            project, moved = at_hand(project, checkpoint)
        place = _place(project, dataset, steering, checkpoint, known)
        place = replace(place, warnings=(*moved, *place.warnings))
        on_gpu = place.device.type != "cpu"
        training = Training(project, dataset, steering, start, place, origin)
        if checkpoint is not None:
            put_back(training, checkpoint, project.title)
        outcome = yield from _steered(training.train(), training, steering, keeper)
        if outcome != "stopped":
            if keeper is not None and training.outcome != "diverged":
                yield from keep(training, keeper, "epoch", now=True)
            outcome = yield from _steered(training.deliver(), training, steering, keeper)
        end = training.ended("stopped" if outcome == "stopped" else training.outcome)
    except Exception as error:  # noqa: BLE001 - the last place that can tell the user
        end, short = _failure(training, error, project), bool(lacks_memory(error))
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
    training = None
    if short or on_gpu:
        give_back()
    yield end


def _place(
    project: Project, dataset: Dataset, steering: Steering, checkpoint: Checkpoint | None, known: Place | None
) -> Place:
    """Return where to train; what does not fit the data is refused before anything is tried."""
    check(project)
    check_classes(project.model, dataset)
    if known is not None:
        torch.set_num_threads(known.threads)
        return known
    batches = -(-len(dataset.train) // project.train.batch)
    before = None if checkpoint is None else (checkpoint.facts.device, checkpoint.facts.threads)
    return placed(project, batches, before=before, cancelled=lambda: steering.ending)


def _steered(
    stream: Stream, training: Training, steering: Steering, keeper: Keeper | None
) -> Generator[Event, None, Literal["done", "finish", "stopped"]]:
    for item in stream:
        if not isinstance(item, str):
            yield item
            continue
        if keeper is not None:
            yield from keep(training, keeper, item, now=item == "batch" and steering.watched)
        request, waited = steering.await_turn(None if item == "chunk" else item)
        training.watch.waited_s += waited
        if request == "stop":
            if keeper is not None:
                yield from keep(training, keeper, item, now=True)
            stream.close()
            return "stopped"
        if request == "finish" and not training.delivering:
            stream.close()
            return "finish"
    return "done"


def _failure(training: Training | None, error: Exception, project: Project) -> Ended:
    found, details = explained(error, project, training.best if training else None)
    if training is None:
        return Ended("failed", 0, 0, 0.0, 0.0, found, details=details)
    return training.ended("failed", found, details)


def warm_up() -> None:
    """Import torch and run one tiny batch of each kernel, so that the first training starts at once."""
    use_few_threads()
    x = torch.zeros(2, 4, 1)
    for cell in CELLS:
        model = ModelSpec(cell=cell.key, hidden=4)
        forecaster = blank(model, DataSpec(targets=("y",), horizon=2))
        forecaster.restore({name: np.zeros(shape, np.float32) for name, shape in weight_shapes(model, 1, 2).items()})
        optimiser = torch.optim.Adam(forecaster.parameters(), fused=True)
        forecaster(x).sum().backward()
        optimiser.step()
