"""A run's network goes on, changed in a way that keeps what it forecasts; the window's side of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from test_session import opened, problems, series, trained

from workbench.app.continuing import go_on
from workbench.app.session import Session
from workbench.core.morphs import offers

__all__ = ["opened", "series"]


@pytest.mark.parametrize("key", ["same", "peephole", "wider"])
def test_that_a_run_goes_on_and_the_change_is_undoable(opened: Session, qtbot: QtBot, key: str) -> None:
    assert opened.edit("model", cell="lstm") is None
    trained(opened, qtbot)
    first = opened.runs[0]
    assert first.best is not None
    changes = offers(first.project.model)[key]
    trained(opened, qtbot, lambda: go_on(opened, **changes))
    second = opened.runs[1]
    assert opened.run is second
    assert second.project.model == first.project.model.changed(**changes) == opened.project.model
    assert second.best is not None
    assert second.best.valid_loss <= first.best.valid_loss + 1e-6
    if changes:
        opened.undo.undo()
        assert opened.project.model == first.project.model


def test_that_what_cannot_go_on_says_why(opened: Session, qtbot: QtBot, series: Path) -> None:
    heard = problems(opened)
    assert go_on(opened) is not None
    trained(opened, qtbot)
    before = opened.project
    assert go_on(opened, layers=2) is not None
    assert go_on(opened, hidden=0) is not None
    assert opened.project == before
    opened.edit("data", horizon=4)
    assert go_on(opened) is not None
    assert [problem.key for problem in heard] == ["no-model", "no-morph", "invalid-setting", "other-data"]
    assert all(problem.remedy() for problem in heard)
    assert len(opened.runs) == 1
