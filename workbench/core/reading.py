"""What a person settled about how a file is read; everything else is guessed from its content."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from workbench.core.fields import Spec, setting
from workbench.core.problems import N_
from workbench.core.sources.rawcolumn import Hints
from workbench.core.steps import AGGREGATE_LABELS, STEP_LABELS, STEPS

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}

NO_TIME = "-"
"""Value of `Reading.time` that numbers the rows."""


class Reading(Spec):
    """How to read a file. Empty and ``auto`` leave it to the reader."""

    delimiter: Literal["auto", "comma", "semicolon", "tab", "bar", "space"] = setting(
        "auto",
        title=N_("Delimiter"),
        labels={
            "auto": N_("guessed"),
            "comma": N_("comma"),
            "semicolon": N_("semicolon"),
            "tab": N_("tab"),
            "bar": N_("vertical bar"),
            "space": N_("space"),
        },
        help=N_("What stands between two cells."),
    )
    decimal: Literal["auto", "point", "comma"] = setting(
        "auto",
        title=N_("Decimal mark"),
        labels={"auto": N_("guessed"), "point": N_("point"), "comma": N_("comma")},
        help=N_("What stands before the fraction of a number."),
    )
    encoding: Literal["auto", "utf-8", "cp1252", "gb18030", "shift_jis", "big5", "utf-16"] = setting(
        "auto",
        title=N_("Encoding"),
        labels={
            "auto": N_("guessed"),
            "utf-8": "UTF-8",
            "cp1252": N_("Western (cp1252)"),
            "gb18030": N_("Chinese (GB18030)"),
            "shift_jis": N_("Japanese (Shift-JIS)"),
            "big5": N_("Chinese (Big5)"),
            "utf-16": "UTF-16",
        },
        help=N_("How letters are written as bytes."),
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
            "wide": N_("a series is a column"),
            "long": N_("series stand below each other"),
            "rows": N_("a series is a row"),
        },
        help=N_("How several series stand in the file."),
    )
    sheet: str = setting("", title=N_("Sheet"), help=N_("Sheet of a workbook; empty for the first with a table."))
    columns: tuple[str, ...] = setting(
        (),
        title=N_("Columns to read"),
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

    @property
    def hints(self) -> Hints:
        """The same for the reader."""
        return Hints(
            delimiter=_DELIMITERS.get(self.delimiter),
            encoding=None if self.encoding == "auto" else self.encoding,
            decimal={"auto": None, "point": ".", "comma": ","}[self.decimal],
            header_rows=None if self.header_rows < 0 else self.header_rows,
            time="" if self.time == NO_TIME else self.time or None,
            time_format=self.time_format or None,
            layout=None if self.layout == "auto" else self.layout,
            sheet=self.sheet or None,
            columns=self.columns or None,
            every=self.every or None,
            combine=self.combine,
        )
