"""The views that say whether a forecast can be trusted: scores, residuals, doctor, bands and the rows to come."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.core.opening import Opened
from workbench.core.project import Project
from workbench.ui.appearance import wear
from workbench.ui.views.anomalies import AnomaliesView
from workbench.ui.views.bands import NONE, SHARES
from workbench.ui.views.doctor import DoctorView
from workbench.ui.views.forecast import ForecastView
from workbench.ui.views.future import FutureView
from workbench.ui.views.residuals import ResidualsView
from workbench.ui.views.scores import ScoresView
from workbench.ui.views.series import SeriesView
from workbench.ui.views.view import AbstractView


def replayed(session: Session, project: Project | None = None, *, train: bool = True) -> Session:
    project = project or small_project()
    session._take(Opened(small_table(), project))
    if train:
        session.replay(list(recorded_events(project)))
    return session


V = TypeVar("V", bound=AbstractView)


def shown(kind: type[V], session: Session, qtbot: QtBot) -> V:
    view = kind(session, wear("dark"))
    qtbot.addWidget(view)
    view.resize(700, 420)
    view.show()
    settle(view, qtbot)
    return view


def settle(view: AbstractView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view._dirty and not view.session.judging.busy, timeout=10_000)
    qtbot.waitUntil(lambda: not view._dirty and not view.session.judging.busy, timeout=10_000)


def test_that_baselines_are_scored_before_any_training(session: Session, qtbot: QtBot) -> None:
    view = shown(ScoresView, replayed(session, train=False), qtbot)
    names = [view.table.topLevelItem(row).text(0) for row in range(view.table.topLevelItemCount())]  # type: ignore[union-attr]
    assert "last value" in names
    assert "LSTM" not in names
    assert view.verdict.isHidden()


def test_that_the_network_stands_beside_all_baselines_and_the_numbers_are_those_of_the_truth(
    session: Session, qtbot: QtBot
) -> None:
    view = shown(ScoresView, replayed(session), qtbot)
    assert view.table.topLevelItem(0).text(0) == "LSTM"  # type: ignore[union-attr]
    run, dataset = session.run, session.run_dataset
    assert run is not None
    assert dataset is not None
    made = run.forecasts["test"]
    error = np.abs(made.values - dataset.truth(made.starts))
    saved = dict(view.columns())
    np.testing.assert_allclose(saved["LSTM"], error.mean(axis=(0, 2)), rtol=1e-6)
    assert view.value(view._reports["model"], "mae") == pytest.approx(error.mean(), rel=1e-6)
    assert "mean |f − y|" in view.formula.text()
    view._choose("mase")
    settle(view, qtbot)
    assert "s = " in view.formula.text()
    assert not view.verdict.isHidden()


def test_that_a_click_on_a_bad_window_moves_the_cursor_there(session: Session, qtbot: QtBot) -> None:
    view = shown(ResidualsView, replayed(session), qtbot)
    first = view._list.topLevelItem(0)
    assert first is not None
    view._jump(first)
    assert session.cursor.window == view._worst[0].start
    dataset, run = session.run_dataset, session.run
    assert dataset is not None
    assert run is not None
    made = run.forecasts["test"]
    error = np.abs(made.values - dataset.truth(made.starts)).mean(axis=(1, 2))
    assert made.starts[np.argmax(error)] == session.cursor.window
    view._clicked(float(view._found.rows[3]), 0.0)  # type: ignore[union-attr]
    assert session.cursor.window == made.starts[3]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_that_residuals_have_quantiles_and_groups(session: Session, qtbot: QtBot, theme: str) -> None:
    view = shown(ResidualsView, replayed(session), qtbot)
    view.set_theme(wear("light" if theme == "light" else "dark"))
    view._quantiles.setChecked(True)
    view._ahead.setValue(3)
    settle(view, qtbot)
    assert "overlap below lag 3" in view.heading.facts
    view._choose_grouping(1)
    settle(view, qtbot)
    assert view._by == "weekday"


def test_that_a_remedy_changes_the_settings_in_one_step_and_trains(session: Session, qtbot: QtBot) -> None:
    project = small_project()
    project = project.edited(data={"window": 12})
    view = shown(DoctorView, replayed(session, project, train=False), qtbot)
    (entry,) = [entry for entry in view._found or () if entry.problem.key == "window-short"]
    assert view.heading.subtitle == "1 finding"
    buttons = [button for button in view.findChildren(QPushButton) if "window 24" in button.text()]
    assert buttons
    heard: list[str] = []
    session.judging.wanted.connect(heard.append)
    trained: list[int] = []
    session.train = lambda **_kwargs: trained.append(1)  # type: ignore[method-assign]
    view.mend(entry)
    assert session.project.data.window == 24
    assert trained == [1]
    session.undo.undo()
    assert session.project.data.window == 12
    show = [button for button in view.findChildren(QPushButton) if button.text().startswith("Show")]
    qtbot.mouseClick(show[0], Qt.MouseButton.LeftButton)
    assert heard == ["seasonality"]


def test_that_the_band_says_what_it_held(session: Session, qtbot: QtBot) -> None:
    view = shown(ForecastView, replayed(session), qtbot)
    bands = session.judging.bands(session.run)
    assert bands is not None
    texts = [entry.text for entry in view.heading.legend]
    held = f"{100 * bands.coverage[SHARES[0]]:.1f}"
    assert any("80 % band" in text and held in text for text in texts), texts
    assert "lower edge" in dict(view.columns())
    view._share = NONE
    view.mark()
    settle(view, qtbot)
    assert "lower edge" not in dict(view.columns())


def test_that_rows_to_come_take_inputs_pasted_from_a_spreadsheet(session: Session, qtbot: QtBot) -> None:
    project = small_project().edited(data={"known_future": ("temp",)})
    view = shown(FutureView, replayed(session, project), qtbot)
    assert view.table.rowCount() == 12
    view.table.setCurrentCell(0, 1)
    view.paste("\r\n".join(["1,5", "2.5", *["10"] * 20]))
    np.testing.assert_array_equal(view.given()["temp"], [1.5, 2.5, *[10.0] * 10])
    view._forecast()
    qtbot.waitUntil(lambda: session.run is not None and session.run.future is not None, timeout=20_000)
    view.paste("\n".join(["40"] * 12))
    view._add_scenario()
    qtbot.waitUntil(lambda: len(session.futures.of(session.run)) == 1, timeout=20_000)
    settle(view, qtbot)
    headers = [header for header, _values in view.columns()]
    assert headers == ["time", "temp", "load", "load (scenario 1)"]
    columns = dict(view.columns())
    assert list(columns["load"]) != list(columns["load (scenario 1)"])
    view._copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == "\t".join(headers)
    assert lines[1].startswith("2024-01-17 16:00\t40\t")
    forecast = shown(ForecastView, session, qtbot)
    assert "scenario 1" in [entry.text for entry in forecast.heading.legend]
    view._clear()
    assert session.futures.of(session.run) == ()


def test_that_missing_inputs_are_asked_for_and_can_be_filled(session: Session, qtbot: QtBot) -> None:
    project = small_project().edited(data={"known_future": ("temp",)})
    view = shown(FutureView, replayed(session, project), qtbot)
    assert "12 inputs to fill in" in view.heading.facts
    heard: list[str] = []
    session.noticed.connect(lambda found: heard.append(found.key))
    view._forecast()
    qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
    assert heard == ["not-known-ahead"]
    view._fill()
    settle(view, qtbot)
    dataset = session.run_dataset
    assert dataset is not None
    past = dataset.values[-dataset.season :, 1][:12]
    np.testing.assert_allclose(view.given()["temp"], past, rtol=1e-6)


def test_that_a_forecast_past_the_horizon_is_marked(session: Session, qtbot: QtBot) -> None:
    project = small_project(targets=("load", "temp"))
    view = shown(FutureView, replayed(session, project), qtbot)
    view.steps.setValue(20)
    view._forecast()
    qtbot.waitUntil(lambda: session.run is not None and session.run.future is not None, timeout=20_000)
    settle(view, qtbot)
    assert "from step 13 on fed back" in view.heading.facts
    forecast = shown(ForecastView, session, qtbot)
    assert "from step 13 on fed back" in forecast.heading.facts
    assert forecast._fed.isVisible()


def test_that_marked_rows_alone_are_saved_and_the_slider_decides_how_many(session: Session, qtbot: QtBot) -> None:
    view = shown(AnomaliesView, replayed(session), qtbot)
    counts = []
    for share in (800, 950, 999):
        view.slider.setValue(share)
        settle(view, qtbot)
        assert view._found is not None
        counts.append(int(view._found.flagged.sum()))
        strengths = dict(view.marked())["× band"]
        assert len(strengths) == counts[-1]
        assert (np.asarray(strengths, dtype=float) > 1).all()
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0
    view.slider.setValue(800)
    settle(view, qtbot)
    first = view._list.topLevelItem(0)
    assert first is not None
    view._jump(first)
    dataset = session.run_dataset
    assert dataset is not None
    assert session.cursor.window == view._found.events[0].peak - dataset.spec.origin


def test_that_the_series_shows_the_rows_a_number_was_made_from(session: Session, qtbot: QtBot) -> None:
    view = shown(SeriesView, replayed(session, train=False), qtbot)
    dataset = session.dataset
    assert dataset is not None
    view._row_bars.choose(4)
    settle(view, qtbot)
    first = dataset.test.start[0] + dataset.spec.origin
    assert view._row_bars.rows.tolist() == [
        [first, dataset.test.start[-1] + dataset.spec.origin + dataset.spec.horizon]
    ]
    assert view._row_bars._bar.isVisible()
    view._row_bars.choose(0)
    settle(view, qtbot)
    assert not view._row_bars._bar.isVisible()


def test_that_unusual_rows_are_marked_on_the_series_itself(session: Session, qtbot: QtBot) -> None:
    view = shown(SeriesView, replayed(session), qtbot)
    assert view.lens.button.isVisible()
    assert not view.lens.slider.isVisible()
    view.lens.button.click()
    counts = []
    for share in (800, 990):
        view.lens.slider.setValue(share)
        settle(view, qtbot)
        x, y = view.lens._dots.getData()
        counts.append(len(x))
        dataset = session.run_dataset
        assert dataset is not None
        assert y == pytest.approx(dataset.values[x.astype(int), 0])
        assert f"{len(x)} rows" in view.lens.words.text()
    assert counts[0] > counts[1]


def test_that_the_doctors_findings_of_earlier_looks_are_not_kept(finished: Session, qtbot: QtBot) -> None:
    judging = finished.judging
    for hidden in (12, 24, 36):
        finished.edit("model", hidden=hidden)  # another patient
        qtbot.waitUntil(lambda: judging.diagnoses() is not None and not judging._asked.busy)
    assert [key[0] for key in judging._asked._found].count("doctor") == 1
