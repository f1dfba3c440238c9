"""Fixtures every test relies on: no screen is needed, and nothing is left behind."""

from __future__ import annotations

import gc
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.app.session import Session

# How long a test takes says how busy the machine is: no test asserts a time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Before any test imports Qt: a test never needs a screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The trainer and the window share few cores here; torch's threads spin.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure(config: pytest.Config) -> None:
    """The offscreen platform has no window manager, and says so; that is no fault of ours."""
    config.addinivalue_line("qt_log_ignore", "This plugin does not support")


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of homes, a new one for each test. `mktemp` would read all earlier ones for each new one."""
    root = tmp_path_factory.mktemp("homes")
    return (root / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_folders(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own settings out of the tests, and the tests out of the user's folders."""
    folder = next(_homes)
    folder.mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))


@pytest.fixture
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves a thread, a running timer or a top-level widget behind."""
    # What is alive now is set aside, so that collections and searches see only what this test made: much faster.
    gc.freeze()
    threads, timers, widgets = _threads(), _timers(), _top_levels()
    yield
    _settle()
    assert not _threads() - threads, f"threads left behind: {_threads() - threads}"
    assert not _timers() - timers, f"running timers left behind: {_timers() - timers}"
    assert not _top_levels() - widgets, f"top-level widgets left behind: {_top_levels() - widgets}"


@pytest.fixture
def session(qtbot: QtBot, no_leaks: None) -> Iterator[Session]:
    """An empty session, closed at the end."""
    # Only here: tests of the core need no Qt.
    from workbench.app.session import Session

    made = Session()
    yield made
    made.close()
    made.deleteLater()


def _settle() -> None:
    """Carry out what was only promised: deleteLater, and collection of cycles between Python and Qt."""
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is None:
        return
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()


def _threads() -> set[str]:
    """Names and numbers of the Python threads that are alive and not daemons of a library."""
    found = {f"{thread.name}#{thread.ident}" for thread in threading.enumerate() if not thread.daemon}
    return found | _qthreads()


def _alive(kind: type) -> list[Any]:
    """Python-owned Qt objects of `kind` whose C++ half still exists."""
    from shiboken6 import isValid

    # issubclass on the type, not isinstance: a dead weakref proxy raises when asked for its class.
    return [entry for entry in gc.get_objects() if issubclass(type(entry), kind) and isValid(entry)]


def _qthreads() -> set[str]:
    from PySide6.QtCore import QCoreApplication, QThread

    application = QCoreApplication.instance()
    main = application.thread() if application else None
    running = (thread for thread in _alive(QThread) if thread is not main and thread.isRunning())
    return {f"QThread {thread.objectName()}#{id(thread)}" for thread in running}


def _timers() -> set[str]:
    from PySide6.QtCore import QTimer

    return {f"QTimer {timer.objectName()}#{id(timer)}" for timer in _alive(QTimer) if timer.isActive()}


def _top_levels() -> set[str]:
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        return set()
    return {f"{type(widget).__name__}#{id(widget)}" for widget in QApplication.topLevelWidgets() if widget.isWindow()}
