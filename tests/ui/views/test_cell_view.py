"""Cell and Unit views, and surgery in the window: what is printed, and what gestures do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter, Qt
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.insight.diagram import diagram_of
from workbench.core.opening import Opened
from workbench.core.operations import Clamp, Silence
from workbench.core.project import Project
from workbench.ui.views.surgerymenu import fill_surgery, menu_of
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


@pytest.fixture
def replay(session: Session) -> Callable[[Project], None]:
    """Replay a training; the look at its end is as precise as the network."""

    def replayed(project: Project) -> None:
        session._take(Opened(small_table(), project))
        session.replay(list(recorded_events(project)))

    return replayed


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def settle(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: session.surgery.trial is not None and not session.surgery._busy, timeout=20_000)


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_the_printed_numbers_are_those_of_the_network(
    cell: str, session: Session, replay: Callable[[Project], None], make: MakeView
) -> None:
    replay(small_project(cell))
    session.point(step=9, unit=4)
    view = make("cell")
    values = session.run.probe().traces[0].values
    for line in view.equations.lines:
        assert line.value == pytest.approx(float(values[line.key][9, 4]), abs=1e-5)
        assert number(view.equations.numbers(line).rsplit("= ", 1)[1]) == pytest.approx(line.value, abs=6e-4)
    words = dict(part.split(" ") for part in view.picture.accessibleDescription().split(", "))
    assert {key: number(value) for key, value in words.items()} == pytest.approx(
        {line.key: line.value for line in view.equations.lines}, abs=6e-4
    )
    assert "network − equations" in view.heading.facts


def test_that_steps_go_back_and_on_by_button_and_key(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("cell")
    view._on.click()
    assert finished.cursor.step == 35, "the window ends there"
    view._back.click()
    view.refresh()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert (finished.cursor.step, finished.cursor.unit) == (33, 0)
    view.refresh()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert finished.cursor.unit == 1
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert finished.cursor.step is None


def test_that_the_unrolled_window_points_and_pins(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("cell")
    view.resize(900, 500)
    strip = view.strip
    qtbot.waitUntil(strip.isVisible, timeout=5_000)
    first, _last = strip.seen()
    qtbot.mouseMove(strip, QPoint(20 + int(2.5 * strip._pitch()), 20))
    qtbot.waitUntil(lambda: finished.cursor.step == first + 2, timeout=5_000)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(20 + int(4.5 * strip._pitch()), 20))
    assert finished.cursor.pinned


def test_that_a_recorded_epoch_shows_only_what_follows_from_it(finished: Session, make: MakeView) -> None:
    finished.point(step=9, unit=4, epoch=0)  # the weights before training were not the best of anything
    view = make("cell")
    by_key = {line.key: line for line in view.equations.lines}
    assert by_key["f"].numbers == ""
    assert "not kept" in view.heading.facts
    assert by_key["c"].numbers
    assert "not kept" in view.bar.outcome.text()


def test_that_a_click_on_a_gate_offers_to_hold_it(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("cell")
    view.resize(900, 420)
    finished.point(unit=3)
    chosen = []
    view.picture.chosen.disconnect()
    view.picture.chosen.connect(lambda key, _place: chosen.append(key))
    part = diagram_of(finished.run.project.model).part("f", "gate")
    qtbot.mouseClick(view.picture, Qt.MouseButton.LeftButton, pos=view.picture._at(part.column, part.row).toPoint())
    assert chosen == ["f"]
    menu = menu_of("f", finished)
    words = [action.text() for action in menu.actions() if action.text()]
    assert words[:3] == ["f = 1 in all units", "f = 0.5 in all units", "f = 0 in all units"]
    menu.actions()[0].trigger()
    assert finished.surgery.operations == (Clamp(gate="f", value=1.0),)
    settle(finished, qtbot)
    view.refresh()
    assert "f" in view.picture._held
    assert "after surgery" in view.heading.subtitle
    assert view.equations.lines[0].value == 1.0


def test_that_everything_that_is_offered_can_be_done(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("cell")
    finished.point(unit=3, step=20)
    noticed = []
    finished.noticed.connect(noticed.append)
    menu = view.bar.operate.menu()
    fill_surgery(menu, finished)
    actions = [action for action in menu.actions() if action.menu() is None and not action.isSeparator()]
    for sub in [action.menu() for action in menu.actions() if action.menu() is not None]:
        actions += [action for action in sub.actions() if not action.isSeparator()]
    assert len(actions) > 30
    for action in actions:
        before = finished.undo.count()
        action.trigger()
        assert finished.undo.count() > before, action.text()
    assert not noticed
    settle(finished, qtbot)


def test_that_the_bar_takes_written_operations_and_tells_the_error(
    finished: Session, make: MakeView, qtbot: QtBot
) -> None:
    view = make("cell")
    view.resize(1000, 420)
    noticed = []
    finished.noticed.connect(noticed.append)
    qtbot.keyClicks(view.bar.written, "nonsense")
    qtbot.keyClick(view.bar.written, Qt.Key.Key_Return)
    assert [entry.key for entry in noticed] == ["unreadable-operation"]
    view.bar.written.clear()
    qtbot.keyClicks(view.bar.written, "f = 0")
    qtbot.keyClick(view.bar.written, Qt.Key.Key_Return)
    assert view.bar.written.text() == ""
    settle(finished, qtbot)
    trial, ghost = finished.surgery.trial, finished.surgery.ghost
    words = view.bar.outcome.text()
    before, after = words.removeprefix("validation MAE ").split(" (")[0].split(" → ")
    assert float(before) == pytest.approx(ghost.scores.mae, rel=0.01)
    assert float(after) == pytest.approx(trial.scores.mae, rel=0.01)
    assert view.bar.done.text() == "f = 0 ▾"
    finished.undo.undo()
    assert not view.bar.done.isVisibleTo(view)


def test_that_the_forecast_shows_what_it_was_as_a_ghost(
    session: Session, replay: Callable[[Project], None], make: MakeView, qtbot: QtBot
) -> None:
    replay(small_project())
    finished, view = session, make("forecast")
    before = view._prediction.getData()[1].copy()
    finished.surgery.do(Silence(unit=2))
    settle(finished, qtbot)
    view.refresh()
    np.testing.assert_allclose(view._bending._ghost.getData()[1], before, rtol=1e-5)
    assert not np.allclose(view._prediction.getData()[1], before)
    assert "zero[2]" in view.heading.facts
    finished.undo.undo()
    view.refresh()
    assert view._bending._ghost.getData()[1] is None or not len(view._bending._ghost.getData()[1])


def test_that_a_point_of_the_window_can_be_dragged(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("forecast")
    view._move.setChecked(True)
    view.refresh()
    points = view._bending.points
    rows, values = points.getData()
    assert len(rows) == 36
    for value in (25.0, 30.0, 40.0):
        points.moved.emit(35, value, value == 25.0)
    settle(finished, qtbot)
    view.refresh()
    assert [entry.notation for entry in finished.surgery.operations] == ["x0[35] = 40"]
    assert view._bending._read.getData()[1][35] == 40.0
    assert finished.surgery.trial.probe.forecast[0, 0] != finished.surgery.ghost.probe.forecast[0, 0]
    finished.undo.undo()
    assert finished.surgery.operations == ()
    view.refresh()
    assert points.getData()[1][35] == values[35]


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_the_belt_on_screen_is_kept_plus_written(
    cell: str, session: Session, replay: Callable[[Project], None], make: MakeView
) -> None:
    replay(small_project(cell))
    session.point(step=12, unit=6)
    view = make("unit")
    saved = dict(view.columns())
    np.testing.assert_allclose(saved["kept"] + saved["written"], saved["total"], atol=1e-5)
    np.testing.assert_allclose(saved["h"], session.run.probe().traces[0].values["h"][:, 6], atol=1e-6)
    kept, rest = view.heading.facts.split(" · ")[0].split(" + ")
    written, total = rest.split(" = ")
    assert number(kept) + number(written) == pytest.approx(number(total), abs=0.01)
    shown = view._total.getData()[1][::2]
    np.testing.assert_allclose(shown, saved["total"], atol=1e-5)


def test_that_units_are_kept_for_comparison(finished: Session, make: MakeView) -> None:
    view = make("unit")
    finished.point(unit=2)
    view.refresh()
    view._keep.click()
    finished.point(unit=5)
    view.refresh()
    c = finished.run.probe().traces[0].values["c"]
    np.testing.assert_allclose(view._others[0][0].getData()[1], c[:, 2], atol=1e-6)
    assert view._kept_menu.isVisibleTo(view)
    view._kept_menu.menu().actions()[0].trigger()
    view.refresh()
    assert not view._kept_menu.isVisibleTo(view)


def test_that_the_picture_is_made_of_lines_and_words(finished: Session, make: MakeView) -> None:
    view = make("cell")
    small, large = (view.picture.grab(), QImage(1200, 800, QImage.Format.Format_RGB32))
    assert not small.isNull()
    painter = QPainter(large)
    painter.scale(2, 2)
    view.picture.render(painter, QPoint())
    painter.end()


def test_that_kept_windows_are_drawn_over_the_one_at_the_cursor(
    finished: Session, make: MakeView, qtbot: QtBot
) -> None:
    series, unit = make("series"), make("unit")
    first = int(finished.run_dataset.valid.start[0])
    here = finished.cursor.window
    finished.windows._put((first,))
    qtbot.waitUntil(lambda: first in finished.windows.looks, timeout=20_000)
    unit.refresh()
    curve = unit._windows._curves[0][1].getData()
    look = finished.windows.looks[first].traces[0].values["c"][:, 0]
    np.testing.assert_allclose(curve[1], look, atol=1e-6)
    assert curve[0][0] == here
    assert series.kept._bands[0].getRegion() == (first - 0.5, first + 35.5)
    series.kept._bands[0].setRegion((first + 3.2, first + 39.2))
    qtbot.waitUntil(lambda: finished.windows.starts == (first + 4,), timeout=5_000)
    qtbot.keyClick(series, Qt.Key.Key_K)
    assert finished.windows.starts == (first + 4, here)
    qtbot.waitUntil(lambda: not finished.windows._busy, timeout=20_000)


def test_that_a_gate_is_dragged_open_and_one_undo_takes_the_drag_back(
    finished: Session, make: MakeView, qtbot: QtBot
) -> None:
    view = make("cell")
    view.resize(900, 420)
    part = diagram_of(finished.run.project.model).part("o", "gate")
    middle = view.picture._at(part.column, part.row).toPoint()
    reach = round(view.picture._radius())
    qtbot.mousePress(view.picture, Qt.MouseButton.LeftButton, pos=middle)
    for up in (reach // 2, reach):
        qtbot.mouseMove(view.picture, middle - QPoint(0, up))
    qtbot.mouseRelease(view.picture, Qt.MouseButton.LeftButton, pos=middle - QPoint(0, reach))
    (operation,) = finished.surgery.operations
    assert isinstance(operation, Clamp)
    assert operation.gate == "o"
    assert operation.value > 0.9
    settle(finished, qtbot)
    finished.undo.undo()
    assert finished.surgery.operations == ()
