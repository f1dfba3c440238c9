"""Times written as text: one form for the whole column, never cell by cell.

The forms of `timeforms` are regular expressions with a named group a field. Those that fit a sample are applied to the
whole column by polars, and the fields become datetime64 by arithmetic, so 24:00 and week dates need no parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.timefields import from_fields
from workbench.core.sources.timeforms import AFTER, BASIC, CLOCKS, DATES, DAYNAME, JOIN, N2, NAME, SEP, Y4, ZONE
from workbench.core.sources.timestep import Times

if TYPE_CHECKING:
    import polars as pl

_CLOCK_SPAN = re.compile(r"^(.*[0-9][T ]([0-9]{1,2}):([0-9]{2})) ?[-–] ?([0-9]{1,2}):([0-9]{2})$")
_HOUR_SPAN = re.compile(
    r"^([0-9]{1,2})(?:[:.h]([0-9]{2})?)? ?(?:-|–|to|bis|à|~) ?([0-9]{1,2})(?:[:.h]([0-9]{2})?)?(?: ?(?:h|Uhr))?$"
)
_MARK = r" ?(?:\([a-z0-9]{1,2}\)|\[[a-z0-9]{1,2}\]|\*{1,2}|†)$"
_SAMPLE = 120
_LENGTHS = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a column as times.

    Attributes
    ----------
    format
        strptime-like form, or a word for numeric forms.
    values
        datetime64[us], NaT where the cell does not fit.
    rank
        Position in the order of preference; smaller is better.
    timezone
        ``UTC``, an offset such as ``+08:00``, or None for local times.
    mixed
        True if the cells had different offsets and were converted to UTC.
    grain
        Smallest field: year, quarter, month, week, day or second.
    """

    format: str
    values: Times
    rank: float
    timezone: str | None = None
    mixed: bool = False
    grain: str = "second"

    @property
    def valid(self) -> int:
        """Number of cells that were read."""
        return int((~np.isnat(self.values)).sum())


def clean(cells: pl.Series) -> pl.Series:
    """Strip blanks, and the trailing ``.0`` of whole numbers that went through a float."""
    import polars as pl

    # Spreadsheets keep text from being changed by ="..." or a leading apostrophe.
    cells = cells.str.strip_chars("= \t\"'\u00a0\ufeff")
    # Marks for provisional values and footnotes, as in "Dec 2020 (p)".
    cells = cells.str.replace(_MARK, "")
    filled = cells.drop_nulls()
    if len(filled) and filled.head(50).str.contains(r"^[0-9]{4,14}\.0+$").all():
        cells = pl.Series(cells.name, cells.str.replace(r"\.0+$", ""))
    return cells


def readings(cells: pl.Series) -> list[Reading]:
    """Return every form that reads (nearly) all of a text column, with the values.

    Parameters
    ----------
    cells
        Strings, null where missing.
    """
    cells = clean(cells)
    filled = cells.drop_nulls()
    if filled.is_empty():
        return []
    sample = _sample(filled)
    if _between_clocks(sample):
        cells = cells.str.extract(_CLOCK_SPAN.pattern)
        sample = _sample(cells.drop_nulls())
    found = _fitting(sample)
    if not found:
        halves = _first_of_interval(cells, sample)
        if halves is None:
            return []
        cells, sample = halves, _sample(halves.drop_nulls())
        found = _fitting(sample)
    out: list[Reading] = []
    for rank, pattern in found:
        out += [r for r in _apply(cells, pattern, rank, sample) if all(not _same(r, o) for o in out)]
    return out


def _same(one: Reading, other: Reading) -> bool:
    return np.array_equal(one.values, other.values, equal_nan=True)


def _sample(filled: pl.Series) -> list[str]:
    """Take distinct cells spread over the whole column, and the first of some lengths: midnight may lack its clock."""
    stride = max(1, len(filled) // _SAMPLE)
    ends = filled.head(5).to_list() + filled.tail(5).to_list()
    rare = filled.filter(filled.str.len_chars().is_first_distinct()).head(_LENGTHS).to_list()
    return list(dict.fromkeys([*filled.gather_every(stride).to_list()[:_SAMPLE], *ends, *rare]))


def _first_of_interval(cells: pl.Series, sample: list[str]) -> pl.Series | None:
    """Keep the start of cells such as ``01.01.2024 00:00 - 01.01.2024 01:00``."""
    for mark in (" - ", " – ", "/", " to ", "~", " bis ", "至", " — "):
        if all(text.count(mark) == 1 for text in sample):
            halves = [text.split(mark) for text in sample]
            if all(":" not in day and re.fullmatch(CLOCKS[0], clock.strip()) for day, clock in halves):
                # A day and its clock, no start and end.
                return None
            return cells.str.split(mark).list.first().str.strip_chars()
    return None


def _between_clocks(sample: list[str]) -> bool:
    """Tell whether cells such as ``2024-01-31 14:00-15:00`` are spans, all of one length, and no offsets from UTC."""
    spans = [match.groups()[1:] for match in map(_CLOCK_SPAN.match, sample) if match]
    return _one_length(spans, len(sample))


def _between_hours(sample: list[str]) -> bool:
    """Tell whether cells such as ``00 - 01`` or ``14:00-14:15`` are spans of the day, all of one length."""
    return _one_length([match.groups() for match in map(_HOUR_SPAN.match, sample) if match], len(sample))


def _one_length(spans: Sequence[Sequence[str | None]], count: int) -> bool:
    """Tell whether hour and minute of begin and end are as far apart in all cells, and begin at different times."""
    if len(spans) < 2 or not enough(len(spans), count):
        return False
    minutes = [[int(span[k] or 0) * 60 + int(span[k + 1] or 0) for k in (0, 2)] for span in spans]
    return len({(end - start) % 1440 for start, end in minutes}) == 1 and len({start for start, _ in minutes}) > 1


def _fitting(sample: list[str]) -> list[tuple[float, str]]:
    """Return (rank, pattern) of the forms that fit the sample, but for a few faults."""
    found = []
    for rank, date in enumerate(DATES):
        tails = _tails(date, sample)
        if tails is not None:
            found.append((float(rank), tails))
    if not found:
        for clock in CLOCKS[:2]:
            for rank, date in enumerate(DATES[:16]):
                pattern = rf"^{clock}[ ,;-]+{DAYNAME}?{date}$"
                if _fits(pattern, sample):
                    found.append((float(rank), pattern))
        unix = rf"^{DAYNAME}?(?P<b>{NAME}) +(?P<d>{N2}) {CLOCKS[0]}{ZONE} {Y4}$"
        if not found and _fits(unix, sample):
            found.append((0.0, unix))
    return found


def _tails(date: str, sample: list[str]) -> str | None:
    """Find what follows the date in the cells, and build the pattern of the whole cell."""
    head = re.compile(rf"{DAYNAME}?{date}")
    matches = [(match, text[match.end() :]) for text in sample if (match := head.match(text))]
    fitting = [rest for match, rest in matches if not _is_clock_cut(match.group(), rest, date.count(SEP) == 2)]
    if not enough(len(fitting), len(sample)):
        return None
    bare = sum(re.fullmatch(AFTER, rest) is not None for rest in fitting)
    alone = rf"^{DAYNAME}?{date}{AFTER}$" if enough(bare, len(sample)) else None
    complete = "<d>" in date or "<u>" in date or "<j>" in date
    if bare == len(fitting) or not complete:
        return alone
    compact = re.search(r"[-/年W]|<b>", date.replace("[0-9]", "")) is None
    for k, clock in enumerate(CLOCKS):
        join = rf"(?:{JOIN})?" if "年" in date or (compact and k in BASIC) else JOIN
        tail = rf"(?:{AFTER}{join}{clock}{ZONE})"
        expression = re.compile(tail)
        timed = sum(expression.fullmatch(rest) is not None for rest in fitting)
        if timed and enough(timed + bare, len(sample)):
            return rf"^{DAYNAME}?{date}{tail}{'?' if bare or timed < len(sample) else ''}$"
    zoned = sum(re.fullmatch(ZONE, rest) is not None for rest in fitting)
    return rf"^{date}{ZONE}$" if zoned > bare and enough(zoned, len(sample)) else alone


def _is_clock_cut(date: str, rest: str, numeric: bool) -> bool:
    """Tell whether the supposed year is the hour of a time without a year, as in ``01/03 05:00``."""
    if numeric and len(date.split()) == 2 and not date[0].isalpha():
        return True
    if not rest.startswith(":"):
        return False
    return " " in date or (re.fullmatch(":[0-9]{1,2}", rest) is not None and not date.isdigit())


def _fits(pattern: str, sample: list[str]) -> bool:
    expression = re.compile(pattern)
    return enough(sum(expression.match(text) is not None for text in sample), len(sample))


def enough(fitting: int, count: int) -> bool:
    """Tell whether so many of `count` cells fit that the others are faults: nine of ten, or all but one of five."""
    return fitting >= 0.9 * count or (fitting == count - 1 >= 4)


def _apply(cells: pl.Series, pattern: str, rank: float, sample: list[str]) -> list[Reading]:
    """Read the whole column with one form; two-digit years give one reading for each hundred years."""
    fields = extracted(cells, pattern)
    template = _template(pattern, sample)
    readings: list[Reading] = []
    for earliest, note in _centuries(fields):
        result = from_fields(fields, earliest)
        if result is None or not enough(result.valid, len(cells) - cells.null_count()):
            continue
        worse = rank + 0.1 * bool(note)
        reading = Reading(template + note, result.values, worse, result.timezone, result.mixed, result.grain)
        if all(not _same(reading, other) for other in readings):
            readings.append(reading)
    return readings


def _centuries(fields: dict[str, pl.Series]) -> list[tuple[int, str]]:
    """Return the hundreds of years that two-digit years may stand for: the usual one, and those from either end on."""
    if "y" not in fields:
        return [(1969, "")]
    filled = fields["y"].drop_nulls()
    ends = dict.fromkeys(century + int(text) for century in (1900, 1800) for text in (filled[0], filled[-1]))
    return [(1969, ""), (1900, " (19yy)"), (2000, " (20yy)"), *((year, f" (from {year})") for year in ends)]


def extracted(cells: pl.Series, pattern: str) -> dict[str, pl.Series]:
    """Return the named groups of `pattern` as columns of strings; groups that never match are left out."""
    groups = cells.str.extract_groups(pattern).struct.unnest()
    return {column.name: column for column in groups.get_columns() if column.null_count() < len(column)}


_DIRECTIVES = {
    "j": "%j",
    "W": "%V",
    "u": "%u",
    "q": "%q",
    "s": "%q",
    "e": "%y",
    "z": "%z",
    "f": "%f",
    "P": "%p",
    "p": "%p",
}


def _template(pattern: str, sample: list[str]) -> str:
    """Write the form of the first fitting cell in strptime's letters (``%q`` is the quarter)."""
    expression = re.compile(pattern)
    matches = [m for m in (expression.match(text) for text in sample) if m]
    match = max(matches[:20], key=lambda m: m.end(), default=None)
    if match is None:
        return pattern
    text = match.string
    twelve = any(match.groupdict().get(k) for k in ("p", "P"))
    spans = sorted(
        ((match.span(name), name) for name, value in match.groupdict().items() if value is not None),
        reverse=True,
    )
    for (start, end), name in spans:
        text = text[:start] + _directive(name, match.group(name), twelve, pattern) + text[end:]
    return re.sub(rf"^{DAYNAME}", lambda m: "%a" + re.sub(r"[^,. ]", "", m.group()), text)


def _directive(name: str, value: str, twelve: bool, pattern: str) -> str:
    if name == "b":
        return "%b" if len(value.rstrip(".")) <= 4 else "%B"
    if name == "H" and twelve:
        return "%I"
    if name == "Y" and "<W>" in pattern:
        return "%G"
    return _DIRECTIVES.get(name, "%" + name)


def clock_seconds(cells: pl.Series) -> NDArray[np.int64] | None:
    """Read a column of times of day such as ``13:30``, ``1330`` or ``1:30 PM``.

    Returns
    -------
    Microseconds since midnight (86 400 000 000 for 24:00), -1 for missing cells; None if the column is no clock.
    """
    from workbench.core.sources.timefields import clock_of

    cells = clean(cells)
    filled = cells.drop_nulls()
    if filled.is_empty():
        return None
    sample = _sample(filled)
    if _between_hours(sample):
        cells = cells.str.replace(_HOUR_SPAN.pattern, "$1:$2").str.replace(":$", ":00")
        sample = _sample(cells.drop_nulls())
    for clock in (*CLOCKS[:4], CLOCKS[5]):
        pattern = rf"^{clock}{ZONE}$"
        if not _fits(pattern, sample):
            continue
        fields = extracted(cells, pattern)
        if "M" not in fields and "p" not in fields:
            continue
        values, valid = clock_of(fields, len(cells))
        if enough(int(valid.sum()), len(filled)):
            return np.where(valid, values, -1)
    return None
