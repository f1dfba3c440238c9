"""Axes of distances in time and of phases: each tick tells steps and, below, how long they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLocale
from PySide6.QtGui import QFontMetrics

from workbench.core.alternatives import seconds
from workbench.core.insight.periods import Profile
from workbench.core.table import Step
from workbench.ui.text import count, span
from workbench.ui.theme import font
from workbench.ui.views.ticks import log_ticks, nice

TICK_WIDTH = 64
"""Pixels from one label to the next."""

_LADDER_S = tuple(
    unit * times
    for unit, many in (
        (1, (1, 5, 15, 30)),
        (60, (1, 5, 15, 30)),
        (3_600, (1, 2, 3, 6, 12)),
        (86_400, (1, 2, 3)),
        (7 * 86_400, (1, 2, 4, 8, 13, 26)),
        (365.25 * 86_400, (1, 2, 5, 10, 20, 50, 100)),
    )
    for times in many
)
"""Round lengths of time in seconds, ascending."""

_YEARS_S = tuple(365.25 * 86_400 * years for years in (1, 5, 10, 50))

Tick = tuple[float, str]


class LagAxis(pg.AxisItem):
    """An axis of lags or periods in steps, with their lengths below.

    Parameters
    ----------
    logarithmic
        Positions are decimal logarithms of steps.
    """

    def __init__(self, *, logarithmic: bool = False) -> None:
        super().__init__("bottom", maxTickLength=-4)
        self.enableAutoSIPrefix(False)
        self._logarithmic = logarithmic
        self._step: Step | None = None
        # Two lines of small words; pyqtgraph leaves room for one.
        self.setHeight(2 * QFontMetrics(font("small")).height() + 10)

    def set_step(self, step: Step | None) -> None:
        """Tell lengths by this step."""
        if step != self._step:
            self._step = step
            self.picture = None
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Put ticks at whole numbers of hours, days, weeks and years where the step tells them."""
        lo, hi = sorted((minVal, maxVal))
        most = max(2, int(size / TICK_WIDTH))
        if not hi > lo:
            return []
        if self._logarithmic:
            return [(1.0, log_period_ticks(lo, hi, most, self._step))]
        return [(1.0, lag_ticks(lo, hi, most, self._step))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write steps, and what they are in time below."""
        steps = [10.0**value if self._logarithmic else value for value in values]
        return [lag_text(value, self._step) for value in steps]


def lag_text(steps: float, step: Step | None) -> str:
    """Return ``48`` above ``1 day``; only the number without a step or for part of one."""
    whole = round(steps)
    length = span(whole, step) if whole > 0 and abs(steps - whole) < 1e-6 else ""
    text = count(whole) if abs(steps - whole) < 1e-6 else f"{steps:.3g}"
    return f"{text}\n{length}" if length else text


def lag_ticks(lo: float, hi: float, most: int, step: Step | None) -> list[float]:
    """Return at most about `most` round lags from `lo` to `hi`."""
    wanted = (hi - lo) / most
    spacing = next((float(steps) for steps in _ladder(step) if steps >= wanted), max(1.0, nice(wanted)))
    first, last = math.ceil(lo / spacing - 1e-9), math.floor(hi / spacing + 1e-9)
    return [index * spacing for index in range(first, last + 1)]


def log_period_ticks(lo: float, hi: float, most: int, step: Step | None) -> list[float]:
    """Return decimal logarithms of natural periods between the logarithms `lo` and `hi`, filled up with round ones."""
    natural = [math.log10(steps) for steps in _ladder(step, (3_600, 21_600, 43_200, 86_400, 604_800, *_YEARS_S))]
    found: list[float] = []
    apart = (hi - lo) / most
    for value in [*natural, *log_ticks(lo, hi, most)]:
        if lo <= value <= hi and all(abs(value - other) >= apart for other in found):
            found.append(value)
    return sorted(found)


def _ladder(step: Step | None, lengths_s: Sequence[float] = _LADDER_S) -> list[int]:
    """Return those of some lengths of time that are whole numbers of steps, in steps."""
    if step is None:
        return []
    found = [length / seconds(step) for length in lengths_s]
    return [round(steps) for steps in found if steps > 1.5 and abs(steps - round(steps)) < 0.02 * steps]


def phase_ticks(profile: Profile, step: Step | None, most: int) -> list[Tick]:
    """Return where to write what below the phases of a period: hours of a day, days of a week, months of a year."""
    steps, locale = len(profile.mean), QLocale()
    if step is not None and profile.turning == "year":
        names = [locale.standaloneMonthName(month, QLocale.FormatType.ShortFormat) for month in range(1, 13)]
        return _thinned([(month / 12 * steps, name) for month, name in enumerate(names)], most)
    if step is not None and profile.turning == "time":
        length_s = steps * seconds(step)
        if step.unit == "businessday" or length_s == 7 * 86_400:
            days = 5 if step.unit == "businessday" else 7
            names = [locale.standaloneDayName(day + 1, QLocale.FormatType.ShortFormat) for day in range(days)]
            return _thinned([(day * steps / days, name) for day, name in enumerate(names)], most)
        if length_s <= 86_400 and length_s % 60 == 0:
            return _clock_ticks(length_s, steps, most)
    return [(value, lag_text(value, step)) for value in lag_ticks(0, steps, most, step)]


def _clock_ticks(length_s: float, steps: int, most: int) -> list[Tick]:
    """Return times of the day as HH:MM."""
    choices = (60, 300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
    apart_s = next((choice for choice in choices if length_s / choice <= most), choices[-1])
    times = np.arange(0, length_s + 1, apart_s)
    return [(time / length_s * steps, f"{int(time // 3600):02}:{int(time % 3600 // 60):02}") for time in times]


def _thinned(ticks: list[Tick], most: int) -> list[Tick]:
    return ticks[:: max(1, -(-len(ticks) // most))]
