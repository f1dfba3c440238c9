"""Gradients, Memory and Weights on a recorded run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recorded import small_project
from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.insight.flow import against_lag, norms, reach
from workbench.core.insight.memory import half_lives
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
    assert f"reaches {reach(expected)} of 36 steps back" in view.words.text()
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
    facts = run.probes[4].weights[0]
    saved = dict(view.columns())
    forget = decoded(facts, "weight_hh_l0")[12:24]
    np.testing.assert_array_equal(saved["f_2"], forget[:, 0])
    assert "1 : 3 : 4" in view.words.text()
    for index, name in ((1, "weight_hh_l0 density"), (2, "radius f"), (3, "update weight_hh_l0")):
        view._modes.button(index).click()
        view.refresh()
        assert name in dict(view.columns())
    assert set(facts.radius) == set(CELLS["lstm"].weight_blocks)
