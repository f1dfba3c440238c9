"""Times written as text: one form for the whole column, never cell by cell.

A form is a regular expression with a named group a field. The forms that fit a sample are applied to the whole
column by polars, and the fields become datetime64 by arithmetic, so 24:00, week dates and quarters need no parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.timefields import from_fields
from workbench.core.sources.timestep import Times

if TYPE_CHECKING:
    import polars as pl

_N2 = "[0-9]{1,2}"
_SEP = r"[-/._ ]"
_NAME = r"[A-Za-zÀ-ÿ]{3,12}\.?"
_ORDINAL = "(?:st|nd|rd|th|er|\\.)?"
_Y4 = "(?P<Y>[0-9]{4})"
_Y2 = "'?(?P<y>[0-9]{2})"

# In order of preference: where two forms fit equally well, the earlier one wins.
_DATES: tuple[str, ...] = (
    rf"{_Y4}{_SEP}(?P<m>{_N2}){_SEP}(?P<d>{_N2})",
    rf"{_Y4} ?年 ?(?P<m>{_N2}) ?月 ?(?P<d>{_N2}) ?[日号]?",
    rf"{_Y4}(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})",
    rf"(?P<m>{_N2})/(?P<d>{_N2})/{_Y4}",
    rf"(?P<d>{_N2}){_SEP}(?P<m>{_N2}){_SEP}{_Y4}",
    rf"(?P<m>{_N2}){_SEP}(?P<d>{_N2}){_SEP}{_Y4}",
    rf"(?P<m>{_N2})/(?P<d>{_N2})/{_Y2}",
    rf"(?P<d>{_N2}){_SEP}(?P<m>{_N2}){_SEP}{_Y2}",
    rf"(?P<m>{_N2}){_SEP}(?P<d>{_N2}){_SEP}{_Y2}",
    rf"{_Y2}{_SEP}(?P<m>{_N2}){_SEP}(?P<d>{_N2})",
    rf"{_Y4}{_SEP}(?P<d>{_N2}){_SEP}(?P<m>{_N2})",
    rf"(?P<d>{_N2}){_ORDINAL}(?: of | de )?[-/ ,]*(?P<b>{_NAME})(?: del? )?[-/ ,']*{_Y4}",
    rf"(?P<d>{_N2}){_ORDINAL}[-/ ,]*(?P<b>{_NAME})[-/ ,]*{_Y2}",
    rf"(?P<b>{_NAME})[-/ ]*(?P<d>{_N2}){_ORDINAL},?[-/ ]*{_Y4}",
    rf"(?P<b>{_NAME})[-/ ]*(?P<d>{_N2}){_ORDINAL},[-/ ]*{_Y2}",
    rf"{_Y4}[-/ ,]*(?P<b>{_NAME})[-/ ,]*(?P<d>{_N2})",
    rf"{_Y4}-?W(?P<W>[0-9]{{2}})-?(?P<u>[1-7])",
    rf"{_Y4}[-/ ]?(?:W|w|KW|CW|Week |week )(?P<W>{_N2})",
    rf"(?:W|w|KW|CW|Week |week )(?P<W>{_N2})[-/ ,]+{_Y4}",
    rf"{_Y4}年 ?第? ?(?P<W>{_N2}) ?[周週]",
    rf"{_Y4}[-/: ]?(?P<j>[0-9]{{3}})",
    rf"{_Y4}[-/: ]?[QqTK](?P<q>[1-4])",
    rf"[QqT](?P<q>[1-4])[-/ ,:']*{_Y4}",
    rf"(?P<q>[1-4])\.?[QqT][-/ ']*{_Y4}",
    rf"(?P<q>[1-4])\. ?(?:Quartal|quarter|trimestre)[-/ ,]*{_Y4}",
    rf"[QqT](?P<q>[1-4])[-/ ,:]*{_Y2}",
    rf"(?P<q>[1-4])[QqT][-/ ]*{_Y2}",
    rf"{_Y2}[QqT](?P<q>[1-4])",
    rf"{_Y4}[-/ ](?P<q>[1-4])[QqT]",
    rf"{_Y4}[-/ ]?[HhS](?P<s>[12])",
    rf"[HhS](?P<s>[12])[-/ ,]*{_Y4}",
    rf"{_Y4}年? ?第?(?P<q>[1-4一二三四]) ?季度?",
    rf"{_Y4}[-/. ](?P<q>I{{1,3}}|IV)",
    rf"{_Y4}[-/._: ]?(?P<m>{_N2})",
    rf"{_Y4} ?年 ?(?P<m>{_N2}) ?月?份?",
    rf"{_Y4} ?年 ?(?P<b>[一二三四五六七八九十]{{1,2}}月)份?",
    rf"{_Y4}[- ]?M(?P<m>{_N2})",
    rf"(?P<m>{_N2})[-/._]{_Y4}",
    rf"(?P<b>{_NAME})[-/ ,.']*{_Y4}",
    rf"{_Y4}[-/ ,.]*(?P<b>{_NAME})",
    rf"(?P<b>{_NAME})[-/ ']*{_Y2}",
    rf"{_Y2}[-/ ]*(?P<b>{_NAME})",
    rf"{_Y4}[-/–](?P<e>[0-9]{{2,4}})",
    rf"(?:FY|CY)? ?{_Y4}(?:\.0+)? ?年?",
    rf"(?:FY|CY) ?{_Y2}",
    rf"{_Y2}(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})",
    rf"(?P<m>{_N2})[-/]{_Y2}",
    rf"{_Y2}[-/](?P<m>{_N2})",
    rf"{_Y4}[-/._: ](?P<q>[1-4])",
    rf"(?P<d>[0-9]{{2}})(?P<m>[0-9]{{2}}){_Y4}",
    rf"(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}}){_Y4}",
    rf"(?P<m>[0-9]{{2}}){_Y4}",
)
_TAG_AM = r"(?P<P>上午|下午|凌晨|早上|中午|晚上) ?"
_AM = r"(?: ?(?P<p>[AaPp]\.? ?[Mm]\.?))?"
_CLOCKS: tuple[str, ...] = (
    rf"(?:{_TAG_AM})?(?P<H>{_N2}):(?P<M>[0-9]{{2}})(?::(?P<S>[0-9]{{2}})(?:[.,:](?P<f>[0-9]{{1,9}}))?)?{_AM}(?: Uhr)?",
    rf"(?:{_TAG_AM})?(?P<H>{_N2}) ?[时時点點] ?(?:(?P<M>{_N2}) ?分? ?(?:(?P<S>{_N2}) ?秒?)?)?",
    rf"(?P<H>{_N2}) ?[hHuU] ?(?:(?P<M>[0-9]{{2}})(?:m(?:in)?)?)?(?: ?(?P<S>[0-9]{{2}})s?)?",
    rf"(?P<H>{_N2})\.(?P<M>[0-9]{{2}})(?:\.(?P<S>[0-9]{{2}})(?:[.,](?P<f>[0-9]{{1,9}}))?)?{_AM}",
    r"(?P<H>[0-9]{2})(?P<M>[0-9]{2})(?:(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]{1,9}))?)?",
    rf"(?P<H>{_N2}){_AM}",
)
_BASIC = (4, 5)
_ZONE = (
    r"(?: ?(?P<z>(?:UTC|GMT)? ?[-+−][0-9]{1,2}(?::?[0-9]{2})?|[A-Z]{1,5}|z|[A-Z][a-z]+/[A-Z][A-Za-z_]+))?"
    r"(?: ?\[[A-Za-z_/+0-9-]+\]| ?\([A-Za-z .]+\))?"
)
_JOIN = r"(?:[Tt_:;]| *, *| +(?:at |- )?| *- *|/)"
_DAYNAME = (
    r"(?:(?:[Mm]on|[Tt]ues?|[Ww]ed(?:nes)?|[Tt]hu(?:rs?)?|[Ff]ri|[Ss]at(?:ur)?|[Ss]un|MON|TUE|WED|THU|FRI|SAT|SUN)"
    r"(?:day|DAY)?\.?,? ?|(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag,? |(?:Mittwoch|Sonnabend),? |"
    r"(?i:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|"
    r"domingo),? |(?:Mo|Di|Mi|Do|Fr|Sa|So)\.?,? |(?:星期|周|週)[一二三四五六日天] ?)"
)
_AFTER = rf"(?: ?\(?{_DAYNAME}\)?)?"
_CLOCK_SPAN = re.compile(r"^(.*[0-9][T ]([0-9]{1,2}):([0-9]{2})) ?[-–] ?([0-9]{1,2}):([0-9]{2})$")
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
            if all(":" not in day and re.fullmatch(_CLOCKS[0], clock.strip()) for day, clock in halves):
                # A day and its clock, no start and end.
                return None
            return cells.str.split(mark).list.first().str.strip_chars()
    return None


def _between_clocks(sample: list[str]) -> bool:
    """Tell whether cells such as ``2024-01-31 14:00-15:00`` are spans, all of one length, and no offsets from UTC."""
    spans = [match for match in map(_CLOCK_SPAN.match, sample) if match]
    if len(spans) < 2 or not enough(len(spans), len(sample)):
        return False
    minutes = [[int(m[k]) * 60 + int(m[k + 1]) for k in (2, 4)] for m in spans]
    return len({(end - start) % 1440 for start, end in minutes}) == 1 and len({start for start, _ in minutes}) > 1


def _fitting(sample: list[str]) -> list[tuple[float, str]]:
    """Return (rank, pattern) of the forms that fit the sample, but for a few faults."""
    found = []
    for rank, date in enumerate(_DATES):
        tails = _tails(date, sample)
        if tails is not None:
            found.append((float(rank), tails))
    if not found:
        for clock in _CLOCKS[:2]:
            for rank, date in enumerate(_DATES[:16]):
                pattern = rf"^{clock}[ ,;-]+{_DAYNAME}?{date}$"
                if _fits(pattern, sample):
                    found.append((float(rank), pattern))
        unix = rf"^{_DAYNAME}?(?P<b>{_NAME}) +(?P<d>{_N2}) {_CLOCKS[0]}{_ZONE} {_Y4}$"
        if not found and _fits(unix, sample):
            found.append((0.0, unix))
    return found


def _tails(date: str, sample: list[str]) -> str | None:
    """Find what follows the date in the cells, and build the pattern of the whole cell."""
    head = re.compile(rf"{_DAYNAME}?{date}")
    matches = [(match, text[match.end() :]) for text in sample if (match := head.match(text))]
    fitting = [rest for match, rest in matches if not _is_clock_cut(match.group(), rest, date.count(_SEP) == 2)]
    if not enough(len(fitting), len(sample)):
        return None
    bare = sum(re.fullmatch(_AFTER, rest) is not None for rest in fitting)
    alone = rf"^{_DAYNAME}?{date}{_AFTER}$" if enough(bare, len(sample)) else None
    complete = "<d>" in date or "<u>" in date or "<j>" in date
    if bare == len(fitting) or not complete:
        return alone
    compact = re.search(r"[-/年W]|<b>", date.replace("[0-9]", "")) is None
    for k, clock in enumerate(_CLOCKS):
        join = rf"(?:{_JOIN})?" if "年" in date or (compact and k in _BASIC) else _JOIN
        tail = rf"(?:{_AFTER}{join}{clock}{_ZONE})"
        expression = re.compile(tail)
        timed = sum(expression.fullmatch(rest) is not None for rest in fitting)
        if timed and enough(timed + bare, len(sample)):
            return rf"^{_DAYNAME}?{date}{tail}{'?' if bare or timed < len(sample) else ''}$"
    zoned = sum(re.fullmatch(_ZONE, rest) is not None for rest in fitting)
    return rf"^{date}{_ZONE}$" if zoned > bare and enough(zoned, len(sample)) else alone


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
    return re.sub(rf"^{_DAYNAME}", lambda m: "%a" + re.sub(r"[^,. ]", "", m.group()), text)


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
    for clock in (*_CLOCKS[:3], _CLOCKS[5]):
        pattern = rf"^{clock}{_ZONE}$"
        if not _fits(pattern, sample):
            continue
        fields = extracted(cells, pattern)
        if "M" not in fields and "p" not in fields:
            continue
        values, valid = clock_of(fields, len(cells))
        if enough(int(valid.sum()), len(filled)):
            return np.where(valid, values, -1)
    return None
