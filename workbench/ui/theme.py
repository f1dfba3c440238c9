"""Colours by role, fonts by role, heatmap tables: the only place that knows what anything looks like.

Roles are read from ``resources/theme/{dark,light}.json``; see ``theme.md`` of the design for their meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette

from workbench.core.assets import resource

ThemeName = Literal["dark", "light"]
ThemeChoice = Literal["system", "dark", "light"]
LookupName = Literal["gate", "signed", "viridis"]
FontRole = Literal["body", "small", "title", "verdict"]

CARD_RADIUS = 8
INPUT_RADIUS = 5
GRID = 4
"""Spacing comes in multiples of this many pixels."""

FONT_SCALES: Mapping[FontRole, float] = {"body": 1.0, "small": 8 / 9, "title": 1.0, "verdict": 15 / 9}


class Theme:
    """One set of colours.

    Parameters
    ----------
    roles
        Colour texts by role; ``lookup_*`` entries are lists of evenly spaced colours of a heatmap.
    """

    def __init__(self, name: ThemeName, roles: Mapping[str, str | list[str]]) -> None:
        self.name = name
        self._colors = {role: QColor(text) for role, text in roles.items() if isinstance(text, str)}
        self._stops = {role: stops for role, stops in roles.items() if isinstance(stops, list)}
        self._lookups: dict[str, NDArray[np.uint8]] = {}

    @property
    def dark(self) -> bool:
        """True for light words on a dark ground."""
        return self.name == "dark"

    @property
    def roles(self) -> tuple[str, ...]:
        """Names that :meth:`color` knows."""
        return tuple(self._colors)

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """Return a new colour for `role`; `alpha` from 0 (clear) to 1.

        Raises
        ------
        KeyError
            If there is no such role.
        """
        color = QColor(self._colors[role])
        color.setAlphaF(alpha)
        return color

    def lookup(self, name: LookupName) -> NDArray[np.uint8]:
        """Return the heatmap table ``gate`` (0 to 1), ``signed`` (-1 to 1) or ``viridis``, (256, 3)."""
        if name not in self._lookups:
            self._lookups[name] = _table([QColor(stop) for stop in self._stops[f"lookup_{name}"]])
        return self._lookups[name]

    def palette(self) -> QPalette:
        """Return the palette for the Fusion style."""
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, name in (
            (roles.Window, "bg"), (roles.WindowText, "text"), (roles.Base, "raised"), (roles.AlternateBase, "surface"),
            (roles.Text, "text"), (roles.Button, "raised"), (roles.ButtonText, "text"), (roles.BrightText, "bad"),
            (roles.ToolTipBase, "raised"), (roles.ToolTipText, "text"), (roles.PlaceholderText, "muted"),
            (roles.Highlight, "accent"), (roles.HighlightedText, "on_accent"), (roles.Link, "accent"),
            (roles.LinkVisited, "accent"), (roles.Accent, "accent"), (roles.Light, "raised"),
            (roles.Midlight, "border"), (roles.Mid, "border"), (roles.Dark, "border"), (roles.Shadow, "bg"),
        ):  # fmt: skip
            palette.setColor(role, self.color(name))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("disabled"))
        palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, self.color("border"))
        return palette

    def style_sheet(self) -> str:
        """Return the style sheet: ``@role`` of the bundled template becomes the colour of that role."""
        text = resource("theme/style.qss").read_text(encoding="utf-8")
        for role in sorted(self._colors, key=len, reverse=True):
            text = text.replace(f"@{role}", self._colors[role].name())
        return text


@cache
def load_theme(name: ThemeName) -> Theme:
    """Read one theme from the resources."""
    return Theme(name, json.loads(resource(f"theme/{name}.json").read_text(encoding="utf-8")))


def chosen_theme(choice: ThemeChoice) -> Theme:
    """Return the theme a person chose; ``system`` follows the desktop, and is light where it does not tell."""
    if choice != "system":
        return load_theme(choice)
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return load_theme("dark" if dark else "light")


def font(role: FontRole) -> QFont:
    """Return the font of `role`, scaled from the system's own font."""
    made = QFont(QGuiApplication.font())
    made.setPointSizeF(made.pointSizeF() * FONT_SCALES[role])
    if role in ("title", "verdict"):
        made.setWeight(QFont.Weight.DemiBold)
    return made


def _table(stops: list[QColor]) -> NDArray[np.uint8]:
    """Interpolate evenly spaced colours to 256 entries."""
    positions = np.linspace(0.0, 1.0, len(stops))
    at = np.linspace(0.0, 1.0, 256)
    channels = np.array([(stop.red(), stop.green(), stop.blue()) for stop in stops], dtype=float)
    table = np.stack([np.interp(at, positions, channel) for channel in channels.T], axis=1)
    return table.round().astype(np.uint8)
