"""Numbers written as text: which mark is the decimal one, and what else stands around the digits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.sources.marks import MISSING

if TYPE_CHECKING:
    import polars as pl

_COMMA_DECIMAL = re.compile(
    r"[+-]?(?:\d*,(?:\d{1,2}|\d{4,})|0,\d+|\d{4,},\d+|\d{1,3}(?:[. '’]\d{3})+,\d+|,\d+)(?:[eE][+-]?\d+)?"
)
_COMMA_GROUP = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3}){2,}|[1-9]\d{0,2}(?:,\d{3})+\.\d*)")
_COMMA_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_POINT_DECIMAL = re.compile(r"[+-]?(?:\d*\.(?:\d{1,2}|\d{4,})|0\.\d+|\d{4,}\.\d+)(?:[eE][+-]?\d+)?")
_POINT_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3}){2,}")
_POINT_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_POINT_GROUPS = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$"
_CURRENCY = r"(?:[$€£¥₹₩₽]|US\$|USD|EUR|GBP|CHF|CNY|RMB|JPY|元|kr\.?)"
_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "mn": 1e6, "万": 1e4, "亿": 1e8, "t": 1e12}
_BLANKS = " \u00a0\u202f\u2009'’"
_SAMPLE = 3000
_TELLING = 200_000
_SHORT = 600
_BLANK_ENDS = " \t\r\n\u00a0\ufeff"
_PLAIN = re.compile(r"[+-]?(?:\d{1,15}|\d{0,12}\.\d{1,12})", re.ASCII)
_PLAINS = re.compile(rf"(?:{_PLAIN.pattern}\n)*", re.ASCII)
_LONGEST_NUMBER = 40
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_DOTTED_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)\b")
_LOOSE = re.compile(
    rf"[-+−–(\[<>≤≥~≈\s]*(?:{_CURRENCY})?[-+−–\s]*[.,]?\d[\d.,'’\s]*(?:[eEdD][-+−–]?\d+)?"
    r"[\s\-–)]*[\s\w°℃/²³%‰$€£¥₹₩₽*†‡#^+.()\[\]-]{0,14}"
)
"""Whatever `read_numbers` takes for a number, and more; all else needs no closer look."""
_LIMITS = (32767.0, -32768.0)


@dataclass(slots=True)
class Evidence:
    """Cells of a whole file that speak for one decimal mark."""

    comma: int = 0
    group: int = 0
    either: int = 0
    point: int = 0
    point_group: int = 0
    point_either: int = 0
    beside_whole: bool = False
    dotted_days: bool = False
    example: str = ""

    def add(self, texts: Iterable[str]) -> None:
        """Count the telling cells among `texts`."""
        for text in texts:
            text = re.sub(rf"{_CURRENCY}|[\s%()]", "", text.replace("−", "-"))
            if _COMMA_DECIMAL.fullmatch(text):
                self.comma += 1
            elif _COMMA_GROUP.fullmatch(text):
                self.group += 1
            elif _COMMA_EITHER.fullmatch(text):
                self.example = self.example if self.either else text
                self.either += 1
            elif _POINT_DECIMAL.fullmatch(text):
                self.point += 1
            elif _POINT_GROUP.fullmatch(text):
                self.point_group += 1
            elif _POINT_EITHER.fullmatch(text):
                self.point_either += 1
                self.example = self.example or text

    def decimal(self, delimiter: str) -> tuple[str, bool]:
        """Return the decimal mark and whether that is sure."""
        if self.comma > self.group:
            return ",", True
        if self.group or self.point:
            return ".", True
        if self.either:
            return ("," if delimiter == ";" or self.dotted_days else "."), False
        if self.point_group:
            return ",", True
        # 1.234 between semicolons may be German, the more so beside whole numbers below 1000.
        unsure = self.point_either > 0 and delimiter == ";"
        return ("," if unsure and self.beside_whole else "."), not unsure

    @property
    def mark(self) -> str:
        """The mark that may be either, where `decimal` is not sure."""
        return "," if self.either else "."


@dataclass(slots=True)
class Numbers:
    """A column read as numbers.

    Attributes
    ----------
    values
        float64, NaN where missing or unreadable.
    missing
        Rows whose cell is empty or says that the value is missing.
    bad
        Rows (from 0) whose cell is no number.
    grouped, marked
        An example of a cell with separators of thousands; number of cells with marks, and an example.
    unit
        A unit that follows every number, or ``%`` or a currency.
    span
        The smallest and the largest value, where they are known already; see `extremes`.
    """

    values: NDArray[np.float64]
    missing: int
    bad: list[int] = field(default_factory=list)
    grouped: str = ""
    group_mark: str = ""
    marked: int = 0
    mark: str = ""
    unit: str = ""
    span: tuple[float, float] | None = None


def missing_as_null(cells: pl.Series) -> pl.Series:
    """Strip blanks and turn the usual signs for “missing” into nulls."""
    import polars as pl

    if len(cells) <= _SHORT:
        # A call of polars costs as much as hundreds of cells: 20 000 columns of few rows would take long.
        given = cells.to_list()
        if _are_plain(given):
            return cells
        texts = [cell.strip(_BLANK_ENDS) if cell is not None else None for cell in given]
        values = [None if t is None or (len(t) <= 14 and t.lower() in MISSING) else t for t in texts]
        return pl.Series(cells.name, values, dtype=pl.String)
    stripped = cells.str.strip_chars(_BLANK_ENDS)
    tokens = stripped.str.len_chars() <= 14
    lowered = pl.Series(stripped.zip_with(tokens, pl.Series([None], dtype=pl.String)).str.to_lowercase())
    return stripped.set(lowered.is_in(list(MISSING)) & lowered.is_not_null(), None)


def gather(columns: Sequence[pl.Series]) -> Evidence:
    """Collect evidence on the decimal mark over all text columns of a file."""
    evidence = Evidence()
    most = max(50, min(_SAMPLE, _TELLING // max(1, len(columns))))
    for cells in columns:
        before = evidence.point_either
        evidence.add(_telling(cells, most))
        evidence.dotted_days |= any(_DOTTED_DAY.match(cell) for cell in cells.head(3).to_list() if cell)
        if evidence.point_either > before:
            evidence.beside_whole |= bool(cells.str.contains(r"^[+-]?[1-9]\d{0,2}$").any())
    return evidence


def _telling(cells: pl.Series, most: int) -> list[str]:
    """Return distinct cells with a point or comma among the first `most` of them; none where they are days."""
    if len(cells) <= _SHORT:
        given = [cell for cell in cells.to_list() if cell]
        joined = "".join(given)
        if "." not in joined and "," not in joined:
            return []
        texts = [cell for cell in given if "." in cell or "," in cell][:most]
    else:
        texts = cells.filter(cells.str.contains("[.,]").fill_null(False)).head(most).to_list()
    return [] if any(_DAY.match(text) for text in texts[:20]) else list(dict.fromkeys(texts))


def read_numbers(cells: pl.Series, decimal: str, thousands: str | None = None) -> Numbers | None:
    """Read a column of text as numbers; None if it is not one.

    Parameters
    ----------
    cells
        Strings as `missing_as_null` leaves them.
    decimal
        The file's decimal mark.
    thousands
        The separator of thousands, ``""`` for none, None to find it.

    Notes
    -----
    Up to a fifth of the filled cells may be unreadable; they are listed in `Numbers.bad`.
    """
    import polars as pl

    filled = len(cells) - cells.null_count()
    if filled == 0:
        return None
    if len(cells) <= _SHORT:
        texts = cells.to_list()
        if decimal == "." and _are_plain([text for text in texts if text is not None]):
            values = np.array([math.nan if text is None else float(text) for text in texts], dtype=np.float64)
            return Numbers(values, texts.count(None))
        if _few_are_words(texts):
            return None
    plain = cells.cast(pl.Float64, strict=False)
    if decimal == "," and cells.head(_SAMPLE).str.contains(_POINT_GROUPS).any():
        dotted = cells.filter(cells.str.contains(r"\.").fill_null(False))
        if dotted.str.contains(_POINT_GROUPS).all():
            plain = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(cells))
    if plain.null_count() == cells.null_count():
        return _numbers(cells, plain)
    return _read_styled(cells, plain, decimal, filled, thousands)


def _few_are_words(texts: Sequence[str | None]) -> bool:
    """Tell whether too many cells of a short column are no numbers: too long, or digits not in one place."""
    filled = [text for text in texts if text is not None]
    words = sum(len(t) > _LONGEST_NUMBER or _LOOSE.fullmatch(t) is None for t in filled if not _PLAIN.fullmatch(t))
    return words > 0.2 * len(filled)


def _are_plain(texts: Sequence[str | None]) -> bool:
    """Tell whether every cell of a short column is a plain number, without a call for each."""
    try:
        return _PLAINS.fullmatch("\n".join(texts) + "\n") is not None  # type: ignore[arg-type]
    except TypeError:
        # A missing cell.
        return False


def _numbers(cells: pl.Series, numbers: pl.Series) -> Numbers:
    values = numbers.fill_null(float("nan")).to_numpy().astype(np.float64, copy=True)
    infinite = np.isinf(values)
    values[infinite] = np.nan
    bad = np.flatnonzero(infinite | (numbers.is_null() & cells.is_not_null()).to_numpy())
    return Numbers(values, cells.null_count(), [int(row) for row in bad])


def _read_styled(
    cells: pl.Series, plain: pl.Series, decimal: str, filled: int, thousands: str | None
) -> Numbers | None:
    """Take away currency, percent, separators of thousands and marks, then read again."""
    import polars as pl

    open_rows = plain.is_null() & cells.is_not_null()
    texts = cells.filter(open_rows)
    if not texts.head(200).str.contains(r"\d").any():
        return _numbers(cells, plain) if len(texts) <= 0.2 * filled else None
    bare = texts.str.replace_all("[−–]", "-").str.replace(r"^\((.*)\)$", "-$1")
    unit = _common_unit(bare)
    if unit[:1].isalpha() and len(texts) < 0.9 * filled:
        unit = ""
    if unit:
        bare = bare.str.replace_all(re.escape(unit), "", literal=False).str.strip_chars()
    bare = bare.str.replace(r"^(.*\d)-$", "-$1").str.replace_all(r"[ \u00a0]*[%‰]$", "")
    bare = bare.str.replace(rf"^([+-]?) ?{_CURRENCY} ?", "$1").str.replace(rf" ?{_CURRENCY}$", "")
    bare, grouped = _ungrouped(bare, decimal, _marks(thousands))
    numbers = bare.str.replace(r"[dD]([+-]?\d+)$", "e$1").cast(pl.Float64, strict=False)
    marked, example, scale = 0, "", None
    if numbers.null_count():
        numbers, marked, example = _without_marks(bare, numbers, filled)
        scale = example
    result = plain.to_numpy().copy()
    result[open_rows.to_numpy()] = numbers.to_numpy()
    read = _numbers(cells, pl.Series(result).fill_nan(None))
    if len(read.bad) > 0.2 * filled:
        return None
    read.unit, read.marked, read.mark = unit, marked, scale or ""
    if grouped is not None:
        read.grouped, read.group_mark = grouped
    return read


def _common_unit(bare: pl.Series) -> str:
    """Return a unit that stands in (nearly) every cell, such as ``kg``, ``%`` or ``€``."""
    found = bare.head(_SAMPLE).str.extract(r"\d\s*([A-Za-zµμ°℃/²³%‰$€£¥元]{1,8}\d?)$").drop_nulls()
    if found.is_empty():
        found = bare.head(_SAMPLE).str.extract(rf"^[+-]?\s?({_CURRENCY})").drop_nulls()
    if found.is_empty() or len(found) < 0.9 * min(len(bare), _SAMPLE):
        return ""
    common = str(found.mode().sort()[0])
    share = (found == common).mean() or 0.0
    return common if float(str(share)) >= 0.95 and common.lower() not in _SCALES else ""


def _marks(thousands: str | None) -> Sequence[str]:
    """Return the separators of thousands that may stand in a cell."""
    if thousands is None:
        return (",", ".", *_BLANKS)
    kin = next((kin for kin in (_BLANKS[:-2], _BLANKS[-2:]) if thousands and thousands in kin), thousands)
    return tuple(kin)


def _ungrouped(bare: pl.Series, decimal: str, marks: Sequence[str]) -> tuple[pl.Series, tuple[str, str] | None]:
    """Drop separators of thousands, where groups of three digits prove them, and write the decimal point."""
    for mark in marks:
        if mark == decimal:
            continue
        m, d = re.escape(mark), re.escape(decimal)
        # Groups of three, or as in India of two before the last three.
        pattern = rf"^[+-]?(?:\d{{1,3}}(?:{m}\d{{3}})+|\d{{1,2}}(?:{m}\d{{2}})+{m}\d{{3}})(?:{d}\d*)?$"
        hits = bare.str.contains(pattern).fill_null(False)
        if hits.any():
            example = str(bare.filter(hits)[0])
            bare = bare.zip_with(~hits, bare.str.replace_all(mark, "", literal=True))
            if decimal == ",":
                bare = bare.str.replace(",", ".", literal=True)
            return bare, (example, mark)
    return (bare.str.replace(",", ".", literal=True) if decimal == "," else bare), None


def _without_marks(bare: pl.Series, numbers: pl.Series, filled: int) -> tuple[pl.Series, int, str]:
    """Read numbers with a scale (1.2M) or with marks for provisional values (12.3*, 5 e, <0.1)."""
    import polars as pl

    rest = bare.filter(numbers.is_null())
    scaled = rest.str.extract_groups(r"^([+-]?[\d.]+)\s?(bn|mn|[kKmMbBtT万亿])$").struct.unnest()
    parts = scaled.get_columns()
    if parts[0].null_count() <= 0.1 * len(rest):
        factor = parts[1].str.to_lowercase().replace_strict(_SCALES, default=None, return_dtype=pl.Float64)
        read = parts[0].cast(pl.Float64, strict=False) * factor
    else:
        symbol = (
            r"^[<>≤≥~≈]?\s?([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s?(?:[*†‡#^+a-zA-Z]{0,2}|\([a-zA-Z0-9]{1,2}\)|\[\w{1,2}\])$"
        )
        lettered = rest.str.contains(r"[A-Za-z]").sum()
        if lettered > 0.5 * filled:
            return numbers, 0, ""
        read = rest.str.extract(symbol).cast(pl.Float64, strict=False)
    result = numbers.to_numpy().copy()
    result[numbers.is_null().to_numpy()] = read.to_numpy()
    count = len(read) - read.null_count()
    example = str(rest.filter(read.is_not_null())[0]) if count else ""
    return pl.Series(result).fill_nan(None), count, example


def stored(cells: pl.Series) -> Numbers:
    """Take numbers (or booleans) that the file itself stores."""
    import polars as pl

    plain = cells.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    values = plain if plain.flags.writeable else plain.copy()
    values[np.isinf(values)] = np.nan
    return Numbers(values, int(np.isnan(values).sum()))


def extremes(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the smallest and the largest value; NaN if there is none."""
    low, high = (float(f.reduce(values, initial=s)) for f, s in ((np.minimum, np.inf), (np.maximum, -np.inf)))
    if np.isnan(low):
        # Passing over what is missing takes much longer.
        low, high = (float(f.reduce(values, initial=np.nan)) for f in (np.fmin, np.fmax))
    return low, high


def sentinel(values: NDArray[np.float64], span: tuple[float, float] | None = None) -> float | None:
    """Return a number that stands for “missing”: all nines, and far away from every other value.

    Parameters
    ----------
    span
        What `extremes` says of them, if it is known already.
    """
    low, high = span or extremes(values)
    # A neighbour found in a part of the values spares looking at all of them.
    some = values[:: max(1, len(values) // 10_000)]
    suspects = [e for e in (low, high) if is_nines(e) and not _has_near(some, e)]
    filled = values[~np.isnan(values)] if suspects else some
    if len(filled) < 8:
        return None
    for extreme in suspects:
        if _has_near(values, extreme):
            continue
        rest = filled[filled != extreme]
        if len(rest) < max(3, 0.1 * len(filled)):
            continue
        away = float(np.abs(rest - extreme).min())
        few = len(filled) - len(rest)
        sure = few >= 2 or (abs(extreme) > 100 and extreme not in _LIMITS)
        if sure and away > max(float(np.ptp(rest)), 0.2 * abs(extreme)):
            return extreme
    return None


def _has_near(values: NDArray[np.float64], extreme: float) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(((np.abs(values - extreme) <= 0.2 * abs(extreme)) & (values != extreme)).any())


def is_nines(value: float) -> bool:
    if np.isnan(value):
        return False
    if abs(value) >= 1e15 or value in _LIMITS:
        return True
    digits = f"{abs(value):.10g}".replace(".", "").rstrip("0")
    return (len(digits) >= 2 and set(digits) <= {"9"}) or value in (-777, -888, -7777, -8888)
