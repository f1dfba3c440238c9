"""The Training card: groups, the course of the rate, and what can be changed while a training runs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.core.fields import settings_of
from workbench.core.insight.course import course
from workbench.core.project import TrainSpec
from workbench.ui.panels.rates import said
from workbench.ui.panels.train import ALWAYS, GROUPS, TrainCard
from workbench.ui.theme import Theme


@pytest.fixture
def card(opened: Session, theme: Theme) -> Iterator[TrainCard]:
    made = TrainCard(opened, opened.rate_test.start)
    made.set_theme(theme)
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def paused(opened: Session, card: TrainCard, qtbot: QtBot) -> Session:
    """A training that waits behind its first epoch."""
    opened.edit("train", epochs=500, patience=500)
    opened.step("epoch")
    qtbot.waitUntil(lambda: len(opened.runs[-1].epochs) == 1, timeout=60_000)
    return opened


def test_that_every_setting_has_one_place(card: TrainCard) -> None:
    placed = [*ALWAYS, *(name for _key, _title, names in GROUPS for name in names)]
    assert len(placed) == len(set(placed))
    assert set(card.fields) == {entry.name for entry in settings_of(TrainSpec)}


def test_that_a_closed_group_names_what_is_not_as_usual(card: TrainCard, opened: Session) -> None:
    gradient = card.groups["gradient"]
    assert gradient.summary.text() == ""
    opened.edit("train", clip=0.5, accumulate=4)
    assert gradient.summary.text() == "Clip 0.5 · Accumulation 4"
    gradient.button.setChecked(True)
    assert gradient.summary.text() == ""


def test_that_unused_settings_are_closed_with_their_reason(card: TrainCard, opened: Session) -> None:
    momentum = card.fields["momentum"].widget
    assert not momentum.isEnabled()
    assert "It needs SGD" in momentum.toolTip()
    opened.edit("train", optimiser="sgd")
    assert momentum.isEnabled()


@pytest.mark.parametrize("schedule", ["constant", "step", "exponential", "cosine", "plateau"])
def test_that_the_curve_is_the_rate_the_training_takes(schedule: str) -> None:
    train = TrainSpec(schedule=schedule, warm_up=5.0, epochs=40, learning_rate=0.01)  # type: ignore[arg-type]
    positions, rates = course(train)
    assert positions[0] == 0.0
    assert positions[-1] == 40.0
    assert rates[0] < 0.002
    assert rates.max() == pytest.approx(0.01, rel=0.01)
    assert np.all(np.diff(rates[positions > 5.2]) <= 0)
    assert "warm-up over 5 epochs" in said(train)


def test_that_live_settings_reach_the_training_and_others_wait_for_the_next(card: TrainCard, paused: Session) -> None:
    steering = paused.trainings.steering
    assert steering is not None
    before = steering.train
    card.top.edit("learning_rate", 0.0005)
    card.top.edit("batch", 16)
    assert steering.train == before.changed(learning_rate=0.0005)
    assert paused.project.train.batch == 16
    assert card.fields["batch"].note.text() == "For the next run; this one has 32."
    assert not card.fields["learning_rate"].note.text()
    assert "next batch" in card.fields["learning_rate"].widget.toolTip()
    assert "next run" in card.fields["batch"].widget.toolTip()


def test_that_the_note_goes_with_the_training(card: TrainCard, paused: Session, qtbot: QtBot) -> None:
    card.top.edit("batch", 16)
    paused.stop()
    qtbot.waitUntil(lambda: paused.training == "idle", timeout=60_000)
    assert not card.fields["batch"].note.isVisibleTo(card)
