"""Workbooks, Parquet and Arrow files of a hostile author."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from functools import cache

import polars as pl

from hostile.cases import Cases

TABLES = Cases()
FRAME = pl.DataFrame(
    {
        "t": [f"2024-01-{day:02}" for day in range(1, 29)],
        "y": [day / 2 for day in range(28)],
        "n": [[day] for day in range(28)],
    }
)

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _sheet(rows: str, before: str = "", after: str = "", head: str = "") -> str:
    return f'{head}<worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def _plain_rows(count: int = 30) -> str:
    names = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c><c r="B1" t="inlineStr"><is><t>y</t></is></c></row>'
    )
    return names + "".join(
        f'<row r="{k}"><c r="A{k}"><v>{k}</v></c><c r="B{k}"><v>{k % 7}</v></c></row>' for k in range(2, count)
    )


def xlsx(
    sheet: str, *, names: tuple[str, ...] = ("one",), target: str = "worksheets/sheet1.xml", **parts: str | bytes
) -> bytes:
    """Return a workbook; `parts` are more members by path, with ``__`` for ``/`` and ``_dot_`` for ``.``."""
    sheets = "".join(f'<sheet name="{name}" sheetId="{k}" r:id="r{k}"/>' for k, name in enumerate(names, 1))
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    rels = "".join(
        f'<Relationship Id="r{k}" Type="{_OFFICE}/worksheet" Target="{target}"/>' for k in range(1, len(names) + 1)
    )
    rels += f'<Relationship Id="s" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    if any("styles" in part for part in parts):
        rels += f'<Relationship Id="y" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES, "_rels/.rels": _RELS, "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rels}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }  # fmt: skip
    members |= {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    return packed(members)


def packed(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of `members`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _laughs(inside: str) -> str:
    entities = "".join(f'<!ENTITY {chr(98 + k)} "{("&" + chr(97 + k) + ";") * 10}">' for k in range(12))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{entities}]>{inside}'


_OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
_STRINGS = f'<sst xmlns="{_MAIN}" count="1" uniqueCount="1">'
TABLES.bytes("good.xlsx", lambda: xlsx(_sheet(_plain_rows())))
TABLES.bytes(
    "far-cell.xlsx",
    lambda: xlsx(
        _sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')
    ),
)
TABLES.bytes(
    "far-row.xlsx", lambda: xlsx(_sheet(_plain_rows() + '<row r="4294967295"><c r="A4294967295"><v>2</v></c></row>'))
)
TABLES.bytes("far-column.xlsx", lambda: xlsx(_sheet('<row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row>')))
TABLES.bytes(
    "overflow.xlsx",
    lambda: xlsx(_sheet('<row r="99999999999999999999"><c r="A99999999999999999999"><v>1</v></c></row>')),
)
TABLES.bytes(
    "no-reference.xlsx",
    lambda: xlsx(_sheet('<row><c r=""><v>1</v></c><c r="1A"><v>1</v></c><c r="-5"><v>1</v></c></row>')),
)
TABLES.bytes(
    "diagonal.xlsx",
    lambda: xlsx(
        _sheet("".join(f'<row r="{k * 60}"><c r="{_letters(k)}{k * 60}"><v>1</v></c></row>' for k in range(1, 16_000)))
    ),
)
TABLES.bytes(
    "two-corners.xlsx",
    lambda: xlsx(
        _sheet(
            '<row r="1"><c r="A1"><v>1</v></c><c r="AAA1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>'
        )
    ),
)
TABLES.bytes("dimension.xlsx", lambda: xlsx(_sheet(_plain_rows(), before='<dimension ref="A1:XFD1048576"/>')))
TABLES.bytes(
    "merged.xlsx",
    lambda: xlsx(
        _sheet(_plain_rows(), after='<mergeCells count="4294967295"><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
)
TABLES.bytes(
    "laughs.xlsx",
    lambda: xlsx(_laughs(_sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&m;</t></is></c></row>' + _plain_rows()))),
)
TABLES.bytes(
    "laughs-strings.xlsx",
    lambda: xlsx(
        _sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'),
        xl__sharedStrings_dot_xml=_laughs(f"{_STRINGS}<si><t>&m;</t></si></sst>"),
    ),
)
TABLES.bytes(
    "outside.xlsx",
    lambda: xlsx(_OUTSIDE + _sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>' + _plain_rows())),
)
TABLES.bytes(
    "count-strings.xlsx",
    lambda: xlsx(
        _sheet(_plain_rows()),
        xl__sharedStrings_dot_xml=f'<sst xmlns="{_MAIN}" count="4294967295" uniqueCount="18446744073709551615"><si><t>x</t></si></sst>',
    ),
)
TABLES.bytes(
    "index-strings.xlsx",
    lambda: xlsx(
        _sheet('<row r="1"><c r="A1" t="s"><v>4294967295</v></c><c r="B1" t="s"><v>-1</v></c></row>'),
        xl__sharedStrings_dot_xml=f"{_STRINGS}<si><t>x</t></si></sst>",
    ),
)
TABLES.bytes("bomb-sheet.xlsx", lambda: xlsx(_sheet(_plain_rows() + " " * (100 << 20))))
TABLES.bytes(
    "bomb-cells.xlsx",
    lambda: xlsx(_sheet("".join(f'<row r="{k}">' + "<c><v>1</v></c>" * 200 + "</row>" for k in range(1, 20_000)))),
)
TABLES.bytes(
    "bomb-strings.xlsx",
    lambda: xlsx(
        _sheet(_plain_rows()), xl__sharedStrings_dot_xml=_STRINGS + "<si><t>x</t></si>" * 8_000_000 + "</sst>"
    ),
)
TABLES.bytes(
    "bomb-text.xlsx",
    lambda: xlsx(
        _sheet(_plain_rows()), xl__sharedStrings_dot_xml=_STRINGS + "<si><t>" + "x" * (100 << 20) + "</t></si></sst>"
    ),
)
TABLES.bytes(
    "bomb-repeat.xlsx",
    lambda: xlsx(
        _sheet("".join(f'<row r="{k}">' + '<c t="s"><v>0</v></c>' * 100 + "</row>" for k in range(1, 1_000))),
        xl__sharedStrings_dot_xml=f"{_STRINGS}<si><t>{'x' * 30_000}</t></si></sst>",
    ),
)
TABLES.bytes(
    "bomb-styles.xlsx",
    lambda: xlsx(
        _sheet(_plain_rows()),
        xl__styles_dot_xml=f'<styleSheet xmlns="{_MAIN}"><cellXfs count="4294967295">'
        + '<xf numFmtId="14"/>' * 6_000_000
        + "</cellXfs></styleSheet>",
    ),
)
TABLES.bytes("bomb-other.xlsx", lambda: xlsx(_sheet(_plain_rows()), xl__media__x_dot_bin=b"\0" * (100 << 20)))
TABLES.bytes("many-sheets.xlsx", lambda: xlsx(_sheet(_plain_rows()), names=tuple(f"s{k}" for k in range(5_000))))
TABLES.bytes(
    "sheet-names.xlsx",
    lambda: xlsx(
        _sheet(_plain_rows()), names=("&lt;img src=x onerror=alert(1)&gt;", "a&#x202e;b", "=1+1", "x" * 50_000)
    ),
)
TABLES.bytes("target-up.xlsx", lambda: xlsx(_sheet(_plain_rows()), target="../../../../../../etc/passwd"))
TABLES.bytes("target-url.xlsx", lambda: xlsx(_sheet(_plain_rows()), target="http://127.0.0.1:9/x.xml"))
TABLES.bytes("target-file.xlsx", lambda: xlsx(_sheet(_plain_rows()), target="file:///etc/passwd"))
TABLES.bytes(
    "external.xlsx",
    lambda: xlsx(
        _sheet('<row r="1"><c r="A1"><f>[1]Sheet1!A1</f><v>7</v></c></row>' + _plain_rows()),
        xl__externalLinks__externalLink1_dot_xml="<externalLink/>",
        xl__externalLinks___rels__externalLink1_dot_xml_dot_rels='<Relationships><Relationship Id="r1" Type="x" TargetMode="External" Target="\\\\host\\share\\x.xlsx"/></Relationships>',
    ),
)
TABLES.bytes(
    "macro.xlsm",
    lambda: xlsx(_sheet(_plain_rows()), xl__vbaProject_dot_bin=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_000),
)
TABLES.bytes(
    "formula.xlsx",
    lambda: xlsx(
        _sheet(
            '<row r="1"><c r="A1" t="str"><f>WEBSERVICE("http://127.0.0.1:9")</f><v>=cmd|x!A0</v></c></row>'
            + _plain_rows()
        )
    ),
)
TABLES.bytes("slip.xlsx", lambda: xlsx(_sheet(_plain_rows()), __dot____dot__touched_dot_xml="x"))
TABLES.bytes("deep.xlsx", lambda: xlsx(_sheet("<row>" * 500_000)))
TABLES.bytes(
    "deep-strings.xlsx", lambda: xlsx(_sheet(_plain_rows()), xl__sharedStrings_dot_xml=_STRINGS + "<si>" * 500_000)
)
TABLES.bytes("cut-xml.xlsx", lambda: xlsx(_sheet(_plain_rows())[:600]))
TABLES.bytes("utf16.xlsx", lambda: xlsx(_sheet(_plain_rows()).encode("utf-16").decode("latin-1")))
TABLES.bytes("no-sheet.xlsx", lambda: packed({"xl/workbook.xml": "<workbook/>"}))
TABLES.bytes("empty-book.xlsx", lambda: packed({"xl/workbook.xml": ""}))
TABLES.bytes(
    "binary-book.xlsb",
    lambda: packed(
        {"xl/workbook.bin": b"\x83\x01\xff\xff\xff\xff\x0f" * 100, "xl/_rels/workbook.bin.rels": "<Relationships/>"}
    ),
)
TABLES.bytes(
    "attributes.xlsx",
    lambda: xlsx(_sheet("<row " + " ".join(f'a{k}="1"' for k in range(200_000)) + "/>" + _plain_rows())),
)
TABLES.bytes(
    "infinite.xlsx",
    lambda: xlsx(_sheet(_plain_rows() + '<row r="40"><c r="A40"><v>1e999</v></c><c r="B40"><v>nan</v></c></row>')),
)
TABLES.bytes(
    "dates.xlsx",
    lambda: xlsx(
        _sheet(
            "".join(
                f'<row r="{k}"><c r="A{k}" s="1"><v>{10**k}</v></c><c r="B{k}"><v>{k}</v></c></row>'
                for k in range(1, 20)
            )
        ),
        xl__styles_dot_xml=f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    ),
)
TABLES.bytes(
    "iso-dates.xlsx",
    lambda: xlsx(
        _sheet(
            "".join(
                f'<row r="{k}"><c r="A{k}" t="d"><v>99999-99-99T99:99:99</v></c><c r="B{k}"><v>{k}</v></c></row>'
                for k in range(1, 20)
            )
        )
    ),
)
_NAMES = "".join(
    f'<c r="{c}1" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in (("A", "&#x1b;[2J"), ("B", "a&#x202e;b"))
)
TABLES.bytes(
    "names.xlsx",
    lambda: xlsx(_sheet(f'<row r="1">{_NAMES}</row>' + _plain_rows()[_plain_rows().index("</row>") + 6 :])),
)


def _letters(column: int) -> str:
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def ods(rows: str) -> bytes:
    """Return an OpenDocument sheet."""
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="a">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content,
                   "META-INF/manifest.xml": "<manifest/>"})  # fmt: skip


_CELL = '<table:table-cell office:value-type="float" office:value="1"{}><text:p>1</text:p></table:table-cell>'
TABLES.bytes("good.ods", lambda: ods(("<table:table-row>" + _CELL.format("") * 2 + "</table:table-row>") * 30))
TABLES.bytes(
    "columns.ods",
    lambda: ods(
        "<table:table-row>" + _CELL.format(' table:number-columns-repeated="2000000000"') + "</table:table-row>"
    ),
)
TABLES.bytes(
    "rows.ods",
    lambda: ods('<table:table-row table:number-rows-repeated="2000000000">' + _CELL.format("") + "</table:table-row>"),
)
TABLES.bytes(
    "both.ods",
    lambda: ods(
        '<table:table-row table:number-rows-repeated="100000">'
        + _CELL.format(' table:number-columns-repeated="10000"')
        + "</table:table-row>"
    ),
)
TABLES.bytes(
    "overflow.ods",
    lambda: ods(
        '<table:table-row table:number-rows-repeated="99999999999999999999">'
        + _CELL.format(' table:number-columns-repeated="-1"')
        + "</table:table-row>"
    ),
)
TABLES.bytes(
    "many-repeats.ods",
    lambda: ods(
        "".join(
            "<table:table-row>" + _CELL.format(' table:number-columns-repeated="16000"') + "</table:table-row>"
            for _ in range(3_000)
        )
    ),
)
TABLES.bytes(
    "laughs.ods",
    lambda: packed(
        {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": _laughs("<x>&m;</x>")}
    ),
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _ole(**fields: int) -> bytes:
    """Return the header of an old Office file whose sectors go in circles, or nowhere."""
    head = bytearray(_OLE + b"\0" * 504)
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, fields.get("shift", 9), 6)
    struct.pack_into(
        "<IIIIIIIII",
        head,
        40,
        0,
        fields.get("fats", 1),
        fields.get("first", 1),
        0,
        4096,
        fields.get("mini", 0xFFFFFFFE),
        0,
        fields.get("difat", 0xFFFFFFFE),
        fields.get("difats", 0),
    )
    struct.pack_into("<109I", head, 76, *([0] + [0xFFFFFFFF] * 108))
    fat = struct.pack("<128I", *([0xFFFFFFFD, 1] + [2] * 126))
    root = "Root Entry".encode("utf-16-le").ljust(64, b"\0") + struct.pack(
        "<HBBIII", 22, 5, 1, 0xFFFFFFFF, 0xFFFFFFFF, 1
    )
    book = "Workbook".encode("utf-16-le").ljust(64, b"\0") + struct.pack(
        "<HBBIII", 18, 2, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    )
    tail = b"\0" * 36 + struct.pack("<II", 2, 0xFFFFFFFF) + b"\0" * 4
    return (
        bytes(head)
        + fat
        + (root.ljust(116 - 36, b"\0") + tail)[:128].ljust(128, b"\0")
        + (book.ljust(80, b"\0") + tail)[:128].ljust(384, b"\0")
        + b"\x09\x08" * 256
    )


TABLES.bytes("ole.xls", _OLE + b"\xff" * 5_000)
TABLES.bytes("ole-zeros.xls", _OLE + b"\0" * 5_000)
TABLES.bytes("ole-circle.xls", lambda: _ole())
TABLES.bytes("ole-fats.xls", lambda: _ole(fats=0xFFFFFFFF))
TABLES.bytes("ole-difats.xls", lambda: _ole(difat=0, difats=0xFFFFFFFF))
TABLES.bytes("ole-shift.xls", lambda: _ole(shift=0xFFFF))
TABLES.bytes("ole-mini.xls", lambda: _ole(mini=0))
TABLES.bytes("ole-short.xls", _OLE)


@cache
def parquet(**how: object) -> bytes:
    """Return a sound Parquet file."""
    stream = io.BytesIO()
    FRAME.write_parquet(stream, **how)  # type: ignore[arg-type]
    return stream.getvalue()


@cache
def arrow(compression: str = "uncompressed", *, stream: bool = False) -> bytes:
    """Return a sound Arrow file or stream."""
    found = io.BytesIO()
    (FRAME.write_ipc_stream if stream else FRAME.write_ipc)(found, compression=compression)  # type: ignore[arg-type]
    return found.getvalue()


def _constant(rows: int) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame({"y": pl.repeat(1.0, rows, eager=True)}).write_parquet(stream, compression="zstd")
    return stream.getvalue()


def damaged(data: bytes, seed: int, flips: int) -> bytes:
    """Return `data` with some of its bits turned."""
    rng, found = random.Random(seed), bytearray(data)
    for _ in range(flips):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


TABLES.bytes("good.parquet", lambda: parquet())
TABLES.bytes("good.arrow", lambda: arrow())
TABLES.bytes("bomb.parquet", lambda: _constant(20_000_000))
TABLES.bytes("marks.parquet", b"PAR1" + b"\0" * 100 + b"PAR1")
TABLES.bytes("footer.parquet", b"PAR1" + b"\x15" * 100 + b"\xff\xff\xff\x7fPAR1")
TABLES.bytes("deep.parquet", b"PAR1" + b"\x1c" * 5_000 + struct.pack("<I", 5_000) + b"PAR1")
TABLES.bytes("lists.parquet", b"PAR1" + b"\x19\xfc\xff\xff\xff\xff\x0f" * 200 + struct.pack("<I", 1_400) + b"PAR1")
TABLES.bytes("marks.arrow", b"ARROW1\0\0" + b"\xff" * 100 + b"ARROW1")
TABLES.bytes("footer.arrow", b"ARROW1\0\0" + b"\0" * 100 + struct.pack("<i", 2**31 - 1) + b"ARROW1")
TABLES.bytes("negative.arrow", b"ARROW1\0\0" + b"\0" * 100 + struct.pack("<i", -8) + b"ARROW1")
TABLES.bytes("stream.arrow", b"\xff\xff\xff\xff" + struct.pack("<i", 2**31 - 1) + b"\0" * 100)
TABLES.bytes("stream-loop.arrow", b"\xff\xff\xff\xff\0\0\0\0" * 100)
TABLES.bytes("old.feather", b"FEA1" + b"\xff" * 100 + b"FEA1")
for _part in (1, 2, 3):
    TABLES.bytes(f"cut-{_part}.parquet", lambda part=_part: parquet()[: len(parquet()) * part // 4])
    TABLES.bytes(f"cut-{_part}.arrow", lambda part=_part: arrow()[: len(arrow()) * part // 4])
    TABLES.bytes(f"cut-{_part}.stream", lambda part=_part: arrow(stream=True)[: len(arrow(stream=True)) * part // 4])
for _seed in range(12):
    TABLES.bytes(f"flips-{_seed}.parquet", lambda seed=_seed: damaged(parquet(), seed, 1 + seed % 4))
    TABLES.bytes(
        f"flips-{_seed}.arrow",
        lambda seed=_seed: damaged(arrow(("uncompressed", "lz4", "zstd")[seed % 3]), seed, 1 + seed % 4),
    )
    TABLES.bytes(
        f"flips-{_seed}.stream",
        lambda seed=_seed: damaged(arrow(("uncompressed", "lz4", "zstd")[seed % 3], stream=True), seed, 1 + seed % 4),
    )
    TABLES.bytes(f"flips-{_seed}.xlsx", lambda seed=_seed: damaged(xlsx(_sheet(_plain_rows())), seed, 1 + seed % 8))
for _key, _made in (("parquet", parquet), ("arrow", arrow), ("xlsx", lambda: xlsx(_sheet(_plain_rows())))):
    TABLES.bytes(f"flips-200.{_key}", lambda made=_made: damaged(made(), 1, 200))
