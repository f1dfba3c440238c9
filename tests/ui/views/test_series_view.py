"""Dragging, clicking and choosing in the Series view."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from workbench.app.session import Session
from workbench.core.opening import Opened
from workbench.core.project import Project
from workbench.ui.views.seriesdata import nearest_window
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


@pytest.fixture
def data(session: Session) -> Session:
    session._take(Opened(small_table(), small_project()))
    return session


def test_that_a_dropped_window_snaps_to_a_usable_one(data: Session, make: MakeView) -> None:
    view = make("series")
    view.frame.window.setRegion((100.3, 136.3))
    view.frame.window.sigRegionChangeFinished.emit(view.frame.window)
    assert data.cursor.window == 101
    assert view.frame.window.getRegion() == (100.5, 136.5)
    assert view.frame.horizon.getRegion() == (136.5, 148.5)


def test_that_the_horizon_goes_with_a_dragged_window(data: Session, make: MakeView) -> None:
    view = make("series")
    view.frame.window.setRegion((50.0, 86.0))
    assert view.frame.horizon.getRegion()[0] == view.frame.window.getRegion()[1]
    assert np.diff(view.frame.horizon.getRegion()) == 12


def test_that_a_window_dropped_outside_finds_the_nearest(data: Session, make: MakeView) -> None:
    assert data.dataset is not None
    assert nearest_window(data.dataset, -50) == 0
    assert nearest_window(data.dataset, 1e6) == data.dataset.test.start[-1]


def test_that_a_click_puts_the_origin_there(data: Session, make: MakeView) -> None:
    make("series")._clicked(200.2, 0.0)
    assert data.cursor.window == 200 - 36


@pytest.mark.parametrize(("border", "row", "shares"), [(0, 200.0, (0.5, 0.35)), (1, 320.0, (0.7, 0.1))])
def test_that_a_dropped_border_edits_the_split(
    data: Session, make: MakeView, border: int, row: float, shares: tuple[float, float]
) -> None:
    view = make("series")
    line = view.frame.borders[border]
    line.setValue(row - 0.5)
    line.sigPositionChangeFinished.emit(line)
    spec = data.project.data
    assert (spec.train_share, spec.valid_share) == pytest.approx(shares)
    data.undo.undo()
    assert data.project.data.train_share == pytest.approx(0.7)


def test_that_a_border_cannot_leave_the_series(data: Session, make: MakeView) -> None:
    view = make("series")
    for row in (-500.0, 5_000.0):
        view.frame.borders[0].setValue(row)
        view.frame.borders[0].sigPositionChangeFinished.emit(view.frame.borders[0])
    assert data.data_problem is None or data.data_problem.key == "no-windows"
    assert data.project.data.train_share <= 0.95


def test_that_the_zoom_survives_another_split(data: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("series")
    view.plot.show_x(100, 150)
    data.edit("data", train_share=0.6)
    qtbot.waitUntil(lambda: not view._dirty, timeout=5_000)
    assert view.plot.visible() == (100, 150)
    view.reset_zoom()
    assert view.plot.visible() == (-0.5, 399.5)


def test_that_another_column_can_be_chosen(session: Session, make: MakeView) -> None:
    session._take(Opened(small_table(), small_project(targets=("load", "temp"))))
    view = make("series")
    view._chooser.chosen.emit(1)
    view.refresh()
    assert session.cursor.target == 1
    assert view.heading.subtitle.startswith("temp")


def test_that_column_names_are_not_read_as_markup(session: Session, make: MakeView) -> None:
    table = small_table()
    named = Project(data=small_project().data)
    session._take(Opened(table, named))
    view = make("series")
    assert view.heading.subtitle == "load · hourly"
    assert "windows" in view.heading.facts


def test_that_missing_rows_are_counted_and_marked(session: Session, make: MakeView) -> None:
    table = small_table()
    table["load"].values[100:103] = np.nan
    project = small_project()
    project = project.model_copy(update={"data": project.data.changed(gaps="hold")})
    session._take(Opened(table, project))
    view = make("series")
    assert view.heading.facts.startswith("3 missing")
    assert len(view._curves.missing.getData()[0]) == 2
    assert np.isfinite(view._curves.held.getData()[1]).sum() >= 3


def test_that_the_target_is_shown_while_the_settings_do_not_fit(session: Session, make: MakeView) -> None:
    session._take(Opened(small_table(), small_project(targets=("temp",))))
    session.edit("data", window=5_000)
    assert session.dataset is None
    assert make("series").heading.subtitle.startswith("temp")
