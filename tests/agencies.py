"""Files as public agencies publish them, made up, each with the parse that a careful person would make of it."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Rows = list[list[str]]


@dataclass(frozen=True)
class Agency:
    """One file.

    Attributes
    ----------
    header
        None where names are put together from several rows and only records are compared.
    span
        Beginnings of the first and the last time in ISO 8601, in order of time; None if times are not compared.
    """

    name: str
    data: bytes
    header: list[str] | None
    rows: Rows
    span: tuple[str, str] | None = None


MADE: dict[str, Callable[[random.Random], Agency]] = {}
Maker = Callable[[random.Random], Agency]


def _made(function: Maker) -> Maker:
    MADE[function.__name__.strip("_").replace("_", "-")] = function
    return function


def agencies(seed: int = 1) -> list[Agency]:
    """Make all files."""
    return [maker(random.Random(f"{seed} {name}")) for name, maker in MADE.items()]


def _text(rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n", *, every: bool = False) -> str:
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return stream.getvalue()


def _file(
    name: str,
    header: list[str] | None,
    rows: Rows,
    text: str,
    encoding: str = "utf-8",
    span: tuple[str, str] | None = None,
) -> Agency:
    return Agency(name, text.encode(encoding), header, rows, span)


def _hours(first: str, count: int, minutes: int = 60) -> list[datetime]:
    begin = datetime.fromisoformat(first)
    return [begin + timedelta(minutes=minutes * k) for k in range(count)]


def _comma(rng: random.Random, low: float, high: float, digits: int = 1) -> str:
    return _number(rng, low, high, digits, ",")


def _number(rng: random.Random, low: float, high: float, digits: int = 1, mark: str = ".", group: str = "") -> str:
    whole = f"{rng.uniform(low, high):,.{digits}f}"
    return whole.replace(",", "\0").replace(".", mark).replace("\0", group)


_STATES = ["Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado", "Connecticut", "Delaware", "Florida"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@_made
def _us_title_units_notes(rng: random.Random) -> Agency:
    header = ["State", "Population", "Births", "Rate"]
    rows = [
        [s, _number(rng, 1e5, 3e7, 0, group=","), str(rng.randrange(999, 90000)), _number(rng, 8, 15)] for s in _STATES
    ]
    text = (
        "Table 3. Births and birth rates by state,,,\n,,,\n"
        + _text([header])
        + ",(thousands),,(per 1,000)\n".replace("(per 1,000)", '"(per 1,000)"')
        + _text(rows)
        + ',,,\n1 Preliminary data.,,,\n"Source: Office of Vital Counts, 2019.",,,\n'
    )
    return _file("us", None, rows, text)


@_made
def _us_spending(rng: random.Random) -> Agency:
    header = ["Department Family", "Entity", "Date", "Expense Type", "Supplier", "Transaction Number", "Amount"]
    rows = [
        [
            "Department for Roads",
            "Highways, North",
            f"{rng.randrange(1, 29):02d}/03/2014",
            rng.choice(["Consultancy", 'Rent, rates and "other" costs', "IT - Hardware"]),
            rng.choice(["ACME LTD", "SMITH & SONS", "O'NEILL PLC"]),
            str(90000 + k),
            _number(rng, 25000, 900000, 2, group=","),
        ]
        for k in range(60)
    ]
    tail = [[""] * 7 for _ in range(40)]
    return _file("spending", header, rows, _text([header, *rows, *tail], end="\r\n"), "cp1252")


@_made
def _uk_school_report(rng: random.Random) -> Agency:
    header = ["LA code", "School name", "Pupils", "% absent", "% overall"]
    rows = [
        [
            f"{300 + k}",
            f"St. Mary's, {rng.choice(['Upper', 'Lower'])} School",
            str(rng.randrange(50, 900)),
            rng.choice(["x", "..", _number(rng, 1, 9)]),
            _number(rng, 1, 9),
        ]
        for k in range(40)
    ]
    text = "Absence in schools: England\nAcademic year 2012/13\n\n" + _text([header, *rows])
    text += "\nx = suppressed\n.. = not available\nSource: School Census\n"
    return _file("uk", header, rows, text)


@_made
def _german_destatis(rng: random.Random) -> Agency:
    rows = [
        [f"{k:02d}", land, *(_number(rng, 100, 9999, 0) if rng.random() < 0.9 else "-" for _ in range(4))]
        for k, land in enumerate(["Baden-Württemberg", "Bayern", "Berlin", "Brandenburg", "Bremen", "Hessen"], 1)
        for _ in range(1)
    ]
    lines = [
        "GENESIS-Tabelle: 12411-0010;;;;;",
        "Bevölkerung: Länder, Stichtag, Geschlecht;;;;;",
        "Fortschreibung des Bevölkerungsstandes;;;;;",
        "Bevölkerung (Anzahl);;;;;",
        ";;31.12.2018;31.12.2018;31.12.2019;31.12.2019",
        ";;männlich;weiblich;männlich;weiblich",
    ]
    text = "\n".join(lines) + "\n" + _text(rows, ";")
    text += (
        "__________\nGebietsstand: 31.12.2019\n\n(C)opyright Statistisches Amt, 2020\nStand: 04.05.2020 / 10:11:12\n"
    )
    return _file("destatis", None, rows, text, "cp1252")


@_made
def _german_weather(rng: random.Random) -> Agency:
    header = ["STATIONS_ID", "MESS_DATUM", "QN_3", "FX", "FM", "TMK", "eor"]
    rows = [
        [
            "       1048",
            f"201401{d:02d}",
            "   10",
            f"{rng.uniform(3, 20):7.1f}",
            "-999",
            f"{rng.uniform(-9, 9):7.1f}",
            "eor",
        ]
        for d in range(1, 31)
    ]
    return _file("dwd", header, rows, _text([header, *rows], ";"))


@_made
def _german_excel(rng: random.Random) -> Agency:
    header = ["Monat", "Umsatz in €", "Veränderung", "Bemerkung"]
    rows = [
        [
            f"{m:02d}/{y}",
            _number(rng, 1000, 90000, 2, ",", "."),
            _number(rng, -9, 9, 1, ",") + " %",
            rng.choice(["", "vorläufig; geschätzt", "revidiert"]),
        ]
        for y in (2018, 2019, 2020)
        for m in range(1, 13)
    ]
    return _file("excel-de", header, rows, "sep=;\r\n" + _text([header, *rows], ";", "\r\n"), "utf-8-sig")


@_made
def _french_insee(rng: random.Random) -> Agency:
    header = [
        "Libellé",
        "idBank",
        "Dernière mise à jour",
        *(f"{y}-{m:02d}" for y in (2019, 2020) for m in range(1, 13)),
    ]
    rows = [
        [
            f"Indice des prix - {what}",
            f"00176{k:04d}",
            "15/01/2021 12:00",
            *(_number(rng, 90, 110, 2) for _ in range(24)),
        ]
        for k, what in enumerate(["Ensemble", "Pain, céréales", "Viandes", "Poissons", "Énergie"])
    ]
    return _file("insee", header, rows, _text([header, *rows], ";", every=True), "iso8859_15")


@_made
def _french_communes(rng: random.Random) -> Agency:
    header = ["CODGEO", "LIBGEO", "REG", "DEP", "P16_POP", "MED16"]
    rows = [
        [
            f"{k + 1:05d}",
            rng.choice(["L'Abergement-Clémenciat", "Ambérieu-en-Bugey", "Apremont"]),
            "84",
            "01",
            str(rng.randrange(90, 9000)),
            rng.choice(["s", "nd", _number(rng, 15000, 30000, 1, ",")]),
        ]
        for k in range(50)
    ]
    return _file("communes", header, rows, _text([header, *rows], ";", "\r\n"), "cp1252")


@_made
def _brazil(rng: random.Random) -> Agency:
    header = ["Município", "UF", "Ano", "Casos", "Óbitos", "Taxa por 100 mil"]
    rows = [
        [
            rng.choice(["São Luís", "Belém", "Goiânia", "Três Rios"]),
            "BR",
            "2015",
            _number(rng, 100, 99999, 0, group="."),
            str(rng.randrange(90)),
            _number(rng, 0, 99, 2, ","),
        ]
        for k in range(30)
    ]
    foot = [
        "Total;;;123.456;789;",
        "Fonte: Ministério da Saúde",
        "Notas: 1. Dados sujeitos a revisão; 2. Inclui ignorados.",
    ]
    text = (
        "Casos confirmados por Município\nPeríodo: 2015\n" + _text([header, *rows], ";", every=True) + "\n".join(foot)
    )
    return _file("brazil", header, [*rows, ["Total", "", "", "123.456", "789", ""]], text, "cp1252")


@_made
def _brazil_inmet(rng: random.Random) -> Agency:
    header = ["Data", "Hora UTC", "PRECIPITAÇÃO TOTAL, HORÁRIO (mm)", "TEMPERATURA (°C)", ""]
    rows = [
        [f"2019/01/{d:02d}", f"{h:02d}00 UTC", rng.choice(["0", ",2", "-9999"]), _number(rng, 18, 30, 1, ","), ""]
        for d in range(1, 4)
        for h in range(24)
    ]
    top = "REGIAO:;CO\nUF:;DF\nESTACAO:;BRASILIA\nLATITUDE:;-15,789\nLONGITUDE:;-47,925\nDATA DE FUNDACAO:;07/05/00\n"
    return _file("inmet", header, rows, top + _text([header, *rows], ";"), "cp1252")


@_made
def _china_yearbook(rng: random.Random) -> Agency:
    header = ["指标", *(f"{y}年" for y in range(2019, 2009, -1))]
    rows = [
        [w, *(_number(rng, 100, 99999, 2) for _ in range(10))]
        for w in ("国内生产总值(亿元)", "第一产业增加值(亿元)", "人均国内生产总值(元)")
    ]
    text = (
        "数据库：年度数据\n时间：最近10年\n"
        + _text([header, *rows])
        + "注：1980年以后国民总收入与国内生产总值的差额。\n数据来源：国家统计局\n"
    )
    return _file("china", header, rows, text, "gb18030")


@_made
def _china_air(rng: random.Random) -> Agency:
    header = ["监测点", "日期", "PM2.5", "SO2", "质量等级", "首要污染物"]
    rows = [
        [
            rng.choice(["东四", "天坛", "官园"]),
            f"2014-01-{d:02d}",
            str(rng.randrange(10, 300)),
            str(rng.randrange(2, 80)),
            rng.choice(["优", "良", "轻度污染"]),
            rng.choice(["", "PM2.5", "PM10,NO2"]),
        ]
        for d in range(1, 29)
    ]
    return _file("air", header, rows, _text([header, *rows], "\t"), "utf-16")


@_made
def _japan_weather(rng: random.Random) -> Agency:
    rows = [[f"2019/1/{d}", _number(rng, 1, 9), "8", "1", _number(rng, -3, 2), "8", "1"] for d in range(1, 32)]
    top = [
        "ダウンロードした時刻：2020/03/04 05:06:07",
        "",
        ",東京,東京,東京,東京,東京,東京",
        "年月日,平均気温(℃),平均気温(℃),平均気温(℃),最低気温(℃),最低気温(℃),最低気温(℃)",
        ",,,,,,",
        ",,品質情報,均質番号,,品質情報,均質番号",
    ]
    return _file("jma", None, rows, "\r\n".join(top) + "\r\n" + _text(rows, end="\r\n"), "cp932")


@_made
def _japan_facilities(rng: random.Random) -> Agency:
    header = ["施設番号", "施設名", "住所", "電話番号", "備考"]
    rows = [
        [
            f"{k + 1:04d}",
            rng.choice(["中央公民館", "南図書館", "子育て支援センター"]),
            f"本町{k + 1}丁目{k + 2}－3",
            f"03-1234-{5000 + k}",
            rng.choice(["", "月曜休館、祝日の場合は翌日", "駐車場あり"]),
        ]
        for k in range(25)
    ]
    return _file("facilities", header, rows, _text([header, *rows], end="\r\n"), "cp932")


@_made
def _australia_abs(rng: random.Random) -> Agency:
    header = ["Series ID", "A84423043C", "A84423127L", "A84423041X"]
    rows = [[f"{m}-{1980 + k // 12}", *(_number(rng, 100, 9999) for _ in range(3))] for k, m in enumerate(_MONTHS * 4)]
    top = [
        ["", "Employed total ;  Persons ;", "Employed total ;  Males ;", "Unemployed ;"],
        ["Unit", "000", "000", "Percent"],
        ["Series Type", "Trend", "Trend", "Original"],
        ["Frequency", "Month", "Month", "Month"],
        ["Series Start", "Feb-1978", "Feb-1978", "Feb-1978"],
        header,
    ]
    return _file("abs", None, rows, _text([*top, *rows]))


@_made
def _year_by_month(rng: random.Random) -> Agency:
    header = ["Year", *_MONTHS]
    rows = [[str(y), *(_number(rng, 5, 30) for _ in range(12))] for y in range(1980, 2010)]
    text = "Monthly mean temperature\n\n" + _text([header, *rows])
    return _file("year-month", header, rows, text)


@_made
def _year_by_month_annual(rng: random.Random) -> Agency:
    header = ["YEAR", *(m.upper() for m in _MONTHS), "ANNUAL"]
    rows = [
        [str(y), *(_number(rng, 50, 300, 0) if y < 2009 or k < 7 else "" for k in range(13))] for y in range(1980, 2010)
    ]
    return _file("year-month-annual", header, rows, _text([header, *rows]))


@_made
def _noaa_fixed(rng: random.Random) -> Agency:
    rows = [
        [str(y), f"{m}", _number(rng, 300, 420, 2), _number(rng, 300, 420, 2), f"{rng.randrange(9, 30)}"]
        for y in range(1990, 1996)
        for m in range(1, 13)
    ]
    top = "# Monthly mean CO2, expressed as a mole fraction in dry air.\n# year  month  average  trend  days\n"
    lines = "".join("  ".join(f"{cell:>8}" for cell in row) + "\n" for row in rows)
    return _file("noaa", None, rows, top + lines)


@_made
def _usgs_rdb(rng: random.Random) -> Agency:
    header = ["agency_cd", "site_no", "datetime", "1_00060", "1_00060_cd"]
    rows = [["USGS", "01646500", f"2015-06-{d:02d}", str(rng.randrange(900, 9000)), "A"] for d in range(1, 31)]
    text = "# Some data are provisional\n#\n# Data for the following site:\n#  01646500 POTOMAC, MD\n"
    return _file("usgs", header, rows, text + _text([header, ["5s", "15s", "20d", "14n", "10s"], *rows], "\t"))


@_made
def _blank_columns(rng: random.Random) -> Agency:
    header = ["Region", "", "2017", "2018", "", "Change"]
    rows = [[r, "", str(rng.randrange(99, 999)), str(rng.randrange(99, 999)), "", _number(rng, -5, 5)] for r in _STATES]
    return _file("blank-columns", header, rows, _text([header, *rows]))


@_made
def _merged_two_rows(rng: random.Random) -> Agency:
    top = [["", "2018", "", "2019", ""], ["Region", "Men", "Women", "Men", "Women"]]
    rows = [[r, *(_number(rng, 100, 9000, 0, group=",") for _ in range(4))] for r in _STATES]
    return _file("merged", None, rows, "Employees by sex (thousands),,,,\n" + _text([*top, *rows]))


@_made
def _sections(rng: random.Random) -> Agency:
    """A heading inside of the table that stands alone in its row belongs to the records."""
    header = ["Category", "Count", "Share"]
    rows = []
    for part in ("North", "South"):
        rows.append([part, "", ""])
        rows += [[f"{part} {k}", str(rng.randrange(99)), _number(rng, 0, 1, 2)] for k in range(12)]
    return _file("sections", header, rows, _text([header, *rows]))


@_made
def _long_text(rng: random.Random) -> Agency:
    header = ["Ref", "Title", "Description", "Decision", "Date received"]
    words = [
        "The",
        "committee,",
        "having",
        "heard",
        "the",
        "applicant,",
        "resolved",
        '"no',
        "further",
        'action";',
        "see",
    ]
    rows = [
        [
            f"FOI-{k:04d}",
            " ".join(rng.sample(words, 4)),
            " ".join(rng.choices(words, k=40)) + "\r\n\r\nRegards, A.",
            rng.choice(["Granted", "Refused", "Part granted"]),
            f"{rng.randrange(1, 29)} March 2015",
        ]
        for k in range(30)
    ]
    return _file("foi", header, rows, _text([header, *rows], end="\r\n"))


@_made
def _text_only(rng: random.Random) -> Agency:
    header = ["Name", "Position", "Organisation", "Purpose of meeting"]
    rows = [
        [
            rng.choice(["J Smith", "A. Jones", "Dr. B Patel"]),
            rng.choice(["Director", "Chief of Staff"]),
            rng.choice(["BBC", "Acme plc", "Nil return"]),
            rng.choice(["Introductory meeting", "To discuss policy, and more"]),
        ]
        for k in range(22)
    ]
    return _file("meetings", header, rows, "Ministers' meetings,,,\n" + _text([header, *rows]))


@_made
def _text_only_no_header(rng: random.Random) -> Agency:
    rows = [
        [
            rng.choice(["Oak", "Elm", "Ash"]),
            rng.choice(["High Street", "Church Lane"]),
            rng.choice(["felled", "pruned"]),
        ]
        for k in range(30)
    ]
    return _file("trees", None, rows, _text(rows))


@_made
def _one_column(rng: random.Random) -> Agency:
    rows = [[rng.choice(["Oak Road", "High Street", "Church Lane, North"]) + f" {k}"] for k in range(20)]
    return _file("one-column", ["Street"], rows, _text([["Street"], *rows]))


@_made
def _quoted_tabs(rng: random.Random) -> Agency:
    header = ["ID", "Nombre", "Dirección", "Importe"]
    rows = [[str(k), "Año, S.L.", f'C/ Mayor, {k} "bajo"', _number(rng, 1, 9999, 2, ",", ".")] for k in range(30)]
    return _file("tabs", header, rows, _text([header, *rows], "\t", "\r\n", every=True), "cp1252")


@_made
def _pipes(rng: random.Random) -> Agency:
    header = ["Committee", "Name", "City", "Amount", "Memo"]
    rows = [
        [f"C{k:08d}", "DOE, JANE", "SALEM", str(rng.randrange(20, 5000)), rng.choice(["", "P/R DEDUCTION"])]
        for k in range(40)
    ]
    return _file("pipes", header, rows, _text([header, *rows], "|"))


@_made
def _no_header_numbers(rng: random.Random) -> Agency:
    rows = [[f"{k}", f"2012-{k % 12 + 1:02d}-01", "AB", _number(rng, 0, 9, 3), "EGBB"] for k in range(40)]
    return _file("no-header", None, rows, _text(rows))


@_made
def _decimal_comma_unquoted_semicolon(rng: random.Random) -> Agency:
    header = ["Data", "Wartość", "Źródło"]
    rows = [[f"{d:02d}.05.2016", _number(rng, 0, 99, 2, ","), "GUS, BDL"] for d in range(1, 29)]
    return _file("poland", header, rows, _text([header, *rows], ";"), "cp1250")


@_made
def _russian(rng: random.Random) -> Agency:
    header = ["Регион", "Численность, чел.", "Доля, %"]
    rows = [
        [r, _number(rng, 1e5, 9e6, 0, group=" "), _number(rng, 0, 9, 1, ",")]
        for r in ("Москва", "Тверская область", "Тула") * 8
    ]
    return _file("russia", header, rows, _text([header, *rows], ";", "\r\n"), "cp1251")


@_made
def _excel_dates_us(rng: random.Random) -> Agency:
    header = ["Incident #", "Reported", "Type", "Block", "Lat/Long"]
    rows = [
        [
            f"15-{k:06d}",
            f"{rng.randrange(1, 13)}/{rng.randrange(1, 29)}/2015 {rng.randrange(1, 13)}:{rng.randrange(60):02d}:00 PM",
            rng.choice(["THEFT", "ASSAULT"]),
            f"{k}XX MAIN ST",
            f"({40 + k / 100:.4f}, -80.{k:04d})",
        ]
        for k in range(50)
    ]
    return _file("incidents", header, rows, _text([header, *rows]))


@_made
def _header_with_newlines(rng: random.Random) -> Agency:
    header = ["Local\nauthority", "Total\n(GBP)", "Of which:\ncapital, %"]
    rows = [[f"Council {k}", _number(rng, 1e4, 9e5, 0, group=","), _number(rng, 0, 99)] for k in range(20)]
    return _file("newlines", header, rows, _text([header, *rows]))


@_made
def _two_tables_side_notes(rng: random.Random) -> Agency:
    header = ["Month", "Visits", "Loans"]
    rows = [[f"{m} 2014", str(rng.randrange(999, 9999)), str(rng.randrange(999, 9999))] for m in _MONTHS]
    small = [["Branch", "Staff"], ["Central", "12"], ["North", "4"], ["South", "3"]]
    return _file(
        "library", header, rows, "Library statistics\n\n" + _text([header, *rows]) + "\nStaff\n" + _text(small)
    )


@_made
def _leading_empty_column(rng: random.Random) -> Agency:
    header = ["", "Date", "Open", "Close"]
    rows = [["", f"2014-02-{d:02d}", _number(rng, 9, 99, 2), _number(rng, 9, 99, 2)] for d in range(1, 29)]
    return _file("leading", header, rows, _text([["", "Rates", "", ""], ["", "", "", ""], header, *rows]))


@_made
def _apostrophes(rng: random.Random) -> Agency:
    header = ["Name", "Place", "Votes"]
    rows = [
        [rng.choice(["O'Brien", "D'Arcy", "'t Hooft"]), rng.choice(["'s-Hertogenbosch", "Ely"]), str(k * 7)]
        for k in range(30)
    ]
    return _file("votes", header, rows, _text([header, *rows]))


@_made
def _inches(rng: random.Random) -> Agency:
    header = ["Tree", "Diameter", "Species"]
    rows = [[str(k), f'{k + 3}"', rng.choice(["Oak", 'Maple "Crimson King"'])] for k in range(30)]
    return _file("inches", header, rows, "\n".join(",".join(row) for row in [header, *rows]) + "\n")


@_made
def _spaces_after_commas(rng: random.Random) -> Agency:
    header = ["station", "name", "lat", "lon"]
    rows = [[f"{k:03d}", f"Mount {k}, East", _number(rng, 40, 60, 3), _number(rng, -9, 9, 3)] for k in range(30)]
    text = "\n".join(", ".join(f'"{c}"' if "," in c else c for c in row) for row in [header, *rows])
    return _file("spaces", header, rows, text + "\n")


@_made
def _sdmx(rng: random.Random) -> Agency:
    header = ["DATAFLOW", "LAST UPDATE", "freq", "geo", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"]
    rows = [
        [
            "ESTAT:X(1.0)",
            "14/12/22 23:00:00",
            "M",
            g,
            f"20{y}-{m:02d}",
            rng.choice([":", _number(rng, 1, 9)]),
            rng.choice(["", "p", "e"]),
        ]
        for g in ("DE", "FR")
        for y in (20, 21)
        for m in range(1, 13)
    ]
    return _file("sdmx", header, rows, _text([header, *rows], end="\r\n"))


@_made
def _eurostat_tsv(rng: random.Random) -> Agency:
    header = ["unit,geo\\time", *(f"{y} " for y in range(2018, 2008, -1))]
    rows = [
        [f"PC,{g}", *(rng.choice([": ", _number(rng, 1, 9) + " ", _number(rng, 1, 9) + " b"]) for _ in range(10))]
        for g in ("AT", "BE", "BG", "CY", "CZ", "DE")
    ]
    return _file("eurostat", header, rows, "\n".join("\t".join(row) for row in [header, *rows]) + "\n")


@_made
def _world_bank(rng: random.Random) -> Agency:
    header = [
        "Country Name",
        "Country Code",
        "Indicator Name",
        "Indicator Code",
        *(str(y) for y in range(1990, 2005)),
        "",
    ]
    rows = [
        [
            c,
            c[:3].upper(),
            "Population, total",
            "SP.POP.TOTL",
            *(str(rng.randrange(10**5, 10**8)) for _ in range(15)),
            "",
        ]
        for c in ("Aruba", "Bahamas, The", "Chile", "Korea, Rep.")
    ]
    top = '"Data Source","World Development Indicators",\n\n"Last Updated Date","2015-04-14",\n\n'
    text = top + "\n".join(",".join(f'"{c}"' for c in row[:-1]) + "," for row in [header, *rows]) + "\n"
    return _file("world-bank", header, rows, text, "utf-8-sig")


@_made
def _uk_station(rng: random.Random) -> Agency:
    header = ["yyyy", "mm", "tmax", "tmin", "af", "rain", "sun"]
    rows = [
        [str(y), str(m), _number(rng, 5, 25), _number(rng, -2, 15), str(rng.randrange(20)), _number(rng, 0, 90), "---"]
        for y in range(1980, 1990)
        for m in range(1, 13)
    ]
    top = "Heathrow\nLocation 507800E 176700N, Lat 51.479 Lon -0.449, 25m amsl\n"
    top += "Estimated data is marked with a * after the value.\nMissing data (more than 2 days) is marked by  ---.\n"
    names = "".join(f"{cell:>8}" for cell in header) + "\n" + " " * 16
    names += "".join(f"{cell:>8}" for cell in ("degC", "degC", "days", "mm", "hours"))
    lines = "".join("".join(f"{cell:>8}" for cell in row) + "\n" for row in rows)
    return _file("uk-station", header, rows, top + names + "\n" + lines)


@_made
def _us_solar(rng: random.Random) -> Agency:
    header = ["Year", "Month", "Day", "Hour", "Minute", "GHI", "Temperature"]
    facts = [
        ["Source", "Location ID", "City", "State", "Country", "Latitude", "Longitude", "Time Zone", "Elevation"],
        ["NSRDB", str(rng.randrange(10**5)), "-", "-", "-", _number(rng, 20, 50, 2), "-97.14", "-6", "201"],
    ]
    rows = [
        ["2019", "6", str(1 + k // 48), str(k % 48 // 2), str(k % 2 * 30), str(rng.randrange(900)), _number(rng, 5, 40)]
        for k in range(480)
    ]
    return _file("us-solar", header, rows, _text([*facts, header, *rows]))


@_made
def _us_deaths(rng: random.Random) -> Agency:
    header = ["Notes", "Month", "Month Code", "Deaths"]
    rows = [
        ["", f"{_MONTHS[m - 1]}., {y}", f"{y}/{m:02d}", str(rng.randrange(3000, 9000))]
        for y in (2018, 2019, 2020)
        for m in range(1, 13)
    ]
    total = ["Total", "", "", str(sum(int(row[3]) for row in rows))]
    foot = '"---"\n"Dataset: Underlying Cause of Death, 2018-2020"\n"Query Parameters:"\n"Show Totals: True"\n"---"\n'
    return _file("us-deaths", header, rows, _text([header, *rows, total], "\t") + foot)


@_made
def _french_quarters(rng: random.Random) -> Agency:
    rows = [[f"{y}-T{q}", str(rng.randrange(300_000, 400_000))] for y in range(2010, 2023) for q in (1, 2, 3, 4)]
    head = [["Libellé", "PIB en volume"], ["idBank", "010565692"], ["Mise à jour", "31/01/2024 08:45"], ["Période", ""]]
    return _file("french-quarters", None, rows, _text([*head, *rows], ";", every=True))


@_made
def _logger_numbered(rng: random.Random) -> Agency:
    header = ["#", "Date Time, GMT-05:00", "Temp, °C (LGR S/N: 10350)", "Coupler Attached (LGR S/N: 10350)"]
    rows = [
        [str(k + 1), f"06/{1 + k // 48:02d}/23 {k % 24 // 2 + 1:02d}:00:00 AM", _number(rng, 10, 30, 3), ""]
        for k in range(480)
    ]
    text = '"Plot Title: pond 1"\n' + _text([header], every=True) + _text(rows)
    return _file("logger-numbered", header, rows, text, "utf-8-sig")


@_made
def _logger_toa5(rng: random.Random) -> Agency:
    rows = [
        [
            f"2021-02-{1 + k // 144:02d} {k // 6 % 24:02d}:{k % 6}0:00",
            str(k),
            _number(rng, -5, 9, 2),
            _number(rng, 40, 99),
        ]
        for k in range(720)
    ]
    head = [
        ["TOA5", "CR1000", "CR1000", "1234", "CR1000.Std.28", "CPU:prog.CR1", "4321", "Table1"],
        ["TIMESTAMP", "RECORD", "AirT_Avg", "RH"],
        ["TS", "RN", "Deg C", "%"],
        ["", "", "Avg", "Smp"],
    ]
    return _file("logger-toa5", None, rows, _text(head, every=True) + _text(rows))


@_made
def _nordic_power(rng: random.Random) -> Agency:
    header = ["", "Hours", "SE1", "SE2"]
    rows = [
        [f"{a:%d-%m-%Y}", f"{a.hour:02d} - {(a.hour + 1) % 24:02d}", _comma(rng, 20, 90, 2), _comma(rng, 20, 90, 2)]
        for a in _hours("2023-01-01", 240)
    ]
    top = "Elspot Prices in SEK/MWh;;;\n;;;\nData was last updated 16-01-2023;;;\n"
    return _file(
        "nordic-power", header, rows, top + _text([header, *rows], ";"), span=("2023-01-01T00", "2023-01-10T23")
    )


@_made
def _turkish_months(rng: random.Random) -> Agency:
    header = ["Yıl", "Ay", "Endeks", "Aylık değişim (%)"]
    names = [
        "Ocak",
        "Şubat",
        "Mart",
        "Nisan",
        "Mayıs",
        "Haziran",
        "Temmuz",
        "Ağustos",
        "Eylül",
        "Ekim",
        "Kasım",
        "Aralık",
    ]
    rows = [[str(y), m, _comma(rng, 100, 300, 2), _comma(rng, -1, 4, 2)] for y in range(2010, 2018) for m in names]
    text = _text([header, *rows], ";")
    return _file("turkish-months", header, rows, text, "cp1254", ("2010-01", "2017-12"))


@_made
def _taiwan_exchange(rng: random.Random) -> Agency:
    header = ["日期", "成交股數", "收盤價", "漲跌價差", ""]
    rows = [
        [
            f"109/01/{d:02d}",
            _number(rng, 1e7, 9e7, 0, group=","),
            _number(rng, 300, 350, 2),
            rng.choice(["+1.00", "-2.00"]),
            "",
        ]
        for d in range(2, 30)
    ]
    lines = "".join(",".join(f'"{cell}"' for cell in row[:-1]) + ",\n" for row in [header, *rows])
    foot = '"說明:"\n"符號說明:+/-/X表示漲/跌/不比價"\n'
    text = '"109年01月 2330 台積電           各日成交資訊"\n' + lines + foot
    return _file("taiwan-exchange", header, rows, text, "big5", ("2020-01-02", "2020-01-29"))


@_made
def _japanese_eras(rng: random.Random) -> Agency:
    header = ["年月", "気温"]
    months = [(y, m) for y in range(2017, 2022) for m in range(1, 13)]
    rows = [
        [
            f"令和{y - 2018 if y > 2019 else '元'}年{m}月" if (y, m) > (2019, 4) else f"平成{y - 1988}年{m}月",
            _number(rng, 3, 9),
        ]
        for y, m in months
    ]
    return _file("japanese-eras", header, rows, _text([header, *rows]), "cp932", ("2017-01", "2021-12"))


@_made
def _hungarian_bank(rng: random.Random) -> Agency:
    rows = [[f"2020. 01. {d:02d}.", _comma(rng, 200, 300, 2), _comma(rng, 2, 3, 3)] for d in range(2, 31)]
    head = [["Dátum/ISO", "AUD", "JPY"], ["Egység", "1", "100"]]
    return _file("hungarian-bank", None, rows, _text([*head, *rows], ";"), span=("2020-01-02", "2020-01-30"))


@_made
def _korean_months_across(rng: random.Random) -> Agency:
    header = ["시도별", "항목", *(f"{y}.{m:02d}" for y in (2019, 2020) for m in range(1, 13))]
    rows = [
        [a, "소비자물가지수", *(_number(rng, 95, 110, 2) for _ in range(24))]
        for a in ("전국", "서울특별시", "부산광역시")
    ]
    text = _text([header, *rows], every=True)
    return _file("korean-months-across", header, rows, text, "cp949", ("2019-01", "2020-12"))


@_made
def _us_accounts(rng: random.Random) -> Agency:
    years = [str(y) for y in range(2015, 2021) for _ in range(4)]
    names = [
        "        Gross domestic product",
        "Personal consumption expenditures",
        "  Goods",
        "    Durable goods",
        "  Services",
    ]
    rows = [[str(k + 1), name, *(_number(rng, 100, 20000) for _ in years)] for k, name in enumerate(names)]
    top = [["Table 1.1.6. Real Gross Domestic Product, Chained Dollars"], ["Bureau of Economic Analysis"], []]
    head = [["Line", "", *years], ["", "", *["Q1", "Q2", "Q3", "Q4"] * 6]]
    foot = [["Legend / Footnotes:"], ["[1] Chained (2012) dollar series are calculated as the product of..."]]
    return _file("us-accounts", None, rows, _text([*top, *head, *rows, *foot]), span=("2015-01", "2020-10"))


@_made
def _measurement_program(rng: random.Random) -> Agency:
    header = ["X_Value", "Voltage_0", "Voltage_1", "Comment"]
    rows = [[f"{k / 100:.6f}", _number(rng, -1, 1, 6), _number(rng, -1, 1, 6)] for k in range(300)]
    rows[0].append("")
    facts = [["LabVIEW Measurement", ""], ["Writer_Version", "2"], ["Separator", "Tab"], ["Date", "2020/01/02"]]
    facts += [["***End_of_Header***", ""], ["", ""], ["Channels", "2", ""], ["Samples", "300", "300", ""]]
    facts += [[name, x, x, ""] for name, x in (("Y_Unit_Label", "Volts"), ("X0", "0.0000E+0"), ("Delta_X", "0.010000"))]
    facts.append(["***End_of_Header***", "", "", ""])
    return _file("measurement-program", header, rows, _text([*facts, header, *rows], "\t"))


@_made
def _weather_console(rng: random.Random) -> Agency:
    rows = [
        [
            f"{a.month}/{a.day:02d}/{a:%y}",
            f"{(a.hour % 12) or 12:>2}:{a:%M} {'ap'[a.hour > 11]}",
            _number(rng, 0, 9),
            rng.choice(["NNW", "---", "SE"]),
        ]
        for a in _hours("2020-01-01", 300, 30)
    ]
    head = [[" ", " ", "Temp", "Wind"], ["Date", "Time", "Out", "Dir"]]
    return _file(
        "weather-console", None, rows, _text([*head, *rows], "\t"), span=("2020-01-01T00:00", "2020-01-07T05:30")
    )


@_made
def _glucose_meter(rng: random.Random) -> Agency:
    header = [
        "Device",
        "Serial Number",
        "Device Timestamp",
        "Record Type",
        "Historic Glucose mg/dL",
        "Scan mg/dL",
        "Notes",
    ]
    rows = [
        ["FreeStyle", "ABC", f"{a:%m-%d-%Y %I:%M %p}", "0", _number(rng, 70, 200, 0), "", ""]
        for a in _hours("2021-01-20", 200, 15)
    ]
    top = "Glucose Data,Generated on,02-01-2021 10:00 UTC,Generated by,J Doe\n"
    text = top + _text([header, *rows])
    return _file("glucose-meter", header, rows, text, span=("2021-01-20T00:00", "2021-01-22T01:45"))


@_made
def _machine_statistics(rng: random.Random) -> Agency:
    header = [
        "r",
        "b",
        "swpd",
        "free",
        "buff",
        "cache",
        "si",
        "so",
        "bi",
        "bo",
        "in",
        "cs",
        "us",
        "sy",
        "id",
        "wa",
        "st",
    ]
    rows = [[str(rng.randrange(99_999)) for _ in header] for _ in range(100)]
    top = "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
    lines = "".join(" ".join(f"{cell:>6}" for cell in row) + "\n" for row in [header, *rows])
    return _file("machine-statistics", header, rows, top + lines)


@_made
def _gas_sensors(rng: random.Random) -> Agency:
    header = ["Date", "Time", "CO(GT)", "PT08.S1(CO)", "", ""]
    rows = [
        [f"{a:%d/%m/%Y}", f"{a:%H.%M.%S}", _comma(rng, 0, 9), str(rng.choice([-200, 900, 1300])), "", ""]
        for a in _hours("2004-03-10T18:00", 300)
    ]
    text = _text([header, *rows], ";") + ";;;;;\n" * 40
    return _file("gas-sensors", header, rows, text, span=("2004-03-10T18", "2004-03-23T05"))


@_made
def _visitors_of_a_site(rng: random.Random) -> Agency:
    header = ["Day Index", "Users"]
    rows = [
        [f"{a.month}/{a.day}/{a:%y}", _number(rng, 100, 9999, 0, group=",")] for a in _hours("2023-01-01", 60, 1440)
    ]
    top = "# ----------------------------------------\n# Audience Overview\n# 20230101-20230301\n# -----\n\n"
    total = ["", "123,456"]
    text = top + _text([header, *rows, total])
    return _file("site-visitors", header, [*rows, total], text, span=("2023-01-01", "2023-03-01"))


@_made
def _printed_pages(rng: random.Random) -> Agency:
    header = ["Date", "Invoice", "Amount"]
    rows = [[f"{a:%d/%m/%Y}", f"INV{a:%j}", _number(rng, 9, 999, 2)] for a in _hours("2022-01-01", 120, 1440)]
    pages = [
        _text(
            [
                ["Sales ledger", "", f"Page {k + 1} of 4"],
                ["", "", ""],
                header,
                *rows[30 * k : 30 * k + 30],
                ["", "", ""],
            ]
        )
        for k in range(4)
    ]
    return _file("printed-pages", header, rows, "".join(pages), span=("2022-01-01", "2022-04-30"))


@_made
def _year_written_once(rng: random.Random) -> Agency:
    header = ["Year", "Month", "Rate"]
    rows = [[str(y) if k == 0 else "", m, _number(rng, 1, 9)] for y in range(2015, 2020) for k, m in enumerate(_MONTHS)]
    lines = [[*rows[k : k + 12], ["", "", ""]] for k in range(0, 60, 12)]
    text = _text([header, *(row for year in lines for row in year)])
    return _file("year-once", header, rows, text, span=("2015-01", "2019-12"))


@_made
def _merged_days(rng: random.Random) -> Agency:
    header = ["Date", "Time", "Flow"]
    rows = [
        [f"{a:%d/%m/%Y}" if a.hour == 0 else "", f"{a:%H:%M}", _number(rng, 0, 9)] for a in _hours("2022-03-01", 480)
    ]
    return _file("merged-days", header, rows, _text([header, *rows]), span=("2022-03-01T00", "2022-03-20T23"))


@_made
def _drawn_table(rng: random.Random) -> Agency:
    header = ["day", "temp", "n"]
    rows = [
        [f"{a:%Y-%m-%d}", _number(rng, 0, 9, 2), str(rng.randrange(10, 99))] for a in _hours("2023-01-01", 60, 1440)
    ]
    rule = "+------------+------+----+\n"
    lines = [f"| {a:<10} | {b:<4} | {c:<2} |\n" for a, b, c in [header, *rows]]
    text = rule + lines[0] + rule + "".join(lines[1:]) + rule + "60 rows in set (0.00 sec)\n"
    return _file("drawn-table", header, rows, text, span=("2023-01-01", "2023-03-01"))


@_made
def _marked_down_table(rng: random.Random) -> Agency:
    header = ["day", "temp", "n"]
    rows = [[f"{a:%Y-%m-%d}", _number(rng, 0, 9, 2), str(rng.randrange(99))] for a in _hours("2023-01-01", 60, 1440)]
    lines = [f"| {' | '.join(row)} |\n" for row in [header, *rows]]
    text = lines[0] + "|-----|-----:|:--|\n" + "".join(lines[1:])
    return _file("marked-down-table", header, rows, text, span=("2023-01-01", "2023-03-01"))


@_made
def _database_report(rng: random.Random) -> Agency:
    """Cells hold blanks; only the line of dashes says where the columns are."""
    header = ["DEPT_ID", "CITY", "AMOUNT", "HIRED"]
    cities = ["NEW YORK", "LOS ANGELES", "BOSTON", "SAN DIEGO"]
    rows = [
        [f"{k:05d}", rng.choice(cities), _number(rng, 1, 99, 2), f"{a:%d-%b-%y}".upper()]
        for k, a in enumerate(_hours("2020-01-01", 50, 1440))
    ]
    top = "DEPT_ID CITY                AMOUNT HIRED\n------- --------------- ---------- ---------\n"
    lines = "".join(f"{a:<7} {b:<15} {c:>10} {d:<9}\n" for a, b, c, d in rows)
    text = top + lines + "\n50 rows selected.\n"
    return _file("database-report", header, rows, text, span=("2020-01-01", "2020-02-19"))


@_made
def _ruled_summary(rng: random.Random) -> Agency:
    header = ["DATE", "TMAX", "PRES", "WDIR"]
    rows = [
        [f"{a:%Y-%m-%d}", _number(rng, 0, 9), _number(rng, 900, 1030), str(rng.randrange(360))]
        for a in _hours("2019-01-01", 100, 1440)
    ]
    top = "Daily summary for station KSEA\n\nDATE          TMAX    PRES   WDIR\n"
    top += "              degC     hPa    deg\n----------  ------  ------  -----\n"
    lines = "".join(f"{a}  {b:>6}  {c:>6}  {d:>5}\n" for a, b, c, d in rows)
    return _file("ruled-summary", header, rows, top + lines, span=("2019-01-01", "2019-04-10"))


@_made
def _table_for_each_year(rng: random.Random) -> Agency:
    header = ["Month", "Visitors", "Spend"]
    years = [[[m, str(rng.randrange(99, 999)), _number(rng, 0, 9)] for m in _MONTHS] for _ in range(3)]
    parts = [_text([[str(2019 + k), "", ""], header, *rows, ["", "", ""]]) for k, rows in enumerate(years)]
    return _file("table-for-each-year", header, [row for rows in years for row in rows], "".join(parts))


@_made
def _tagged_records(rng: random.Random) -> Agency:
    rows = [
        ["D", f"{a:%m/%d/%Y}", f"{a.hour + 1:02d}", "4000", _number(rng, 20, 90, 2)] for a in _hours("2023-01-01", 480)
    ]
    top = [["C", "Day-Ahead Hourly LMP Report"], ["C", "Report for: 01/01/2023 - 01/20/2023"]]
    head = [["H", "Date", "Hour Ending", "Location ID", "Price"], ["H", "Date", "Hours", "String", "$/MWh"]]
    text = _text([*top, *head, *rows, ["T", "480"]], every=True)
    return _file("tagged-records", None, rows, text, span=("2023-01-01T01", "2023-01-21T00"))


@_made
def _numbered_columns(rng: random.Random) -> Agency:
    head = [["№ п/п", "Наименование", "Всего, руб.", "в том числе"], ["1", "2", "3", "4"]]
    rows = [[str(k + 1), f"Учреждение {k}", _number(rng, 99, 9999, 0), _number(rng, 99, 9999, 0)] for k in range(25)]
    return _file("numbered-columns", None, rows, _text([*head, *rows], ";"), "cp1251")


@_made
def _zones_against_zones(rng: random.Random) -> Agency:
    header = ["From / To", *(str(k) for k in range(1, 16))]
    rows = [[str(k), *("-" if j == k else _number(rng, 0, 9, 2) for j in range(1, 16))] for k in range(1, 16)]
    return _file("zones-against-zones", header, rows, _text([header, *rows]))


@_made
def _years_below_groups(rng: random.Random) -> Agency:
    head = [
        ["Labour market", *[""] * 6],
        ["Region", "Employment", "", "", "Unemployment", "", ""],
        ["", "2012", "2013", "2014", "2012", "2013", "2014"],
        ["", *["(thousands)"] * 3, *["%"] * 3],
    ]
    rows = [
        [s, *(_number(rng, 1e3, 1e6, 0, group=",") for _ in range(3)), *(_number(rng, 1, 9) for _ in range(3))]
        for s in _STATES
    ]
    return _file("years-below-groups", None, rows, _text([*head, *rows]))


@_made
def _central_bank_series(rng: random.Random) -> Agency:
    header = ["date", "FXUSDCAD", "FXEURCAD"]
    rows = [
        [f"{a:%Y-%m-%d}", _number(rng, 1.2, 1.4, 4), _number(rng, 1.4, 1.6, 4)] for a in _hours("2020-01-01", 90, 1440)
    ]
    series = [
        ["id", "label", "description"],
        ["FXUSDCAD", "USD/CAD", "US dollar to Canadian dollar daily exchange rate"],
    ]
    top = '"TERMS AND CONDITIONS"\n"https://bank.example/terms/"\n\n"NAME"\n"FX_RATES_DAILY"\n\n"SERIES"\n'
    text = top + _text(series, every=True) + '\n"OBSERVATIONS"\n' + _text([header, *rows], every=True)
    return _file("central-bank-series", header, rows, text, span=("2020-01-01", "2020-03-30"))


@_made
def _exchange_rates_between_bars(rng: random.Random) -> Agency:
    header = ["Datum", "1 AUD", "100 HUF", "1 USD"]
    rows = [
        [f"{a:%d.%m.%Y}", _comma(rng, 15, 17, 3), _comma(rng, 7, 8, 3), _comma(rng, 22, 24, 3)]
        for a in _hours("2020-01-01", 90, 1440)
    ]
    return _file("rates-between-bars", header, rows, _text([header, *rows], "|"), span=("2020-01-01", "2020-03-30"))


@_made
def _quarters_without_names(rng: random.Random) -> Agency:
    rows = [
        [str(y) if q == 1 else "", f"Q{q}", _number(rng, 0, 9), _number(rng, 0, 9)]
        for y in range(2005, 2020)
        for q in (1, 2, 3, 4)
    ]
    head = [["Gross domestic product", "", "", ""], ["", "", "%", "%"], ["", "", "QoQ", "YoY"]]
    return _file("quarters-without-names", None, rows, _text([*head, *rows]), span=("2005-01", "2019-10"))


@_made
def _provisional_months(rng: random.Random) -> Agency:
    header = ["Month", "Sales"]
    rows = [
        [f"{m} {y}" + (" (p)" if y == 2020 and k > 8 else ""), str(rng.randrange(99, 999))]
        for y in range(2015, 2021)
        for k, m in enumerate(_MONTHS)
    ]
    return _file("provisional-months", header, rows, _text([header, *rows]), span=("2015-01", "2020-12"))


@_made
def _stores_by_day(rng: random.Random) -> Agency:
    """Days across, and a column of totals behind them."""
    header = ["Store", *(f"{d:02d}-May-21" for d in range(1, 32)), "Total"]
    rows = [[f"Store {k}", *(str(rng.randrange(99, 999)) for _ in range(32))] for k in range(6)]
    return _file("stores-by-day", header, rows, _text([header, *rows]), span=("2021-05-01", "2021-05-31"))


@_made
def _german_logger(rng: random.Random) -> Agency:
    header = ["Zeit", "Temperatur", "Feuchte"]
    rows = [[f"{a:%d.%m.%Y %H:%M:%S}", _comma(rng, 0, 30), _comma(rng, 30, 90)] for a in _hours("2019-10-27", 200, 10)]
    top = [["Seriennummer:", "41234567"], ["Messort:", "Küche über Flur"], ["Start:", "27.10.2019 00:00"], []]
    text = _text([*top, header, ["", "[°C]", "[%rF]"], [], *rows], "\t")
    return _file("german-logger", header, rows, text, "cp1252", ("2019-10-27T00:00", "2019-10-28T09:10"))


@_made
def _russian_days(rng: random.Random) -> Agency:
    header = ["Дата", "Число"]
    rows = [[f"{d} марта 2020 г.", str(rng.randrange(99, 999))] for d in range(1, 32)]
    return _file("russian-days", header, rows, _text([header, *rows], ";"), "cp1251", ("2020-03-01", "2020-03-31"))


@_made
def _korean_days(rng: random.Random) -> Agency:
    header = ["일자", "값"]
    rows = [[f"2020년 3월 {d}일", str(rng.randrange(99, 999))] for d in range(1, 32)]
    return _file("korean-days", header, rows, _text([header, *rows]), "cp949", ("2020-03-01", "2020-03-31"))
