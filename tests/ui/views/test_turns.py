"""Views that are due together share the time of the window's thread; lists beside them show whole numbers."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QTreeWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.ui.theme import Theme
from workbench.ui.views import turns
from workbench.ui.views.loss import LossView
from workbench.ui.views.plot import Plot
from workbench.ui.views.windowlist import LIST_WIDTH, fit_columns, window_list


def test_that_the_window_does_something_else_between_views_that_are_due_together(
    session: Session, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def slow(view: LossView) -> None:
        end_s = time.monotonic() + 2 * turns.TURN_S
        while time.monotonic() < end_s:
            pass
        told.append("view")

    shown = [LossView(session, theme) for _each in range(4)]
    for view in shown:
        qtbot.addWidget(view)
        view.resize(300, 200)
        view.show()
        qtbot.waitExposed(view)
    qtbot.waitUntil(lambda: not any(view._timer.isActive() for view in shown), timeout=5_000)
    monkeypatch.setattr(LossView, "draw", slow)
    timer = QTimer()
    timer.timeout.connect(lambda: told.append("window"))
    timer.start(0)
    for view in shown:
        view.mark()
    qtbot.waitUntil(lambda: told.count("view") == 4, timeout=10_000)
    timer.stop()
    first, last = told.index("view"), len(told) - told[::-1].index("view")
    between = told[first:last]
    assert all(pair != ("view", "view") for pair in pairwise(between))


def test_that_a_picture_is_painted_once_for_each_drawing(
    session: Session, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    painted: list[int] = []
    paint = Plot.paintEvent
    monkeypatch.setattr(Plot, "paintEvent", lambda plot, event: (painted.append(1), paint(plot, event)))

    def draw(view: LossView) -> None:
        view.show_picture()
        drawn.append(len(drawn))
        view.plot.show_y(0.0, 1.0 + len(drawn))

    monkeypatch.setattr(LossView, "draw", draw)
    view = LossView(session, theme)
    qtbot.addWidget(view)
    view.resize(300, 200)
    with qtbot.waitExposed(view):
        view.show()
    _settled(qtbot, painted)
    drawn.clear()
    view.mark()
    _settled(qtbot, painted)
    assert (len(drawn), len(painted)) == (1, 1)


def _settled(qtbot: QtBot, painted: list[int]) -> None:
    """Wait until something was painted, and for some rounds of the loop in which nothing was."""
    painted.clear()
    quiet = [0, 0]

    def quiet_for_long() -> bool:
        quiet[:] = (quiet[0] + 1, len(painted)) if len(painted) == quiet[1] else (0, len(painted))
        return bool(painted) and quiet[0] > 5

    qtbot.waitUntil(quiet_for_long)


def test_that_a_list_is_as_wide_as_its_numbers(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    shown = window_list(parent, "Worst", ("worst from", "MAE", "× median"))
    for row in range(60):
        QTreeWidgetItem(shown, ["2015-01-26 14:00 and more", f"{row}0 130.25", "7.25"])
    fit_columns(shown)
    assert shown.width() > LIST_WIDTH
    needed = sum(max(shown.sizeHintForColumn(column), shown.header().sectionSizeHint(column)) for column in range(3))
    assert needed <= shown.width() - shown.verticalScrollBar().sizeHint().width()
