"""What can be settled about a file: the fields of a Reading, with what was guessed in each choice; ready answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workbench.core.fields import Setting, settings_of
from workbench.core.problems import N_
from workbench.core.reading import DELIMITERS, ESCAPES, NO_TIME, QUOTES, Reading
from workbench.core.sources.dialect import delimiter_name
from workbench.core.sources.preview import Preview
from workbench.core.table import Table
from workbench.ui.text import count
from workbench.ui.text import translate as _

TEXT_ONLY = ("delimiter", "quote", "escape", "encoding")
FIRST = ("delimiter", "decimal", "encoding", "first_row", "header_rows", "time", "time_format", "layout", "sheet")
MOST_HEADER_ROWS = 5
MOST_FIRST_ROW = 12
MOST_CHOICES = 200
LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class Offer:
    """Another way to read the file, in one click; `calm` where there is little doubt."""

    said: str
    button: str
    changes: Mapping[str, object]
    calm: bool = False


def settings_for(preview: Preview | None, reading: Reading) -> tuple[Setting, ...]:
    """Return the settings that make sense for a file, with what was guessed in the words of each choice."""
    entries = {entry.name: entry for entry in settings_of(Reading)}
    table = preview.table if preview else None
    dialect = preview.dialect if preview else None
    if preview is not None and dialect is None:
        entries = {name: entry for name, entry in entries.items() if name not in TEXT_ONLY}
    if preview is None or len(preview.sheets) < 2:
        entries.pop("sheet")
    if dialect is not None:
        marks = {mark: name for name, mark in DELIMITERS.items()}
        quotes = {mark: name for name, mark in QUOTES.items()}
        escapes = {mark: name for name, mark in ESCAPES.items()}
        _guessed(entries, "delimiter", marks.get(dialect.delimiter, dialect.delimiter))
        _guessed(entries, "quote", quotes.get(dialect.quote or "", ""))
        _guessed(entries, "escape", escapes.get(dialect.escape or "", "") if dialect.quote else "")
        _guessed(entries, "encoding", dialect.encoding)
    if table is not None and table.dialect is not None:
        _guessed(entries, "decimal", {".": "point", ",": "comma"}.get(table.dialect.decimal, ""))
        _guessed(entries, "thousands", _thousands(table))
    if "sheet" in entries and preview is not None:
        entries["sheet"] = _chosen_from(entries["sheet"], [("", _(N_("guessed")))], preview.sheets)
    guessed_rows = dialect.header_rows if dialect else None
    entries["header_rows"] = _numbers(entries["header_rows"], guessed_rows, reading.header_rows)
    entries["first_row"] = _lines(entries["first_row"], preview.first_row if preview else 0, reading.first_row)
    entries["time"] = _times(entries["time"], preview, table, reading)
    entries["time_format"] = _forms(entries["time_format"], table, reading)
    _guessed(entries, "layout", _layout(table))
    ordered = [entries.pop(name) for name in FIRST if name in entries]
    return (*ordered, *(replace(entry, level="advanced") for entry in entries.values()))


def _guessed(entries: dict[str, Setting], name: str, value: str) -> None:
    """Let the first choice say what was guessed."""
    entry = entries.get(name)
    if entry is None or not value:
        return
    label = _(dict(entry.choices).get(value, value))
    # Of “cp1252 Western” the name is enough.
    first = (entry.choices[0][0], _auto(label.split()[0] if name == "encoding" else label))
    entries[name] = replace(entry, choices=(first, *entry.choices[1:]))


def _auto(value: object) -> str:
    """Write a guess as the first choice: short, because a box has room for few letters."""
    return _(N_("{value} · auto")).format(value=value)


def _chosen_from(entry: Setting, head: Sequence[tuple[Any, str]], names: Iterable[str]) -> Setting:
    return replace(entry, kind="choice", choices=(*head, *((name, name) for name in list(names)[:MOST_CHOICES])))


def _numbers(entry: Setting, guessed: int | None, present: int) -> Setting:
    words = _(N_("guessed")) if guessed is None else _auto(guessed)
    numbers: list[Any] = [(-1, words), (0, _(N_("none")))]
    numbers += [(k, str(k)) for k in range(1, max(MOST_HEADER_ROWS, present) + 1)]
    return replace(entry, kind="choice", choices=tuple(numbers))


def _lines(entry: Setting, guessed: int, present: int) -> Setting:
    """Offer the first lines of the file; any other can be typed."""
    words = _auto(_(N_("line {line}")).format(line=count(guessed))) if guessed and not present else _(N_("guessed"))
    numbers: list[Any] = [(0, words), *((k, str(k)) for k in range(1, MOST_FIRST_ROW + 1))]
    if present > MOST_FIRST_ROW:
        numbers.append((present, str(present)))
    return replace(entry, kind="choice", free=True, choices=tuple(numbers))


def _times(entry: Setting, preview: Preview | None, table: Table | None, reading: Reading) -> Setting:
    found = " + ".join(table.time.columns) if table and table.time else _(N_("none"))
    head = _auto(found) if not reading.time and table else _(N_("guessed"))
    names = list(preview.names) if preview else []
    extra = [reading.time] if reading.time not in ("", NO_TIME, *names) else []
    return _chosen_from(entry, [("", head), (NO_TIME, _(N_("none: number the rows")))], [*names, *extra])


def _forms(entry: Setting, table: Table | None, reading: Reading) -> Setting:
    axis = table.time if table else None
    forms = [axis.format, *(form for form, _first, _last in axis.alternatives)] if axis else []
    forms += [reading.time_format] if reading.time_format else []
    guessed = axis.format if axis and not reading.time_format else ""
    head = _auto(guessed) if guessed else _(N_("guessed"))
    return _chosen_from(entry, [("", head)], dict.fromkeys(forms))


def _thousands(table: Table) -> str:
    """Return the separator of thousands that the reader says it took away."""
    found = [str(note.values["mark"]).split()[-1] for note in table.notes if note.key == "thousands-separator"]
    return found[0] if found else "none"


def _layout(table: Table | None) -> str:
    keys = {note.key for note in table.notes} if table else set()
    return "long" if "long-layout" in keys else "rows" if "rows-layout" in keys else "wide" if table else ""


# -- ready answers ----------------------------------------------------------------------------------------


def offers(preview: Preview | None, reading: Reading) -> list[Offer]:
    """Return the other ways to read the file that fit almost as well."""
    if preview is None or preview.table is None:
        return []
    table, found = preview.table, []
    for note in table.notes:
        if note.key == "time-unsure":
            found.append(_other_time(preview, table, str(note.values["other"])))
        elif note.key == "decimal-unsure" and table.dialect:
            other = "point" if table.dialect.decimal == "," else "comma"
            button = _(N_("Read it as {reading}")).format(reading=note.values["other"])
            found.append(Offer(note.text(_), button, {"decimal": other}))
        elif note.key == "delimiter-unsure":
            mark = _delimiter_named(str(note.values["other"]))
            if mark:
                button = _(N_("Split at {delimiter} instead")).format(delimiter=note.values["other"])
                found.append(Offer(note.text(_), button, {"delimiter": mark}))
        elif note.key == "header-unsure":
            found.append(Offer(note.text(_), _(N_("It is data: no header")), {"header_rows": 0}))
    if not any("time_format" in offer.changes for offer in found):
        found += _other_times(preview, table)
    return found


def _delimiter_named(words: str) -> str:
    """Return the delimiter of which a note speaks."""
    for name, mark in DELIMITERS.items():
        if delimiter_name(mark) == words:
            return name
    return words.strip("“”")


def _other_times(preview: Preview, table: Table) -> list[Offer]:
    """Return the first other reading of the times whose days can be told apart, for a file that leaves little doubt."""
    axis = table.time
    forms = [form for form, _first, _last in axis.alternatives] if axis is not None else []
    for form in forms:
        if axis is not None and _example(preview, axis.columns[0], axis.format, form) is not None:
            return [replace(_other_time(preview, table, form), calm=True)]
    return []


def _other_time(preview: Preview, table: Table, form: str) -> Offer:
    axis = table.time
    assert axis is not None
    example = _example(preview, axis.columns[0], axis.format, form)
    if example is None:
        last = next(((first, last) for other, first, last in axis.alternatives if other == form), ("", ""))
        said = _(N_("The time was read as {form}.")).format(form=axis.format)
        button = _(N_("Read as {form} instead: {first} to {last}")).format(form=form, first=last[0], last=last[1])
        return Offer(said, button, {"time_format": form})
    line, cell, mine, other = example
    said = _(N_("Line {line}: {cell} was read as {date}.")).format(line=count(line), cell=cell, date=_long(mine))
    button = _(N_("Read {cell} as {date} instead")).format(cell=cell, date=_long(other))
    return Offer(said, button, {"time_format": form})


def _example(preview: Preview, name: str, form: str, other: str) -> tuple[int, str, datetime, datetime] | None:
    """Return the first cell that means two different times."""
    if name not in preview.names:
        return None
    column = list(preview.names).index(name)
    for place in range(min(len(preview.rows), LOOKED_AT)):
        line = preview.rows.line(place)
        if line.part != "data" or column >= len(line.cells):
            continue
        cell = line.cells[column].strip()
        try:
            one, two = datetime.strptime(cell, form), datetime.strptime(cell, other)
        except ValueError:
            continue
        if one != two:
            return line.number, cell, one, two
    return None


def _long(time: datetime) -> str:
    """Write a date so that day and month cannot be confused."""
    months = [N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
              N_("September"), N_("October"), N_("November"), N_("December")]  # fmt: skip
    return f"{time.day} {_(months[time.month - 1])} {time.year}"
