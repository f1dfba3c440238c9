"""The card of a model file: it reads what is open, names what it cannot read, and its buttons do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_dataset, small_project
from workbench.app.session import Session
from workbench.core.bundle import bundled
from workbench.core.exports.export import Package
from workbench.core.exports.wbm import WbmExport
from workbench.core.handover import fingerprint
from workbench.core.run import Run
from workbench.ui.panels.modelfile import ModelFileCard
from workbench.ui.panels.runs import FINGERPRINT


@pytest.fixture
def model(tmp_path: Path) -> Path:
    project = small_project()
    run, dataset = Run(1, project), small_dataset(project)
    for event in recorded_events(project):
        run.apply(event)
    path = tmp_path / "small.wbm"
    WbmExport().write(path, Package(bundled(run, dataset), dataset, None))
    return path


def lies(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.reuse.look is not None, timeout=20_000)


def test_that_a_model_file_waits_for_data_and_then_does_what_its_buttons_say(
    session: Session, qtbot: QtBot, model: Path, series: Path
) -> None:
    card = ModelFileCard(session)
    qtbot.addWidget(card)
    heard: list[str] = []
    session.judging.wanted.connect(heard.append)
    with qtbot.waitSignal(session.reuse.changed, timeout=20_000):
        session.open(model)
    assert session.table is None
    assert "drop a file" in card.state.text()
    assert not card.forecast.isEnabled()
    session.open(series)
    lies(session, qtbot)
    before = session.project
    assert card.forecast.isEnabled()
    assert set(card.choosers) == {"load", "temp"}
    with qtbot.waitSignal(session.judging.wanted, timeout=30_000):
        card.forecast.click()
    run = session.run
    assert run is not None
    assert run.future is not None
    assert "model" in run.scores("test")
    assert session.project == before, "looking at a model changes no settings"
    with qtbot.waitSignal(session.judging.wanted, timeout=30_000):
        card.evaluate.click()
    assert session.run is run, "it was scored along"
    assert heard == ["forecast", "scores"]
    session.edit("train", epochs=1)
    with qtbot.waitSignal(session.run_changed, timeout=60_000, check_params_cb=lambda _run, kinds: "Ended" in kinds):
        card.go_on.click()
    assert session.run is not None
    assert session.run.started is not None
    assert session.run.started.origin == fingerprint(run.model.bundle) == run.started.origin  # type: ignore[union-attr]
    assert FINGERPRINT.fullmatch(run.started.origin)  # type: ignore[union-attr]
    assert session.project.model == run.project.model
    qtbot.waitUntil(lambda: session.training == "idle", timeout=10_000)
    with qtbot.waitSignal(session.reuse.changed, timeout=30_000):
        card.compare.click()
    assert f"run {session.run.number}" in card.contest.text()


def test_that_a_missing_column_is_named_and_can_be_chosen(
    session: Session, qtbot: QtBot, model: Path, series: Path
) -> None:
    card = ModelFileCard(session)
    qtbot.addWidget(card)
    series.write_text(series.read_text().replace("time,load,temp", "time,power,temp"))
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(series)
    session.open(model)
    lies(session, qtbot)
    assert "load" in card.notes.text()
    assert not card.evaluate.isEnabled()
    card.choosers["load"].chosen.emit(1)
    lies(session, qtbot)
    assert card.evaluate.isEnabled()
    session.reuse.put_away()
    assert card.isHidden()
