"""Public holidays of a country, from the optional package ``holidays`` (MIT licence)."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import N_, ProblemKind, WorkbenchError

NO_HOLIDAYS = ProblemKind(
    "no-holidays",
    "error",
    N_("Holidays need the package “holidays”, which is not installed."),
    N_("Install it with “pip install holidays”, or leave Holidays empty."),
)
UNKNOWN_COUNTRY = ProblemKind(
    "unknown-country",
    "error",
    N_("The holidays of “{country}” are not known."),
    N_("Write a country's two letters, such as DE or US, and perhaps a region behind a hyphen, such as DE-BY."),
)

COUNTRY = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,4})?")
"""A country of ISO 3166-1, and perhaps a region as ISO 3166-2 names it."""

COUNTRIES = {
    "": N_("none"),
    "AU": N_("Australia"),
    "AT": N_("Austria"),
    "BR": N_("Brazil"),
    "CA": N_("Canada"),
    "CN": N_("China"),
    "FR": N_("France"),
    "DE": N_("Germany"),
    "IN": N_("India"),
    "IT": N_("Italy"),
    "JP": N_("Japan"),
    "KR": N_("South Korea"),
    "NL": N_("Netherlands"),
    "ES": N_("Spain"),
    "CH": N_("Switzerland"),
    "GB": N_("United Kingdom"),
    "US": N_("United States"),
}
"""What a form offers; every other country that the package knows can be typed."""


def is_holiday(times: NDArray[np.datetime64], country: str) -> NDArray[np.bool_]:
    """Tell for each of `times` (R,) whether its day is a public holiday of `country`, such as ``DE`` or ``DE-BY``.

    Raises
    ------
    WorkbenchError
        ``no-holidays`` if the package is missing, ``unknown-country``.
    """
    days = times.astype("datetime64[D]")
    known = days[~np.isnat(days)]
    if not len(known):
        return np.zeros(len(times), dtype=np.bool_)
    first, last = (int(str(day)[:4]) for day in (known.min(), known.max()))
    return np.isin(days, _days(country, first, last))


@lru_cache(maxsize=16)
def _days(country: str, first: int, last: int) -> NDArray[np.datetime64]:
    """Return the public holidays (N,) from the year `first` to the year `last`."""
    try:
        import holidays
    except ImportError:
        raise WorkbenchError(NO_HOLIDAYS) from None
    code, _hyphen, region = country.partition("-")
    try:
        found = holidays.country_holidays(code, subdiv=region or None, years=range(first, last + 1))
    except NotImplementedError:
        raise WorkbenchError(UNKNOWN_COUNTRY, country=country) from None
    return np.array(sorted(found), dtype="datetime64[D]")
