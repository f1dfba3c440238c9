"""Whatever breaks inside the engine, the run ends as failed, its best weights stay, and the next run works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from series import ending, run_of, tiny_project, tiny_table, train
from workbench.core import checkpoint, delivery, looking, optimising, schedules, stopwatch, training
from workbench.core.batches import Batches, Order
from workbench.core.dataset import prepare
from workbench.core.events import Improved
from workbench.core.forecaster import Forecaster
from workbench.core.keeping import Keeper
from workbench.core.saved import newest
from workbench.core.steering import Steering
from workbench.core.store import RunFolder
from workbench.core.supervision import supervised

PLACES: dict[str, tuple[Any, str]] = {
    "forward": (Forecaster, "forward"),
    "snapshot": (Forecaster, "snapshot"),
    "restore": (Forecaster, "restore"),
    "optimiser": (optimising.Optimiser, "step"),
    "schedule": (schedules.Schedule, "rate"),
    "order": (Order, "next"),
    "cut": (Batches, "cut"),
    "clock": (stopwatch.Stopwatch, "told"),
    "looking": (training, "looked"),
    "state": (training.Training, "state"),
    "capturing": (checkpoint, "captured"),
    "delivering": (training, "delivered"),
    "forecast": (delivery, "band_of"),
}


class Fuse:
    """Stands in front of a function and lets it fail at its n-th call, as a bug would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, after: int) -> None:
        real, self.calls = getattr(owner, name), 0

        def act(*arguments: Any, **words: Any) -> Any:
            self.calls += 1
            if self.calls == after:
                raise RuntimeError("a bug in the engine")
            return real(*arguments, **words)

        monkeypatch.setattr(owner, name, act)


@pytest.mark.parametrize("after", [1, 2, 5])
@pytest.mark.parametrize("place", PLACES)
def test_that_a_bug_anywhere_ends_the_run_as_failed_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, after: int
) -> None:
    project = tiny_project(epochs=4)
    dataset, folder = prepare(tiny_table(), project.data), RunFolder(tmp_path / "run")
    steering = Steering(project.train, probe=int(dataset.valid.start[0]))
    with monkeypatch.context() as patch:
        fuse = Fuse(patch, *PLACES[place], after)
        keeper = Keeper.begun(folder, project, dataset)
        events = list(supervised(project, dataset, steering, keeper=keeper))
    end, run = ending(events), run_of(events, project)
    if fuse.calls < after:
        assert end.outcome == "finished", "it is not called so often"
        return
    assert end.outcome == folder.status == "failed"
    assert end.problem is not None
    assert "a bug in the engine" in end.problem.text()
    assert end.problem.kind.action == "copy-details"
    assert "Traceback" in end.details
    assert "RuntimeError: a bug in the engine" in end.details
    kept = [event for event in events if isinstance(event, Improved)]
    assert (run.best is None) == (not kept)
    assert ending(train(project, dataset)).outcome == "finished"
    if folder.kept:  # once the bug is mended, it can go on
        found, told = newest(folder)
        assert told is None
        again = Keeper.gone_on(folder, dataset, found.facts.log_bytes)
        rest = supervised(project, dataset, Steering(project.train), keeper=again, checkpoint=found)
        assert ending(list(rest)).outcome == "finished"


def test_that_looking_is_what_is_broken_by_name() -> None:
    assert training.looked is looking.looked
