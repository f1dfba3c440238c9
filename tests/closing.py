"""Start the real program, train in it, and close its window at some moment; says when it was closed.

Run by the tests of faults: python tests/closing.py FILE SECONDS
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QTimer

from workbench.app.session import Session
from workbench.ui.application import start
from workbench.ui.window import Window


def drive(session: Session, window: Window, seconds: float) -> None:
    """Close the window so many seconds after Train was pressed."""
    ready: list[bool] = []
    session.ready.connect(lambda: ready.append(True))

    def when(happened: Callable[[], bool], then: Callable[[], object]) -> None:
        timer = QTimer(window)

        def look() -> None:
            if happened():
                timer.stop()
                then()

        timer.timeout.connect(look)
        timer.start(10)

    def train() -> None:
        session.edit("data", window=24, horizon=8)
        session.edit("model", hidden=8)
        session.edit("train", epochs=10_000, patience=10_000)
        window.actions_["train"].trigger()
        QTimer.singleShot(round(1000 * seconds), window, close)

    def close() -> None:
        sys.stdout.write(json.dumps({"at_s": time.time(), "epochs": len(session.runs[-1].epochs)}))
        sys.stdout.flush()
        window.close()

    when(lambda: bool(ready) and session.dataset is not None, train)


def main() -> int:
    """Start, drive and end as the program itself does."""
    application, session, window = start(sys.argv[1])
    drive(session, window, float(sys.argv[2]))
    window.show()
    code = application.exec()
    del session, window
    return code


if __name__ == "__main__":
    sys.exit(main())
