"""Views on a session whose runs are replayed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.app.studies import studies_of
from workbench.core.opening import Opened
from workbench.core.project import Project
from workbench.ui.appearance import wear
from workbench.ui.views import VIEWS
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


@pytest.fixture
def fill(session: Session) -> Callable[[Project], None]:
    """Open the small table with a project, and replay its recorded training."""

    def filled(project: Project) -> None:
        session._take(Opened(small_table(), project))
        session.replay(list(recorded_events(project)))
        run = session.run
        assert run is not None
        assert list(run.probes) == list(range(project.train.epochs + 1))

    return filled


@pytest.fixture
def finished(session: Session, fill: Callable[[Project], None]) -> Session:
    """A session with a finished small LSTM run."""
    fill(small_project())
    return session


@pytest.fixture
def make(session: Session, qtbot: QtBot) -> MakeView:
    """Make and show a view of the session."""

    def made(key: str) -> AbstractView:
        view = VIEWS[key].load()(session, wear("dark"))
        qtbot.addWidget(view)
        view.resize(600, 260)
        view.show()
        studies = studies_of(session)
        busy = lambda: view._dirty or session.review.busy or session.judging.busy or studies.busy  # noqa: E731
        qtbot.waitUntil(lambda: not busy(), timeout=10_000)
        qtbot.waitUntil(lambda: not busy(), timeout=5_000)
        return view

    return made
