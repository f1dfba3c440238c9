"""Several windows at once: what the network does in each, after surgery too."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from recorded import recorded_events, small_project, small_table
from workbench.app.session import Session
from workbench.app.windows import MOST
from workbench.core.looking import probed
from workbench.core.opening import Opened
from workbench.core.operations import Silence


@pytest.fixture
def trained(session: Session) -> Session:
    project = small_project()
    session._take(Opened(small_table(), project))
    session.replay(list(recorded_events(project)))
    return session


def looked(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: set(session.windows.looks) == set(session.windows.starts) and not session.windows._busy, timeout=20_000
    )


def test_that_the_network_reads_every_kept_window(trained: Session, qtbot: QtBot) -> None:
    starts = trained.run_dataset.valid.start
    for start in starts[[0, 5]]:
        trained.point(window=int(start))
        trained.windows.keep()
        trained.windows.keep()
    assert trained.windows.starts == (int(starts[0]), int(starts[5]))
    looked(trained, qtbot)
    for start, look in trained.windows.looks.items():
        alone = probed(trained.run.project, trained.run.best, trained.run_dataset, start)
        assert look.start == start
        for key, values in alone.traces[0].values.items():
            np.testing.assert_allclose(look.traces[0].values[key], values, atol=1e-6)
    qtbot.waitUntil(lambda: not trained._looks._looking, timeout=20_000)


def test_that_surgery_reaches_every_kept_window(trained: Session, qtbot: QtBot) -> None:
    trained.windows.keep()
    looked(trained, qtbot)
    before = dict(trained.windows.looks)
    trained.surgery.do(Silence(unit=3))
    qtbot.waitUntil(lambda: bool(trained.windows.looks) and trained.windows.looks != before, timeout=20_000)
    looked(trained, qtbot)
    (look,) = trained.windows.looks.values()
    assert np.abs(look.traces[0].values["h"][:, 3]).max() < 1e-12
    qtbot.waitUntil(lambda: not trained.surgery._busy, timeout=20_000)


def test_that_windows_are_moved_let_go_and_not_too_many(trained: Session, qtbot: QtBot) -> None:
    starts = [int(start) for start in trained.run_dataset.valid.start[: MOST + 2]]
    for start in starts:
        trained.point(window=start)
        trained.windows.keep()
    assert trained.windows.starts == tuple(starts[2:])
    trained.windows.move(starts[2], starts[0])
    assert trained.windows.starts == (starts[0], *starts[3:])
    trained.windows.move(starts[0], starts[3])
    assert trained.windows.starts == (starts[0], *starts[3:]), "no window twice"
    trained.windows.let_go(starts[3])
    assert starts[3] not in trained.windows.starts
    trained.edit("data", window=100)
    assert all(trained.dataset.readable(start) for start in trained.windows.starts)
    qtbot.waitUntil(lambda: not trained.windows._busy and not trained._looks._looking, timeout=20_000)
