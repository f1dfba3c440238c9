"""Gates and States as differences to another epoch or run, and units by season."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.core.dataset import prepare
from workbench.core.insight.unitfacts import season_within
from workbench.core.operations import Silence
from workbench.core.project import DataSpec, Project
from workbench.core.table import Column
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
    phase, trial = make("phase"), finished.surgery.trial.probe.traces[0].values["h"]
    np.testing.assert_allclose(phase._placed, phase._fitted[2].seen(trial), atol=1e-5)
    finished.undo.undo()
    view.refresh()
    assert view._other == Other()
    phase.refresh()
    np.testing.assert_allclose(phase._placed, phase._fitted[2].seen(finished.run.probe().traces[0].values["h"]))


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


def test_that_a_kept_window_is_seen_in_every_view(finished: Session, make: MakeView, qtbot: QtBot) -> None:
    run, dataset = finished.run, finished.run_dataset
    here, kept = run.probe().start, int(dataset.valid.start[0])
    finished.point(window=here)
    finished.windows._put((kept,))
    qtbot.waitUntil(lambda: kept in finished.windows.looks and not finished._looks._looking, timeout=20_000)
    theirs = finished.windows.looks[kept]
    view = make("states")
    window, minus = (next(other for other in view._offered if other.kind == kind) for kind in ("window", "minus"))
    choose(view, window)
    np.testing.assert_allclose(dict(view.columns())["h_2"], theirs.traces[0].values["h"][:, 2])
    assert window.time in view.heading.subtitle
    choose(view, minus)
    own = run.probe().traces[0].values["h"]
    np.testing.assert_allclose(dict(view.columns())["h_2"], (own - theirs.traces[0].values["h"])[:, 2], atol=1e-6)
    forecast = make("forecast")
    x, y = forecast._kept.curves[1].getData()
    assert x[1] == here + dataset.spec.origin
    np.testing.assert_allclose(y[1:], theirs.forecast[:, 0])
    for other in (forecast, make("phase")):
        assert [entry.text for entry in other.heading.legend if entry.role == "candidate"] == [window.time]


def test_that_the_longest_season_that_fits_the_window_counts() -> None:
    hours = np.arange(24 * 7 * 8)
    values = 5 * np.sin(2 * np.pi * hours / 24) + 4 * np.sin(2 * np.pi * hours / 168)
    column = Column("load", "number", values + np.random.default_rng(0).normal(0, 0.1, len(hours)), 0)
    table = small_table(len(hours))
    table = replace(table, columns=(table.columns[0], column))
    for window, period in ((300, 168), (48, 24), (20, 1)):
        assert season_within(prepare(table, DataSpec(targets=("load",), window=window, horizon=12))) == period
