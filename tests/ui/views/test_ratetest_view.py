"""The view of the range test: curve, proposal, another choice, and the one click that takes it over."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from workbench.app.ratetest import RateCurve
from workbench.app.session import Session
from workbench.core.opening import Opened
from workbench.ui.views.ratetest import RateTestView, loss_range
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]
X = np.linspace(-6, 0, 100)
"""Decimal logarithms of the rates."""


def curve(suggestion: float | None = 0.02) -> RateCurve:
    smooth = 1 - 0.6 / (1 + np.exp(-5 * (X + 1.7))) + np.exp(6 * (X + 0.2))
    noise = np.random.default_rng(0).normal(0, 0.02, len(X))
    return RateCurve(10**X, smooth + noise, smooth, suggestion, broke=True)


def empty(session: Session, make: MakeView) -> RateTestView:
    session._take(Opened(small_table(), small_project()))
    made = make("rate")
    assert isinstance(made, RateTestView)
    return made


def show(view: RateTestView, found: RateCurve) -> None:
    test = view.session.rate_test
    test._found(view.session.project, found)
    test.changed.emit()
    view.refresh()


def test_that_an_empty_view_says_how_to_fill_it(session: Session, make: MakeView) -> None:
    view = empty(session, make)
    assert "Press Find" in view.message


def test_that_the_test_is_drawn_over_the_logarithm_of_the_rate(session: Session, make: MakeView) -> None:
    view = empty(session, make)
    show(view, curve())
    assert not view.message
    x, y = view._smooth.getData()
    np.testing.assert_allclose(x, X)
    np.testing.assert_allclose(y, curve().smoothed)
    assert view._mark.value() == pytest.approx(math.log10(0.02))
    assert view._words.toPlainText() == "0.02"
    below = view.plot.getPlotItem().getAxis("bottom")
    assert below.tickStrings([-3.0], 1.0, 1.0) == ["0.001"]


def test_that_one_click_takes_the_rate_over_and_undo_back(session: Session, make: MakeView, qtbot: QtBot) -> None:
    view = empty(session, make)
    before = view.session.project.train.learning_rate
    show(view, curve())
    assert view.use.text() == "Use 0.02"
    qtbot.mouseClick(view.use, Qt.MouseButton.LeftButton)
    assert view.session.project.train.learning_rate == 0.02
    view.refresh()
    assert not view.use.isEnabled()
    view.session.undo.undo()
    assert view.session.project.train.learning_rate == before


def test_that_a_click_on_the_curve_chooses_another_rate(session: Session, make: MakeView) -> None:
    view = empty(session, make)
    show(view, curve())
    view._clicked(-2.456, 0.5)
    assert view.use.text() == "Use 0.0035"
    view._take()
    assert view.session.project.train.learning_rate == 0.0035
    view._clicked(7.0, 0.5)
    assert view.use.text() == "Use 1", "never a rate that was not tried"


def test_that_the_mouse_reads_rate_and_loss(session: Session, make: MakeView) -> None:
    view = empty(session, make)
    show(view, curve())
    view._hover(-3.0, 0.5)
    assert view.heading.facts.startswith("rate 0.00093: loss 0.99")
    view._leave()
    assert view.heading.facts == ""


def test_that_a_loss_that_never_fell_proposes_nothing(session: Session, make: MakeView) -> None:
    view = empty(session, make)
    show(view, curve(suggestion=None))
    assert not view.use.isEnabled()
    assert not view._mark.isVisible()
    view._clicked(-3.0, 0.5)
    assert view.use.text() == "Use 0.001"


def test_that_changed_settings_are_told(session: Session, make: MakeView) -> None:
    view = empty(session, make)
    show(view, curve())
    view.session.edit("train", batch=7)
    view.refresh()
    assert view.heading.facts == "settings have changed since"


def test_that_what_breaks_behind_does_not_flatten_the_fall() -> None:
    low, high = loss_range(curve())
    assert 0.3 < low < 0.55
    assert 1.0 < high < 1.6
    assert loss_range(RateCurve(np.zeros(0), np.zeros(0), np.zeros(0), None, broke=False)) == (0.0, 1.0)


def test_that_the_button_beside_the_rate_shows_the_test(
    open_window: Callable[..., object], opened: Session, qtbot: QtBot
) -> None:
    window = open_window(opened)
    column, area = window.column, window.area  # type: ignore[attr-defined]
    card = next(entry for entry in column.cards if entry.key == "training")
    assert area.docks["rate"].isHidden()
    card.set_opened(True)
    qtbot.mouseClick(card.seek, Qt.MouseButton.LeftButton)
    assert not area.docks["rate"].isHidden()
    qtbot.waitUntil(lambda: opened.rate_test.curve is not None, timeout=60_000)
