"""Start the window. Nothing slow is imported before something can be seen, and nothing ends in a traceback.

This module itself imports only the standard library, so that a missing system library can be explained.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib.util
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from workbench.app.session import Session
    from workbench.ui.window import Window

SWITCH_INTERVAL_S = 0.0005
"""Measured beside a training on two cores: longest gap between two frames 19 ms, against 185 ms with 5 ms."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy's own threads wait by spinning: beside a training on two cores, eigenvectors of 64 x 64 numbers took up to
69 ms with them and 1 ms without."""

STARTED_AFTER_MS = 60_000
"""By then the program has started, whatever became of torch."""

PACKAGES = (
    "libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"
)
NO_SCREEN = (
    "Sequence Workbench found no screen ({reason}): start it on a desktop, or use `python -m workbench train`, "
    "which needs no screen.\n"
)
NO_LIBRARY = (
    "Sequence Workbench cannot open a window because a system library is missing ({reason}): on Debian or Ubuntu run "
    f"`apt-get install {PACKAGES}`, or use `python -m workbench train`, which needs no screen.\n"
)


def obstacle(environment: Mapping[str, str], platform: str = sys.platform) -> str:
    """Return in one sentence why no window can be opened, or an empty text."""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    screens = [environment.get(name, "") for name in ("DISPLAY", "WAYLAND_DISPLAY")]
    if platform.startswith("linux") and not chosen and not any(screens):
        return NO_SCREEN.format(reason="neither DISPLAY nor WAYLAND_DISPLAY is set")
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return NO_LIBRARY.format(reason=error)
    x11 = chosen.startswith("xcb") or (not chosen and bool(screens[0]) and not screens[1])
    return _x11_obstacle(environment) if platform.startswith("linux") and x11 else ""


def _x11_obstacle(environment: Mapping[str, str]) -> str:
    """Qt aborts the process when its X11 plugin cannot load or reach the screen, so that is tried first."""
    found = importlib.util.find_spec("PySide6")
    folder = Path(found.origin).parent if found and found.origin else Path()
    plugin = folder / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    try:
        if plugin.exists():
            ctypes.CDLL(str(plugin))
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return NO_LIBRARY.format(reason=str(error).split(": cannot open", 1)[0])
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if refused:
        return NO_SCREEN.format(reason=f"the display {environment.get('DISPLAY')} cannot be reached")
    return ""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return the exit code: 0, or 2 if no window can be opened."""
    arguments = _parser().parse_args(argv)
    reason = obstacle(os.environ)
    if reason:
        sys.stderr.write(reason)
        return 2
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    for name, value in ONE_THREAD.items():  # before numpy is imported
        os.environ.setdefault(name, value)
    # Ctrl+C in the terminal ends the program at once, as everywhere.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    application, session, window = start(arguments.file)
    spare_pauses(session)
    window.show()
    code = application.exec()
    del session, window
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sequence-workbench",
        description="Drop a time series on a window, train a recurrent cell, watch it think, leave with a forecast.",
        epilog="Without a screen: python -m workbench --help",
    )
    parser.add_argument("file", nargs="?", help="a file with a time series; without it a sample is opened")
    return parser


def start(source: str | None = None) -> tuple[QApplication, Session, Window]:
    """Make application, session and window; the file or the default sample opens once the window is painted."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from workbench.app.preferences import load_preferences, preferences_path
    from workbench.app.remembered import FILE_NAME
    from workbench.app.session import Session
    from workbench.ui.appearance import wear
    from workbench.ui.window import NAME, Window

    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
    application.setApplicationName("sequence-workbench")
    application.setApplicationDisplayName(NAME)
    application.setDesktopFileName("sequence-workbench")
    application.setStyle("Fusion")
    preferences, broken = load_preferences(preferences_path())
    session = Session()
    forgotten = session.desk.memory.load(preferences_path().with_name(FILE_NAME))
    window = Window(session, wear(preferences.theme), preferences, preferences_path())
    catch_everything(session)
    application.styleHints().colorSchemeChanged.connect(lambda _scheme: _follow_system(window))
    for found in (broken, forgotten):
        if found is not None:
            QTimer.singleShot(0, window, lambda found=found: session.noticed.emit(found))
    window.painted.connect(lambda: window.mount_views(lambda: _open_first(session, source)))
    return application, session, window


def spare_pauses(session: Session) -> None:
    """Keep the search for cyclic garbage off what the libraries made while they were imported.

    Python stops all threads for it: with the half a million objects of torch, polars and Qt for 230 ms, once in every
    training. They stay until the end anyway, and nothing is searched while they come.
    """
    from PySide6.QtCore import QTimer

    timer = QTimer(session)
    timer.setSingleShot(True)

    def started() -> None:
        timer.stop()
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    gc.disable()
    session.ready.connect(started)
    timer.timeout.connect(started)
    timer.start(STARTED_AFTER_MS)


def _follow_system(window: Window) -> None:
    if window.preferences.theme == "system":
        window.choose_theme("system")


def _open_first(session: Session, source: str | None) -> None:
    if source is None:
        from workbench.core.sources.samples import SAMPLES

        source = SAMPLES[0].address
    session.open(source if source.startswith("task:") else str(Path(source).absolute()))
    # Behind the opening, which takes messages about other data away.
    session.ready.connect(lambda: session.records.look(offer=True))
    session.ready.connect(session.document.offer)
    session.warm_up()


def catch_everything(session: Session) -> None:
    """Turn every exception that nobody caught into a Problem in the window; the program goes on."""
    from PySide6.QtCore import QObject, Qt, Signal

    from workbench.app.task import UNEXPECTED
    from workbench.core.problems import problem

    class Messenger(QObject):
        """Brings a Problem from whatever thread into that of the window."""

        caught = Signal(object)

    messenger = Messenger(session)
    messenger.caught.connect(session.noticed, Qt.ConnectionType.QueuedConnection)
    last = [0.0]

    def show(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(details)
        # A picture that fails at every repaint must not flood the message bar.
        if issubclass(kind, Exception) and time.monotonic() - last[0] > 1.0:
            last[0] = time.monotonic()
            messenger.caught.emit(problem(UNEXPECTED, reason=repr(error), details=details))

    sys.excepthook = show
    threading.excepthook = lambda caught: show(caught.exc_type, caught.exc_value, caught.exc_traceback)
