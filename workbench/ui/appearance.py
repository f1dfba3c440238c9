"""Dress the whole application in a theme."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from workbench.ui.theme import Theme, ThemeChoice, chosen_theme


def wear(choice: ThemeChoice) -> Theme:
    """Give the application the palette and style sheet of the chosen theme, and return it."""
    theme = chosen_theme(choice)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setPalette(theme.palette())
    application.setStyleSheet(theme.style_sheet())
    return theme
