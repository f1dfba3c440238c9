"""A run from disk is looked at as if it had just been trained, without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.core.opening import opened
from workbench.core.problems import WorkbenchError
from workbench.core.revisiting import revisited
from workbench.core.run import Run
from workbench.core.store import RunFolder


def trained(folder: Path, rows: int = 300) -> tuple[RunFolder, Run]:
    """Train a little on a file, kept in a folder; returns the run as it was told."""
    from workbench.core.dataset import prepare
    from workbench.core.keeping import Keeper
    from workbench.core.steering import Steering
    from workbench.core.supervision import supervised

    file = folder / "wave.csv"
    values = np.sin(np.arange(rows) / 24 * 2 * np.pi)
    file.write_text("time,x\n" + "".join(
        f"{np.datetime64('2024-01-01T00') + np.timedelta64(k, 'h')},{value:.4f}\n" for k, value in enumerate(values)
    ))  # fmt: skip
    found = opened(str(file))
    project = found.project.edited(
        data={"window": 24, "horizon": 6}, model={"hidden": 8}, train={"epochs": 3, "batch": 32, "patience": 9}
    )
    dataset = prepare(found.table, project.data)
    kept = RunFolder(folder / "run")
    keeper = Keeper.begun(kept, project, dataset)
    run = Run(1, project)
    for event in supervised(project, dataset, Steering(project.train, int(dataset.valid.start[0])), keeper=keeper):
        run.apply(event)
    keeper.close()
    return kept, run


def test_that_a_run_comes_back_with_curves_looks_and_weights(tmp_path: Path) -> None:
    folder, before = trained(tmp_path)
    found = revisited(folder)
    run = Run(1, found.project)
    for event in found.events:
        run.apply(event)
    assert run.state == before.state == "finished"
    assert [entry.valid_loss for entry in run.epochs] == [entry.valid_loss for entry in before.epochs]
    assert sorted(run.probes) == sorted(before.probes)
    assert 0 in run.probes
    for epoch, look in before.probes.items():
        for key, values in look.traces[0].values.items():
            np.testing.assert_array_equal(run.probes[epoch].traces[0].values[key], values)
        assert run.probes[epoch].weights[0].radius == look.weights[0].radius
    assert run.best is not None
    assert before.best is not None
    assert run.best.weights.keys() == before.best.weights.keys()


def test_that_no_torch_is_needed_for_it(tmp_path: Path) -> None:
    folder, _run = trained(tmp_path)
    code = (
        "import sys; from pathlib import Path\n"
        "from workbench.core.revisiting import revisited; from workbench.core.store import RunFolder\n"
        f"found = revisited(RunFolder(Path({str(folder.path)!r})))\n"
        "assert len(found.events) > 5; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_that_the_window_shows_it_and_scrubs(tmp_path: Path, session: Session, qtbot: QtBot) -> None:
    folder, before = trained(tmp_path)
    session.records.revisit(folder.path)
    qtbot.waitUntil(lambda: session.run is not None, timeout=10_000)
    run = session.run
    assert run is not None
    assert sorted(run.probes) == sorted(before.probes)
    assert session.run_dataset is not None
    assert session.project.model.hidden == 8
    session.point(epoch=1)
    seen = run.probe(session.cursor.epoch)
    assert seen is not None
    assert seen.epoch == 1


def test_that_a_folder_without_a_training_is_refused(tmp_path: Path) -> None:
    folder, _run = trained(tmp_path)
    folder.events.write_text("")
    with pytest.raises(WorkbenchError) as caught:
        revisited(folder)
    assert caught.value.problem.key == "nothing-kept"
    with pytest.raises(WorkbenchError) as caught:
        revisited(RunFolder(tmp_path / "nothing"))
    assert caught.value.problem.key == "no-run"
