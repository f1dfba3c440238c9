"""Text, JSON and packed tables of a hostile author."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import zipfile
from pathlib import Path

from hostile.cases import Cases

TEXTS = Cases()
GOOD = b"t,y\n" + b"".join(b"2024-01-%02d,%d.5\n" % (day, day) for day in range(1, 29))


class Touching:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("open('touched-by-pickle', 'w').close()",)


PICKLE = pickle.dumps({"weights": [1.0, 2.0], "then": Touching()})
PICKLE_OF_TEXT = pickle.dumps({"then": Touching()}, protocol=0)
for _ending in ("csv", "tsv", "txt", "json", "xlsx", "xls", "ods", "parquet", "arrow", "feather", "gz", "zip", "wbm"):
    TEXTS.bytes(f"pickle.{_ending}", PICKLE)
TEXTS.bytes("pickle-of-text.csv", PICKLE_OF_TEXT)
TEXTS.bytes("pickle-of-text.json", PICKLE_OF_TEXT)
TEXTS.bytes("pickle-v2.csv", pickle.dumps({"a": Touching()}, protocol=2))


def _named(name: str) -> bytes:
    rows = "".join(f"2024-01-{day:02},{day}.5,{day % 7}\n" for day in range(1, 29))
    return f'time,"{name}",b\n{rows}'.encode("utf-8", "surrogatepass")


for _key, _name in {
    "img": "<img src=x onerror=alert(1)>",
    "script": "<script>open('touched')</script>",
    "link": "<a href='file:///etc/passwd'>y</a>",
    "escape": "\x1b]0;owned\x07\x1b[31mred\x1b[2J",
    "nul": "a\0b\0c",
    "right-to-left": "invoice\u202egpj.exe",
    "isolates": "\u2066a\u2069\u200fb\u061c",
    "bom-inside": "a\ufeffb",
    "c1": "a\x9b31mb\x85c",
    "formula": "=cmd|' /C calc'!A0",
    "format": "{name} {0.__class__} %s %(x)s",
    "traversal": "../../etc/passwd",
    "newlines": "a\r\nb\nc",
    "lone-surrogate": "a\udc80b",
    "long": "x" * 300_000,
    "joiners": "a" + "\u0301" * 50_000,
    "tags": "<b>" * 20_000,
    "backspace": "safe\b\b\b\bevil",
}.items():
    TEXTS.bytes(f"name-{_key}.csv", _named(_name))

TEXTS.bytes(
    "formulas.csv", b"t,y,=1+1,@SUM(A1)\n" + b"".join(b"2024-01-%02d,%d,=1+1,+1\n" % (d, d) for d in range(1, 29))
)
TEXTS.bytes("wide-header.csv", lambda: b",".join(b"c%d" % k for k in range(400_000)) + b"\n1,2\n3,4\n")
TEXTS.bytes("wide.csv", lambda: (b",".join([b"1"] * 100_000) + b"\n") * 20)
TEXTS.bytes("wide-and-long.csv", lambda: GOOD + b"2024-02-01" + b"," * 2_000_000 + b"\n" + b"2024-02-02,1\n" * 100_000)
TEXTS.bytes("only-delimiters.csv", lambda: b"," * 5_000_000)
TEXTS.bytes("only-lines.csv", lambda: b"\n" * 5_000_000)
TEXTS.bytes("only-quotes.csv", lambda: b'"' * 3_000_000)
TEXTS.bytes("open-quotes.csv", lambda: b't,y\n"' + b"a,b\n" * 500_000)
TEXTS.bytes("open-quote-each-line.csv", lambda: b"t,y\n" + b'"a,b\n' * 100_000)
TEXTS.bytes("quote-pairs.csv", lambda: b"t,y\n" + b'"a""b""",1\n' * 100_000)
TEXTS.bytes("backslashes.csv", lambda: b't,y\n"' + b'\\"' * 1_000_000 + b"\n")
TEXTS.bytes("one-line.csv", lambda: b"1.5 " * 2_000_000)
TEXTS.bytes("one-word.csv", lambda: b"x" * 10_000_000)
TEXTS.bytes("blanks.csv", lambda: b" " * 10_000_000)
TEXTS.bytes("nul.csv", lambda: b"\0" * 5_000_000)
TEXTS.bytes("ff.csv", lambda: b"\xff" * 1_000_000)
TEXTS.bytes("lone-continuation.csv", GOOD + b"\x80\x80\x80,\xc3\n" * 100)
TEXTS.bytes("utf16-odd.csv", b"\xff\xfe" + "t,y\n1,2\n".encode("utf-16-le") + b"\x00")
TEXTS.bytes("utf16-surrogates.csv", b"\xff\xfe" + b"\x00\xd8" * 5_000 + "\n1,2\n3,4\n5,6\n7,8\n".encode("utf-16-le"))
TEXTS.bytes("utf32.csv", b"\xff\xfe\0\0" + b"\xff\xff\xff\xff" * 50)
TEXTS.bytes("utf7.csv", b"+ADw-script+AD4-,y\n1,2\n3,4\n5,6\n7,8\n")
TEXTS.bytes("overlong.csv", b"\xc0\xaf\xc0\xae,y\n1,2\n3,4\n5,6\n7,8\n")
TEXTS.bytes(
    "infinite.csv",
    b"t,y\n" + b"".join(b"%d,%s\n" % (k, v) for k, v in enumerate([b"1e999", b"-1e999", b"inf", b"nan", b"1"] * 8)),
)
TEXTS.bytes("digits.csv", lambda: b"t,y\n" + b"".join(b"%d,%s\n" % (k, b"9" * 100_000) for k in range(40)))
TEXTS.bytes("exponents.csv", b"t,y\n" + b"".join(b"%d,1e%s\n" % (k, b"9" * 400) for k in range(40)))
TEXTS.bytes("far-years.csv", b"t,y\n" + b"".join(b"%d-01-01,%d\n" % (10**k, k) for k in range(1, 40)))
TEXTS.bytes("far-epochs.csv", b"time,y\n" + b"".join(b"%d,%d\n" % (10**k, k) for k in range(1, 60)))
TEXTS.bytes(
    "far-apart.csv",
    b"time,y\n"
    + b"".join(
        b"%s,%d\n" % (t, k)
        for k, t in enumerate(
            [
                b"0001-01-01 00:00:00",
                b"0001-01-01 00:00:01",
                b"0001-01-01 00:00:02",
                b"0001-01-01 00:00:03",
                b"9999-12-31 23:59:59",
            ]
        )
    ),
)
TEXTS.bytes("no-dates.csv", b"time,y\n" + b"2024-02-31 25:61:61,1\n" * 40)
TEXTS.bytes("sep-bomb.csv", b"sep=" + b"," * 100_000 + b"\n1,2\n3,4\n5,6\n")
TEXTS.bytes("comments.csv", lambda: b"#" * 2_000_000 + b"\n" + b"# x\n" * 300_000 + GOOD)
TEXTS.bytes("regex-times.csv", lambda: b"t,y\n" + b"".join(b"%s!,%d\n" % (b"1" * 5_000, k) for k in range(50)))
TEXTS.bytes(
    "regex-numbers.csv", lambda: b"t,y\n" + b"".join(b"%d,%s\n" % (k, b"1,234" * 5_000 + b"x") for k in range(50))
)
TEXTS.bytes(
    "regex-units.csv",
    lambda: b"t,y\n" + b"".join(b"%d,%s\n" % (k, b" " * 20_000 + b"1" + b" " * 20_000 + b"x") for k in range(50)),
)
TEXTS.bytes("bars.csv", lambda: b"|" * 1_000_000 + b"\n" + b"|---" * 100_000 + b"|\n")
TEXTS.bytes("eml.csv", b"MZ" + b"\0" * 100)
TEXTS.bytes("program.csv", b"\x7fELF" + b"\0" * 100)
TEXTS.bytes("picture.csv", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) * 50)
TEXTS.bytes("page.csv", b"<!DOCTYPE html><html><script>alert(1)</script><table><tr><td>1</td></tr></table></html>")
_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + k, b"&%c;" % (97 + k) * 10) for k in range(12))
    + b"]><l>&l;</l>"
)
TEXTS.bytes("laughs.xml", _LAUGHS)
TEXTS.bytes("laughs.csv", b"\n\n  " + _LAUGHS)
TEXTS.bytes("script.csv", b"#!/bin/sh\ntouch touched\n")
TEXTS.bytes("yaml.csv", b"!!python/object/apply:os.system ['touch touched']\n")
TEXTS.bytes("empty.csv", b"")
TEXTS.bytes("one-byte.csv", b"\0")


def _tree(open_: str, close: str, depth: int) -> bytes:
    return (open_ * depth + close * depth).encode()


TEXTS.bytes("deep-arrays.json", _tree("[", "]", 500_000))
TEXTS.bytes("deep-objects.json", _tree('{"a":', "}", 200_000))
TEXTS.bytes("deep-closed.json", ('{"a":' * 900 + "1" + "}" * 900).encode())
TEXTS.bytes(
    "deep-records.json",
    json.dumps([{"a": k} for k in range(10)]).replace("9}", '{"b":' * 800 + "1" + "}" * 800 + "}").encode(),
)
TEXTS.bytes("nan.json", b'[{"y":NaN},{"y":Infinity},{"y":-Infinity},{"y":1},{"y":2},{"y":3}]')
TEXTS.bytes("1e999.json", json.dumps([{"y": k} for k in range(20)]).replace("7", "1e999").encode())
TEXTS.bytes("twice.json", b"[" + b",".join(b'{"y":%d,"y":%d}' % (k, -k) for k in range(20)) + b"]")
TEXTS.bytes("digits.json", b'[{"y":' + b"9" * 200_000 + b"}]")
TEXTS.bytes("digits-few.json", b"[" + b",".join(b'{"y":' + b"9" * 4_000 + b"}" for _ in range(50)) + b"]")
TEXTS.bytes("keys.json", lambda: json.dumps([{f"k{k}": k} for k in range(30_000)]).encode())
TEXTS.bytes("keys-lines.json", lambda: b"\n".join(b'{"k%d":%d}' % (k, k) for k in range(30_000)))
TEXTS.bytes("rows.json", lambda: json.dumps([[1] * 30_000, *[[1]] * 30_000]).encode())
TEXTS.bytes("split.json", lambda: json.dumps({"columns": ["a"], "data": [[1] * 30_000, *[[1]] * 30_000]}).encode())
TEXTS.bytes("maps.json", lambda: json.dumps({f"c{k}": {f"r{k}": 1} for k in range(20_000)}).encode())
TEXTS.bytes(
    "maps-wide.json",
    lambda: json.dumps(
        {"c0": {f"r{k}": 1 for k in range(30_000)}, **{f"c{k}": {"a": 1} for k in range(1, 30_000)}}
    ).encode(),
)
TEXTS.bytes(
    "series.json",
    lambda: json.dumps([{"name": "x", "data": [[k, 1] for k in range(5)]} for _ in range(20_000)]).encode(),
)
TEXTS.bytes("flat.json", lambda: json.dumps({"long": [1] * 500_000, **{f"c{k}": [1] for k in range(2_000)}}).encode())
TEXTS.bytes("string.json", lambda: b'[{"y":"' + b"x" * 20_000_000 + b'"}]')
TEXTS.bytes("surrogates.json", b'[{"\\ud800":1},{"\\ud800":2},{"\\ud800":3},{"\\ud800":4},{"\\ud800":5}]')
TEXTS.bytes("control-names.json", json.dumps([{"\x1b[2J\u202ea": k, "b\0": k} for k in range(20)]).encode())
TEXTS.bytes("cut.json", b'[{"y":1},{"y":2},{"y"')
TEXTS.bytes(
    "lists.json",
    lambda: json.dumps([{"y": [[[[k]]]], "x": {"a": {"b": {"c": {"d": {"e": k}}}}}} for k in range(2_000)]).encode(),
)
TEXTS.bytes("constructor.json", b'[{"__proto__":{"x":1},"__class__":"os.system","y":1},{"y":2},{"y":3},{"y":4}]')


def _zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def _bomb(size: int) -> bytes:
    return b"1,2\n" * (size // 4)


TEXTS.bytes("bomb.csv.gz", lambda: gzip.compress(b"\0" * (1 << 28), 9))
TEXTS.bytes("bomb-of-rows.csv.gz", lambda: gzip.compress(_bomb(1 << 28), 9))
TEXTS.bytes("bomb.csv.bz2", lambda: bz2.compress(b"\0" * (70 << 20)))
TEXTS.bytes("bomb.csv.xz", lambda: lzma.compress(b"\0" * (1 << 27)))
TEXTS.bytes("bomb.zip", lambda: _zipped(("a.csv", b"\0" * (1 << 28))))
TEXTS.bytes("bomb-in-bomb.gz", lambda: gzip.compress(gzip.compress(b"\0" * (1 << 28), 9), 9))
TEXTS.bytes("zip-in-zip.zip", lambda: _zipped(("a.zip", _zipped(("b.zip", _zipped(("a.csv", b"\0" * (1 << 26))))))))
TEXTS.bytes("slip.zip", lambda: _zipped(("../../../touched.csv", GOOD)))
TEXTS.bytes("slip-absolute.zip", lambda: _zipped(("/etc/cron.d/touched.csv", GOOD)))
TEXTS.bytes("slip-windows.zip", lambda: _zipped(("..\\..\\touched.csv", GOOD), ("C:\\touched.csv", GOOD)))
TEXTS.bytes("slip-escape.zip", lambda: _zipped(("\x1b[2J\u202evsc.csv", GOOD), ("b.csv", GOOD[:40])))
TEXTS.bytes(
    "many-members.zip", lambda: _zipped(*((f"{k}.csv", b"1") for k in range(20_000)), method=zipfile.ZIP_STORED)
)
TEXTS.bytes("no-members.zip", b"PK\x05\x06" + b"\0" * 18)
TEXTS.bytes("directory-only.zip", b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18)
TEXTS.bytes("cut.zip", lambda: _zipped(("a.csv", GOOD * 100))[:-40])
TEXTS.bytes("cut.csv.gz", gzip.compress(GOOD)[:-9])
TEXTS.bytes("crc.csv.gz", gzip.compress(GOOD)[:-8] + b"\0" * 8)


def _encrypted() -> bytes:
    data = bytearray(_zipped(("a.csv", GOOD)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def _lying(size: int) -> bytes:
    data = bytearray(_zipped(("a.csv", b"\0" * (1 << 27))))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, size)
    return bytes(data)


TEXTS.bytes("encrypted.zip", _encrypted)
TEXTS.bytes("lying-small.zip", lambda: _lying(100))
TEXTS.bytes("lying-large.zip", lambda: _lying(0xFFFFFFFE))


def _link(name: str, to: str) -> None:
    def make(folder: Path) -> Path:
        path = folder / name
        path.symlink_to(to)
        return path

    TEXTS.add(name, make)


_link("link-loop.csv", "link-loop.csv")
_link("link-nowhere.csv", "nowhere")
_link("link-to-zero.csv", "/dev/zero")
_link("link-to-memory.csv", "/proc/self/mem")
_link("link-to-folder.csv", ".")
