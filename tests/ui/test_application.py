"""Starting: fast, without torch, and without a traceback where no window can be opened."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.core.problems import Problem
from workbench.ui.application import catch_everything, obstacle, spare_pauses

ROOT = Path(__file__).parents[2]


def run(arguments: list[str], **changes: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_that_help_needs_no_screen() -> None:
    done = run(["main.py", "--help"], QT_QPA_PLATFORM=None, DISPLAY=None, WAYLAND_DISPLAY=None)
    assert done.returncode == 0
    assert "usage" in done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
@pytest.mark.parametrize("display", [None, ":987"])
def test_that_without_a_screen_it_says_in_one_line_what_to_do(display: str | None) -> None:
    done = run(["main.py"], QT_QPA_PLATFORM=None, DISPLAY=display, WAYLAND_DISPLAY=None)
    assert done.returncode == 2
    assert "python -m workbench train" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_that_a_missing_library_names_the_packages(tmp_path: Path) -> None:
    """A PySide6 that cannot be loaded, as on a bare system, stands before the real one."""
    broken = tmp_path / "PySide6"
    broken.mkdir()
    (broken / "__init__.py").write_text(
        "raise ImportError('libEGL.so.1: cannot open shared object file: No such file or directory')\n"
    )
    done = run(["main.py"], PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert "libEGL.so.1" in done.stderr
    assert "libegl1" in done.stderr
    assert "Traceback" not in done.stderr


def test_that_nothing_stands_in_the_way_of_the_offscreen_platform() -> None:
    assert obstacle({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_that_the_window_is_painted_before_anything_slow_is_imported() -> None:
    code = (
        "import sys\n"
        "from workbench.ui import application\n"
        "app, session, window = application.start('task:sines')\n"
        "window.painted.disconnect()\n"
        "window.painted.connect(app.quit)\n"
        "window.show()\n"
        "app.exec()\n"
        "slow = {'torch', 'polars', 'pyqtgraph'} & set(sys.modules)\n"
        "window.close()\n"
        "sys.exit(str(slow) if slow else 0)\n"
    )
    done = run(["-c", code])
    assert done.returncode == 0, done.stderr


def test_that_garbage_is_not_sought_among_what_the_libraries_made(session: Session) -> None:
    spare_pauses(session)
    try:
        assert not gc.isenabled(), "nothing is sought while the libraries are imported"
        session.ready.emit()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.enable()
        gc.unfreeze()


def test_that_the_program_opens_a_file_and_closes_in_time(tmp_path: Path) -> None:
    path = tmp_path / "named.csv"
    path.write_text("t,y\n" + "\n".join(f"{row},{(row % 12) * 1.5}" for row in range(300)) + "\n")
    code = (
        "import sys, time\n"
        "from PySide6.QtCore import QTimer\n"
        "from workbench.ui import application\n"
        f"app, session, window = application.start({str(path)!r})\n"
        "window.show()\n"
        "watch = QTimer()\n"
        "watch.timeout.connect(lambda: session.dataset is not None and app.quit())\n"
        "watch.start(20)\n"
        "QTimer.singleShot(40000, lambda: app.exit(3))\n"
        "code = app.exec()\n"
        "name = session.table.name if session.table else ''\n"
        "window.close()\n"
        "sys.exit(code or (0 if name == 'named.csv' else 4))\n"
    )
    done = run(["-c", code])
    assert done.returncode == 0, done.stderr


def test_that_an_exception_nobody_caught_becomes_a_problem(session: Session, qtbot: QtBot) -> None:
    heard: list[Problem] = []
    threads: list[threading.Thread] = []
    session.noticed.connect(lambda problem: (heard.append(problem), threads.append(threading.current_thread())))
    before = sys.excepthook, threading.excepthook
    try:
        catch_everything(session)

        def fail() -> None:
            raise LookupError("in another thread")

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: bool(heard), timeout=5_000)
    finally:
        sys.excepthook, threading.excepthook = before
    assert heard[0].key == "unexpected"
    assert "in another thread" in heard[0].text()
    assert "LookupError" in str(heard[0].values["details"])
    assert threads == [threading.main_thread()]
