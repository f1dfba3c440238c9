"""A run is what its events told, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from recorded import recorded_events, small_project
from series import run_of, tiny_project
from workbench.core import run as run_module
from workbench.core.events import (
    Ended,
    EpochEnded,
    Event,
    Forecasted,
    Improved,
    Probed,
    Progressed,
    Started,
    Trace,
    Warned,
)
from workbench.core.problems import ProblemKind, problem
from workbench.core.run import Run


def probe(epoch: int, *, live: bool = False, size: int = 4) -> Probed:
    return Probed(epoch, live, 0, (Trace(0, {"h": np.zeros((size, 1), np.float32)}),), np.zeros((3, 1)))


def progress(epoch: int, batch: int, losses: list[float], batches: int = 10) -> Progressed:
    return Progressed(epoch, 5, batch, batches, np.array(losses), 1.0, 0.1, 100.0, 3.0)


def test_that_a_recorded_training_becomes_a_run() -> None:
    events = recorded_events()
    run = run_of(events, small_project())
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert run.state == "finished"
    assert not run.active
    assert run.started is events[0]
    assert run.ended is events[-1]
    assert run.epochs == epochs
    assert run.best is [event for event in events if isinstance(event, Improved)][-1]
    numbers, train, valid = run.curve
    assert numbers.tolist() == [1, 2, 3, 4]
    assert train.tolist() == [entry.train_loss for entry in epochs]
    assert valid.tolist() == [entry.valid_loss for entry in epochs]
    assert set(run.forecasts) == {"valid", "test"}
    assert all(forecast.final for forecast in run.forecasts.values())
    assert {"model", "last", "seasonal", "drift"} <= set(run.scores("test"))


def test_that_the_state_follows_the_stream() -> None:
    run, seen = Run(1, small_project()), []
    for event in recorded_events():
        seen.append((run.state, run.active))
        run.apply(event)
    assert seen[0] == ("waiting", False)
    assert set(seen[1:]) == {("running", True)}


@pytest.mark.parametrize("late", [progress(1, 1, [1.0]), Ended("stopped", 1, 1, 1.0, 1.0)])
def test_that_only_looks_at_the_model_may_follow_the_end(late: Event) -> None:
    run = run_of([Ended("finished", 1, 1, 1.0, 1.0)], tiny_project())
    with pytest.raises(ValueError, match="came after"):
        run.apply(late)
    run.apply(probe(1))
    future = Forecasted(1, "future", np.array([5]), np.zeros((1, 3, 1)), True)
    run.apply(future)
    assert run.future is future
    assert run.state == "finished"


def test_that_batch_losses_lie_where_their_batches_were() -> None:
    run = run_of([progress(1, 3, [5, 4, 3]), progress(1, 10, [2] * 7), progress(2, 1, [1])], tiny_project())
    positions, losses = run.batch_losses
    np.testing.assert_allclose(positions, [*np.arange(1, 11) / 10, 1.1])
    assert losses.tolist() == [5, 4, 3, 2, 2, 2, 2, 2, 2, 2, 1]


def test_that_batch_losses_are_thinned_evenly_over_the_whole_training() -> None:
    events = [progress(epoch, 10, [float(epoch)] * 10) for epoch in range(1, 20_001)]
    positions, losses = run_of(events, tiny_project()).batch_losses
    assert run_module.MOST_BATCH_LOSSES / 2 <= len(losses) <= run_module.MOST_BATCH_LOSSES
    np.testing.assert_allclose(np.diff(positions), positions[1] - positions[0])
    assert positions[0] == 0.1
    assert positions[-1] > 19_998
    assert (np.ceil(positions - 1e-9) == losses).all()


def test_that_a_probe_is_found_by_the_epoch_looked_at() -> None:
    run = run_of([probe(2), probe(4), probe(4, live=True)], tiny_project())
    assert run.probe() is run.live_probe
    assert run.live_probe is not None
    assert run.live_probe.live
    assert run.probe(1) is None
    found = [run.probe(epoch) for epoch in (2, 3, 4, 9)]
    assert [entry.epoch for entry in found if entry] == [2, 2, 4, 4]


def test_that_warnings_are_kept_and_the_project_is_the_one_started_with() -> None:
    started = next(event for event in recorded_events() if isinstance(event, Started))
    warning = problem(ProblemKind("a", "warning", "Text.", "Remedy."))
    run = run_of([started, Warned(warning)], tiny_project())
    assert run.project == small_project()
    assert run.warnings == [warning]
    assert run.scores() == {}
    assert run.future is None
