"""Gradients, Memory and Weights on a recorded run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from recorded import small_project
from workbench.app.session import Session
from workbench.app.studies import studies_of
from workbench.core.cells import CELLS
from workbench.core.insight.flow import against_lag, norms, reach
from workbench.core.insight.memory import half_lives
from workbench.core.insight.phase import plane
from workbench.core.insight.weights import decoded
from workbench.core.project import Project
from workbench.ui.views.gradients import faint_epochs
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]
Fill = Callable[[Project], None]


def test_that_the_gradients_saved_are_those_of_the_look(finished: Session, make: MakeView) -> None:
    finished.point(epoch=2)
    view = make("gradients")
    assert finished.run is not None
    probe = finished.run.probe(2)
    assert probe is not None
    _lags, expected = against_lag(norms(probe.traces[0])["h"])
    saved = dict(view.columns())
    np.testing.assert_array_equal(saved["h epoch 2"], expected)
    _lags, belt = against_lag(norms(probe.traces[0])["c"])
    assert f"reaches {reach(belt)} of 36 steps back" in view.words.text()
    assert "epoch 2" in view.heading.facts


def test_that_other_runs_are_drawn_beside(fill: Fill, session: Session, make: MakeView) -> None:
    fill(small_project("rnn"))
    fill(small_project())
    view = make("gradients")
    assert "1 RNN" not in view.words.text()
    view.compare.setChecked(True)
    view.refresh()
    assert "1 RNN" in view.words.text()
    assert "2 LSTM" in view.words.text()
    assert any(name.startswith("h run 1") for name, _values in view.columns())


def test_that_a_click_in_gradients_pins_the_step_so_many_steps_back(finished: Session, make: MakeView) -> None:
    view = make("gradients")
    view._click(5.2, 0.0)
    assert (finished.cursor.step, finished.cursor.pinned) == (30, True)


def test_that_few_epochs_stand_behind_and_the_first_is_among_them() -> None:
    found = faint_epochs(list(range(100)), 50)
    assert found[0] == 0
    assert 50 not in found
    assert len(found) <= 7


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_that_memory_tells_the_half_lives(cell: str, fill: Fill, session: Session, make: MakeView) -> None:
    fill(small_project(cell))
    view = make("memory")
    run = session.run
    assert run is not None
    probe = run.probe(4)
    assert probe is not None
    expected, source = half_lives(run.project.model, probe.traces[0])
    assert source == ("gate" if cell == "lstm" else "jacobian")
    np.testing.assert_array_equal(dict(view.columns())["half-life"], expected)
    assert "24 steps (1 day)" in view.words.text()


def test_that_a_unit_is_chosen_where_its_dot_is(finished: Session, make: MakeView) -> None:
    view = make("memory")
    x, y = (float(part[7]) for part in view._places)
    view._point(x, y, pinned=True)
    assert (finished.cursor.unit, finished.cursor.pinned) == (7, True)
    view.refresh()
    assert "unit 7" in view.heading.facts


def test_that_weights_tell_every_picture(finished: Session, make: MakeView) -> None:
    view = make("weights")
    run = finished.run
    assert run is not None
    probe = run.probe()
    assert probe is not None
    assert run.best is not None
    facts = probe.weights[0]
    forget = run.best.weights["layers.0.kernel.weight_hh_l0"][12:24]
    np.testing.assert_array_equal(dict(view.columns())["f_2"], forget[:, 0])
    finished.point(epoch=0)
    view.refresh()
    forget = decoded(run.probes[0].weights[0], "weight_hh_l0")[12:24]
    np.testing.assert_array_equal(dict(view.columns())["f_2"], forget[:, 0])
    view._pointed(2, 5)
    shown, error = view._value("f").split(" ± ")
    assert float(shown.replace("−", "-")) == pytest.approx(float(forget[5, 0]), abs=float(error))
    assert "1 : 3 : 4" in view.words.text()
    for index, name in ((1, "weight_hh_l0 density"), (2, "radius f"), (3, "update weight_hh_l0")):
        view._modes.button(index).click()
        view.refresh()
        assert name in dict(view.columns())
    assert set(facts.radius) == set(CELLS["lstm"].weight_blocks)


def test_that_patterns_say_when_the_day_was_learnt(finished: Session, make: MakeView) -> None:
    view = make("patterns")
    run = finished.run
    assert run is not None
    assert set(dict(view.columns())["epoch 24"]) == set(run.probes)
    assert view.words.text().startswith("1 day: ")
    view._clicked(1.2, 0.5)
    assert finished.cursor.epoch == 1
    view._clicked(99.0, 0.5)
    assert finished.cursor.epoch is None


def test_that_phase_goes_to_the_step_that_is_clicked_and_keeps_its_plane(finished: Session, make: MakeView) -> None:
    view = make("phase")
    x, y = (float(value) for value in view._placed[20])
    view._point(x, y, pinned=True)
    assert finished.cursor.step is not None
    np.testing.assert_allclose(view._placed[finished.cursor.step], [x, y], atol=0.3)
    assert finished.run is not None
    newest = finished.run.probe()
    assert newest is not None
    finished.point(epoch=1)
    view.refresh()
    probe = finished.run.probe(1)
    assert probe is not None
    expected = plane(newest.traces[0].values["h"]).seen(probe.traces[0].values["h"])
    np.testing.assert_allclose(dict(view.columns())["component 1"], expected[:, 0], atol=1e-6)


def test_that_connectivity_asks_for_the_step_of_the_horizon_that_is_clicked(
    finished: Session, make: MakeView, qtbot: QtBot
) -> None:
    view = make("connectivity")
    assert view._found is not None
    assert view._found.step == 6
    window, horizon = 36, 12
    view._click(view._found.start + window + 5.0, 20.0)
    qtbot.waitUntil(lambda: view._found.step == 5, timeout=10_000)
    view.integrated.click()
    qtbot.waitUntil(lambda: view._found.integrated is not None, timeout=10_000)
    view.refresh()
    assert "completeness error" in view.heading.facts
    view._choose_step(len(view._offered) - 1)
    qtbot.waitUntil(lambda: view._found.step == horizon - 1, timeout=10_000)
    past = min(finished.run.kept)
    finished.point(epoch=past)  # whose weights were kept
    qtbot.waitUntil(lambda: view._found.epoch == past, timeout=10_000)
    qtbot.waitUntil(lambda: not studies_of(finished).busy, timeout=10_000)


def test_that_a_match_is_gone_to_where_the_range_is(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("match")
    assert view._found
    first, length = view._query.first, len(view._query.values)
    nearest = view._found[0]
    view.next.click()
    row = view._all[0] + nearest.row
    assert finished.cursor.window is not None
    assert finished.cursor.window + view._steps[0] == row
    assert abs(row - (view._query.row)) >= length
    assert view._query.first == first
    qtbot.waitUntil(lambda: view._shown.start == finished.cursor.window, timeout=10_000)
    own = view._shown.traces[0].values["h"][view._steps[0] : view._steps[1], list(view._query.units)]
    assert own.shape == view._query.values.shape
    # A day later the same units do the same: the series is a daily rhythm.
    assert nearest.distance < 0.5
    np.testing.assert_allclose(own, view._query.values, atol=0.5)


def test_that_a_unit_is_added_and_taken_away(finished: Session, make: MakeView) -> None:
    view = make("match")
    finished.point(unit=11)
    view.refresh()
    before = list(view._units)
    view.add.click()
    assert view._units == [*before, 11] if 11 not in before else [unit for unit in before if unit != 11]
    view.add.click()
    assert set(view._units) == set(before)


@pytest.mark.parametrize(("key", "right"), [("gradients", -1), ("phase", 1), ("connectivity", 1)])
def test_that_arrow_keys_move_the_cursor(key: str, right: int, finished: Session, make: MakeView, qtbot: QtBot) -> None:
    finished.point(step=20)
    view = make(key)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert finished.cursor.step == 20 + right
    for _ in range(50):
        qtbot.keyClick(view, Qt.Key.Key_Left)
    assert finished.cursor.step == (35 if right < 0 else 0)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert finished.cursor.step is None
