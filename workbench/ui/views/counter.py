"""A number of steps or rows among the tools of a view."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

from workbench.ui.text import translate as _

MARGIN = 8
"""Pixels before the number, as in the fields of the cards."""


class Counter(QSpinBox):
    """A whole number from 1 on, with a word behind it."""

    def __init__(self, name: str, suffix: str, parent: QWidget, tip: str = "") -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setMinimum(1)
        self.setSuffix(suffix)
        self.lineEdit().setTextMargins(MARGIN, 0, 0, 0)


def steps_ahead(parent: QWidget) -> Counter:
    """Return a field for how many steps ahead of their origin forecasts are shown."""
    return Counter(_("Steps ahead"), _(" ahead"), parent, _("How many steps ahead the shown forecasts were made."))
