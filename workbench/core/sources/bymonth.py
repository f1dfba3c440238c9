"""Tables with a row for each year and a column for each month: one monthly series, laid out to fit on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.core.problems import Problem, problem
from workbench.core.sources.problems import MONTHS_LAYOUT
from workbench.core.sources.rawcolumn import RawColumn

_LANGUAGES = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
_YEAR = re.compile(r"((?:1[5-9]|20|21)\d\d)(?:\.0)?")
_SHORTEST = 3
_NAMES = {
    month[:size]: k + 1
    for language in reversed(_LANGUAGES)
    for k, month in enumerate(language.split())
    for size in range(_SHORTEST, len(month) + 1)
}


def _month(name: str) -> int | None:
    """Return 1 to 12 if `name` is that of a month, in one of seven languages or as a number."""
    text = name.strip().lower().rstrip(".")
    number = re.fullmatch(r"(?:m|month)?[ _-]?0?(\d{1,2})月?", text)
    if number:
        return int(number.group(1)) if 1 <= int(number.group(1)) <= 12 else None
    return _NAMES.get(text)


def below_each_other(columns: Sequence[RawColumn]) -> tuple[list[RawColumn], Problem] | None:
    """Put the months of all years into one column.

    Needed are a column of years, each at most once in combination with the columns of labels, and twelve columns with
    the names of the months in order. Columns after them (sums of the year) are left out.

    Returns
    -------
    The new columns and a note, or None if the table is not of this kind.
    """
    import polars as pl

    numbers = [_month(column.name) for column in columns]
    start = next((j for j in range(len(columns) - 11) if numbers[j : j + 12] == list(range(1, 13))), None)
    if not start:
        return None
    years = next((column for column in columns[:start] if _is_years(column)), None)
    if years is None or not all(column.textual for column in columns[: start + 12]):
        return None
    labels = [column for column in columns[:start] if column is not years]
    texts = [(_YEAR.fullmatch((cell or "").strip()), k) for k, cell in enumerate(years.cells.to_list())]
    rows = sorted((match.group(1), k) for match, k in texts if match)
    keys = {(year, *(label.cells[k] for label in labels)) for year, k in rows}
    if len(keys) < len(rows) or len(rows) < 2:
        return None
    months = [column.cells.to_list() for column in columns[start : start + 12]]
    cells = [(f"{year}-{m + 1:02d}", k, months[m][k]) for year, k in rows for m in range(12)]
    if not labels:
        cells = _without_empty_ends(cells)
    turned = [RawColumn("month", pl.Series([time for time, _, _ in cells], dtype=pl.String))]
    turned += [RawColumn(c.name, pl.Series([c.cells[k] for _, k, _ in cells], dtype=pl.String)) for c in labels]
    turned.append(RawColumn("value", pl.Series([value for _, _, value in cells], dtype=pl.String)))
    others = len(columns) - start - 12
    return turned, problem(MONTHS_LAYOUT, count=len(cells), years=len(rows), others=others)


def _is_years(column: RawColumn) -> bool:
    if not column.textual:
        return False
    filled = [cell.strip() for cell in column.cells.to_list() if cell and cell.strip()]
    return len(filled) > 1 and all(_YEAR.fullmatch(cell) for cell in filled)


def _without_empty_ends(cells: list[tuple[str, int, str | None]]) -> list[tuple[str, int, str | None]]:
    """Leave out the months before the first and after the last value: the series begins and ends within a year."""
    filled = [i for i, (_, _, value) in enumerate(cells) if value is not None and value.strip(" .-:")]
    return cells[filled[0] : filled[-1] + 1] if filled else cells
