"""The forms of time that people write, each as a family of generated files; see `tests/timecases.py`."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from tests.timecases import (
    DAYS,
    DE,
    DE3,
    EN,
    EPOCH,
    ES,
    FR,
    FR3,
    ZH,
    Case,
    Family,
    Stamp,
    clock12,
    day_number,
    lengths,
    of_times,
    quarter,
    seconds,
    stamps,
    written,
)

SUB = "minute 15min hour 6h"
DAILY = "day week month month-end business"
MONTHS = "month quarter"
NAMED = ("time", "timestamp", "date", "datetime")


def _text(name: str, steps: str, form: str, **more: object) -> Family:
    return Family(name, steps, lambda t: t.strftime(form), **more)  # type: ignore[arg-type]


def _numbered(separator: str, order: str, padded: bool = True, short: bool = False) -> object:
    def write(t: Stamp) -> str:
        two = "{:02d}" if padded else "{}"
        parts = {"d": two.format(t.day), "m": two.format(t.month), "y": f"{t.year % 100:02d}" if short else str(t.year)}
        return separator.join(parts[key] for key in order)

    return write


ISO = [
    _text("iso date", DAILY, "%Y-%m-%d"),
    _text("iso blank", SUB, "%Y-%m-%d %H:%M:%S"),
    _text("iso T minutes", SUB, "%Y-%m-%dT%H:%M"),
    _text("iso Z", SUB, "%Y-%m-%dT%H:%M:%SZ", zone="UTC"),
    _text("iso offset", SUB, "%Y-%m-%dT%H:%M:%S+05:30", zone="+05:30"),
    _text("iso offset blank", SUB, "%Y-%m-%d %H:%M:%S -0300", zone="-03:00"),
    _text("iso offset hours", SUB, "%Y-%m-%d %H:%M:%S+00", zone="UTC"),
    Family("iso millis", "100ms second minute", lambda t: f"{t:%Y-%m-%dT%H:%M:%S}.{t.microsecond // 1000:03d}"),
    Family("iso comma", "100ms second", lambda t: f"{t:%Y-%m-%d %H:%M:%S},{t.microsecond // 1000:03d}"),
    Family("iso nanos", "100ms second", lambda t: f"{t:%Y-%m-%dT%H:%M:%S}.{t.microsecond * 1000:09d}Z", zone="UTC"),
    _text("iso basic date", "day month week", "%Y%m%d"),
    _text("iso basic", SUB, "%Y%m%dT%H%M"),
    _text("iso basic Z", SUB, "%Y%m%dT%H%M%SZ", zone="UTC"),
    _text("iso week", "week", "%G-W%V"),
    _text("iso week basic", "week", "%GW%V"),
    _text("iso week day", "day week business", "%G-W%V-%u"),
    _text("iso ordinal", "day week", "%Y-%j"),
    _text("iso ordinal basic", "day week", "%Y%j"),
    _text("iso month", MONTHS, "%Y-%m"),
    _text("iso year", "year", "%Y", names=("year", "Year", "date", "Jahr", "")),
    _text("digits minutes", SUB, "%Y%m%d%H%M", names=NAMED),
    _text("digits seconds", "second minute hour", "%Y%m%d%H%M%S", names=NAMED),
    _text("digits hours", "hour 6h", "%Y%m%d%H", names=NAMED),
    _text("digits month", "month", "%Y%m", names=("month", "date", "period", "yyyymm")),
    _text("iso date hour", "hour", "%Y-%m-%d %H"),
    _text("iso underscore", SUB, "%Y-%m-%d_%H:%M:%S"),
    _text("iso UTC word", SUB, "%Y-%m-%d %H:%M:%S UTC", zone="UTC"),
]
ORDERS = [
    Family(f"{order} {separator!r}{' bare' * (not padded)}{' short' * short}", steps,
           _numbered(separator, order, padded, short), swaps=order != "ymd",  # type: ignore[arg-type]
           first_year=1971 if short else 1950)
    for order in ("dmy", "mdy", "ymd")
    for separator in ("/", "-", ".", " ")
    for padded in (True, False)
    for short in (False, True)
    for steps in ("day week business",)
]  # fmt: skip
CLOCKED = [
    _text("dmy / clock", SUB, "%d/%m/%Y %H:%M", swaps=True),
    _text("dmy . clock", SUB, "%d.%m.%Y %H:%M:%S"),
    _text("mdy / clock", SUB, "%m/%d/%Y %H:%M", swaps=True),
    Family("mdy 12h", SUB, lambda t: f"{t.month}/{t.day}/{t.year} {clock12(t)}", swaps=True),
    Family("dmy 12h", SUB, lambda t: f"{t:%d/%m/%Y} {clock12(t, 'a.m.', 'p.m.')}", swaps=True),
    Family("ymd 12h small", SUB, lambda t: f"{t:%Y-%m-%d} {clock12(t, 'am', 'pm')}"),
    Family("mdy 12h seconds", SUB, lambda t: f"{t:%m/%d/%Y %I:%M:%S %p}", swaps=True),
    Family("zh 12h", SUB, lambda t: f"{t.year}/{t.month}/{t.day} {'上午' if t.hour < 12 else '下午'} {t:%I:%M:%S}"),
    Family("zh 12h behind", SUB,
           lambda t: f"{t.year}年{t.month}月{t.day}日 {'上午' if t.hour < 12 else '下午'}{t:%I:%M}"),
    Family("twenty-four", "hour", lambda t: f"{t - dt.timedelta(days=1):%Y-%m-%d} 24:00" if t.hour == 0
           else f"{t:%Y-%m-%d %H:%M}"),
    Family("twenty-four dmy", "hour 15min", lambda t: f"{t - dt.timedelta(days=1):%d.%m.%Y} 24:00:00"
           if t.hour == t.minute == 0 else f"{t:%d.%m.%Y %H:%M:%S}"),
    Family("comma fraction", "100ms", lambda t: f"{t:%d.%m.%Y %H:%M:%S},{t.microsecond // 100000}"),
    Family("point fraction", "100ms", lambda t: f"{t:%Y/%m/%d %H:%M:%S}.{t.microsecond // 10000:02d}"),
    Family("bare midnight", "hour 6h", lambda t: f"{t:%d/%m/%Y}" if t.hour == 0 else f"{t:%d/%m/%Y %H:%M:%S}",
           swaps=True),
    Family("clock first", SUB, lambda t: f"{t:%H:%M %d.%m.%Y}"),
    Family("german Uhr", "hour", lambda t: f"{t:%d.%m.%Y %H:%M} Uhr"),
    Family("short year clock", SUB, lambda t: f"{t.month}/{t.day}/{t:%y %H:%M}", swaps=True, first_year=1971),
    _text("dots ymd clock", SUB, "%Y.%m.%d %H:%M"),
    Family("interval", "hour 15min", lambda t: f"{t:%d.%m.%Y %H:%M} - {t + dt.timedelta(hours=1):%d.%m.%Y %H:%M}"),
    Family("interval clock", "hour", lambda t: f"{t:%Y-%m-%d %H:%M}-{t + dt.timedelta(hours=1):%H:%M}"),
]  # fmt: skip
NAMES = [
    Family("d Mon Y", DAILY, lambda t: f"{t.day:02d}-{EN[t.month - 1][:3]}-{t.year}"),
    Family("d MON y", DAILY, lambda t: f"{t.day:02d}-{EN[t.month - 1][:3].upper()}-{t:%y}", first_year=1971),
    Family("Mon d, Y", DAILY, lambda t: f"{EN[t.month - 1][:3]} {t.day}, {t.year}"),
    Family("Month d Y", DAILY, lambda t: f"{EN[t.month - 1]} {t.day} {t.year}"),
    Family("weekday d Mon Y", DAILY, lambda t: f"{DAYS[t.weekday()]}, {t.day} {EN[t.month - 1][:3]} {t.year}"),
    Family("d Mon Y clock", SUB, lambda t: f"{t.day} {EN[t.month - 1][:3]} {t.year} {t:%H:%M}"),
    Family("Mon Y", MONTHS, lambda t: f"{EN[t.month - 1][:3]} {t.year}"),
    Family("Mon-y", MONTHS, lambda t: f"{EN[t.month - 1][:3]}-{t:%y}", first_year=1971),
    Family("y-Mon", MONTHS, lambda t: f"{t:%y}-{EN[t.month - 1][:3]}", first_year=1971),
    Family("Month Y", MONTHS, lambda t: f"{EN[t.month - 1]} {t.year}"),
    Family("Y Mon", MONTHS, lambda t: f"{t.year} {EN[t.month - 1][:3]}"),
    Family("YMon FRED", MONTHS, lambda t: f"{t.year}M{t.month:02d}"),
    Family("m/Y", MONTHS, lambda t: f"{t.month:02d}/{t.year}"),
    Family("m.Y", MONTHS, lambda t: f"{t.month:02d}.{t.year}"),
    Family("de d. Month Y", DAILY, lambda t: f"{t.day}. {DE[t.month - 1]} {t.year}"),
    Family("de Mon Y", MONTHS, lambda t: f"{DE3[t.month - 1]} {t.year}"),
    Family("de Mon y", MONTHS, lambda t: f"{DE[t.month - 1][:3]} {t:%y}", first_year=1971),
    Family("fr d Month Y", DAILY, lambda t: f"{t.day} {FR[t.month - 1]} {t.year}"),
    Family("fr Mon Y", MONTHS, lambda t: f"{FR3[t.month - 1]} {t.year}"),
    Family("fr mon-y", MONTHS, lambda t: f"{FR3[t.month - 1]}-{t:%y}", first_year=1971),
    Family("es d de Month de Y", DAILY, lambda t: f"{t.day} de {ES[t.month - 1]} de {t.year}"),
    Family("es mon-y", MONTHS, lambda t: f"{ES[t.month - 1][:3]}-{t:%y}", first_year=1971),
    Family("es d mon Y", DAILY, lambda t: f"{t.day:02d}-{ES[t.month - 1][:3]}-{t.year}"),
    Family("zh date", DAILY, lambda t: f"{t.year}年{t.month}月{t.day}日"),
    Family("zh date clock", SUB, lambda t: f"{t.year}年{t.month:02d}月{t.day:02d}日 {t:%H:%M}"),
    Family("zh clock words", "hour", lambda t: f"{t.year}年{t.month}月{t.day}日{t.hour}时"),
    Family("zh month", MONTHS, lambda t: f"{t.year}年{t.month}月"),
    Family("zh named month", MONTHS, lambda t: f"{t.year}年{ZH[t.month - 1]}"),
    Family("zh quarter", "quarter", lambda t: f"{t.year}年第{'一二三四'[quarter(t) - 1]}季度"),
    Family("zh year", "year", lambda t: f"{t.year}年"),
]
SPOKEN = [
    Family("rfc 2822", SUB, lambda t: f"{DAYS[t.weekday()]}, {t.day:02d} {EN[t.month - 1][:3]} {t:%Y %H:%M:%S} +0000",
           zone="UTC"),
    Family("rfc 2822 GMT", SUB, lambda t: f"{DAYS[t.weekday()]}, {t.day:02d} {EN[t.month - 1][:3]} {t:%Y %H:%M:%S} GMT",
           zone="UTC"),
    Family("ctime", SUB, lambda t: f"{DAYS[t.weekday()]} {EN[t.month - 1][:3]} {t.day:02d} {t:%H:%M:%S %Y}"),
    Family("ctime blank", SUB, lambda t: f"{DAYS[t.weekday()]} {EN[t.month - 1][:3]} {t.day:2d} {t:%H:%M:%S %Y}"),
    Family("unix date", SUB, zone="UTC",
           write=lambda t: f"{DAYS[t.weekday()]} {EN[t.month - 1][:3]} {t.day:2d} {t:%H:%M:%S} UTC {t.year}"),
    Family("log", "second minute", lambda t: f"{t.day:02d}/{EN[t.month - 1][:3]}/{t:%Y:%H:%M:%S} +0100", zone="+01:00"),
    Family("EST", SUB, lambda t: f"{t:%Y-%m-%d %H:%M} EST", zone="-05:00"),
    Family("quarter 2024Q1", "quarter", lambda t: f"{t.year}Q{quarter(t)}"),
    Family("quarter 2024-Q1", "quarter", lambda t: f"{t.year}-Q{quarter(t)}"),
    Family("quarter Q1 2024", "quarter", lambda t: f"Q{quarter(t)} {t.year}"),
    Family("quarter Q1-24", "quarter", lambda t: f"Q{quarter(t)}-{t:%y}", first_year=1971),
    Family("quarter 1Q2024", "quarter", lambda t: f"{quarter(t)}Q{t.year}"),
    Family("quarter fr", "quarter", lambda t: f"T{quarter(t)} {t.year}"),
    Family("quarter de", "quarter", lambda t: f"{quarter(t)}. Quartal {t.year}"),
    Family("fiscal", "year", lambda t: f"{t.year}/{(t.year + 1) % 100:02d}", names=("season", "year", "FY", "Date")),
    Family("fiscal FY", "year", lambda t: f"FY{t.year}", names=("year", "fiscal", "Date")),
    Family("week KW", "week", lambda t: f"{t.isocalendar().year}-KW{t.isocalendar().week:02d}"),
    Family("week first", "week", lambda t: f"W{t.isocalendar().week:02d}/{t.isocalendar().year}"),
    Family("week blank", "week", lambda t: f"{t.isocalendar().year} Week {t.isocalendar().week}"),
]  # fmt: skip


def _number(name: str, steps: str, scale: float, names: Sequence[str], form: str = "{:.0f}") -> Family:
    return Family(name, steps, lambda t: form.format(seconds(t) * scale), names=names, first_year=1975)


def _days(name: str, steps: str, origin: Stamp, names: Sequence[str], form: str, first_year: int = 1960) -> Family:
    return Family(name, steps, lambda t: form.format(day_number(t, origin)), names=names, first_year=first_year)


_EPOCH = ("timestamp", "time", "unix", "epoch", "ts", "Date")
_DATED = ("date", "Date", "Datum", "time", "timestamp")
NUMBERS = [
    _number("epoch s", SUB + " day", 1, _EPOCH),
    _number("epoch s float", "100ms second minute", 1, _EPOCH, "{:.1f}"),
    _number("epoch s scientific", "minute hour day", 1, _EPOCH, "{:.10e}"),
    _number("epoch ms", SUB + " day", 1e3, _EPOCH),
    _number("epoch ms scientific", "minute hour", 1e3, _EPOCH, "{:.12e}"),
    _number("epoch ms coarse", "hour day", 1e3, _EPOCH, "{:.7E}"),
    _number("epoch us", SUB, 1e6, _EPOCH),
    Family("epoch ns", SUB, lambda t: f"{round(seconds(t)) * 10**9}", names=_EPOCH, first_year=1975),
    _days("excel days", "day week month business", dt.datetime(1899, 12, 30), _DATED, "{:.0f}"),
    _days("excel hours", SUB, dt.datetime(1899, 12, 30), _DATED, "{:.10f}"),
    _days("excel hours coarse", "hour 15min", dt.datetime(1899, 12, 30), _DATED, "{:.5f}"),
    _days("excel 1904", "day week month business", dt.datetime(1904, 1, 1), _DATED, "{:.0f}", 1990),
    _days("julian", "day week", dt.datetime(1858, 11, 17) - dt.timedelta(days=2400000.5 - 2400000), ("jd", "JD",
          "julian"), "{:.1f}"),
    _days("mjd", "day hour", dt.datetime(1858, 11, 17), ("mjd", "MJD"), "{:.6f}"),
    _days("mjd unnamed", "day", dt.datetime(1858, 11, 17), ("date", "time"), "{:.0f}"),
    _days("matlab", "day hour 6h", dt.datetime(1, 1, 1) - dt.timedelta(days=0), ("datenum", "time", "date"), "{:.8f}"),
    Family("decimal months", "month", lambda t: f"{t.year + (t.month - 1) / 12:.4f}", names=("date", "year", "time")),
    Family("decimal months middle", "month", lambda t: f"{t.year + (t.month - 0.5) / 12:.3f}", names=("date", "time")),
    Family("decimal quarters", "quarter", lambda t: f"{t.year + (t.month - 1) / 12:.2f}", names=("date", "year")),
]  # fmt: skip


def _julian(family: Family, offset: float) -> Family:
    old = family.write
    family.write = lambda t: f"{float(old(t)) + offset:.{len(str(old(t)).partition('.')[2])}f}"
    return family


_julian(next(f for f in NUMBERS if f.name == "julian"), 2400000.0)
_julian(next(f for f in NUMBERS if f.name == "matlab"), 367.0)

SEVERAL = [
    Family("columns y m d", "day month business", lambda t: (t.year, t.month, t.day), ("year", "month", "day")),
    Family("columns y m d h", "hour", lambda t: (t.year, t.month, t.day, t.hour), ("year", "month", "day", "hour")),
    Family("columns Y M D H Mi", "15min", lambda t: (t.year, t.month, t.day, t.hour, t.minute),
           ("YY", "MM", "DD", "hh", "mm")),
    Family("columns de", "day", lambda t: (t.day, t.month, t.year), ("Tag", "Monat", "Jahr")),
    Family("columns y m", "month", lambda t: (t.year, t.month), ("Year", "Month")),
    Family("columns y month", "month", lambda t: (t.year, EN[t.month - 1]), ("Year", "Month")),
    Family("columns y mon de", "month", lambda t: (t.year, DE[t.month - 1]), ("Jahr", "Monat")),
    Family("columns y doy", "day week", lambda t: (t.year, t.timetuple().tm_yday), ("year", "doy")),
    Family("columns y doy hour", "hour", lambda t: (t.year, t.timetuple().tm_yday, t.hour), ("Year", "DOY", "Hour")),
    Family("columns y q", "quarter", lambda t: (t.year, quarter(t)), ("year", "quarter")),
    Family("columns y Q1", "quarter", lambda t: (t.year, f"Q{quarter(t)}"), ("Year", "Quarter")),
    Family("columns y week", "week", lambda t: t.isocalendar()[:2], ("year", "week")),
    Family("columns zh", "day", lambda t: (t.year, t.month, t.day), ("年", "月", "日")),
    Family("date + time", SUB, lambda t: (f"{t:%Y-%m-%d}", f"{t:%H:%M}"), ("date", "time")),
    Family("date + time dmy", SUB, lambda t: (f"{t:%d.%m.%Y}", f"{t:%H:%M:%S}"), ("Datum", "Uhrzeit")),
    Family("date + time 12h", SUB, lambda t: (f"{t:%m/%d/%Y}", clock12(t)), ("Date", "Time"), swaps=True),
    Family("date + hour", "hour", lambda t: (f"{t:%Y-%m-%d}", t.hour), ("date", "hour")),
    Family("date + hour ending", "hour", lambda t: (f"{t - dt.timedelta(hours=1):%m/%d/%Y}",
           (t - dt.timedelta(hours=1)).hour + 1), ("Date", "Hour Ending"), swaps=True),
    Family("date + he", "hour", lambda t: (f"{t - dt.timedelta(hours=1):%Y-%m-%d}",
           f"{(t - dt.timedelta(hours=1)).hour + 1:02d}:00"), ("date", "HE")),
    Family("date + hhmm", "15min hour", lambda t: (f"{t:%Y%m%d}", f"{t:%H%M}"), ("date", "hhmm")),
    Family("time + date", SUB, lambda t: (f"{t:%H:%M}", f"{t:%d/%m/%Y}"), ("Time", "Date"), swaps=True),
]  # fmt: skip

_FR_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_DE_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
RARE = [
    Family("oracle", SUB, lambda t: f"{t:%d}-{EN[t.month - 1][:3].upper()}-{t:%y %I.%M.%S}.000000 {t:%p}",
           first_year=1971),
    Family("sas", SUB, lambda t: f"{t:%d}{EN[t.month - 1][:3].upper()}{t:%Y:%H:%M:%S}"),
    Family("digits dmy", "day week business", lambda t: f"{t:%d%m%Y}", names=NAMED),
    Family("digits mdy", "day week business", lambda t: f"{t:%m%d%Y}", names=NAMED),
    Family("digits my", "month", lambda t: f"{t:%m%Y}", names=("month", "Month", "date", "period")),
    Family("quarter 24Q1", "quarter", lambda t: f"{t:%y}Q{quarter(t)}", first_year=1971),
    Family("quarter 2024 1Q", "quarter", lambda t: f"{t:%Y} {quarter(t)}Q"),
    Family("quarter 2024:1", "quarter", lambda t: f"{t:%Y}:{quarter(t)}"),
    Family("quarter 2024.1", "quarter", lambda t: f"{t:%Y}.{quarter(t)}", names=("quarter", "date", "")),
    Family("fiscal FY24", "year", lambda t: f"FY{t:%y}", names=("year", "fiscal", "Date"), first_year=1971),
    Family("weekday de", DAILY, lambda t: f"{_DE_DAYS[t.weekday()]}, {t:%d.%m.%Y}"),
    Family("weekday fr", DAILY, lambda t: f"{_FR_DAYS[t.weekday()]} {t.day} {FR[t.month - 1]} {t.year}"),
    Family("zone name", SUB, lambda t: f"{t:%Y-%m-%d %H:%M:%S} America/New_York"),
    Family("formula", "day", lambda t: f'="{t:%Y-%m-%d}"'),
    Family("m/y short", "month", lambda t: f"{t.month}/{t:%y}", first_year=1971),
    Family("columns y W03", "week", lambda t: (t.isocalendar()[0], f"W{t.isocalendar()[1]:02d}"), ("Year", "Week")),
    Family("columns y doy hhmm", "hour 15min", lambda t: (t.year, t.timetuple().tm_yday, f"{t:%H%M}"),
           ("YEAR", "DOY", "HHMM")),
    Family("date + hour AM", "hour", lambda t: (f"{t:%Y-%m-%d}", f"{t:%I %p}"), ("Date", "Hour")),
    Family("date + HE01", "hour", lambda t: (f"{t - dt.timedelta(hours=1):%Y-%m-%d}",
           f"HE{(t - dt.timedelta(hours=1)).hour + 1:02d}"), ("Date", "HE")),
    Family("date + interval", "hour", lambda t: (f"{t:%d.%m.%Y}", f"{t:%H}:00-{t + dt.timedelta(hours=1):%H}:00"),
           ("Datum", "Zeit")),
    Family("date + minute of day", "15min hour", lambda t: (f"{t:%Y-%m-%d}", t.hour * 60 + t.minute),
           ("date", "minute")),
]  # fmt: skip


def _offsets(rng: random.Random, family: Family) -> Case:
    """Hours across the end of summer time, each with its offset; or with CET and CEST."""
    start = dt.datetime(rng.choice((2019, 2021, 2023)), 10, 25, rng.randint(0, 23))
    utc = [start + dt.timedelta(hours=k) for k in range(24 * rng.randint(10, 16))]
    change = min(t for t in utc if t.month == 10 and t.day >= 25 and t.weekday() == 6).replace(hour=1)
    named = "named" in family.name
    cells = []
    for t in utc:
        hours = 2 if t < change else 1
        local = t + dt.timedelta(hours=hours)
        cells.append((f"{local:%Y-%m-%d %H:%M} {'CEST' if hours == 2 else 'CET'}",) if named
                     else (f"{local:%Y-%m-%dT%H:%M:%S}+0{hours}:00",))  # fmt: skip
    return Case(family.name, written(rng, ("time",), cells), list(utc), "UTC", column="time")


def _century(rng: random.Random, family: Family) -> Case:
    """Two-digit years that run across 1968/69 or across 1999/2000."""
    year = rng.choice((1960, 1965, 1995))
    times = stamps(random.Random(rng.random()), "month", 12 * rng.randint(6, 15))
    months = (times[0].year - year) * 12
    moved = [t.replace(year=(t.year * 12 + t.month - 1 - months) // 12) for t in times]
    write = rng.choice(
        (lambda t: f"{EN[t.month - 1][:3]}-{t:%y}", lambda t: f"01.{t:%m.%y}", lambda t: f"{t:%m}/01/{t:%y}")
    )
    return of_times(rng, Family(family.name, "", write, family.names), moved)


def _damaged(rng: random.Random, family: Family) -> Case:
    """A usual form with gaps, repeats, backward rows, from new to old, or with a few bad cells."""
    base = rng.choice([*ISO[:8], *CLOCKED[:4], *NAMES[:4], *ORDERS[:8]])
    times = stamps(rng, rng.choice(base.steps.split()), rng.randint(60, 300), base.first_year)
    how = family.name.partition(" ")[2]
    if how == "gaps":
        dropped = set(rng.sample(range(5, len(times) - 5), 6))
        times = [t for k, t in enumerate(times) if k not in dropped]
    elif how == "repeats":
        for k in sorted(rng.sample(range(5, len(times) - 5), 4), reverse=True):
            times.insert(k, times[k])
    elif how == "unsorted":
        for k in rng.sample(range(5, len(times) - 5), 4):
            times[k], times[k + 1] = times[k + 1], times[k]
    elif how == "new to old":
        times = times[::-1]
    made = of_times(rng, base, times)
    if how != "bad cells" or made.truth is None:
        return Case(family.name, made.text, made.truth, made.zone, made.swaps, made.column)
    truth, text = list(made.truth), made.text
    for k in rng.sample(range(10, len(times) - 10), 2):
        cell = str(base.write(times[k]))
        text = text.replace(cell, rng.choice(("???", "error", "n/a")), 1)
        truth[k] = None
    return Case(family.name, text, truth, made.zone, made.swaps, made.column)


def _daylight(rng: random.Random, family: Family) -> Case:
    """Local hours without offsets over both clock changes of a year."""
    year = rng.choice((2019, 2022, 2023))
    sunday = {2019: (31, 27), 2022: (27, 30), 2023: (26, 29)}[year]
    times = [dt.datetime(year, 3, 20) + dt.timedelta(hours=k) for k in range(24 * 240)]
    times = [t for t in times if t != dt.datetime(year, 3, sunday[0], 2)]
    at = times.index(dt.datetime(year, 10, sunday[1], 2))
    times.insert(at, times[at])
    form = rng.choice(("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M"))
    return of_times(rng, Family(family.name, "", lambda t: t.strftime(form), family.names), times)


def _no_time(rng: random.Random, family: Family) -> Case:
    rows = lengths(rng)
    kind = family.name.partition(": ")[2]
    first: list[object]
    name = ""
    if kind == "counter":
        name, first = rng.choice(("", "id", "index", "row", "No")), [k + rng.randint(0, 1) * 0 + 1 for k in range(rows)]
    elif kind == "numbers":
        name, first = "a", [f"{rng.gauss(2000, 30):.1f}" for _ in range(rows)]
    elif kind == "whole numbers":
        name, first = "count", [rng.randint(900, 2500) for _ in range(rows)]
    elif kind == "elapsed":
        name, first = rng.choice(("t", "time", "seconds", "elapsed")), [f"{k * 0.5:.1f}" for k in range(rows)]
    elif kind == "words":
        name, first = "place", [rng.choice(("Oslo", "Rome", "Bern")) for _ in range(rows)]
    else:
        name, first = "sensor", [round(20000 + 40 * rng.gauss(0, 1)) for _ in range(rows)]
    return Case(family.name, written(rng, (name,), [(cell,) for cell in first]), None)


MADE = [
    *(Family(f"offsets {kind}", "", str, made=_offsets) for kind in ("mixed", "named")),
    Family("century", "", str, names=("date", "month", ""), made=_century),
    *(Family(f"damaged {kind}", "", str, made=_damaged)
      for kind in ("gaps", "repeats", "unsorted", "new to old", "bad cells")),
    Family("daylight", "", str, names=("time", "Zeit"), made=_daylight),
    *(Family(f"none: {kind}", "", str, made=_no_time)
      for kind in ("counter", "numbers", "whole numbers", "elapsed", "words", "sensor")),
]  # fmt: skip

FAMILIES: tuple[Family, ...] = (*ISO, *ORDERS, *CLOCKED, *NAMES, *SPOKEN, *NUMBERS, *SEVERAL, *RARE, *MADE)
assert len({f.name for f in FAMILIES}) == len(FAMILIES)
assert seconds(EPOCH) == 0
