"""Cells are measured in the background: the chosen one first, never beside a training, once a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot
from test_session import opened, problems, series, trained

from workbench.app import measurements
from workbench.app.session import Session
from workbench.core import measuring, placing, supervision
from workbench.core.cells import CELLS
from workbench.core.project import Project

__all__ = ["opened", "series"]


KEYS = tuple(CELLS.keys())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Project]:
    """Note what is measured; the measuring itself is real."""
    found: list[Project] = []
    real = measuring.step_ms

    def noted(project: Project, cancelled):  # type: ignore[no-untyped-def]
        found.append(project)
        return real(project, cancelled)

    monkeypatch.setattr(measuring, "step_ms", noted)
    monkeypatch.setattr(measurements, "PAUSE_MS", 20)
    return found


def test_that_all_cells_are_measured_the_chosen_one_first(asked: list[Project], opened: Session, qtbot: QtBot) -> None:
    opened.measurements._timer.setInterval(20)
    opened.edit("model", cell="gru", options={"update_bias": 1.0})
    assert opened.measurements.ms("gru") is None, "nothing before torch is there"
    opened.ready.emit()
    qtbot.waitUntil(lambda: all(opened.measurements.ms(cell) is not None for cell in KEYS), timeout=60_000)
    assert asked[0].model.cell == "gru"
    assert asked[0].model.options == {"update_bias": 1.0}
    assert len(asked) == len(KEYS)
    opened.undo.undo()
    opened.undo.redo()
    qtbot.wait(100)
    assert len(asked) == len(KEYS), "a configuration is measured once"
    opened.edit("model", hidden=9)
    assert opened.measurements.ms("gru") is None
    qtbot.waitUntil(lambda: opened.measurements.ms("gru") is not None, timeout=60_000)


def test_that_nothing_is_measured_beside_a_training(
    asked: list[Project], opened: Session, qtbot: QtBot, series: Path
) -> None:
    opened.measurements._timer.setInterval(0)
    opened.edit("train", epochs=2)
    opened.train()
    opened.ready.emit()
    seen: list[int] = []
    opened.run_changed.connect(lambda *_: seen.append(len(asked)) if opened.training != "idle" else None)
    trained(opened, qtbot, lambda: None)
    assert set(seen) == {0}
    qtbot.waitUntil(lambda: len(asked) > 0, timeout=60_000)


def test_that_a_giant_is_not_measured(asked: list[Project], opened: Session, qtbot: QtBot) -> None:
    opened.edit("model", hidden=4096, layers=8)
    assert not measurements.measurable(opened.project)
    opened.measurements._timer.setInterval(0)
    opened.ready.emit()
    qtbot.wait(200)
    assert all(project.model.hidden < 4096 for project in asked)
    assert not asked
    opened.edit("model", hidden=8, layers=1)
    assert measurements.measurable(opened.project)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_that_a_device_that_is_not_there_is_no_surprise(asked: list[Project], opened: Session, qtbot: QtBot) -> None:
    heard = problems(opened)
    opened.edit("train", device="cuda")
    opened.measurements._timer.setInterval(0)
    opened.ready.emit()
    qtbot.waitUntil(lambda: len(asked) == len(KEYS), timeout=60_000)
    qtbot.wait(100)
    assert len(asked) == len(KEYS), "asked once each, not for ever"
    assert opened.measurements.ms("lstm") is None
    assert not heard


def test_that_a_training_starts_where_it_was_found_to_run_best(
    asked: list[Project], opened: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Project] = []
    real = placing.placed

    def noted(project: Project, *rest, **more):  # type: ignore[no-untyped-def]
        tries.append(project)
        return real(project, *rest, **more)

    monkeypatch.setattr(placing, "placed", noted)
    monkeypatch.setattr(supervision, "placed", noted)
    opened.edit("train", epochs=1, threads="1")
    opened.measurements._timer.setInterval(0)
    opened.ready.emit()
    qtbot.waitUntil(lambda: opened.measurements.place(opened.project) is not None, timeout=60_000)
    assert len(tries) == 1
    trained(opened, qtbot)
    started = opened.runs[-1].started
    assert started is not None
    assert (started.device, started.threads) == ("cpu", 1)
    assert len(tries) == 1, "it is not tried again"
    opened.edit("model", hidden=9)
    assert opened.measurements.place(opened.project) is None, "another network is another question"
    trained(opened, qtbot)
    assert len(tries) >= 2


def test_that_what_was_found_grows_old(
    asked: list[Project], opened: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.measurements._timer.setInterval(0)
    opened.ready.emit()
    qtbot.waitUntil(lambda: opened.measurements.place(opened.project) is not None, timeout=60_000)
    monkeypatch.setattr(measurements, "PLACE_S", 0.0)
    assert opened.measurements.place(opened.project) is None
