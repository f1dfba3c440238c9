"""Controlling a training: more epochs, several seeds, resuming, and words that say what a press will do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project
from workbench.app.continuing import go_on_grown, has_grown, run_more
from workbench.app.session import Session
from workbench.ui.panels.runs import MEANINGS, STATES, RunsCard
from workbench.ui.runwords import tips
from workbench.ui.statusline import StatusLine
from workbench.ui.theme import Theme
from workbench.ui.views.loss import LossView


@pytest.fixture
def runs(opened: Session, theme: Theme) -> Iterator[RunsCard]:
    made = RunsCard(opened, lambda: run_more(opened, 2))
    made.set_theme(theme)
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def paused(opened: Session, qtbot: QtBot) -> Session:
    """A training that waits behind its first epoch of at most three."""
    opened.edit("train", patience=500)
    opened.step("epoch")
    qtbot.waitUntil(lambda: len(opened.runs[-1].epochs) == 1, timeout=60_000)
    return opened


def idle(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.training == "idle", timeout=60_000)


def test_that_more_epochs_of_a_running_training_end_in_a_pause(paused: Session, qtbot: QtBot) -> None:
    run_more(paused, 6)
    assert paused.project.train.epochs == 7, "raised: the training allowed only three"
    qtbot.waitUntil(lambda: len(paused.runs[-1].epochs) == 7, timeout=60_000)
    assert paused.training == "paused", "more can still be asked for"
    paused.train()
    idle(paused, qtbot)
    assert paused.runs[-1].state == "finished"


def test_that_it_pauses_where_epochs_are_left(paused: Session, qtbot: QtBot) -> None:
    paused.edit("train", epochs=50)
    run_more(paused, 2)
    qtbot.waitUntil(lambda: len(paused.runs[-1].epochs) == 3, timeout=60_000)
    assert paused.training == "paused"
    assert paused.project.train.epochs == 50
    paused.stop()
    idle(paused, qtbot)
    assert len(paused.runs[-1].epochs) == 3


def test_that_more_epochs_of_a_finished_run_go_on_from_its_best_weights(opened: Session, qtbot: QtBot) -> None:
    opened.train()
    idle(opened, qtbot)
    best = opened.runs[0].best
    assert best is not None
    run_more(opened, 4)
    idle(opened, qtbot)
    assert [len(run.epochs) for run in opened.runs] == [3, 4]
    assert opened.runs[1].best is not None
    assert opened.runs[1].best.valid_loss <= best.valid_loss


def test_that_a_group_is_one_row_with_its_spread_and_the_seeds_below(
    runs: RunsCard, opened: Session, qtbot: QtBot
) -> None:
    opened.groups.train(3)
    idle(opened, qtbot)
    row = runs.list.topLevelItem(0)
    assert row is not None
    assert row.childCount() == 3
    assert (row.text(0), row.text(4)) == ("1–3", "3 seeds")
    assert "±" in row.text(3)
    assert "MASE" in row.toolTip(0)
    opened.train()
    idle(opened, qtbot)
    assert runs.list.topLevelItemCount() == 2
    assert runs.list.topLevelItem(0).text(0) == "4"  # type: ignore[union-attr]


def test_that_the_status_line_says_which_seed_of_how_many(opened: Session, qtbot: QtBot) -> None:
    line = StatusLine(opened)
    qtbot.addWidget(line)
    said: set[str] = set()
    opened.run_changed.connect(lambda *_: said.add(line.words.toolTip()))
    opened.groups.train(2)
    idle(opened, qtbot)
    assert any("seed 1 of 2" in words for words in said)
    assert any("seed 2 of 2" in words for words in said)
    assert "seed" not in line.words.toolTip()


def test_that_a_short_run_that_has_ended_fills_the_loss_plot(opened: Session, theme: Theme, qtbot: QtBot) -> None:
    view = LossView(opened, theme)
    qtbot.addWidget(view)
    opened.train()
    idle(opened, qtbot)
    view.refresh()
    assert len(opened.runs[-1].epochs) == 3
    assert view.plot.box.viewRange()[0][1] < 4


def test_that_the_other_seeds_stand_behind_the_loss_of_one(opened: Session, theme: Theme, qtbot: QtBot) -> None:
    view = LossView(opened, theme)
    qtbot.addWidget(view)
    opened.groups.train(3)
    idle(opened, qtbot)
    view.refresh()
    curves = view._siblings._curves
    assert [len(curve.getData()[1]) for curve in curves] == [3, 3]
    opened.replay(list(recorded_events(small_project())))
    view.refresh()
    assert all(curve.getData()[0] is None or not len(curve.getData()[0]) for curve in curves)


def test_that_a_stopped_run_is_resumed_where_it_was(runs: RunsCard, opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=30, patience=500)
    opened.step("epoch", 2)
    qtbot.waitUntil(lambda: len(opened.runs[-1].epochs) == 2, timeout=60_000)
    opened.stop()
    qtbot.waitUntil(runs.resume.isEnabled, timeout=60_000)
    qtbot.mouseClick(runs.resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(opened.runs) == 2, timeout=60_000)
    idle(opened, qtbot)
    first, second = opened.runs
    assert [entry.valid_loss for entry in second.epochs][:2] == [entry.valid_loss for entry in first.epochs]
    assert second.state == "finished"
    assert len(second.epochs) == 30
    qtbot.waitUntil(lambda: not runs.resume.isEnabled(), timeout=60_000)


def test_that_an_interrupted_run_of_an_earlier_session_is_listed(opened: Session, qtbot: QtBot) -> None:
    opened.edit("train", epochs=5000, patience=5000)
    opened.train()
    qtbot.waitUntil(lambda: len(opened.runs[-1].epochs) > 2, timeout=60_000)
    opened.close()
    later = Session()
    card = RunsCard(later, lambda: None)
    qtbot.addWidget(card)
    later.records.look()
    qtbot.waitUntil(lambda: not card.isHidden(), timeout=60_000)
    row = card.list.topLevelItem(0)
    assert row is not None
    assert row.text(4) == "interrupted"
    card.list.setCurrentItem(row)
    assert card.resume.isEnabled()
    card.resume.click()
    qtbot.waitUntil(lambda: later.training == "running", timeout=60_000)
    later.stop()
    idle(later, qtbot)
    later.close()
    card.deleteLater()
    later.deleteLater()


def test_that_every_state_has_a_word_and_a_meaning() -> None:
    assert STATES.keys() == MEANINGS.keys()


def test_that_words_say_what_a_press_will_do(opened: Session, qtbot: QtBot) -> None:
    assert "at most 3 epochs" in tips(opened)["train"]
    assert tips(opened)["stop"] == "Nothing is being trained."
    opened.edit("train", epochs=5000, patience=5000)
    opened.groups.train(2)
    qtbot.waitUntil(lambda: opened.runs[-1].best is not None, timeout=60_000)
    assert "no other seed" in tips(opened)["stop"]
    opened.pause()
    assert tips(opened)["train"] == "Go on with the next batch"
    opened.finish()
    qtbot.waitUntil(lambda: len(opened.runs) == 2 and opened.runs[-1].best is not None, timeout=60_000)
    assert "of epoch" in tips(opened)["finish"]
    opened.stop()
    idle(opened, qtbot)


def test_that_the_number_of_epochs_is_asked_for_without_stopping_the_window(
    open_window: object, opened: Session, qtbot: QtBot
) -> None:
    window = open_window(opened)  # type: ignore[operator]
    assert not window.actions_["run-more"].isEnabled()
    opened.train()
    idle(opened, qtbot)
    assert "new run" in window.actions_["run-more"].toolTip()
    window.actions_["run-more"].trigger()
    dialog = next(entry for entry in window.children() if isinstance(entry, QInputDialog))
    dialog.setIntValue(2)
    dialog.accept()
    idle(opened, qtbot)
    assert len(opened.runs[-1].epochs) == 2


@pytest.mark.parametrize(("scaling", "key"), [("keep", "grown-kept"), ("refit", "grown-refitted")])
def test_that_a_run_goes_on_with_a_file_that_has_grown(
    opened: Session, series: Path, qtbot: QtBot, scaling: Literal["keep", "refit"], key: str
) -> None:
    opened.train()
    idle(opened, qtbot)
    assert not has_grown(opened)
    lines = series.read_text().splitlines()
    time = np.datetime64(lines[-1].split(",")[0].replace(" ", "T"))
    more = [f"{str(time + np.timedelta64(k, 'h')).replace('T', ' ')},{9.0 + k % 5},{k % 3}" for k in range(1, 49)]
    series.write_text("\n".join([*lines, *more]) + "\n")
    with qtbot.waitSignal(opened.project_changed, timeout=20_000):
        opened.open(series)
    assert has_grown(opened)
    heard: list[str] = []
    opened.noticed.connect(lambda found: heard.append(found.key))
    go_on_grown(opened, scaling)
    qtbot.waitUntil(lambda: len(opened.runs) == 2 and opened.training == "idle", timeout=60_000)
    first, second = opened.runs
    assert second.state in ("finished", "early")
    assert key in heard
    before, after = opened.datasets[first.number], opened.run_dataset
    assert before is not None
    assert after is not None
    assert len(after.values) == len(before.values) + 48
    same = np.array_equal(after.scaled[: before.split.train], before.scaled[: before.split.train])
    assert same is (scaling == "keep")
    assert second.project.data.window == first.project.data.window
