"""Gates and States as differences to another epoch or run, and units by season."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project
from workbench.app.session import Session
from workbench.core.operations import Silence
from workbench.core.project import Project
from workbench.ui.views.against import Other
from workbench.ui.views.units import units_of
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


def choose(view: AbstractView, other: Other) -> None:
    view._against.chosen.emit(view._offered.index(other))
    view.refresh()


def test_that_an_epoch_is_taken_away(finished: Session, make: MakeView) -> None:
    view = make("gates")
    assert view._offered == [Other(), *(Other("epoch", epoch) for epoch in sorted(finished.run.probes))]
    choose(view, Other("epoch", 1))
    run = finished.run
    now, then = run.probe().traces[0].values["f"], run.probe(1).traces[0].values["f"]
    np.testing.assert_allclose(dict(view.columns())["f_3"], (now - then)[:, 3], atol=1e-6)
    low, high = view._ranges["f"]
    assert low == -high
    assert "minus epoch 1" in view.heading.subtitle
    choose(view, Other())
    assert view._ranges["f"] == (0.0, 1.0)


def test_that_another_run_is_taken_away_if_its_look_fits(
    finished: Session, make: MakeView, fill: Callable[[Project], None]
) -> None:
    finished.replay(list(recorded_events(small_project("gru"))))
    view = make("states")
    choose(view, Other("run", 1))
    assert "nothing to compare with" in view.heading.subtitle
    np.testing.assert_allclose(dict(view.columns())["h_2"], finished.run.probe().traces[0].values["h"][:, 2])


def test_that_surgery_is_compared_with_the_network_before(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    view = make("states")
    finished.surgery.do(Silence(unit=4))
    qtbot.waitUntil(lambda: finished.surgery.trial is not None and not finished.surgery._busy, timeout=20_000)
    view.refresh()
    choose(view, Other("ghost"))
    ghost = finished.surgery.ghost.probe.traces[0].values["c"]
    np.testing.assert_allclose(dict(view.columns())["c_4"], -ghost[:, 4], atol=1e-6)
    finished.undo.undo()
    view.refresh()
    assert view._other == Other()


def test_that_units_that_go_with_the_season_stand_on_top(finished: Session, make: MakeView) -> None:
    view = make("states")
    units_of(finished).choose("season")
    view.refresh()
    order = view._order
    assert finished.run_dataset.season == 24
    c = finished.run.probe().traces[0].values["c"].astype(float)
    t = np.arange(36) - 17.5
    waves = [f(2 * np.pi * k * np.arange(36) / 24) for k in (1, 2, 3) for f in (np.sin, np.cos)]
    full = np.column_stack([np.ones(36), t, *waves])
    rest = c - full @ np.linalg.lstsq(full, c, rcond=None)[0]
    base = c - full[:, :2] @ np.linalg.lstsq(full[:, :2], c, rcond=None)[0]
    share = 1 - (rest**2).sum(axis=0) / (base**2).sum(axis=0)
    assert order.season == pytest.approx(share, abs=1e-3)
    assert (np.diff(share[order.units]) > -1e-3).all()
