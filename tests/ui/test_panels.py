"""The cards of the left column, the transport bar and the status line say what is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project
from workbench.app.session import Session
from workbench.core.events import EpochEnded, Event, Probed
from workbench.core.insight.size import parameters_for
from workbench.core.presets import preset_for
from workbench.core.project import ModelSpec
from workbench.ui.panels.column import Column
from workbench.ui.panels.data import DataCard
from workbench.ui.panels.model import ModelCard
from workbench.ui.panels.result import ResultCard
from workbench.ui.panels.runs import RunsCard
from workbench.ui.panels.train import TrainCard
from workbench.ui.statusline import StatusLine
from workbench.ui.text import THIN, count, number
from workbench.ui.theme import Theme
from workbench.ui.transport import RATES, Transport, readout
from workbench.ui.views.loss import LossView
from workbench.ui.views.naming import unit_mark, unit_words


@pytest.fixture
def column(session: Session, theme: Theme) -> Iterator[Column]:
    made = Column(session, theme, lambda: None, lambda _problem: None, lambda: None, lambda: None)
    made.set_theme(theme)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def card(column: Column, kind: type) -> DataCard | ModelCard | TrainCard | ResultCard | RunsCard:
    return next(entry for entry in column.cards if isinstance(entry, kind))  # type: ignore[return-value]


def trained(session: Session, qtbot: QtBot) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.training == "idle", timeout=60_000)


def probed_each_epoch() -> list[Event]:
    """A recorded training with a look at the network after every epoch; fast trainings are looked at less often."""
    events: list[Event] = []
    look = next(event for event in recorded_events() if isinstance(event, Probed))
    for event in recorded_events():
        if not isinstance(event, Probed):
            events.append(event)
        if isinstance(event, EpochEnded):
            events.append(replace(look, epoch=event.epoch, live=False))
    return events


def test_that_an_empty_session_says_what_to_do(column: Column) -> None:
    assert "Drop a file" in card(column, DataCard).summary.text()
    result = card(column, ResultCard)
    assert isinstance(result, ResultCard)
    assert "Press Train" in result.sentence.text()
    assert not result.forecast.isEnabled()
    assert card(column, RunsCard).isHidden()


def test_that_the_data_card_says_what_the_file_held(column: Column, opened: Session) -> None:
    summary = card(column, DataCard).summary.text()
    for words in ("series.csv", "400 rows", "hourly", "no gaps", "season 24 (1 day)"):
        assert words in summary


def test_that_steps_are_told_as_time(column: Column, opened: Session) -> None:
    data = card(column, DataCard)
    assert isinstance(data, DataCard)
    opened.edit("data", window=48)
    assert data.form.fields["window"].widget.text() == "48 steps = 2 days"  # type: ignore[attr-defined]


def test_that_notes_of_the_table_wait_behind_a_line_and_warnings_do_not(
    column: Column, opened: Session, qtbot: QtBot
) -> None:
    data = card(column, DataCard)
    assert isinstance(data, DataCard)
    assert opened.table is not None
    notes = [note for note in opened.table.notes if note.severity == "note"]
    assert notes, "the reader reports what it guessed"
    assert str(len(notes)) in data.notes.more.text()
    opened.edit("data", window=5000)
    refusal = data.form.fields["window"].refusal
    assert "No window fits" in refusal.text()
    qtbot.waitUntil(refusal.isVisible, timeout=5_000)
    opened.edit("data", window=24)
    assert not refusal.isVisible()


@pytest.mark.parametrize(("cell", "ratio"), [("lstm", "4"), ("gru", "3")])
def test_that_the_model_card_counts_parameters(column: Column, opened: Session, cell: str, ratio: str) -> None:
    opened.edit("model", cell=cell, hidden=32, layers=2)
    model = opened.project.model
    summary = card(column, ModelCard).summary.text()
    total = parameters_for(model, opened.project.data)
    assert count(total) in summary
    assert f"cell {ratio} × an RNN" in summary


def test_that_the_count_is_that_of_the_trained_network(column: Column, opened: Session, qtbot: QtBot) -> None:
    opened.edit("data", inputs=("temp",), calendar=("hour",))
    summary = card(column, ModelCard).summary.text()
    trained(opened, qtbot)
    started = opened.runs[-1].started
    assert started is not None
    assert f"{count(started.parameters)} parameters" in summary


def test_that_a_cells_own_options_come_and_go_with_it(column: Column, opened: Session) -> None:
    model = card(column, ModelCard)
    assert isinstance(model, ModelCard)
    assert model._options is not None
    assert "forget_bias" in model._options.fields
    model._options.edit("forget_bias", 2.0)
    assert opened.project.model.options == {"forget_bias": 2.0}
    model._top.edit("cell", "rnn")
    assert opened.project.model.cell == "rnn"
    assert opened.project.model.options == {}
    assert model._options is None or "forget_bias" not in model._options.fields
    opened.undo.undo()
    assert opened.project.model.options == {"forget_bias": 2.0}


def test_that_a_training_gives_a_verdict_and_a_row(column: Column, opened: Session, qtbot: QtBot) -> None:
    trained(opened, qtbot)
    result, runs = card(column, ResultCard), card(column, RunsCard)
    assert isinstance(result, ResultCard)
    assert isinstance(runs, RunsCard)
    qtbot.waitUntil(lambda: result.headline.isVisibleTo(result), timeout=10_000)
    assert "on average" in result.sentence.text()
    assert result.headline.property("tone") in ("good", "warn")
    assert "windows/s" in result.facts.text()
    assert not runs.isHidden()
    assert runs.list.topLevelItem(0).text(0) == "1"  # type: ignore[union-attr]


def test_that_a_click_on_a_run_shows_it(column: Column, opened: Session, qtbot: QtBot) -> None:
    for cell in ("lstm", "gru"):
        opened.replay(list(recorded_events(small_project(cell))))
    runs = card(column, RunsCard)
    assert isinstance(runs, RunsCard)
    assert opened.run is opened.runs[1]
    older = runs.list.topLevelItem(1)
    assert older is not None
    place = runs.list.visualItemRect(older).center()
    qtbot.mouseClick(runs.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.run is opened.runs[0]
    assert opened.cursor.run == 1


def test_that_results_of_other_data_cannot_be_exported(column: Column, opened: Session, qtbot: QtBot) -> None:
    trained(opened, qtbot)
    result = card(column, ResultCard)
    assert isinstance(result, ResultCard)
    assert result.export.isEnabled()
    opened.edit("data", horizon=3)
    assert not result.export.isEnabled()
    opened.undo.undo()
    assert result.export.isEnabled()


def test_that_cards_close_by_keyboard_and_keep_their_summary(column: Column, opened: Session, qtbot: QtBot) -> None:
    data = card(column, DataCard)
    assert isinstance(data, DataCard)
    qtbot.keyClick(data.title, Qt.Key.Key_Space)
    assert not data.opened
    assert not data.form.isVisible()
    assert data.summary.isVisible()
    assert column.closed() == ("data",)


def test_that_the_transport_plays_through_the_epochs_and_stops_at_the_last(
    opened: Session, theme: Theme, qtbot: QtBot
) -> None:
    transport = Transport(opened)
    qtbot.addWidget(transport)
    transport.set_theme(theme)
    opened.replay(list(recorded_events()))
    run = opened.runs[-1]
    last = run.probe()
    assert last is not None
    for epoch in range(5):  # how often a run is looked at depends on its speed
        run.apply(replace(last, epoch=epoch, live=False))
    opened.run_changed.emit(run, frozenset({"Probed"}))
    seen = []
    opened.cursor_changed.connect(lambda cursor: seen.append(cursor.epoch))
    transport._set_rate(len(RATES) - 1)
    transport.play.click()
    qtbot.waitUntil(lambda: not transport._timer.isActive(), timeout=5_000)
    epochs = sorted(opened.runs[0].probes)
    assert seen == epochs
    assert not transport.play.isChecked()
    transport.play.click()
    opened.point(epoch=None)
    assert not transport._timer.isActive()


def test_that_the_transport_scrubs_through_the_epochs(opened: Session, theme: Theme, qtbot: QtBot) -> None:
    bar = Transport(opened)
    qtbot.addWidget(bar)
    bar.set_theme(theme)
    assert not bar.slider.isEnabled()
    opened.replay(probed_each_epoch())
    epochs = sorted(opened.runs[0].probes)
    assert bar.slider.isEnabled()
    bar.slider.setValue(0)
    assert opened.cursor.epoch == epochs[0]
    assert f"Epoch {epochs[0]}" in bar.epoch.text()
    bar.on.click()
    assert opened.cursor.epoch == epochs[1]
    assert not bar.live.isChecked()
    bar.live.click()
    assert opened.cursor.epoch is None
    assert bar.live.isChecked()
    bar.deleteLater()


def test_that_the_readout_tells_step_time_value_and_unit(opened: Session, qtbot: QtBot) -> None:
    trained(opened, qtbot)
    assert opened.dataset is not None
    opened.point(step=3, unit=2)
    words = readout(opened)
    row = (opened.cursor.window or 0) + 3
    for part in ("step −21", opened.dataset.clock.text(row), "load", "unit 2", "f ", "c "):
        assert part in words
    opened.point(step=None)
    assert readout(opened) == ""


def test_that_the_status_line_tells_speed_and_the_line_to_beat(opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=2000, patience=2000)
    line = StatusLine(opened)
    line.resize(1800, 30)
    line.show()  # it says as much as fits
    assert "training" in line.words.text()
    opened.train()
    qtbot.waitUntil(lambda: opened.runs[-1].best is not None, timeout=60_000)
    qtbot.waitUntil(lambda: "best valid MAE" in line.words.text(), timeout=10_000)
    for words in ("Training · epoch", f"of 2{THIN}000", "windows/s", "left", "(best naive"):
        assert words in line.words.text()
    for words in ("gradient ", "rate 0.003", "CPU, 1 thread"):
        assert words in line.words.text()
    assert re.search(r"[MG]B", line.words.text()), "of memory"
    line.resize(300, 30)
    line.refresh()
    assert line.words.text().startswith("Training · epoch")
    assert line.words.fontMetrics().horizontalAdvance(line.words.text()) <= 300, "what does not fit is left out whole"
    assert "gradient" in line.words.toolTip()
    opened.pause()
    assert line.words.text().startswith("Paused")
    opened.stop()
    qtbot.waitUntil(lambda: opened.training == "idle", timeout=10_000)
    line.deleteLater()


def test_that_long_work_shows_in_the_status_line(session: Session) -> None:
    line = StatusLine(session)
    session.work_changed.emit("Opening", 0.25)
    assert line.words.text() == "Opening…"
    assert line.progress.value() == 250
    session.work_changed.emit("", -1.0)
    assert line.progress.isHidden()
    line.deleteLater()


@pytest.mark.parametrize("key", ["classroom", "balanced", "accurate"])
def test_that_a_preset_is_one_click_and_one_undo(column: Column, opened: Session, key: str) -> None:
    before, button = opened.project, card(column, ModelCard).presets.buttons[key]
    assert button.isEnabled()
    button.click()
    assert opened.dataset is not None
    assert opened.project == before.edited(**preset_for(key, before, opened.dataset))
    assert opened.project != before
    opened.undo.undo()
    assert opened.project == before


def test_that_presets_wait_until_a_training_has_ended(column: Column, opened: Session, qtbot: QtBot) -> None:
    buttons = card(column, ModelCard).presets.buttons
    opened.train()
    assert not any(button.isEnabled() for button in buttons.values())
    opened.stop()
    qtbot.waitUntil(lambda: opened.training == "idle", timeout=60_000)
    assert all(button.isEnabled() for button in buttons.values())


def test_that_output_and_loss_follow_each_other_in_the_cards(column: Column, opened: Session) -> None:
    opened.edit("model", output="quantiles")
    assert opened.project.train.loss == "pinball"
    problem = opened.edit("model", segment=7)
    assert problem is not None
    assert "Segment cannot be 7" in problem.text()


LEVELS = {"north": 10.0, "south": 500.0, "west": 90.0}


def long_file(path: Path) -> Path:
    """Write 120 hours of three series of different sizes below each other."""
    lines = ["id,time,load"]
    for name, level in LEVELS.items():
        times = np.datetime64("2024-01-01T00:00") + np.arange(120) * np.timedelta64(60, "m")
        values = level * (1 + 0.3 * np.sin(np.arange(120) / 24 * 2 * np.pi))
        lines += [
            f"{name},{str(time).replace('T', ' ')},{value:.4f}" for time, value in zip(times, values, strict=True)
        ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_that_series_below_each_other_become_one_model_by_one_click(
    column: Column, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(long_file(tmp_path / "long.csv"))
    data = card(column, DataCard)
    assert isinstance(data, DataCard)
    assert session.table is not None
    assert session.table.numeric == tuple(LEVELS)
    assert not data.one_model.isHidden()
    noticed: list[str] = []
    session.noticed.connect(lambda found: noticed.append(found.key))
    data.one_model.click()
    qtbot.waitUntil(lambda: session.project.data.series == "id", timeout=20_000)
    spec = session.project.data
    assert (spec.targets, spec.reading.layout, spec.scale_each) == (("load",), "rows", True)
    assert data.one_model.isHidden()
    assert session.dataset is not None
    assert session.dataset.names == tuple(LEVELS)
    assert not {"time-duplicates", "time-backward"} & {note.key for note in session.table.notes}
    assert not {"time-duplicates", "time-backward"} & set(noticed)
    session.undo.undo()
    assert session.project.data.series == ""


def test_that_answers_have_no_future_to_forecast(column: Column, session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open("task:adding?length=10&sequences=60")
    session.edit("train", epochs=1)
    trained(session, qtbot)
    result = card(column, ResultCard)
    assert isinstance(result, ResultCard)
    assert not result.forecast.isEnabled()
    assert "one answer a sequence" in result.forecast.toolTip()
    assert result.export.isEnabled()


def test_that_units_of_the_way_back_are_named() -> None:
    model = ModelSpec(hidden=4)
    assert (unit_words(3, model), unit_mark(3, model)) == ("unit 3", "3")
    both = ModelSpec(hidden=4, bidirectional=True)
    assert (unit_words(3, both), unit_mark(3, both)) == ("unit 3, way there", "→3")
    assert (unit_words(4, both), unit_mark(4, both)) == ("unit 0, way back", "←0")


def test_that_the_loss_names_the_level_without_memory(session: Session, theme: Theme, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open("task:adding?length=10&sequences=60")
    session.edit("train", epochs=1)
    trained(session, qtbot)
    view = LossView(session, theme)
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.show()
    view.draw()
    assert session.run is not None
    assert session.run.started is not None
    level = session.run.started.baselines["mean"]
    assert view._name.toPlainText() == f"without memory: {number(level, 3)} (mean answer)"
