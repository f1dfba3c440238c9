"""The backtest in the window: started, shown, saved, refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from workbench.app.session import Session
from workbench.core.opening import Opened
from workbench.core.problems import Problem
from workbench.ui.views.backtest import BacktestView
from workbench.ui.views.view import AbstractView


def pressed(view: BacktestView, session: Session, qtbot: QtBot) -> None:
    view.start.click()
    assert session.backtests.busy
    qtbot.waitUntil(lambda: not session.backtests.busy and not view._dirty, timeout=20_000)


def shown(make: Callable[[str], AbstractView]) -> BacktestView:
    view = make("backtest")
    assert isinstance(view, BacktestView)
    view.resize(900, 420)
    return view


def test_that_a_backtest_of_the_shown_run_stands_over_the_series_and_is_saved(
    finished: Session, make: Callable[[str], AbstractView], qtbot: QtBot, tmp_path: Path
) -> None:
    view = shown(make)
    assert view._drawn is not None
    foreseen = view._drawn.origins
    assert not view.save.isEnabled()
    finished.backtests.edit(origins=5)
    view.refresh()
    pressed(view, finished, qtbot)
    kept = view.kept
    assert kept is not None
    found, drawn = kept.found, view._drawn
    np.testing.assert_array_equal(drawn.origins, found.start + found.dataset.spec.origin)
    assert set(drawn.origins) <= set(foreseen)
    x, y = drawn.forecasts["model"]
    horizon = found.dataset.spec.horizon
    np.testing.assert_array_equal(y.reshape(-1, horizon + 1)[:, :-1], found.forecasts["model"][:, :, 0])
    assert x[0] == drawn.origins[0]
    error = np.abs(found.forecasts["model"] - found.truth).mean()
    assert view.table.topLevelItem(0).text(1) == f"{error:.4g}"  # type: ignore[union-attr]
    assert view.name("model") in view.verdict.text()
    assert view.list.topLevelItemCount() == len(drawn.origins)
    view._jump(view.list.topLevelItem(1))  # type: ignore[arg-type]
    assert finished.cursor.window == found.start[found.origin == 1][0]
    with qtbot.waitSignal(finished.noticed, timeout=10_000):
        finished.backtests.save(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "backtest.origins" in page
    assert "model.hidden" in page
    finished.edit("data", window=finished.project.data.window + 1)
    finished.train(dataset=finished.dataset)
    finished.stop()
    view.refresh()
    assert view.kept is None, "it is of other data"
    qtbot.waitUntil(lambda: finished.training == "idle", timeout=20_000)


@pytest.mark.parametrize(("plan", "key"), [({"refit": 1, "gap": 5_000}, "no-origins"), ({}, "busy")])
def test_that_a_backtest_that_cannot_be_made_says_why(
    session: Session, make: Callable[[str], AbstractView], qtbot: QtBot, plan: dict[str, int], key: str
) -> None:
    session._take(Opened(small_table(), small_project()))
    view = shown(make)
    session.backtests.edit(**plan)
    told: list[Problem] = []
    session.noticed.connect(told.append)
    if key == "busy":
        session.train()
        session.backtests.start()
        session.stop()
        qtbot.waitUntil(lambda: session.training == "idle", timeout=20_000)
    else:
        pressed(view, session, qtbot)
    assert [entry.key for entry in told if entry.severity != "note"][:1] == [key]
    assert view.kept is None


def test_that_settings_of_a_refit_rest_without_one(session: Session, make: Callable[[str], AbstractView]) -> None:
    session._take(Opened(small_table(), small_project()))
    view = shown(make)
    fields = view.plan.form.fields
    assert not fields["gap"].widget.isEnabled()
    assert session.backtests.edit(origins=0) is not None
    session.backtests.edit(refit=2, stride=3)
    view.refresh()
    assert fields["gap"].widget.isEnabled()
    assert "refit every 2" in view.plan.text()
