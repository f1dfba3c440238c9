"""What a network does after surgery: its look at one window, and its error on the validation windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.core.bundle import Bundle, score_facts
from workbench.core.dataset import Dataset
from workbench.core.delivery import band_of, delivered, thinned
from workbench.core.events import Part, Probed, Scores
from workbench.core.forecaster import Forecaster, blank
from workbench.core.looking import looked
from workbench.core.moving import moved_levels, moved_window
from workbench.core.operations import Operations, Silence
from workbench.core.project import Project
from workbench.core.scoring import Tally
from workbench.core.surgery import Weights, operated, operated_project
from workbench.core.windowcount import no_windows

MOST_WINDOWS = 64
"""Validation windows scored while somebody waits: those of an LSTM with 64 units and 96 steps take 25 ms."""

MOST_RANKED_WINDOWS = 128
"""Validation windows scored for each unit of a ranking, which takes seconds anyway."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What one network says.

    Attributes
    ----------
    probe
        Forecast and states on the window that was looked at.
    scores
        On at most :data:`MOST_WINDOWS` evenly taken validation windows, in original units.
    project, weights
        The network itself; `project.model` after the surgery.
    """

    probe: Probed
    scores: Scores
    project: Project
    weights: Weights


@dataclass(frozen=True, slots=True)
class Ablation:
    """The validation error (MAE) with one unit silenced, and how much larger it is than with all of them."""

    unit: int
    mae: float
    change: float


def tried(
    project: Project,
    weights: Weights,
    dataset: Dataset,
    start: int,
    operations: Operations,
    *,
    epoch: int,
    target: int = 0,
    most: int = MOST_WINDOWS,
) -> Trial:
    """Carry out `operations` on the network and let it read the window that starts at row `start`.

    Raises
    ------
    WorkbenchError
        ``no-operation``.
    """
    network, changed = operated_network(project, weights, operations)
    probe = glanced(network, dataset, start, operations, epoch=epoch, target=target)
    made = project.model_copy(update={"model": network.model})
    return Trial(probe, validated_scores(network, dataset, most), made, changed)


def glanced(
    network: Forecaster, dataset: Dataset, start: int, operations: Operations, *, epoch: int, target: int = 0
) -> Probed:
    """Let a network that was operated on read the window at row `start`, with the points that were moved in it."""
    window = moved_window(dataset, start, operations)
    levels = moved_levels(dataset, start, operations)
    return looked(network, levels, start, epoch, None, live=True, target=target, window=window)


def operated_network(project: Project, weights: Weights, operations: Operations) -> tuple[Forecaster, Weights]:
    """Return the network after `operations`, ready to forecast, and its weights."""
    model, changed = operated(project.model, weights, operations)
    network = blank(model, project.data)
    network.restore(changed)
    network.eval()
    return network, changed


def validated_scores(network: Forecaster, dataset: Dataset, most: int) -> Scores:
    """Score the network on at most `most` validation windows, evenly taken; of a file without them, on test windows.

    Raises
    ------
    WorkbenchError
        ``no-windows``.
    """
    part: Part = "valid" if len(dataset.valid) else "test"
    if not len(dataset.part(part)):
        raise no_windows(part, dataset.spec, dataset.window_count)
    starts = thinned(dataset, part, most)
    tally = Tally(dataset, classes=network.model.output == "classes")
    tally.add(dataset.truth(starts), *band_of(network, dataset, starts), series=dataset.sequence[starts])
    return tally.scores("model", part)


def operated_bundle(bundle: Bundle, dataset: Dataset, operations: Operations) -> Bundle:
    """Return the model after surgery: its facts say so, and hold its own scores instead of the old network's.

    Parameters
    ----------
    dataset
        The one the model was trained on; points that are moved in it are no part of the model.

    Raises
    ------
    WorkbenchError
        ``no-operation``.
    """
    project, changed = operated_project(bundle.project, bundle.weights, operations)
    if project.surgery == bundle.project.surgery:
        return bundle
    network = blank(project.model, project.data)
    network.restore(changed)
    scores = _all_scores(network.eval(), dataset, bundle.facts.best_epoch)
    return Bundle(bundle.facts.model_copy(update={"project": project, "scores": score_facts(scores)}), changed)


def _all_scores(network: Forecaster, dataset: Dataset, epoch: int) -> tuple[Scores, ...]:
    steps = delivered(network, dataset, epoch)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: tuple[Scores, ...] = end.value
            return found


def ranked(
    project: Project,
    weights: Weights,
    dataset: Dataset,
    layer: int,
    operations: Operations = (),
    *,
    most: int = MOST_RANKED_WINDOWS,
    told: Callable[[float], object] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Ablation, ...]:
    """Silence each unit of a layer in turn and return the errors, the unit that is missed most first.

    Parameters
    ----------
    operations
        What was done before; it stays done.
    told, cancelled
        Hears the share that is done; asks whether to give up.
    """
    return tuple(
        sorted(_ablations(project, weights, dataset, layer, operations, most, told, cancelled), key=lambda a: -a.change)
    )


def _ablations(
    project: Project,
    weights: Weights,
    dataset: Dataset,
    layer: int,
    operations: Operations,
    most: int,
    told: Callable[[float], object],
    cancelled: Callable[[], bool],
) -> Iterator[Ablation]:
    def mae(more: Operations) -> float:
        return validated_scores(operated_network(project, weights, (*operations, *more))[0], dataset, most).mae

    whole = mae(())
    for unit in range(project.model.width):
        if cancelled():
            return
        found = mae((Silence(layer=layer, unit=unit),))
        told((unit + 1) / project.model.width)
        yield Ablation(unit, found, found - whole)
