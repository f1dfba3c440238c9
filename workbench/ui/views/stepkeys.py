"""Arrow keys move the cursor through the steps of the window; Escape lets it go. For views of one axis of time."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent, Qt

from workbench.app.session import Session

MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


def moved(session: Session, event: QKeyEvent, steps: int, *, turned: bool = False) -> bool:
    """Move the cursor as `event` asks, within so many steps; returns False if it asks for something else.

    Parameters
    ----------
    turned
        True where the newest step stands on the left.
    """
    key = Qt.Key(event.key())
    if key == Qt.Key.Key_Escape:
        session.point(step=None, pinned=False)
        return True
    if key not in MOVES or steps < 1:
        return False
    by, now = MOVES[key] * (-1 if turned else 1), session.cursor.step
    session.point(step=steps - 1 if now is None else min(max(now + by, 0), steps - 1))
    return True
