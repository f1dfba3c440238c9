"""The window of exports lists every format, writes the chosen one and shows its proof."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_dataset, small_project, small_table
from workbench.app.session import Session
from workbench.core.exports import EXPORTS
from workbench.core.problems import N_, ProblemKind, problem
from workbench.core.projectfile import read_project, settled
from workbench.core.reproducing import reproduced
from workbench.ui.exporting import KEY, ExportDialog


def shown(session: Session, qtbot: QtBot, folder: Path) -> tuple[ExportDialog, QWidget]:
    project = small_project()
    session._restore((project, small_table()))
    session.dataset = small_dataset(project)
    session.replay(list(recorded_events(project)))
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ExportDialog(session, folder / "small", parent)
    dialog.open()
    return dialog, parent


def test_that_every_format_is_listed_with_its_purpose(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    dialog, _parent = shown(session, qtbot, tmp_path)
    keys, groups = [], dialog.formats.invisibleRootItem()
    for place in range(groups.childCount()):
        for row in range(groups.child(place).childCount()):
            item = groups.child(place).child(row)
            keys.append(item.data(0, KEY))
            dialog.formats.setCurrentItem(item)
            assert dialog.purpose.text()
            assert bool(item.text(2)) == (item.data(0, KEY) == "pack" or bool(EXPORTS[item.data(0, KEY)].proof))
    assert tuple(keys) == (*EXPORTS.keys(), "pack")
    dialog.close()


def test_that_the_proof_is_shown(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    dialog, _parent = shown(session, qtbot, tmp_path)
    with qtbot.waitSignal(session.noticed, timeout=60_000):
        dialog.export(str(tmp_path / "small.onnx"), "onnx")
        assert not dialog.write.isEnabled()
    assert "gave the same forecasts" in dialog.told.text()
    assert dialog.told.property("tone") == "good"
    assert dialog.write.isEnabled()
    assert (tmp_path / "small.onnx.card.json").exists()
    dialog.close()


def test_that_a_failed_proof_is_shown_as_what_it_is(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    dialog, _parent = shown(session, qtbot, tmp_path)
    dialog.told.setProperty("busy", True)
    session.noticed.emit(problem(ProblemKind("not-proven", "error", N_("It is {what}."), N_("Stop.")), what="wrong"))
    assert dialog.told.text() == "It is wrong.\nStop."
    assert dialog.told.property("tone") == "bad"
    dialog.close()


def test_that_a_table_is_neither_called_as_its_data_nor_written_over_them(
    opened: Session, qtbot: QtBot, series: Path
) -> None:
    with qtbot.waitSignal(opened.run_changed, timeout=60_000, check_params_cb=lambda _run, kinds: "Ended" in kinds):
        opened.train()
    qtbot.waitUntil(lambda: opened.training == "idle", timeout=10_000)
    for entry in EXPORTS:
        assert f"series{entry.adds}{entry.ending}" != series.name
    before = series.read_bytes()
    with qtbot.waitSignal(opened.noticed, timeout=60_000) as told:
        opened.export(series, "forecast-csv")
    assert told.args[0].key == "over-data"
    assert series.read_bytes() == before
    beside = series.with_name("series forecast.csv")
    with qtbot.waitSignal(opened.noticed, timeout=60_000) as told:
        opened.export(beside, "forecast-csv")
    assert told.args[0].key == "exported"
    assert len(beside.read_text().splitlines()) == 1 + 6, "the forecast was made on the way"
    with qtbot.waitSignal(opened.noticed, timeout=60_000) as told:
        opened.records.pack(opened.runs[0], series.with_name("run.wbp"))
    assert told.args[0].key == "packed"
    pack = read_project(series.with_name("run.wbp"))
    assert pack.data == before
    assert pack.facts.outcome is not None
    found = reproduced(settled(pack, series), pack.facts.outcome.threads)
    assert found.weights_sha256 == pack.facts.outcome.weights_sha256
    assert found.scores == pack.facts.outcome.scores
