"""What a person settled about how a file is read; everything else is guessed from its content."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from workbench.core.fields import Spec, setting
from workbench.core.problems import N_
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.records import WHITESPACE
from workbench.core.steps import AGGREGATE_LABELS, STEP_LABELS, STEPS
from workbench.core.table import Table

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " ", "blanks": WHITESPACE}
"""Delimiters that have a name; any other is written as it is."""

QUOTES = {"double": '"', "single": "'", "none": ""}
ESCAPES = {"double": "", "backslash": "\\"}
THOUSANDS = {"none": "", "comma": ",", "point": ".", "blank": " ", "apostrophe": "'"}
NO_TIME = "-"
"""Value of `Reading.time` that numbers the rows."""

LONGEST_DELIMITER = 8


class Reading(Spec):
    """How to read a file. Empty and ``auto`` leave it to the reader."""

    delimiter: str = setting(
        "auto",
        title=N_("Delimiter"),
        free=True,
        labels={
            "auto": N_("guessed"),
            "comma": N_("comma ,"),
            "semicolon": N_("semicolon ;"),
            "tab": N_("tab"),
            "bar": N_("vertical bar |"),
            "space": N_("one space"),
            "blanks": N_("spaces"),
        },
        help=N_("What stands between two cells. Others can be typed, such as :: or ~."),
    )
    quote: Literal["auto", "double", "single", "none"] = setting(
        "auto",
        title=N_("Quotation mark"),
        labels={"auto": N_("guessed"), "double": '"', "single": "'", "none": N_("none")},
        help=N_("What stands around a cell that holds the delimiter."),
    )
    escape: Literal["auto", "double", "backslash"] = setting(
        "auto",
        title=N_("Escape"),
        labels={"auto": N_("guessed"), "double": N_("mark twice"), "backslash": N_("backslash \\")},
        help=N_("How a quotation mark is written inside of a cell: doubled, or with a backslash before it."),
    )
    decimal: Literal["auto", "point", "comma"] = setting(
        "auto",
        title=N_("Decimal mark"),
        labels={"auto": N_("guessed"), "point": N_("point 0.5"), "comma": N_("comma 0,5")},
        help=N_("What stands before the fraction of a number; the other mark then groups thousands."),
    )
    thousands: Literal["auto", "none", "comma", "point", "blank", "apostrophe"] = setting(
        "auto",
        title=N_("Thousands"),
        labels={
            "auto": N_("guessed"),
            "none": N_("none"),
            "comma": N_("comma 1,234"),
            "point": N_("point 1.234"),
            "blank": N_("blank 1 234"),
            "apostrophe": N_("apostrophe 1'234"),
        },
        help=N_("What stands between groups of three digits. It says the decimal mark as well, if that is guessed."),
    )
    encoding: Literal[
        "auto", "utf-8", "cp1252", "cp1250", "cp1251", "gb18030", "big5", "shift_jis", "euc_jp", "cp949", "utf-16"
    ] = setting(
        "auto",
        title=N_("Encoding"),
        labels={
            "auto": N_("guessed"),
            "utf-8": "UTF-8",
            "cp1252": N_("cp1252 Western"),
            "cp1250": N_("cp1250 Central European"),
            "cp1251": N_("cp1251 Cyrillic"),
            "gb18030": N_("GB18030 Chinese"),
            "big5": N_("Big5 Chinese"),
            "shift_jis": N_("Shift-JIS Japanese"),
            "euc_jp": N_("EUC-JP Japanese"),
            "cp949": N_("cp949 Korean"),
            "utf-16": "UTF-16",
        },
        help=N_("How letters are written as bytes."),
    )
    first_row: int = setting(
        0,
        title=N_("First row"),
        ge=0,
        le=1_000_000,
        help=N_("Line of the file at which the table begins, its header included; 0 to guess."),
    )
    header_rows: int = setting(
        -1, title=N_("Header rows"), ge=-1, le=20, help=N_("Rows that name the columns; 0 for none, -1 to guess.")
    )
    time: str = setting(
        "", title=N_("Time column"), help=N_("The column that holds the time; empty to guess, - to number the rows.")
    )
    time_format: str = setting(
        "", title=N_("Form of the time"), help=N_("Such as %d/%m/%Y, where two readings are possible; empty to guess.")
    )
    layout: Literal["auto", "wide", "long", "rows"] = setting(
        "auto",
        title=N_("Layout"),
        labels={
            "auto": N_("guessed"),
            "wide": N_("as columns"),
            "long": N_("below each other"),
            "rows": N_("as rows"),
        },
        help=N_("How several series stand in the file."),
    )
    sheet: str = setting("", title=N_("Sheet"), help=N_("Sheet of a workbook; empty for the first with a table."))
    columns: tuple[str, ...] = setting(
        (),
        title=N_("Columns to read"),
        empty=N_("all"),
        help=N_("Only these columns, and the time, are read; empty for all. A large file then needs less memory."),
    )
    every: str = setting(
        "",
        title=N_("Combine to"),
        labels={"": N_("every row"), **STEP_LABELS},
        help=N_("Read one row for each step of time, made of all rows in it. A large file then needs less memory."),
    )
    combine: Literal["mean", "sum", "first", "last", "min", "max"] = setting(
        "mean",
        title=N_("Combined value"),
        labels=AGGREGATE_LABELS,
        help=N_("What becomes of the rows of one step while reading."),
    )

    @field_validator("every")
    @classmethod
    def _known_step(cls, step: str) -> str:
        if step and step not in STEPS:
            raise ValueError("one of " + ", ".join(STEPS))
        return step

    @field_validator("delimiter")
    @classmethod
    def _a_delimiter(cls, text: str) -> str:
        text = text.replace("\\t", "\t")
        named = {mark: name for name, mark in DELIMITERS.items()}
        if text in named:
            return named[text]
        if text in ("auto", *DELIMITERS):
            return text
        if not text or len(text) > LONGEST_DELIMITER or any(c.isalnum() or c in "\"'\r\n" for c in text):
            most = f"at most {LONGEST_DELIMITER} characters, none of them a letter, a digit or a quotation mark"
            raise ValueError(most)
        return text

    @property
    def hints(self) -> Hints:
        """The same for the reader."""
        delimiter = None if self.delimiter == "auto" else DELIMITERS.get(self.delimiter, self.delimiter)
        return Hints(
            delimiter=delimiter,
            quote=QUOTES.get(self.quote),
            escape=ESCAPES.get(self.escape),
            thousands=THOUSANDS.get(self.thousands),
            encoding=None if self.encoding == "auto" else self.encoding,
            decimal={"auto": None, "point": ".", "comma": ","}[self.decimal],
            first_row=self.first_row or None,
            header_rows=None if self.header_rows < 0 else self.header_rows,
            time="" if self.time == NO_TIME else self.time or None,
            time_format=self.time_format or None,
            layout=None if self.layout == "auto" else self.layout,
            sheet=self.sheet or None,
            columns=self.columns or None,
            every=self.every or None,
            combine=self.combine,
        )


class Remembered(Spec):
    """What a person settled for files of one layout: how they are read, and which columns stand in which lane.

    Attributes
    ----------
    file
        Name of the file it was settled for.
    targets
        Empty if the lanes were left as proposed.
    """

    file: str = Field("", max_length=500)
    reading: Reading = Reading()
    targets: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    known_future: tuple[str, ...] = ()
    series: str = ""


class Understood(Spec):
    """How a file was read where the reader had a choice; kept with a project and its models."""

    decimal: str = Field("", max_length=1)
    time: tuple[str, ...] = ()
    time_format: str = ""


def understood(table: Table) -> Understood:
    """Note how `table` was read."""
    axis, dialect = table.time, table.dialect
    return Understood(
        decimal=dialect.decimal if dialect else "",
        time=axis.columns if axis else (),
        time_format=axis.format if axis else "",
    )


def settled(reading: Reading, table: Table) -> Reading:
    """Return `reading` with everything settled that was guessed in doubt, as it was guessed."""
    doubts, axis, dialect = {note.key for note in table.notes}, table.time, table.dialect
    values: dict[str, object] = {}
    if "time-unsure" in doubts and axis is not None:
        values["time_format"] = axis.format
    if dialect is not None:
        if "decimal-unsure" in doubts:
            values["decimal"] = "comma" if dialect.decimal == "," else "point"
        if "delimiter-unsure" in doubts:
            values["delimiter"] = dialect.delimiter
        if "header-unsure" in doubts:
            values["header_rows"] = dialect.header_rows
    changed: Reading = reading.changed(**values)
    return changed


def likewise(table: Table, reading: Reading, model: Understood) -> Reading | None:
    """Return the reading under which the file of `table` means what the file of `model` meant.

    A short file of a layout can be ambiguous where a long one was not. None if `table` is already read like that,
    or cannot be.
    """
    axis, values = table.time, {}
    forms = {form for form, _first, _last in axis.alternatives} if axis else set()
    if axis and not reading.time_format and axis.columns == model.time and model.time_format in forms:
        values["time_format"] = model.time_format
    unsure = any(note.key == "decimal-unsure" for note in table.notes)
    if unsure and reading.decimal == "auto" and table.dialect and model.decimal not in ("", table.dialect.decimal):
        values["decimal"] = "comma" if model.decimal == "," else "point"
    return reading.model_copy(update=values) if values else None
