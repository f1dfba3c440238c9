"""The look: two complete sets of roles, one style sheet, heatmap tables."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from workbench.core.assets import resource
from workbench.core.cells import CELLS
from workbench.ui.theme import FONT_SCALES, Theme, chosen_theme, font, load_theme

NAMES = ("dark", "light")


def _contrast(first: Theme, words: str, ground: str) -> float:
    """WCAG contrast of two roles."""

    def luminance(role: str) -> float:
        color = first.color(role)
        parts = np.array([color.redF(), color.greenF(), color.blueF()])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(words), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_that_both_themes_know_the_same_roles() -> None:
    assert load_theme("dark").roles == load_theme("light").roles


@pytest.mark.parametrize("name", NAMES)
def test_that_every_role_a_cell_declares_has_a_colour(name: str) -> None:
    theme = load_theme(name)
    assert all(theme.color(signal.role).isValid() for cell in CELLS for signal in cell.signals)


@pytest.mark.parametrize("name", NAMES)
def test_that_words_can_be_read_on_their_ground(name: str) -> None:
    theme = load_theme(name)
    for words, ground in (
        ("text", "bg"), ("text", "surface"), ("text", "raised"), ("muted", "surface"), ("muted", "bg"),
        ("on_accent", "accent"), ("text", "accent_soft"),
    ):  # fmt: skip
        assert _contrast(theme, words, ground) >= 4.5, (words, ground)
    for words in ("good", "bad", "accent", "warn"):
        assert _contrast(theme, words, "surface") >= 3.0, words


@pytest.mark.parametrize("name", NAMES)
def test_that_the_style_sheet_leaves_no_role_unreplaced(name: str) -> None:
    assert not re.findall(r"@\w+", load_theme(name).style_sheet().split("*/", 1)[1])


def test_that_colours_live_only_in_the_theme_files() -> None:
    for folder in ("ui", "app"):
        for path in (resource("theme").parent.parent / "workbench" / folder).rglob("*.py"):
            assert not re.search(r"[\"']#[0-9a-fA-F]{3,8}[\"']", path.read_text(encoding="utf-8")), path
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b", resource("theme/style.qss").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_that_a_closed_gate_and_a_zero_state_recede_into_the_card(name: str) -> None:
    theme = load_theme(name)
    surface = np.array(theme.color("surface").getRgb()[:3])
    gate, signed = theme.lookup("gate"), theme.lookup("signed")
    assert gate.shape == signed.shape == theme.lookup("viridis").shape == (256, 3)
    assert gate.dtype == np.uint8
    assert np.array_equal(gate[0], surface)
    assert np.abs(signed[127:129].astype(int) - surface).max() <= 2


@pytest.mark.parametrize("name", NAMES)
def test_that_a_more_open_gate_is_never_drawn_as_less_open(name: str) -> None:
    light = load_theme(name).lookup("gate") @ np.array([0.2126, 0.7152, 0.0722])
    steps = np.diff(light)
    assert (steps > -1.0).all() if name == "dark" else (steps < 1.0).all()


def test_that_a_colour_can_be_had_clear_without_changing_the_theme() -> None:
    theme = load_theme("dark")
    assert theme.color("accent", 0.25).alphaF() == pytest.approx(0.25, abs=0.01)
    assert theme.color("accent").alphaF() == 1.0


def test_that_system_gives_one_of_the_two(qtbot: QtBot) -> None:
    assert chosen_theme("system").name in NAMES
    assert chosen_theme("dark").dark


def test_that_fonts_scale_with_the_systems_font(qtbot: QtBot) -> None:
    body = font("body").pointSizeF()
    assert {role: font(role).pointSizeF() / body for role in FONT_SCALES} == pytest.approx(FONT_SCALES)
    assert font("title").weight() > font("body").weight()
