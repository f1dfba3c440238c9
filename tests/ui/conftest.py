"""A real Session with a small real series, and a window on it, for the tests of the user interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from recorded import small_table
from workbench.app.preferences import Preferences
from workbench.app.session import Session
from workbench.ui.appearance import wear
from workbench.ui.theme import Theme
from workbench.ui.window import Window


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """A small hourly CSV file with the columns time, load, temp."""
    table = small_table()
    lines = ["time,load,temp"]
    for time, load, temp in zip(*(table[name].values for name in ("time", "load", "temp")), strict=True):
        lines.append(f"{np.datetime_as_string(time, 'm').replace('T', ' ')},{load:.4f},{temp:.4f}")
    path = tmp_path / "series.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def opened(session: Session, series: Path, qtbot: QtBot) -> Session:
    """A session with the small series and settings that train in a fraction of a second."""
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(series)
    session.edit("model", hidden=8)
    session.edit("data", window=24, horizon=6)
    session.edit("train", epochs=3, batch=32)
    return session


@pytest.fixture
def theme(qtbot: QtBot) -> Iterator[Theme]:
    """The dark theme, worn by the application while the test runs."""
    yield wear("dark")
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setStyleSheet("")
    application.setPalette(application.style().standardPalette())


@pytest.fixture
def open_window(session: Session, theme: Theme, qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Open windows; they are closed and gone when the test ends, before the session is."""
    windows: list[Window] = []

    def open_(session: Session, preferences: Preferences | None = None) -> Window:
        window = Window(session, theme, preferences or Preferences(), tmp_path / "preferences.json")
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
        return window

    yield open_
    for window in windows:
        window.close()
        window.deleteLater()
    # pytest keeps `open_` until all fixtures are gone; it must not keep the windows with it.
    windows.clear()
