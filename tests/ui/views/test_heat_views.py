"""Gates and States: one cursor, one order of units."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import Qt, QWheelEvent
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project
from workbench.app.session import Session
from workbench.core.events import EpochEnded
from workbench.core.insight.ordering import gate_half_life
from workbench.core.project import Project
from workbench.ui.views.heatframe import Frame
from workbench.ui.views.heatview import columns_for
from workbench.ui.views.units import units_of
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


def test_that_there_is_a_map_for_every_gate_and_state(finished: Session, make: MakeView) -> None:
    assert list(make("gates")._maps) == ["f", "i", "g", "o"]
    assert list(make("states")._maps) == ["c", "h"]


def test_that_a_plain_cell_says_that_it_has_no_gates(fill: Callable[[Project], None], make: MakeView) -> None:
    fill(small_project("rnn"))
    assert "no gates" in make("gates").message
    assert list(make("states")._maps) == ["h"]


def test_that_hovering_finds_the_unit_behind_the_rank(finished: Session, make: MakeView) -> None:
    view = make("gates")
    view._maps["f"].pointed.emit(7, 11)
    assert finished.cursor.step == 7
    assert finished.cursor.unit == view._order.units[11]
    view.refresh()
    assert view._maps["o"]._mark == (7, 11)
    probe = finished.run.probe()
    value = probe.traces[0].values["f"][7, finished.cursor.unit]
    assert float(view._maps["f"]._caption.detail.replace("−", "-")) == pytest.approx(value, rel=0.01)
    assert view.heading.facts.startswith("step −29 · ")


def test_that_a_click_pins_and_a_second_one_releases(finished: Session, make: MakeView) -> None:
    view = make("states")
    view._maps["c"].clicked.emit(3, 2)
    view._maps["c"].pointed.emit(9, 9)
    assert (finished.cursor.step, finished.cursor.pinned) == (3, True)
    view._maps["c"].clicked.emit(3, 2)
    assert not finished.cursor.pinned


def test_that_a_real_mouse_points_at_what_is_under_it(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("states")
    heat = view._maps["h"]
    image = heat._rects()[1]
    qtbot.mouseMove(heat, QPoint(image.left() + 2, image.bottom() - 2))
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=QPoint(image.right() - 2, image.top() + 2))
    assert (finished.cursor.step, finished.cursor.unit) == (35, view._order.units[-1])


def test_that_arrow_keys_move_the_cursor(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("gates")
    finished.point(step=5, unit=int(view._order.units[4]))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up):
        qtbot.keyClick(view, key)
    assert (finished.cursor.step, finished.cursor.unit) == (6, view._order.units[5])
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert finished.cursor.step is None


def test_that_both_views_draw_a_unit_in_the_same_row(finished: Session, make: MakeView) -> None:
    gates, states = make("gates"), make("states")
    for name in ("similarity", "index", "memory"):
        units_of(finished).choose(name)
        gates.refresh()
        states.refresh()
        np.testing.assert_array_equal(gates._order.units, states._order.units)
    assert gates._order.name == "memory"
    lives = gates._order.half_life[gates._order.units]
    assert (np.diff(lives) >= 0).all()


def test_that_rows_stay_while_epochs_pass(session: Session, fill: Callable[[Project], None], make: MakeView) -> None:
    fill(small_project())
    run = session.run
    assert run is not None
    units = units_of(session)
    assert units.order(run, 0, 12) is units.order(run, 0, 12)
    session.point(epoch=1)
    view = make("gates")
    assert view._order is units.order(run, 0, 12)


def test_that_colours_keep_their_meaning_over_the_epochs(finished: Session, make: MakeView) -> None:
    view = make("states")
    ends = []
    epochs = [event.epoch for event in recorded_events(small_project()) if isinstance(event, EpochEnded)]
    for epoch in (None, *epochs):
        finished.point(epoch=epoch)
        view.refresh()
        ends.append(view._ranges["c"])
    assert all(after[1] >= before[1] for before, after in pairwise(ends))
    assert all(low == -high for low, high in ends)


def test_that_layers_can_be_chosen(session: Session, fill: Callable[[Project], None], make: MakeView) -> None:
    fill(small_project("gru", layers=2))
    view = make("gates")
    assert view._layer.isVisible()
    view._layer.chosen.emit(1)
    view.refresh()
    assert session.cursor.layer == 1
    assert view.heading.subtitle.startswith("layer 2")


def test_that_the_wheel_zooms_all_maps_alike_and_a_double_click_resets(
    finished: Session, make: MakeView, qtbot: QtBot
) -> None:
    view = make("gates")
    heat = view._maps["f"]
    middle = QPointF(heat._rects()[1].center())
    turn = QWheelEvent(
        middle, middle, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    heat.wheelEvent(turn)
    frames = {entry._frame for entry in view._maps.values()}
    assert len(frames) == 1
    frame = frames.pop()
    assert frame.right - frame.left < 36
    qtbot.mouseDClick(heat, Qt.MouseButton.LeftButton)
    assert {entry._frame for entry in view._maps.values()} == {None}


def test_that_a_frame_stays_on_its_map() -> None:
    whole = Frame(0, 96, 0, 64)
    assert whole.moved(-50, 90).within(96, 64) == whole
    near = whole.zoomed(0.5, 0.5, 1e-9, 1e-9)
    assert near.right - near.left == 4.0
    assert near.moved(1e6, 1e6).within(96, 64) == Frame(92, 96, 60, 64)
    assert near.zoomed(0.1, 0.9, 1e9, 1e9).within(96, 64) == whole


@pytest.mark.parametrize(
    ("maps", "size", "columns"),
    [
        (4, (700, 240), 4),
        (4, (480, 215), 2),
        (2, (350, 240), 2),
        (4, (300, 900), 1),
        (4, (600, 500), 2),
        (1, (9, 9), 1),
    ],
)
def test_that_maps_stand_in_a_row_or_a_grid(maps: int, size: tuple[int, int], columns: int) -> None:
    assert columns_for(maps, *size) == columns


def test_that_saved_numbers_have_a_column_for_every_unit(finished: Session, make: MakeView) -> None:
    columns = make("states").columns()
    assert [header for header, _values in columns][:4] == ["step", "time", "c_0", "c_1"]
    assert len(columns) == 2 + 2 * 12
    assert {len(values) for _header, values in columns} == {36}


def test_that_segments_are_named_and_memories_are_counted_in_rows(
    fill: Callable[[Project], None], make: MakeView, session: Session
) -> None:
    fill(small_project(targets=("load", "temp"), segment=6, channels="shared", decoder="parallel"))
    view = make("gates")
    assert "36 steps in segments of 6 · reading load" in view.heading.subtitle
    assert session.run is not None
    probe = session.run.probe()
    assert probe is not None
    keep = probe.traces[0].values["f"]
    assert keep.shape[0] == 36
    np.testing.assert_allclose(view._order.half_life, 6 * gate_half_life(keep), rtol=1e-5)
    assert (np.diff(view._order.half_life[view._order.units]) >= 0).all()
