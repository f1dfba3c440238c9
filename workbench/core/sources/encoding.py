"""Which character encoding a text file has, judged from its bytes.

General detectors misread tables: few letters, many digits. Here the order is: byte order mark, UTF-16 without
one, strict UTF-8, then the double-byte encodings by the share of their *frequent* characters, then single-byte
code pages by how well their letters sit between other letters.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 1 << 18
_WESTERN = ("cp1252", "cp1250", "mac_roman", "cp850", "cp1251", "koi8_r", "cp1253")
_SYMBOLS = frozenset("°€£¥§©®±²³µ·¹º»«¼½¾×÷–—‘’“”„•…‰™ªμ ")
_LETTERS = {
    "cp1252": "äöüßÄÖÜéèêëàâáãåæçíìîïñóòôõøúùûýÿœÉÈÀÂÁÃÅÆÇÍÎÑÓÔØÚŠŽšž",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůžýáíéúČŘŠŽÝÁÍÉÚőűŐŰăâîșşţțĐđ",
    "mac_roman": "äöüßÄÖÜéèêëàâáãåæçíìîïñóòôõøúùûÉÈÀÂÁÅÆÇÍÎÑÓÔØÚ",
    "cp850": "äöüßÄÖÜéèêëàâáåæçíìîïñóòôøúùûÉÅÆÇÑ",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, how it was decoded, and whether that was a guess.

    Attributes
    ----------
    replaced
        Characters that did not fit and became U+FFFD.
    certain
        True for a byte order mark, plain ASCII or valid UTF-8.
    """

    text: str
    encoding: str
    certain: bool
    replaced: int = 0


def decode(data: bytes, encoding: str | None = None) -> Decoded | None:
    """Decode the bytes of a text file; None if they are not text.

    Parameters
    ----------
    encoding
        Use this one instead of guessing; unfit bytes are replaced and counted.
    """
    name, certain = (encoding, True) if encoding else detect(data)
    if name is None:
        return None
    skip = next((len(mark) for mark, marked in _MARKS if data.startswith(mark) and marked == name), 0)
    try:
        return Decoded(data[skip:].decode(name), _plain(name), certain)
    except UnicodeDecodeError:
        text = data[skip:].decode(name, errors="replace")
        return Decoded(text, _plain(name), False, text.count("\ufffd"))


def _plain(name: str) -> str:
    return {"utf-8-sig": "utf-8", "utf-8": "utf-8"}.get(name, name)


def detect(data: bytes) -> tuple[str | None, bool]:
    """Return the encoding and whether it is certain; (None, False) for bytes that are no text."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, True
    if b"\0" in data[:_SAMPLE_BYTES]:
        return _without_mark(data[: _SAMPLE_BYTES & ~3]), False
    if data.isascii():
        return "utf-8", True
    try:
        codecs.utf_8_decode(data, "strict", True)
        return "utf-8", True
    except UnicodeDecodeError:
        return _legacy(data), False


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


def _legacy(data: bytes) -> str | None:
    sample = _high_sample(data)
    high = sum(byte >= 0x80 for byte in sample)
    broken = len(re.findall("\ufffd", sample.decode("utf-8", errors="replace")))
    if broken <= 0.1 * high / 2:
        return "utf-8"
    return _double_byte(sample, high) or _single_byte(sample)


def _high_sample(data: bytes) -> bytes:
    """Return up to 256 kB of the lines that hold bytes above 127."""
    if len(data) <= _SAMPLE_BYTES:
        return data
    lines, size = [], 0
    for match in re.finditer(rb"[^\r\n]*[\x80-\xff][^\r\n]*", data):
        lines.append(match.group())
        size += len(match.group())
        if size > _SAMPLE_BYTES:
            break
    return b"\n".join(lines)


def _double_byte(sample: bytes, high: int) -> str | None:
    """Choose among GB18030, EUC-KR, EUC-JP, Big5 and Shift-JIS by the share of frequent characters."""
    pairs = re.findall(rb"[\xa1-\xfe][\xa1-\xfe]", sample)
    frequent = sum(0xB0 <= pair[0] <= 0xD7 or pair[0] in (0xA1, 0xA3, 0xA6) for pair in pairs)
    kana = sum(pair[0] in (0xA4, 0xA5) for pair in pairs)
    if 2 * (frequent + kana) >= 0.8 * high and _decodes(sample, "gb18030"):
        if kana > 0.1 * len(pairs) and _decodes(sample, "euc_jp"):
            return "euc_jp"
        han = [pair[0] for pair in pairs if 0xB0 <= pair[0] <= 0xD7]
        late = sum(lead >= 0xC9 for lead in han)
        if len(han) >= 8 and late < 0.05 * len(han) and _decodes(sample, "cp949"):
            return "cp949"
        return "gb18030"
    japanese = re.findall(rb"\x82[\x4f-\xf1]|\x83[\x40-\x96]|\x81[\x40-\xac]|[\x88-\x97][\x40-\xfc]", sample)
    if sum(1 + (pair[1] >= 0x80) for pair in japanese) >= 0.8 * high and _decodes(sample, "cp932"):
        return "cp932"
    big = re.findall(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]", sample)
    if sum(1 + (pair[1] >= 0x80) for pair in big) >= 0.8 * high and _decodes(sample, "big5hkscs"):
        words = sum(pair[0] >= 0xA4 for pair in big)
        return "big5hkscs" if words >= 0.5 * len(big) else None
    return None


def _decodes(sample: bytes, name: str) -> bool:
    try:
        sample.decode(name)
    except UnicodeDecodeError as error:
        return error.start >= len(sample) - 3
    return True


def _single_byte(sample: bytes) -> str:
    """Choose the code page whose letters fit best; cp1252 wins ties, latin-1 takes what it cannot decode."""
    scores = {}
    for name in _WESTERN:
        try:
            scores[name] = _fit(sample.decode(name), name)
        except UnicodeDecodeError:
            continue
    if not scores or max(scores.values()) <= 0:
        return "cp1252" if "cp1252" in scores else "latin-1"
    return max(scores, key=lambda name: (scores[name], name == "cp1252"))


def _fit(text: str, name: str) -> float:
    """Score the characters above 127: letters of the language inside words, and usual symbols."""
    letters = _LETTERS.get(name)
    low, top = {"cp1251": ("А", "я"), "koi8_r": ("А", "я"), "cp1253": ("Ά", "ώ")}.get(name, ("", ""))
    score = 0.0
    for match in re.finditer(r"([A-Za-z]?)([^\x00-\x7f]+)([a-z]?)", text):
        before, run, after = match.groups()
        for character in run:
            if letters is not None and character in letters:
                cased = not before or not before.islower() or character.islower()
                score += 1.0 if cased and (before or after or len(run) <= 2) else -0.2
            elif letters is None and low <= character <= top:
                lower = 1.0 if character.islower() else 0.6
                score += lower if len(run) > 2 else -0.5
            elif character in _SYMBOLS:
                score += 0.6
            else:
                score -= 1.0
    return score
