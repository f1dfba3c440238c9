"""Which character encoding a text file has, judged from its bytes.

General detectors misread tables: few letters, many digits. Here the order is: byte order mark, UTF-16 without
one, strict UTF-8, then whatever encoding makes the likeliest text (`charsets.likeliest`).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from workbench.core.sources.charsets import likeliest

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 1 << 18
_SCORED_BYTES = 1 << 13
_HIGH = re.compile(rb"[\x80-\xff]")
_CHECKED_BYTES = 1 << 21


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, how it was decoded, and whether that was a guess.

    Attributes
    ----------
    replaced
        Characters that did not fit and became U+FFFD.
    certain
        True for a byte order mark, plain ASCII or valid UTF-8.
    rival
        Another encoding that gives a text nearly as likely, or None.
    """

    text: str
    encoding: str
    certain: bool
    replaced: int = 0
    rival: str | None = None


def decode(data: bytes, encoding: str | None = None) -> Decoded | None:
    """Decode the bytes of a text file; None if they are not text.

    Parameters
    ----------
    encoding
        Use this one instead of guessing; unfit bytes are replaced and counted.
    """
    name, certain, rival = (encoding, True, None) if encoding else guess(data)
    if name is None:
        return None
    skip = next((len(mark) for mark, marked in _MARKS if data.startswith(mark) and marked == name), 0)
    try:
        return Decoded(data[skip:].decode(name), _plain(name), certain, 0, rival)
    except UnicodeDecodeError:
        text = data[skip:].decode(name, errors="replace")
        return Decoded(text, _plain(name), False, text.count("\ufffd"), rival)


def _plain(name: str) -> str:
    return {"utf-8-sig": "utf-8", "utf-8": "utf-8"}.get(name, name)


def detect(data: bytes) -> tuple[str | None, bool]:
    """Return the encoding and whether it is certain; (None, False) for bytes that are no text."""
    return guess(data)[:2]


def guess(data: bytes) -> tuple[str | None, bool, str | None]:
    """Return the encoding, whether it is certain, and another one that fits nearly as well."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, True, None
    if b"\0" in data[:_SAMPLE_BYTES]:
        return _with_zeros(data), False, None
    if data.isascii():
        return "utf-8", True, None
    try:
        codecs.utf_8_decode(data, "strict", True)
        return "utf-8", True, None
    except UnicodeDecodeError:
        name, rival = _legacy(data)
        return name, False, rival


def _with_zeros(data: bytes) -> str | None:
    """Tell text of wide characters from text that holds a few zero bytes, and both from what is no text."""
    sample = data[: _SAMPLE_BYTES & ~3]
    name = _without_mark(sample)
    if name is not None:
        return name
    for wide in ("utf-16-le", "utf-16-be"):
        text = sample.decode(wide, errors="replace")
        odd = sum(c == "\0" or unicodedata.category(c) in ("Cn", "Co", "Cs") or c == "\ufffd" for c in text)
        plain = sum(c < "\x7f" for c in text)
        if len(data) % 2 == 0 and odd <= 0.01 * len(text) and plain >= 0.15 * len(text):
            return wide
    few = sample.count(0) <= 0.3 * len(sample)
    return "utf-8" if few and "\ufffd" not in sample[:-4].decode("utf-8", errors="replace") else None


def _without_mark(sample: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 by where their zero bytes stand."""
    zeros = [sample[k::4].count(0) / max(1, len(sample[k::4])) for k in range(4)]
    patterns = {
        "utf-32-le": zeros[0] < 0.2 and min(zeros[2:]) > 0.9,
        "utf-32-be": zeros[3] < 0.2 and min(zeros[:2]) > 0.9,
        "utf-16-le": max(zeros[0], zeros[2]) < 0.1 and min(zeros[1], zeros[3]) > 0.4,
        "utf-16-be": max(zeros[1], zeros[3]) < 0.1 and min(zeros[0], zeros[2]) > 0.4,
    }
    return next((name for name, fits in patterns.items() if fits), None)


def _legacy(data: bytes) -> tuple[str, str | None]:
    sample = _high_sample(data)
    high = sum(byte >= 0x80 for byte in sample)
    broken = sample.decode("utf-8", errors="replace").count("\ufffd")
    if broken <= 0.1 * high / 2:
        return "utf-8", None
    return likeliest(sample, data[:_CHECKED_BYTES]) or likeliest(sample, sample) or ("latin-1", None)


def _high_sample(data: bytes) -> bytes:
    """Return some kilobytes of the lines that hold bytes above 127, each line once, from all over the file."""
    lines: dict[bytes, None] = {}
    size = 0
    for start in range(0, len(data), max(_SAMPLE_BYTES, len(data) // 8)):
        for line in data[start : start + _SAMPLE_BYTES].splitlines():
            high = _HIGH.search(line)
            if high is None:
                continue
            part = line[max(0, high.start() - 100) : high.start() + 2000]
            if part not in lines:
                lines[part] = None
                size += len(part)
            if size > _SCORED_BYTES:
                return b"\n".join(lines)
    return b"\n".join(lines)
