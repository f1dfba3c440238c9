"""``inspect``: say what was understood of a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from workbench.cli.flags import add_file, add_reading, reading_of

_JSON = """\
the object of --json:
  delimiter, quote, encoding, header_rows   how the text was read; null for formats without a choice
  columns[{name, kind, missing}], rows      kind: number, text, time or empty
  time                                      null if the rows are only numbered, else
    column        name, or a list of names if several columns hold the time
    format        strptime-like (%q quarter), or a word such as epoch-ms, excel-1900, decimal-year
    first, last   earliest and latest time, ISO 8601; with Z or an offset only if the file has one
    step_s        seconds from row to row; null for calendar steps and for rows without a step
    calendar      1 month, 3 months (quarters), 1 year, 1 business day; null for steps in seconds
    duplicates, gaps, backward      rows that repeat a time, steps missing, rows earlier than the one before
    timezone      UTC, an offset such as +08:00, or null for local times
    alternatives[{format, first, last}]  other readings that fit; a warning says where one is nearly as likely
  notes[{key, row, column, text}]  what was guessed, repaired or looks wrong; rows are file lines
"""


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "inspect",
        help="say what was understood of a file",
        description="Say what was understood of a file.",
        epilog=_JSON,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_file(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rows", metavar="OUT.csv", type=Path, help="write the parsed cells as RFC 4180 CSV, UTF-8")
    add_reading(parser)
    parser.set_defaults(command=_inspect)


def _inspect(options: argparse.Namespace) -> int:
    from workbench.core.files import write_csv
    from workbench.core.sources import examined, read
    from workbench.core.sources.inspection import inspection, said

    if _is_ours(options):
        return 0
    hints = reading_of(options).hints
    if options.rows is None:
        table = read(options.file, hints=hints, any_table=True)
    else:
        table, header, rows = examined(options.file, hints=hints)
        write_csv(options.rows, header, rows, exact=True)
    found = inspection(table)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return 0
    print(f"{table.name}: {table.rows} rows, {len(table.columns)} columns")
    for column in table.columns:
        missing = f", {column.missing} missing" if column.missing else ""
        print(f"  {column.name}: {column.kind}{missing}")
    if table.time is not None:
        facts: Any = found["time"]
        print(
            f"time: {' + '.join(table.time.columns)} from {facts['first']} to {facts['last']}, format {facts['format']}"
        )
    for note in said(table):
        print(f"{note.severity}: {note.text()} {note.remedy()}")
    return 0


def _is_ours(options: argparse.Namespace) -> bool:
    """Say what a model or a project file holds, if the file is one by its content."""
    from workbench.core.modelcard import card_of

    card = None if options.file.startswith("task:") else card_of(Path(options.file))
    if card is None:
        return False
    if options.json:
        print(json.dumps(card, ensure_ascii=False, allow_nan=False))
    else:
        for name, value in card.items():
            print(f"{name}: {value}")
    return True
