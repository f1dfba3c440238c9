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
from workbench.ui.views import view as views
from workbench.ui.views.loss import LossView
from workbench.ui.views.windowlist import LIST_WIDTH, fit_columns, window_list


def test_that_the_window_does_something_else_between_views_that_are_due_together(
    session: Session, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def slow(view: LossView) -> None:
        time.sleep(2 * views.TURN_S)
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
