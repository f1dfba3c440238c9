"""Text from strangers, as it may be shown: without what steers a terminal, reverses a line, or cannot be seen."""

from __future__ import annotations

import re
from typing import Any

LONGEST_SHOWN = 1_000
"""Characters of one value in a sentence; a longer one is cut in its middle."""

_HIDDEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_SPACE = re.compile("[\t\r\n\u2028\u2029]+")


def seen(text: str) -> str:
    """Return `text` with control characters and lone surrogates as �, and without marks of direction.

    Blanks, line ends and joiners of scripts that need them stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub("�", _HIDDEN.sub("", text))


def in_a_sentence(text: str) -> str:
    """Return `text` as one value of a sentence: seen, in one line, and of bounded length."""
    text = _SPACE.sub(" ", seen(text))
    if len(text) > LONGEST_SHOWN:
        half = LONGEST_SHOWN // 2
        text = f"{text[:half]} … {text[-half:]}"
    return text


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula: OWASP's advice against CSV injection.

    Numbers that are written as text stay.
    """
    return f"'{text}" if text.lstrip().startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def all_seen(document: Any) -> Any:
    """Return a JSON document with all its texts and keys as :func:`seen` has them.

    Raises
    ------
    ValueError
        If two keys of an object differ only in what cannot be seen.
    """
    if isinstance(document, str):
        return seen(document)
    if isinstance(document, list):
        return [all_seen(entry) for entry in document]
    if isinstance(document, dict):
        found = {seen(key): all_seen(entry) for key, entry in document.items()}
        if len(found) < len(document):
            raise ValueError("two keys look the same")
        return found
    return document
