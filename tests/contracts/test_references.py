"""PySide6 6.12.0 lost a reference to None or True with each call (PYSIDE-3474); the pin keeps that out."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal


class _Bell(QObject):
    rung = Signal(object)


def test_that_calls_and_signals_keep_the_references_of_none_and_true(qtbot: object) -> None:
    from PySide6.QtWidgets import QLabel

    bell, heard, label = _Bell(), [], QLabel()
    bell.rung.connect(heard.append)
    before = sys.getrefcount(None), sys.getrefcount(True)
    for turn in range(500):
        bell.rung.emit(turn)
        label.setText(str(turn))
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert len(heard) == 500
    assert all(abs(late - early) < 50 for early, late in zip(before, after, strict=True))
