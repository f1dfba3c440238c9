"""Periods are listed, chosen, and turned into a window and a horizon."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from series import HOUR
from workbench.app.session import Session
from workbench.core.insight.periods import profile
from workbench.core.opening import Opened
from workbench.core.table import Step
from workbench.ui.appearance import wear
from workbench.ui.views import VIEWS
from workbench.ui.views.lagaxis import lag_text, lag_ticks, log_period_ticks, phase_ticks
from workbench.ui.views.seasonality import SeasonalityView


def opened(session: Session, qtbot: QtBot) -> SeasonalityView:
    """Return a view on nine weeks of hours with a day and a week in them; no fixture: those outlive the leak check."""
    table = small_table(1500)
    hours = np.arange(1500)
    table["load"].values[:] += 4 * np.sin(2 * np.pi * hours / 168)
    session._take(Opened(table, small_project()))
    made = VIEWS["seasonality"].load()(session, wear("dark"))
    assert isinstance(made, SeasonalityView)
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    settled(made, qtbot)
    return made


def settled(view: SeasonalityView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view._dirty and not view.session.review.busy, timeout=10_000)
    qtbot.waitUntil(lambda: not view._dirty, timeout=5_000)


def shown(view: SeasonalityView) -> list[str]:
    return [button.text() for button in view._buttons if button.isVisible()]


def test_that_found_periods_are_listed_with_their_strength(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    texts = shown(view)
    assert len(texts) == 2
    assert {text.split(" · ")[0] for text in texts} == {"1 day", "1 week"}
    assert all(0 <= float(text.split(" · ")[1]) <= 1 for text in texts)
    assert "strength" in view._buttons[0].accessibleName()
    assert "1 050 training rows" in view.heading.subtitle.replace("\u202f", " ")


def test_that_a_click_chooses_a_period_and_another_one_proposes_other_settings(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    day = next(index for index, text in enumerate(shown(view)) if text.startswith("1 day"))
    week = 1 - day
    for index, steps in ((week, 168), (day, 24)):
        view._buttons[index].click()
        settled(view, qtbot)
        assert view.use.text() == f"Use: window {2 * steps}, horizon {steps}"
        assert len(view.shape.curve.getData()[0]) == steps + 1


def test_that_the_button_sets_window_and_horizon_in_one_step_that_can_be_undone(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    day = next(index for index, text in enumerate(shown(view)) if text.startswith("1 day"))
    view._buttons[day].click()
    settled(view, qtbot)
    before = view.session.project.data
    view.use.click()
    assert (view.session.project.data.window, view.session.project.data.horizon) == (48, 24)
    view.session.undo.undo()
    assert view.session.project.data == before


def test_that_a_period_that_does_not_fit_says_so(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    view.session.edit("data", train_share=0.9, valid_share=0.05)
    settled(view, qtbot)
    week = next(index for index, text in enumerate(shown(view)) if text.startswith("1 week"))
    view._buttons[week].click()
    settled(view, qtbot)
    assert not view.use.isEnabled()
    assert "No window fits" in view.use.accessibleDescription()
    assert "75 rows" in view.use.accessibleDescription()


def test_that_only_training_rows_are_looked_at(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    assert view.session.table is not None
    found = view._found
    assert found is not None
    train = view.session.dataset.split.train  # type: ignore[union-attr]
    view.session.table["load"].values[train:] = np.random.default_rng(0).normal(size=1500 - train)
    view.session.edit("data", window=30)
    settled(view, qtbot)
    again = view._found
    assert again is not None
    assert again is not found
    np.testing.assert_array_equal(again.correlation, found.correlation)


def test_that_another_column_can_be_looked_at(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    view._chooser.chosen.emit(1)
    settled(view, qtbot)
    assert view.heading.subtitle.startswith("temp")
    assert [text.split(" · ")[0] for text in shown(view)] == ["1 week"]


def test_that_a_click_near_a_peak_chooses_it(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    view.correlation.clicked.emit(170.0, 0.3)
    settled(view, qtbot)
    assert view.use.text() == "Use: window 336, horizon 168"
    view.spectrum.clicked.emit(np.log10(23.0), 1.0)
    settled(view, qtbot)
    assert view.use.text() == "Use: window 48, horizon 24"


def test_that_a_small_view_shows_one_picture_at_a_time(session: Session, qtbot: QtBot) -> None:
    view = opened(session, qtbot)
    view.resize(450, 200)
    qtbot.waitUntil(lambda: [p.isVisible() for p in view._pictures] == [True, False, False], timeout=5_000)
    view._modes.button(2).click()
    qtbot.waitUntil(lambda: [p.isVisible() for p in view._pictures] == [False, False, True], timeout=5_000)
    view.resize(900, 300)
    qtbot.waitUntil(lambda: all(p.isVisible() for p in view._pictures), timeout=5_000)


def test_that_sequences_and_noise_are_told_apart_from_a_period(session: Session, qtbot: QtBot) -> None:
    table = small_table()
    table["load"].values[:] = np.random.default_rng(0).normal(size=400)
    session._take(Opened(table, small_project()))
    made = VIEWS["seasonality"].load()(session, wear("dark"))
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    settled(made, qtbot)
    assert made.heading.facts == "no clear period"
    assert not made.shape.isVisibleTo(made), "an empty plot says nothing"
    assert not made.use.isVisible()
    session.edit("data", series="kind", window=10, horizon=3)
    settled(made, qtbot)
    assert "sequences" in made.message


@pytest.mark.parametrize(
    ("steps", "step", "words"),
    [
        (48, Step(1800, "second"), "48\n1 day"),
        (52, None, "52"),
        (12, Step(1, "month"), "12\n1 year"),
        (2.5, HOUR, "2.5"),
    ],
)
def test_that_a_lag_is_told_in_steps_and_in_time(steps: float, step: Step | None, words: str) -> None:
    assert lag_text(steps, step) == words


def test_that_lags_have_round_ticks() -> None:
    assert lag_ticks(0, 740, 5, Step(1800, "second")) == [0, 336, 672]
    assert lag_ticks(0, 100, 5, None) == [0, 20, 40, 60, 80, 100]
    assert lag_ticks(0, 60, 6, Step(1, "month")) == [0, 12, 24, 36, 48, 60]
    periods = [round(10**value) for value in log_period_ticks(np.log10(2), np.log10(7000), 8, HOUR)]
    assert {24, 168}.issubset(periods)


def test_that_a_day_has_hours_a_week_days_and_a_year_months() -> None:
    from workbench.core.clock import Clock, advance

    def names(step: Step, steps: int, first: str) -> list[str]:
        clock = Clock(3 * steps, advance(np.datetime64(first, "us"), step, np.arange(3 * steps)), step)
        return [text for _place, text in phase_ticks(profile(np.zeros(3 * steps), clock, steps), step, 7)]

    assert names(HOUR, 24, "2024-01-01") == ["00:00", "06:00", "12:00", "18:00", "24:00"]
    assert len(names(HOUR, 168, "2024-01-01")) == 7
    assert len(names(Step(1, "month"), 12, "2024-01-01")) == 6
