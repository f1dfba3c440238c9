"""``inspect``: say what was understood of a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from workbench.cli.flags import add_file, add_reading, reading_of


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("inspect", help="say what was understood of a file")
    add_file(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rows", metavar="OUT.csv", type=Path, help="write the parsed cells as RFC 4180 CSV, UTF-8")
    add_reading(parser)
    parser.set_defaults(command=_inspect)


def _inspect(options: argparse.Namespace) -> int:
    from workbench.core.files import write_csv
    from workbench.core.sources import parsed, read
    from workbench.core.sources.inspection import inspection, said

    hints = reading_of(options).hints
    table = read(options.file, hints=hints, any_table=True)
    if options.rows is not None:
        write_csv(options.rows, *parsed(options.file, hints=hints))
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
