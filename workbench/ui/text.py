"""Words and numbers as a person reads them: translation, thin spaces, few digits, units."""

from __future__ import annotations

import gettext
import math
from functools import cache

from workbench.core.assets import resource
from workbench.core.clock import step_text
from workbench.core.problems import N_
from workbench.core.table import Step

DOMAIN = "workbench"
THIN = "\u202f"
"""Narrow no-break space: groups digits and never breaks a line."""

DOT = " · "


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    try:
        folder = str(resource("locale"))
    except FileNotFoundError:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, folder, [language] if language else None, fallback=True)


def translate(text: str, language: str = "") -> str:
    """Return `text` in the user's language, or unchanged where there is no translation."""
    return _catalogue(language).gettext(text) if text else ""


def count(value: float) -> str:
    """Return a whole number with thin spaces between thousands: ``12 144``."""
    return f"{round(value):,}".replace(",", THIN).replace("-", "−")


def number(value: float, digits: int = 4) -> str:
    """Return `value` with `digits` significant digits, never fifteen: ``1 412``, ``0.0312``, ``3.1e-5``."""
    if not math.isfinite(value):
        return "n/a" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e9):
        mantissa, exponent = f"{value:.{max(digits - 2, 0)}e}".split("e")
        return f"{_trimmed(mantissa)}e{int(exponent)}".replace("-", "−")
    # Rounded first: 999.96 has four digits before the point once it is rounded.
    size = abs(float(f"{value:.{digits - 1}e}"))
    decimals = max(digits - 1 - (math.floor(math.log10(size)) if size else digits - 1), 0)
    return count(value) if size >= 10 ** (digits - 1) else _trimmed(f"{value:.{decimals}f}").replace("-", "−")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(value: float) -> str:
    """Return a setting as a person would type it: ``0.003``, ``1e-5``, ``64``."""
    text = f"{value:.6g}"
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else text


def percent(share: float) -> str:
    """Return a share as ``24 %``."""
    return f"{share * 100:.0f}{THIN}%"


def duration(seconds: float) -> str:
    """Return seconds as ``0:41``, ``12:05`` or ``1:02:03``; ``–`` where it is not known."""
    if not math.isfinite(seconds) or seconds < 0:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def every(step: Step | None) -> str:
    """Return how far rows are apart: ``every 30 min``, ``monthly``; an empty text if they are not regular."""
    if step is None:
        return ""
    times, unit = step_text(step)
    if times == 1:
        return translate(_ONE[unit])
    return translate(_MANY[unit]).format(count=count(times))


def span(steps: int, step: Step | None) -> str:
    """Return how long `steps` are in the largest unit that fits: ``2 days``; empty if rows are not regular."""
    if step is None:
        return ""
    times, unit = step_text(step)
    amount, unit = _largest(steps * times, unit)
    return translate(_SPAN_ONE[unit] if amount == 1 else _SPAN[unit]).format(count=number(amount, 3))


def _largest(amount: float, unit: str) -> tuple[float, str]:
    """Go to the next larger unit while at least one fits and the number stays short."""
    while unit in _LARGER:
        factor, larger = _LARGER[unit]
        if amount < factor or (amount * 4) % factor:
            break
        amount, unit = amount / factor, larger
    return amount, unit


_LARGER = {
    "second": (60, "minute"), "minute": (60, "hour"), "hour": (24, "day"), "day": (7, "week"), "month": (12, "year"),
}  # fmt: skip
_ONE = {
    "second": N_("every second"), "minute": N_("every minute"), "hour": N_("hourly"), "day": N_("daily"),
    "week": N_("weekly"), "month": N_("monthly"), "year": N_("yearly"), "business day": N_("every business day"),
}  # fmt: skip
_MANY = {
    "second": N_("every {count} s"), "minute": N_("every {count} min"), "hour": N_("every {count} h"),
    "day": N_("every {count} days"), "week": N_("every {count} weeks"), "month": N_("every {count} months"),
    "year": N_("every {count} years"), "business day": N_("every {count} business days"),
}  # fmt: skip
_SPAN_ONE = {
    "second": N_("1 second"), "minute": N_("1 minute"), "hour": N_("1 hour"), "day": N_("1 day"),
    "week": N_("1 week"), "month": N_("1 month"), "year": N_("1 year"), "business day": N_("1 business day"),
}  # fmt: skip
_SPAN = {
    "second": N_("{count} s"), "minute": N_("{count} min"), "hour": N_("{count} hours"), "day": N_("{count} days"),
    "week": N_("{count} weeks"), "month": N_("{count} months"), "year": N_("{count} years"),
    "business day": N_("{count} business days"),
}  # fmt: skip
