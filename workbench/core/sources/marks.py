"""What a single cell of text looks like: empty, a number, a time, or words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Look = Literal["empty", "number", "time", "text"]

MISSING = frozenset(
    {
        "", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "---", ".", "..", "...", "?", "*", "**", "***",
        "#n/a", "#na", "#null!", "#value!", "#div/0!", "#ref!", "#num!", "#name?", "missing", "n.a.", "n. a.", "n.d.",
        "nd", "k.a.", "—", "–", "−", "…", "<na>", "(null)", "(na)", "\\n", "-nan", "nat", "mm", "n/d", "s/d",
        "not available", "no data", "nodata", ":", "无", "缺失", "缺测", "暂无", "/", "///", "////", "-.-",
    }
)  # fmt: skip

_CURRENCY = r"(?:[$€£¥₹₩₽]|US\$|USD|EUR|GBP|CHF|CNY|RMB|JPY|元|kr\.?)"
_DIGITS = r"(?:\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+|\d+)(?:[.,]\d*)?|[.,]\d+"
NUMBER = re.compile(
    rf"[(]?[+\-−]?\s?{_CURRENCY}?\s?[+\-−]?(?:{_DIGITS})(?:[eEdD][+\-]?\d{{1,3}})?\s?(?:[%‰]|{_CURRENCY})?[)\-]?",
)
_MONTHS = (
    "jan|feb|mar|mär|maer|apr|may|mai|maj|jun|jul|aug|sep|oct|okt|nov|dec|dez|"
    "ene|abr|ago|dic|janv|févr|mars|avr|juin|juil|août|déc"
)
_MONTH_WORD = rf"(?:{_MONTHS})[a-zäéû]{{0,7}}\.?"
_ZONE = r"(?:Z|[A-Z]{3,4}|(?:UTC|GMT)?[+\-]\d{2}(?::?\d{2})?)"
_CLOCK = rf"\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?(?:\s?{_ZONE})?"
_DATE = (
    r"\d{1,4}[-/.] ?\d{1,2}[-/.] ?\d{1,4}\.?|\d{4}[-/]\d{1,2}|\d{1,2}/\d{4}"
    r"|\d{4}년 ?\d{1,2}월(?: ?\d{1,2}일)?"
    r"|(?:\d{4}|(?:明治|大正|昭和|平成|令和|民國|民国)(?:\d{1,3}|元)|1[0-4]\d)年(?:\d{1,2}月(?:\d{1,2}日)?)?"
    rf"|\d{{1,2}}[-/. ]*{_MONTH_WORD}[-/., ]*(?:\d{{4}}|\d{{2}})?|{_MONTH_WORD}[-/., ]*\d{{1,4}}(?:[-/., ]+\d{{4}})?"
    rf"|\d{{4}}[-/ ]?{_MONTH_WORD}(?:[-/ ]?\d{{1,2}})?"
    r"|\d{4}[-/: ]?[QWMTK]\d{1,2}(?:-\d)?|\d{4}年第?[1-4一二三四]季度?"
    r"|[QT][1-4][-/ ]?\d{2,4}|[1-4][QT][-/ ]?\d{2,4}|\d{4}-\d{3}"
)
_WITH_CLOCK = rf"(?:{_DATE})(?:(?:[T_:,]|, ?| +(?:at )?)?(?:{_CLOCK}|\d{{2}}|\d{{4}}))?"
TIME = re.compile(
    rf"(?:[A-Za-z]{{3,9}},? )?(?:{_WITH_CLOCK}|{_CLOCK}|{_MONTH_WORD} +\d{{1,2}} {_CLOCK} \d{{4}})(?: \([A-Za-z ]+\))?",
    re.IGNORECASE,
)

TOTAL = re.compile(
    r"\s*(?:(?:grand|sub)?[ -]?totals?|sum|all|average|mean|gesamt|summe|mittel(?:wert)?|durchschnitt|total général|"
    r"totale?|totaal|suma|合计|总计|小计|平均|総計|合計)\b\s*:?.{0,20}",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def look(cell: str) -> Look:
    """Classify one cell; blanks around it do not matter."""
    text = cell.strip()
    if text.lower() in MISSING:
        return "empty"
    if len(text) > 60:
        return "text"
    if NUMBER.fullmatch(text):
        return "number"
    return "time" if TIME.fullmatch(text) else "text"
