"""Faults, filled values, several columns, brackets and the strip of the Series view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from workbench.app.session import Session
from workbench.core.opening import Opened
from workbench.ui.views.series import SeriesView
from workbench.ui.views.tracks import overlaid, stacked
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def faulty(tmp_path: Path) -> Path:
    """400 hours: a gap of four, two missing cells, a repeated time, a step backward, an outlier."""
    lines = []
    for hour in range(400):
        value: object = 20 + 5 * np.sin(2 * np.pi * hour / 24) + 0.1 * (hour * 7 % 5)
        value = "" if hour in (30, 31) else 99 if hour == 100 else value
        if not 200 <= hour < 204:
            lines.append(f"2024-01-{1 + hour // 24:02} {hour % 24:02}:00,{value},{hour % 24}")
        if hour == 60:
            lines.append(f"2024-01-{1 + hour // 24:02} {hour % 24:02}:00,50,{hour % 24}")
    lines[300], lines[301] = lines[301], lines[300]
    path = tmp_path / "faulty.csv"
    path.write_text("time,load,temp\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def data(session: Session, tmp_path: Path, qtbot: QtBot) -> Session:
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(faulty(tmp_path))
    session.edit("data", targets=("load",), inputs=("temp",), window=24, horizon=6, gaps="cut", gap_limit=3)
    return session


def made(make: MakeView, qtbot: QtBot, height: int = 300) -> SeriesView:
    view = make("series")
    assert isinstance(view, SeriesView)
    view.resize(700, height)
    settled(view, qtbot)
    return view


def settled(view: SeriesView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view._dirty and not view.session.review.busy, timeout=10_000)
    qtbot.waitUntil(lambda: not view._dirty, timeout=5_000)


def marked(view: SeriesView, kind: str) -> list[float]:
    item = view._marks._items.get(kind)  # type: ignore[call-overload]
    return [] if item is None else sorted(np.asarray(item.getData()[0]).tolist())


def test_that_faults_are_marked_at_their_rows(data: Session, make: MakeView, qtbot: QtBot) -> None:
    view = made(make, qtbot)
    # The second of the two rows of hour 60 stands out too; the mark is at the value that was kept.
    assert marked(view, "outlier") == [60, 100]
    assert marked(view, "duplicate") == [60]
    assert marked(view, "missing-cell") == [30]  # 31 is nearer to it than two marks can be
    view.plot.show_x(20, 60)
    settled(view, qtbot)
    assert marked(view, "missing-cell") == [30, 31]
    view.plot.show_x(90, 110)
    settled(view, qtbot)
    assert view._marks._items["outlier"].getData()[1].tolist() == [99.0]


def test_that_each_kind_has_its_own_shape_and_colour() -> None:
    from workbench.ui.faultmarks import MARKS, shape

    looks = {(mark.role, mark.filled, str(mark.corners)) for mark in MARKS.values()}
    assert len(looks) == len(MARKS)
    for kind in MARKS:
        assert shape(kind).boundingRect().width() <= 1.0


def test_that_the_title_counts_faults(data: Session, make: MakeView, qtbot: QtBot) -> None:
    facts = made(make, qtbot).heading.facts
    assert facts.startswith("6 missing")
    for words in ("1 repeated time", "1 step backward", "2 outliers", "windows"):
        assert words in facts


def test_that_hovering_tells_row_time_value_and_kind(data: Session, make: MakeView, qtbot: QtBot) -> None:
    view = made(make, qtbot)
    view.plot.hovered.emit(100.4, 0.0)
    assert view.readout.isVisible()
    for words in ("2024-01-05 04:00", "load 99", "outlier", "row"):
        assert words in view.readout.text()
    view.plot.hovered.emit(201.0, 0.0)
    assert "not in the file" in view.readout.text()
    assert "load missing" in view.readout.text()
    view.plot.left.emit()
    assert not view.readout.isVisible()


def test_that_a_fault_that_is_pointed_at_comes_into_the_middle(data: Session, make: MakeView, qtbot: QtBot) -> None:
    view = made(make, qtbot)
    outlier = next(fault for fault in data.review.faults() or () if fault.kind == "outlier")
    data.review.point(outlier, 1)
    lo, hi = view.plot.visible()
    assert hi - lo < 100
    assert lo < 100 < hi
    assert view._here.isVisible()
    assert view._here.value() == 100
    assert "outlier" in view.readout.text()


def test_that_page_keys_go_from_fault_to_fault(data: Session, make: MakeView, qtbot: QtBot) -> None:
    view = made(make, qtbot)
    view.plot.show_x(0, 50)
    seen = []
    for _press in range(4):
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
        seen.append(int(view._here.value()))
    assert seen == sorted(seen)
    assert {30, 31, 60} <= set(seen)
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert int(view._here.value()) == seen[-2]


def test_that_arrow_keys_move_the_window(data: Session, make: MakeView, qtbot: QtBot) -> None:
    view = made(make, qtbot)
    assert data.dataset is not None
    starts = np.sort(np.concatenate([data.dataset.part(part).start for part in ("train", "valid", "test")]))
    data.point(window=int(starts[10]))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert data.cursor.window == starts[11]
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert data.cursor.window == starts[9]


def test_that_filled_values_are_dotted_and_hollow(data: Session, make: MakeView, qtbot: QtBot) -> None:
    data.edit("data", gaps="hold", gap_limit=3)
    view = made(make, qtbot)
    assert view._curves.held.opts["pen"].style() == Qt.PenStyle.DotLine
    dots = sorted(view._marks.filled.getData()[0].tolist())
    assert dots == [30, 31, 200, 201, 202]
    surface = view.theme.color("surface")
    assert view._marks.filled.opts["brush"].color() == surface


def test_that_another_choice_is_shown_while_it_is_looked_at(data: Session, make: MakeView, qtbot: QtBot) -> None:
    view = made(make, qtbot)
    data.review.alternatives("gaps")
    settled(view, qtbot)
    choices = {choice.value: choice for choice in data.review.alternatives("gaps") or ()}
    data.review.weigh(choices["interpolate"])
    settled(view, qtbot)
    assert sorted(view._marks.ghost.getData()[0].tolist()) == [30, 31]
    data.review.weigh(choices["hold"])
    settled(view, qtbot)
    assert {30.0, 31.0, 200.0} <= set(view._marks.ghost.getData()[0].tolist())
    data.review.weigh(None)
    settled(view, qtbot)
    assert len(view._marks.ghost.getData()[0]) == 0


@pytest.mark.parametrize(("extra", "mode"), [(0, "stacked"), (1, "overlaid")])
def test_that_all_columns_can_be_shown(data: Session, make: MakeView, qtbot: QtBot, extra: int, mode: str) -> None:
    view = made(make, qtbot)
    view._chooser.chosen.emit(2 + extra)
    settled(view, qtbot)
    assert view._mode() == mode
    assert view.heading.subtitle == "2 columns · hourly"
    (_x, (bottom, top)) = view.plot.box.viewRange()
    heights = [item.getData()[1] for item in view._curves.items[:2]]
    for y in heights:
        seen = y[np.isfinite(y)]
        assert bottom - 1e-9 <= seen.min() < seen.max() <= top + 1e-9
    above = bool(np.nanmin(heights[0]) > np.nanmax(heights[1]))
    assert above is (mode == "stacked")
    if mode == "overlaid":
        assert [entry.text for entry in view.heading.legend] == ["load", "temp"]
    view._chooser.chosen.emit(0)
    settled(view, qtbot)
    assert view.heading.subtitle.startswith("load")


def test_that_tracks_keep_their_own_scale() -> None:
    first, second = stacked([(0.0, 10.0), (1000.0, 1001.0)])
    assert first.place(np.array([0.0, 10.0])).min() > second.place(np.array([1000.0, 1001.0])).max()
    over = overlaid([(0.0, 10.0), (5.0, 5.0)])
    np.testing.assert_allclose(over[0].place(np.array([0.0, 10.0])), [0.0, 1.0])
    assert 0 < over[1].place(np.array([5.0]))[0] < 1


def send(view: SeriesView, kind: QEvent.Type, x: float, y: float) -> None:
    place = QPointF(x, y)
    pressed = NONE if kind == QEvent.Type.MouseMove else LEFT
    held = NONE if kind == QEvent.Type.MouseButtonRelease else LEFT
    event = QMouseEvent(
        kind, place, view.plot.viewport().mapToGlobal(place), pressed, held, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(view.plot.viewport(), event)


def pulled(view: SeriesView, side: str, steps: int) -> tuple[float, float]:
    """Take hold of a handle and pull it so that `side` gets `steps` longer; return where the mouse is."""
    ends = view.frame.brackets._ends
    assert ends is not None
    (lo, hi), (bottom, top) = view.plot.box.viewRange()
    way = -1 if side == "window" else 1
    place = view.plot.box.mapViewToScene(QPointF(ends[0 if side == "window" else 2], (bottom + top) / 2))
    x, y = place.x() + 5 * way, place.y()
    send(view, QEvent.Type.MouseButtonPress, x, y)
    x += way * steps * view.plot.columns_of_pixels / (hi - lo)
    send(view, QEvent.Type.MouseMove, x, y)
    return x, y


@pytest.mark.parametrize(("side", "steps"), [("window", 12), ("window", -9), ("horizon", 6), ("horizon", -3)])
def test_that_a_dragged_handle_changes_the_length_and_counts_windows_meanwhile(
    session: Session, make: MakeView, qtbot: QtBot, side: str, steps: int
) -> None:
    session._take(Opened(small_table(), small_project()))
    view = made(make, qtbot)
    view.plot.show_x(250, 399)
    session.review.window_count()
    settled(view, qtbot)
    before = {"window": 36, "horizon": 12}[side]
    x, y = pulled(view, side, steps)
    told = view.readout.text()
    assert f"{before + steps} steps" in told
    send(view, QEvent.Type.MouseButtonRelease, x, y)
    assert getattr(session.project.data, side) == before + steps
    dataset = session.dataset
    assert dataset is not None
    assert f"{len(dataset.train) + len(dataset.valid) + len(dataset.test)} windows" in told
    session.undo.undo()
    assert getattr(session.project.data, side) == before


def test_that_a_length_that_leaves_no_window_says_what_to_shorten(
    session: Session, make: MakeView, qtbot: QtBot
) -> None:
    session._take(Opened(small_table(), small_project()))
    view = made(make, qtbot)
    session.review.window_count()
    settled(view, qtbot)
    view._length_dragged("horizon", 80)
    assert "No window fits: the valid part has 60 rows" in view.readout.text()
    assert "Shorten the window to" in view.readout.text()
    assert view.readout.property("tone") == "bad"


def test_that_nothing_can_be_dragged_during_a_training(session: Session, make: MakeView, qtbot: QtBot) -> None:
    session._take(Opened(small_table(), small_project(epochs=500)))
    view = made(make, qtbot)
    assert view.frame.brackets._ends is not None
    session.train()
    qtbot.waitUntil(lambda: view.frame.brackets._ends is None, timeout=20_000)
    assert not view.frame.borders[0].movable
    session.stop()
    qtbot.waitUntil(lambda: session.training == "idle", timeout=20_000)
    qtbot.waitUntil(lambda: view.frame.brackets._ends is not None, timeout=5_000)


def test_that_a_border_moves_the_date_where_dates_are_typed(session: Session, make: MakeView, qtbot: QtBot) -> None:
    session._take(Opened(small_table(), small_project()))
    session.edit("data", train_until="2024-01-09 08:00")
    view = made(make, qtbot)
    assert view.frame.borders[0].value() == 199.5
    line = view.frame.borders[0]
    line.setValue(219.5)
    line.sigPositionChangeFinished.emit(line)
    assert session.project.data.train_until == "2024-01-10 04:00"
    assert session.dataset is not None
    assert session.dataset.split.train == 220
    assert session.dataset.split.valid == 340


def test_that_the_strip_moves_and_zooms_the_plot(session: Session, make: MakeView, qtbot: QtBot) -> None:
    session._take(Opened(small_table(), small_project()))
    view = made(make, qtbot, height=320)
    strip = view.navigator
    assert strip.isVisible()
    view.plot.show_x(100, 200)
    settled(view, qtbot)
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert view.plot.visible() == pytest.approx((110, 210))
    qtbot.keyClick(strip, Qt.Key.Key_Plus)
    lo, hi = view.plot.visible()
    assert (hi - lo, (lo + hi) / 2) == (pytest.approx(80), pytest.approx(160))
    middle = strip.rect().center()
    middle.setX(round(strip._pixel(300)))
    qtbot.mouseClick(strip, LEFT, pos=middle)
    lo, hi = view.plot.visible()
    assert (lo + hi) / 2 == pytest.approx(300, abs=2)
    qtbot.keyClick(strip, Qt.Key.Key_Home)
    assert view.plot.visible() == pytest.approx((-0.5, 399.5))


def test_that_a_low_view_leaves_the_strip_out(session: Session, make: MakeView, qtbot: QtBot) -> None:
    session._take(Opened(small_table(), small_project()))
    assert not made(make, qtbot, height=180).navigator.isVisible()


def test_that_series_split_each_by_itself_show_no_three_parts(session: Session, make: MakeView, qtbot: QtBot) -> None:
    session._take(Opened(small_table(), small_project()))
    session.edit("data", series="kind", window=10, horizon=3)
    view = made(make, qtbot)
    assert session.dataset is not None
    assert session.dataset.split.places is not None
    assert not any(band.isVisible() for band in view.frame.bands)
    assert not any(line.isVisible() for line in view.frame.borders)
    assert view.heading.legend == ()
    assert np.isfinite(view._curves.items[0].getData()[1]).sum() > 300
