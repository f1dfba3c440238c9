"""What the Forecast view draws, and in which rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pytestqt.qtbot import QtBot

from recorded import small_project
from series import HOUR, hourly, run_of, table_of, tiny_project, train, wave
from workbench.app.session import Session
from workbench.core import forecasting
from workbench.core.bundle import bundled
from workbench.core.dataset import prepare
from workbench.core.events import Forecasted
from workbench.core.project import Project
from workbench.ui.views.foretelling import beyond, from_origin, predictions_along, with_breaks
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


def test_that_truth_and_prediction_stand_in_the_right_rows(finished: Session) -> None:
    run, dataset = finished.run, finished.dataset
    assert run is not None
    assert dataset is not None
    probe = run.probe()
    assert probe is not None
    told = from_origin(dataset, probe, 0)
    origin = probe.start + 36
    np.testing.assert_array_equal(told.history[0], np.arange(probe.start, origin))
    np.testing.assert_array_equal(told.truth[0], np.arange(origin - 1, origin + 12))
    np.testing.assert_allclose(told.truth[1], dataset.values[origin - 1 : origin + 12, 0])
    np.testing.assert_allclose(told.prediction[1][1:], probe.forecast[:, 0])
    assert told.prediction[1][0] == dataset.values[origin - 1, 0]


def test_that_predictions_along_the_series_were_made_so_many_steps_before(finished: Session) -> None:
    run, dataset = finished.run, finished.dataset
    assert run is not None
    assert dataset is not None
    for ahead in (1, 12):
        rows, values = predictions_along(run, dataset, 0, ahead)
        made = run.forecasts["test"]
        where = np.searchsorted(rows, made.starts[5] + 36 + ahead - 1)
        assert values[where] == np.float64(made.values[5, ahead - 1, 0])
        assert (np.diff(rows) > 0).all()


def test_that_a_line_does_not_cross_a_gap() -> None:
    x, y = with_breaks(np.array([1, 2, 3, 10, 11]), np.arange(5.0))
    assert x.tolist() == [1, 2, 3, 3, 10, 11]
    np.testing.assert_array_equal(np.isnan(y), [False, False, False, True, False, False])


def test_that_the_kinds_can_be_switched(finished: Session, make: MakeView) -> None:
    view = make("forecast")
    assert view._modes.button(1).isVisible()
    assert not view._modes.button(2).isVisible()
    view._modes.idClicked.emit(1)
    view.refresh()
    assert view.heading.subtitle == "1 hour ahead"
    view._ahead.setValue(12)
    view.refresh()
    assert view.heading.subtitle.startswith("12 hours")


def test_that_a_future_forecast_is_shown_when_it_arrives(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view, run, dataset = make("forecast"), finished.run, finished.dataset
    assert run is not None
    assert dataset is not None
    start = np.array([dataset.split.rows - 36])
    run.apply(Forecasted(4, "future", start, np.full((1, 20, 1), 21.0, dtype=np.float32), True))
    finished.run_changed.emit(run, frozenset({"Forecasted"}))
    qtbot.waitUntil(lambda: view.heading.subtitle.startswith("until"), timeout=5_000)
    x, y = view._prediction.getData()
    assert x.tolist() == list(range(399, 420))
    assert y[0] == dataset.values[-1, 0]
    time, prediction, *_band = view.columns()
    assert time[1][-1] == np.datetime64("2024-01-01") + np.timedelta64(419, "h")
    assert len(prediction[1]) == 20


def test_that_another_target_is_drawn_when_chosen(
    fill: Callable[[Project], None], session: Session, make: MakeView
) -> None:
    fill(small_project(targets=("load", "temp")))
    view = make("forecast")
    first = view._truth.getData()[1].copy()
    view._target.chosen.emit(1)
    view.refresh()
    assert session.cursor.target == 1
    assert not np.allclose(first, view._truth.getData()[1])


def test_that_hovering_over_the_window_moves_the_step(finished: Session, make: MakeView) -> None:
    view = make("forecast")
    assert finished.cursor.window is not None
    view._hovered(finished.cursor.window + 7.3, 0.0)
    assert finished.cursor.step == 7
    view._hovered(finished.cursor.window + 40.0, 0.0)
    assert finished.cursor.step == 7


def test_that_the_future_that_is_drawn_is_that_of_the_series_at_the_cursor() -> None:
    times = np.concatenate([hourly(60), hourly(80)])
    table = table_of(times=times, step=HOUR, a=wave(140), id=np.repeat([7.0, 9.0], (60, 80)))
    project = tiny_project(series="id", window=6, output="gaussian", loss="nll", epochs=1)
    dataset = prepare(table, project.data)
    made = bundled(run_of(train(project, dataset), project), dataset)
    future = forecasting.beyond(made, dataset)
    for window, place, name, last in ((3, 0, "7", 60), (70, 1, "9", 140), (None, 0, "7", 60)):
        told = beyond(dataset, future, 0, window)
        assert name in told.subtitle
        np.testing.assert_array_equal(told.prediction[1][1:], future.values[place, :, 0])
        assert told.origin == last - 1
        assert (dataset.sequence[told.truth[0].astype(int)] == place).all()
