"""Findings about the data arrive off the window's thread, are kept, and go when the data change."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from series import HOUR, table_of, tiny_project, wave
from workbench.app.session import Session
from workbench.core.opening import Opened


@pytest.fixture
def gappy(session: Session) -> Session:
    table = small_table()
    table["load"].values[100:103] = np.nan
    session._take(Opened(table, small_project()))
    return session


def test_that_an_empty_session_has_nothing_to_review(session: Session) -> None:
    review = session.review
    assert review.faults() == ()
    assert review.policies() == ()
    assert review.seasonality(0) is None
    assert not review.busy


def test_that_a_finding_arrives_and_is_kept(gappy: Session, qtbot: QtBot) -> None:
    review = gappy.review
    with qtbot.waitSignal(review.changed, timeout=10_000):
        assert review.alternatives("gaps") is None
        assert review.busy
        assert review.alternatives("gaps") is None
    found = review.alternatives("gaps")
    assert found is not None
    assert [choice.value for choice in found] == ["cut", "hold", "seasonal", "interpolate"]
    assert review.alternatives("gaps") is found
    assert not review.busy


def test_that_other_data_drop_what_was_found_and_a_theme_or_model_does_not(gappy: Session, qtbot: QtBot) -> None:
    review = gappy.review
    assert review.seasonality(0) is None
    qtbot.waitUntil(lambda: review.seasonality(0) is not None, timeout=10_000)
    assert review.policies() == ("gaps", "resample")
    kept = review.seasonality(0)
    gappy.edit("model", hidden=5)
    assert review.seasonality(0) is kept
    gappy.edit("data", train_share=0.6)
    assert review.seasonality(0) is None
    qtbot.waitUntil(lambda: review.seasonality(0) is not None, timeout=10_000)
    found = review.seasonality(0)
    assert found is not None
    assert found.rows == 240
    assert [period.steps for period in found.periods] == [24]


def test_that_faults_stay_while_only_settings_change(gappy: Session, qtbot: QtBot) -> None:
    review = gappy.review
    review.faults()
    qtbot.waitUntil(lambda: review.faults() is not None, timeout=10_000)
    found = review.faults()
    gappy.edit("data", gaps="hold")
    assert review.faults() is found


def test_that_a_late_answer_about_older_data_is_dropped(gappy: Session, qtbot: QtBot) -> None:
    review = gappy.review
    review.alternatives("gaps")
    gappy.edit("data", window=24)
    assert not review.busy
    review.alternatives("gaps")
    qtbot.waitUntil(lambda: not review.busy, timeout=10_000)
    found = review.alternatives("gaps")
    assert found is not None
    dataset = gappy.dataset
    assert dataset is not None
    assert found[0].windows == len(dataset.train) + len(dataset.valid) + len(dataset.test)


def test_that_the_choice_looked_at_is_told_once_and_forgotten_with_the_data(gappy: Session, qtbot: QtBot) -> None:
    review, told = gappy.review, []
    review.weighed.connect(told.append)
    review.alternatives("gaps")
    qtbot.waitUntil(lambda: not review.busy, timeout=10_000)
    found = review.alternatives("gaps")
    assert found is not None
    review.weigh(found[1])
    review.weigh(found[1])
    assert told == [found[1]]
    gappy.edit("data", gaps="hold")
    assert review.looked_at is None
    assert told == [found[1], None]


def test_that_repeated_times_of_several_series_are_no_fault(session: Session, qtbot: QtBot) -> None:
    once = np.datetime64("2024-01-01", "us") + np.arange(40) * np.timedelta64(1, "h")
    number = np.repeat([1.0, 2.0], 40)
    table = table_of(times=np.tile(once, 2), step=HOUR, a=wave(80), id=number)
    session._take(Opened(table, tiny_project()))
    qtbot.waitUntil(lambda: session.review.faults() is not None)
    kinds = {fault.kind for fault in session.review.faults() or ()}
    assert {"duplicate", "backward"} <= kinds
    assert session.edit("data", series="id") is None
    qtbot.waitUntil(lambda: session.review.faults() is not None)
    assert not {"duplicate", "backward"} & {fault.kind for fault in session.review.faults() or ()}
