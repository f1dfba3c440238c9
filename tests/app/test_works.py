"""Long works: shown, given up at once, and replaced by a newer one; large data are prepared beside the window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from workbench.app import preparing
from workbench.app.session import Session
from workbench.app.works import Works


@pytest.fixture
def works(qtbot: QtBot) -> Iterator[Works]:
    made = Works()
    yield made
    made.close()


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    made = Session()
    yield made
    made.close()


def _until_cancelled(progress: Callable[[float], None], cancelled: Callable[[], bool]) -> str:
    while not cancelled():
        progress(0.5)
        time.sleep(0.002)
    return "late"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a clean file of 300 000 rows."""
    rows = 300_000
    times = np.datetime64("2020-01-01", "s") + np.arange(rows) * np.timedelta64(60, "s")
    load = np.round(100 + 30 * np.sin(np.arange(rows) * 2 * np.pi / 1440), 3)
    path = tmp_path / "large.csv"
    lines = [f"{t},{x},{k % 97}" for k, (t, x) in enumerate(zip(times, load.tolist(), strict=True))]
    path.write_text("time,load,count\n" + "\n".join(lines) + "\n")
    return path


def test_that_a_work_is_given_up_at_once_and_its_result_dropped(works: Works, qtbot: QtBot) -> None:
    results: list[object] = []
    shown: list[tuple[str, float]] = []
    works.changed.connect(lambda title, share: shown.append((title, share)))
    works.start("Opening", _until_cancelled, results.append, may_end=True)
    qtbot.waitUntil(lambda: ("Opening", 0.5) in shown)
    assert works.may_end
    works.end()
    assert shown[-1] == ("", -1.0)
    assert not works.may_end
    works.close()
    qtbot.wait(20)
    assert results == []


def test_that_a_newer_work_of_the_same_title_takes_the_place(works: Works, qtbot: QtBot) -> None:
    results: list[object] = []
    first = works.start("Opening", _until_cancelled, results.append, may_end=True)
    works.start("Opening", lambda _progress, _cancelled: "second", results.append, may_end=True)
    qtbot.waitUntil(lambda: results == ["second"] and first.cancelled)


def test_that_what_may_not_end_goes_on(works: Works, qtbot: QtBot) -> None:
    results: list[object] = []
    go = threading.Event()
    works.start("Exporting", lambda _progress, _cancelled: go.wait(5), results.append)
    works.end()
    assert not works.may_end
    go.set()
    qtbot.waitUntil(lambda: results == [True])


def test_that_opening_can_be_given_up_and_another_file_replaces_it(session: Session, large: Path, qtbot: QtBot) -> None:
    noticed: list[object] = []
    session.noticed.connect(noticed.append)
    session.open(large)
    session.works.end()
    with qtbot.waitSignal(session.project_changed, timeout=60_000):
        session.open(large)
        session.open("task:adding?length=20")
    qtbot.wait(50)
    assert session.table is not None
    assert session.table.rows < 300_000
    assert session.undo.count() == 1
    assert noticed == []


def test_that_large_data_are_prepared_beside_the_window(session: Session, large: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.project_changed, timeout=60_000):
        session.open(large)
    first = session.dataset
    assert first is not None
    assert first.values.shape[0] * first.values.shape[1] > preparing.AT_ONCE
    session.edit("data", window=first.spec.window + 5)
    assert session.dataset is first, "the dataset before stays until the new one is there"
    with qtbot.waitSignal(session.project_changed, timeout=60_000):
        pass
    assert session.dataset is not None
    assert session.dataset.spec == session.project.data
    session.undo.undo()
    session.edit("data", horizon=first.spec.horizon + 1)
    qtbot.waitUntil(
        lambda: session.dataset is not None and session.dataset.spec == session.project.data, timeout=60_000
    )
    assert session.dataset.spec.window == first.spec.window


def test_that_settings_that_do_not_fit_large_data_are_said_once(session: Session, large: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.project_changed, timeout=60_000):
        session.open(large)
    noticed: list[str] = []
    session.noticed.connect(lambda found: noticed.append(found.key))
    session.edit("data", train_until="2030-01-01", valid_until="2031-01-01")
    with qtbot.waitSignal(session.project_changed, timeout=60_000):
        pass
    assert session.dataset is None
    assert session.data_problem is not None
    assert noticed == [session.data_problem.key]
    session.undo.undo()
    qtbot.waitUntil(lambda: session.dataset is not None, timeout=60_000)
