"""Clean tables, every way in which a person's CSV differs from them, and the score of a reader on the result.

Each kind of pollution writes one table in one odd way and says which header and records a fair human would read:
ragged records as they are, no preamble and no footer, the largest of several tables, header rows never as data.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

Rows = list[list[str]]


@dataclass(frozen=True)
class Clean:
    """A table as it was meant."""

    name: str
    header: list[str]
    rows: Rows


@dataclass(frozen=True)
class Polluted:
    """One file: its bytes, and what should be read from it.

    Attributes
    ----------
    header
        None where the file has none (or where names cannot be told), so that only records are compared.
    reported
        True if the file is damaged: the reader must say so.
    """

    kind: str
    name: str
    data: bytes
    header: list[str] | None
    rows: Rows
    reported: bool = False


@dataclass(frozen=True)
class Style:
    """How a table is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    newline: str = "\n"
    every: bool = False
    special: str = field(default="")

    def cell(self, text: str) -> str:
        """Write one cell, quoted where it must be."""
        marks = (self.delimiter.strip() or self.delimiter, self.quote, "\n", "\r")
        if not self.every and not any(mark in text for mark in marks if mark) and text == text.strip():
            return text
        inner = text.replace(self.escape, self.escape * 2) if self.escape not in ("", self.quote) else text
        return f"{self.quote}{inner.replace(self.quote, self.escape + self.quote)}{self.quote}"

    def line(self, cells: Sequence[str]) -> str:
        """Write one record, without its end."""
        return self.delimiter.join(self.cell(cell) for cell in cells)

    def text(self, rows: Iterable[Sequence[str]]) -> str:
        """Write records, each with its end."""
        return "".join(self.line(row) + self.newline for row in rows)


# -- clean tables -----------------------------------------------------------------------------------------

_FIRST = [
    "Anna",
    "Ben",
    "Chloé",
    "Dmitri",
    "Elif",
    "Françoise",
    "Gül",
    "Håkon",
    "Inés",
    "João",
    "Kenji",
    "Lucía",
    "Mei",
]
_LAST = ["O'Brien", "van der Berg", "García López", "Müller", "de la Cruz", "Smith", "Nguyễn", "Kowalski", "Tanaka"]
_PLACES = ["Springfield", "São Paulo", "Washington, D.C.", "Köln", "Saint-Étienne", "Portland, Maine", "東京", "Łódź"]
_WORDS = ["steel", "pump", "valve", "gasket", "filter", "blue", "small", "heavy", "spare", "kit", "sensor", "cable"]
_WORDS += ["green", "mount", "bracket", "hose"]


def _day(k: int) -> tuple[int, int, int]:
    return 2021 + k // 336, k // 28 % 12 + 1, k % 28 + 1


def _orders(rng: random.Random, n: int) -> Clean:
    header = ["order id", "date", "time", "customer", "product", "url", "price", "quantity", "city", "remark"]
    rows = []
    for k in range(n):
        year, month, day = _day(k)
        words = rng.sample(_WORDS, 3)
        remark = rng.choice(["", "", "urgent", 'size 3" pipe', "left at door, no bell", "call back", 'says "thanks"'])
        rows.append(
            [
                f"A-{10237 + k * 7}",
                f"{month}/{day}/{year}",
                f"{rng.randrange(8, 19)}:{rng.randrange(60):02d}:{rng.randrange(60):02d}",
                f"{rng.choice(_FIRST)} {rng.choice(_LAST)}",
                " ".join(words),
                f"https://shop.example.org/{words[0]}?id={k}&ref=a",
                f"{rng.uniform(3, 900):.2f}",
                str(rng.randrange(1, 30)),
                rng.choice(_PLACES),
                remark,
            ]
        )
    return Clean("orders", header, rows)


def _books(rng: random.Random, n: int) -> Clean:
    titles = ["A Short History", "The Sea; its Depths", "Nights, Days", 'The "Great" Wall', "Gardens of Stone", "Echo"]
    subjects = ["Poetry", "Travel", "Natural history", "Cookery", "Law", "Fiction, short"]
    rows = [
        [
            f"{rng.choice(titles)} {rng.choice(['of', 'and', 'without'])} {rng.choice(_WORDS)}",
            f"{rng.choice(_LAST)}, {rng.choice(_FIRST)}",
            rng.choice(["Harbour Press", "Éditions du Lac", "Nordlicht Verlag"]),
            rng.choice(["English", "French", "German", "Turkish"]),
            rng.choice(subjects),
        ]
        for _ in range(n)
    ]
    return Clean("books", ["Title", "Author", "Publisher", "Language", "Subject"], rows)


def _stations(rng: random.Random, n: int) -> Clean:
    header = ["Datum", "Uhrzeit", "Station", "Temperatur", "Niederschlag", "Bemerkung"]
    rows = []
    for k in range(n):
        year, month, day = _day(k)
        level = f"{rng.uniform(-9, 30):.1f}".replace(".", ",")
        rain = rng.choice(["", "0", f"{rng.uniform(0, 20):.2f}".replace(".", ",")])
        rows.append(
            [
                f"{day:02d}.{month:02d}.{year}",
                f"{k % 24:02d}:00",
                rng.choice(["Köln-Süd", "Würzburg", "Berlin (Mitte)"]),
                level,
                rain,
                rng.choice(["", "", "Ausfall; geprüft", "Gerät getauscht"]),
            ]
        )
    return Clean("stations", header, rows)


def _sensors(rng: random.Random, n: int) -> Clean:
    header = ["timestamp", "p1", "p2", "flow", "temp", "state"]
    rows = []
    for k in range(n):
        year, month, day = _day(k // 24)
        values = [f"{rng.gauss(50, 9):.3f}" for _ in range(4)]
        if rng.random() < 0.1:
            values[rng.randrange(4)] = ""
        rows.append([f"{year}-{month:02d}-{day:02d} {k % 24:02d}:00:00", *values, str(rng.randrange(3))])
    return Clean("sensors", header, rows)


def _pairs(rng: random.Random, n: int) -> Clean:
    rows = [[f"{1990 + k}", f"{rng.uniform(1, 99):.1f}"] for k in range(n)]
    return Clean("pairs", ["year", "share of households"], rows)


def _chinese(rng: random.Random, n: int) -> Clean:
    header = ["日期", "地区", "产品名称", "销售额", "数量", "备注"]
    rows = []
    for k in range(n):
        year, month, day = _day(k)
        rows.append(
            [
                f"{year}-{month:02d}-{day:02d}",
                rng.choice(["北京市", "上海市", "广东省", "四川省"]),
                rng.choice(["钢笔", "笔记本,大", "打印机", "墨盒"]),
                f"{rng.uniform(100, 90000):.2f}",
                str(rng.randrange(1, 500)),
                rng.choice(["", "已付款", "待发货;加急", "客户说“好”"]),
            ]
        )
    return Clean("chinese", header, rows)


def _staff(rng: random.Random, n: int) -> Clean:
    header = ["Name", "E-mail", "Phone", "Shift", "Salary", "Start", "Office", "Active"]
    rows = []
    for k in range(n):
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        rows.append(
            [
                f"{last}, {first}",
                f"{first.lower()}.{k}@example.com",
                f"+49 {rng.randrange(100, 999)} {rng.randrange(10000, 99999)}",
                f"{rng.randrange(6, 10):02d}:30-{rng.randrange(15, 20)}:00",
                f"${rng.randrange(30, 120)},{rng.randrange(1000):03d}.00",
                f"{rng.randrange(1, 29)} {rng.choice(['Jan', 'May', 'Oct'])} {rng.randrange(1999, 2024)}",
                rng.choice(_PLACES),
                rng.choice(["yes", "no"]),
            ]
        )
    return Clean("staff", header, rows)


def _tickets(rng: random.Random, n: int) -> Clean:
    header = ["ticket", "opened", "subject", "description", "hours"]
    texts = [
        "The pump stopped.\nIt was restarted, twice.",
        'Message "E-17" on the screen; nothing else',
        "Customer asks for a refund, see letter of 3 May",
        "Leak near the valve, small",
        "ok",
    ]
    rows = [
        [
            str(4000 + k),
            f"{_day(k)[0]}/{_day(k)[1]:02d}/{_day(k)[2]:02d}",
            " ".join(rng.sample(_WORDS, 2)),
            rng.choice(texts),
            f"{rng.uniform(0.2, 9):.1f}",
        ]
        for k in range(n)
    ]
    return Clean("tickets", header, rows)


def _census(rng: random.Random, n: int) -> Clean:
    header = ["code", "municipality", *(f"{sex} {low}-{low + 9}" for sex in "mf" for low in range(0, 80, 10))]
    rows = [
        [
            f"{k * 37:05d}",
            f"{rng.choice(['Saint', 'Le', 'Vieux'])}-{rng.choice(_WORDS).title()}",
            *(rng.choice(["", "..", *[str(rng.randrange(5, 9000)) for _ in range(9)]]) for _ in range(16)),
        ]
        for k in range(n)
    ]
    return Clean("census", header, rows)


MAKERS: tuple[Callable[[random.Random, int], Clean], ...] = (
    _orders, _books, _stations, _sensors, _pairs, _chinese, _staff, _tickets, _census,
)  # fmt: skip


def clean_tables(seed: int, sizes: Sequence[int] = (84, 12, 200, 30)) -> list[Clean]:
    """Make each clean table once; the number of records goes round `sizes`."""
    rng = random.Random(seed)
    return [maker(rng, sizes[k % len(sizes)]) for k, maker in enumerate(MAKERS)]


# -- kinds of pollution ------------------------------------------------------------------------------------

Kind = Callable[[Clean, random.Random], Polluted | None]
KINDS: dict[str, Kind] = {}
PLAIN = Style()


def _kind(function: Kind) -> Kind:
    KINDS[function.__name__.strip("_").replace("_", "-")] = function
    return function


def _styled(clean: Clean, style: Style, encoding: str = "utf-8") -> Polluted:
    text = style.text([clean.header, *clean.rows])
    return Polluted("", clean.name, text.encode(encoding), clean.header, clean.rows)


def _edited(clean: Clean, lines: list[str], rows: Rows | None = None, *, reported: bool = True) -> Polluted:
    text = "\n".join(lines) + "\n"
    return Polluted("", clean.name, text.encode(), clean.header, clean.rows if rows is None else rows, reported)


def _lines(clean: Clean, style: Style = PLAIN) -> list[str]:
    return [style.line(row) for row in [clean.header, *clean.rows]]


def _replaced(clean: Clean, k: int, row: list[str]) -> Rows:
    return [*clean.rows[:k], row, *clean.rows[k + 1 :]]


@_kind
def _none(clean: Clean, rng: random.Random) -> Polluted:
    return _styled(clean, PLAIN)


@_kind
def _no_payload(clean: Clean, rng: random.Random) -> Polluted:
    return Polluted("", clean.name, rng.choice([b"", b"\n", b"\r\n\r\n"]), None, [])


@_kind
def _header_only(clean: Clean, rng: random.Random) -> Polluted:
    return Polluted("", clean.name, PLAIN.text([clean.header]).encode(), clean.header, [])


@_kind
def _one_data_row(clean: Clean, rng: random.Random) -> Polluted:
    return _styled(Clean(clean.name, clean.header, clean.rows[:1]), PLAIN)


@_kind
def _no_header(clean: Clean, rng: random.Random) -> Polluted:
    return Polluted("", clean.name, PLAIN.text(clean.rows).encode(), None, clean.rows)


@_kind
def _header_rows(clean: Clean, rng: random.Random) -> Polluted:
    depth = rng.choice([2, 3])
    groups = [f"group {j // 3 + 1}" if j % 3 == 0 or rng.random() < 0.5 else "" for j in range(len(clean.header))]
    groups[0] = groups[0] or "group"
    top = [groups, [f"part {j + 1}" for j in range(len(clean.header))]][: depth - 1]
    if rng.random() < 0.4:
        top = [[f"{name} {k + 1}" for name in clean.header] for k in range(depth - 1)]
    text = PLAIN.text([*top, clean.header, *clean.rows])
    return Polluted("", clean.name, text.encode(), None, clean.rows)


_TITLES = [
    "Quarterly report",
    "Bericht der Abteilung 7, Stand: 3. Mai 2023",
    "Created by: export tool 2.1",
    "Filter: all regions, all products",
    "年度报告",
    "Table 4.2 Sales, by product and day",
]


@_kind
def _preamble(clean: Clean, rng: random.Random) -> Polluted:
    above = rng.sample(_TITLES, rng.randrange(1, 5))
    pad = rng.choice([0, 0, 1])
    lines = [line + "," * ((len(clean.header) - 1) * pad) if "," not in line else PLAIN.cell(line) for line in above]
    lines += [""] * rng.randrange(3)
    return _edited(clean, lines + _lines(clean), reported=False)


@_kind
def _footnotes(clean: Clean, rng: random.Random) -> Polluted:
    notes = ["Source: own survey, 2023", "* provisional", "Note: rounded figures", "(c) Office for Numbers"]
    lines = _lines(clean) + [""] * rng.randrange(2)
    pad = "," * (len(clean.header) - 1) if rng.random() < 0.3 else ""
    lines += [PLAIN.cell(line) + pad for line in rng.sample(notes, rng.randrange(1, 4))]
    return _edited(clean, lines, reported=False)


def _second(clean: Clean, rng: random.Random, width: int) -> Rows:
    header = [f"item {chr(97 + j)}" for j in range(width)]
    n = max(2, len(clean.rows) // 4)
    rows = [[str(rng.randrange(999)) if j else rng.choice(_WORDS) for j in range(width)] for _ in range(n)]
    return [header, *rows]


def _with_second(clean: Clean, rng: random.Random, width: int) -> Polluted:
    second = [PLAIN.line(row) for row in _second(clean, rng, width)]
    gap = [""] * rng.choice([1, 1, 2, 0]) if width != len(clean.header) else [""] * rng.choice([1, 2])
    order = [*_lines(clean), *gap, *second] if rng.random() < 0.6 else [*second, *gap, *_lines(clean)]
    return _edited(clean, order)


@_kind
def _tables_fewer_columns(clean: Clean, rng: random.Random) -> Polluted | None:
    return _with_second(clean, rng, len(clean.header) - 2) if len(clean.header) > 4 and len(clean.rows) > 20 else None


@_kind
def _tables_equal_columns(clean: Clean, rng: random.Random) -> Polluted | None:
    return _with_second(clean, rng, len(clean.header)) if len(clean.rows) > 20 else None


@_kind
def _tables_more_columns(clean: Clean, rng: random.Random) -> Polluted | None:
    return _with_second(clean, rng, len(clean.header) + 2) if len(clean.rows) > 20 else None


@_kind
def _delimiter(clean: Clean, rng: random.Random) -> Polluted:
    return _styled(clean, Style(rng.choice([";", "\t", "|", ", ", ":", " ", "^", "~", "||", "::", ";;"])))


@_kind
def _delimiter_of_one_row(clean: Clean, rng: random.Random) -> Polluted:
    lines, k = _lines(clean), rng.randrange(len(clean.rows))
    lines[k + 1] = Style(rng.choice([";", "\t", "|", ", ", " "])).line(clean.rows[k])
    return _edited(clean, lines)


@_kind
def _quote(clean: Clean, rng: random.Random) -> Polluted:
    return _styled(clean, Style(quote=(q := rng.choice(["'", "`", "$", "~", "^", "|"])), escape=q))


@_kind
def _quote_every_cell(clean: Clean, rng: random.Random) -> Polluted:
    quote = rng.choice(['"', '"', "'"])
    return _styled(clean, Style(rng.choice(",;\t"), quote, quote, every=True))


@_kind
def _escape(clean: Clean, rng: random.Random) -> Polluted:
    return _styled(clean, Style(escape=rng.choice(["\\", "\\", "/", "^", "~", "#"]), every=rng.random() < 0.3))


@_kind
def _escape_none(clean: Clean, rng: random.Random) -> Polluted:
    return _styled(clean, Style(escape="", every=rng.random() < 0.5))


@_kind
def _line_ends(clean: Clean, rng: random.Random) -> Polluted:
    return _styled(clean, Style(newline=rng.choice(["\r\n", "\r", "\n\r"])))


@_kind
def _line_ends_mixed(clean: Clean, rng: random.Random) -> Polluted:
    ends = rng.choice([["\n", "\r\n"], ["\r", "\n"], ["\r", "\r\n"]])
    share = rng.choice([0.5, 0.03])
    chosen = [ends[rng.random() < share] for _ in range(len(clean.rows) + 1)]
    text = "".join(line + end for line, end in zip(_lines(clean), chosen, strict=True))
    return Polluted("", clean.name, text.encode(), clean.header, clean.rows)


@_kind
def _final_newline(clean: Clean, rng: random.Random) -> Polluted:
    text = PLAIN.text([clean.header, *clean.rows]).rstrip("\n") + rng.choice(["", "\n\n", "\n\n\n", "\n \n"])
    return Polluted("", clean.name, text.encode(), clean.header, clean.rows)


@_kind
def _delimiter_missing(clean: Clean, rng: random.Random) -> Polluted:
    lines, k, j = _lines(clean), rng.randrange(len(clean.rows)), rng.randrange(1, len(clean.header))
    row = clean.rows[k]
    while any(mark in row[j - 1] + row[j] for mark in ',"\n'):
        k = rng.randrange(len(clean.rows))
        row, j = clean.rows[k], rng.randrange(1, len(clean.header))
    short = [*row[: j - 1], row[j - 1] + row[j], *row[j + 1 :]]
    lines[k + 1] = PLAIN.line(short)
    return _edited(clean, lines, _replaced(clean, k, short))


@_kind
def _delimiter_surplus(clean: Clean, rng: random.Random) -> Polluted:
    lines, k, j = _lines(clean), rng.randrange(len(clean.rows)), rng.randrange(len(clean.header) + 1)
    row = clean.rows[k]
    long = [*row[:j], *[""] * rng.choice([1, 1, 3]), *row[j:]]
    lines[k + 1] = PLAIN.line(long)
    return _edited(clean, lines, _replaced(clean, k, long))


@_kind
def _cells_missing(clean: Clean, rng: random.Random) -> Polluted:
    k = rng.randrange(len(clean.rows))
    short = clean.rows[k][: rng.randrange(1, len(clean.header))]
    lines = _lines(clean)
    lines[k + 1] = PLAIN.line(short)
    return _edited(clean, lines, _replaced(clean, k, short))


@_kind
def _quote_extra(clean: Clean, rng: random.Random) -> Polluted:
    """One mark too many at the start, inside, or at the end of a cell; it is text."""
    style = rng.choice([PLAIN, PLAIN, Style(every=True)])
    k, j = rng.randrange(len(clean.rows)), rng.randrange(len(clean.header))
    while len(clean.rows[k][j]) < 2 or any(mark in clean.rows[k][j] for mark in '",\n'):
        k, j = rng.randrange(len(clean.rows)), rng.randrange(len(clean.header))
    cell = clean.rows[k][j]
    at = rng.choice([0, len(cell) // 2, len(cell)])
    odd = cell[:at] + '"' + cell[at:]
    row = [*clean.rows[k][:j], odd, *clean.rows[k][j + 1 :]]
    cells = [style.cell(c) for c in clean.rows[k]]
    cells[j] = f'"{odd}"' if style.every else odd
    lines = _lines(clean, style)
    lines[k + 1] = ",".join(cells)
    return replace(_edited(clean, lines, _replaced(clean, k, row)), reported=False)


@_kind
def _row_quoted(clean: Clean, rng: random.Random) -> Polluted:
    lines = _lines(clean)
    rows = range(1, len(lines)) if rng.random() < 0.3 else [rng.randrange(1, len(lines))]
    for k in rows:
        lines[k] = '"' + lines[k].replace('"', '""') + '"'
    return _edited(clean, lines)


@_kind
def _empty_cells(clean: Clean, rng: random.Random) -> Polluted:
    share = rng.choice([0.1, 0.4])
    rows = [[cell if j == 0 or rng.random() > share else "" for j, cell in enumerate(row)] for row in clean.rows]
    return _styled(Clean(clean.name, clean.header, rows), PLAIN)


@_kind
def _empty_column(clean: Clean, rng: random.Random) -> Polluted:
    j = rng.randrange(1, len(clean.header) + 1)
    header = [*clean.header[:j], "", *clean.header[j:]]
    return _styled(Clean(clean.name, header, [[*row[:j], "", *row[j:]] for row in clean.rows]), PLAIN)


@_kind
def _empty_rows(clean: Clean, rng: random.Random) -> Polluted:
    lines = _lines(clean)
    for _ in range(rng.randrange(1, 4)):
        lines.insert(rng.randrange(2, len(lines)), rng.choice(["", "," * (len(clean.header) - 1)]))
    return _edited(clean, lines, reported=False)


@_kind
def _blanks_around(clean: Clean, rng: random.Random) -> Polluted:
    """Blanks around delimiters; compared without them."""
    lines = [" , ".join(PLAIN.cell(cell) for cell in row) for row in [clean.header, *clean.rows]]
    return _edited(clean, lines, reported=False)


@_kind
def _comments(clean: Clean, rng: random.Random) -> Polluted:
    lines = [f"# {line}" for line in rng.sample(_TITLES, 2)] + _lines(clean)
    return _edited(clean, lines, reported=False)


@_kind
def _encoding(clean: Clean, rng: random.Random) -> Polluted:
    for encoding in rng.sample(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "gb18030"], 7):
        try:
            return _styled(clean, Style(rng.choice(",;\t")), encoding)
        except UnicodeEncodeError:
            continue
    return _styled(clean, PLAIN)


@_kind
def _header_short(clean: Clean, rng: random.Random) -> Polluted | None:
    if len(clean.header) < 4:
        return None
    polluted = _edited(clean, [PLAIN.line(clean.header[:-1]), *_lines(clean)[1:]], reported=False)
    return replace(polluted, header=None)


def polluted(clean: Clean, kind: str, rng: random.Random) -> Polluted | None:
    """Write `clean` in an odd way; None where the kind makes no sense for it."""
    found = KINDS[kind](clean, rng)
    return None if found is None else replace(found, kind=kind)


# -- scores ----------------------------------------------------------------------------------------------------


def f1(found: Iterable[object], wanted: Iterable[object]) -> float:
    """Return the harmonic mean of precision and recall of two multisets; 1 if both are empty."""
    one, other = Counter(found), Counter(wanted)
    size = one.total() + other.total()
    return 2 * (one & other).total() / size if size else 1.0


def record_f1(found: Rows, wanted: Rows) -> float:
    """Compare whole records, wherever they stand."""
    return f1((tuple(map(_even, row)) for row in found), (tuple(map(_even, row)) for row in wanted))


def cell_f1(found: Rows, wanted: Rows) -> float:
    """Compare cells by column and text."""
    return f1(
        ((j, _even(cell)) for row in found for j, cell in enumerate(row)),
        ((j, _even(cell)) for row in wanted for j, cell in enumerate(row)),
    )


def header_f1(found: list[str], wanted: list[str]) -> float:
    """Compare names by column."""
    return f1(enumerate(map(_even, found)), enumerate(map(_even, wanted)))


def _even(cell: str) -> str:
    """Line ends inside of cells, and blanks around them, are nothing that readers agree on."""
    return re.sub(r"\r\n|\r|\n\r", "\n", cell.strip())
