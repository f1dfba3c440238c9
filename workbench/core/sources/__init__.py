"""From a file, or the name of a generated task, to a Table.

`read` chooses the format by content. The set of formats is closed: one module a format, one import line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.core.problems import WorkbenchError
from workbench.core.sources import arrow, csv, excel, json, parquet, tasks
from workbench.core.sources.assemble import require_series
from workbench.core.sources.format import SOURCES, SourceFormat
from workbench.core.sources.payload import Payload, Watch, load
from workbench.core.sources.problems import EMPTY_FILE
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.reduce import reduced
from workbench.core.table import Table

__all__ = [
    "FORMATS",
    "SOURCES",
    "Hints",
    "SourceFormat",
    "examined",
    "extensions",
    "from_bytes",
    "parsed",
    "pasted",
    "read",
    "recognised",
]

# The modules whose import fills SOURCES; text comes last in the search because it takes anything.
FORMATS = (csv, excel, parquet, arrow, json)


def read(
    path: Path | str,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    hints: Hints | None = None,
    any_table: bool = False,
) -> Table:
    """Read a table from a file or make a generated task.

    Parameters
    ----------
    path
        A file, or ``task:NAME?option=value&...`` such as ``task:adding?length=60``.
    progress
        Called with a fraction from 0 to 1, on the calling thread.
    cancelled
        Polled while reading; return True to stop.
    hints
        What the user settled; None lets everything be guessed. Every guess is a note of the Table.
    any_table
        Also take a table that no network can be trained on: without numbers, or with hardly any rows.

    Raises
    ------
    WorkbenchError
        With a Problem that says what is wrong and how to mend it.
    """
    if isinstance(path, str) and path.startswith("task:"):
        return tasks.make(path)
    payload, source = recognised(Path(path), Watch(Path(path).name, progress, cancelled))
    hints = hints or Hints()
    table = reduced(source.read(payload, hints), hints)
    payload.watch.at(1.0)
    return table if any_table else require_series(table)


def parsed(path: Path | str, *, hints: Hints | None = None) -> tuple[list[str], Iterable[list[str]]]:
    """Return header and cells of a file as text, before any cell becomes a number or a time.

    The rows are the records of the table that `read` takes: without preamble, header and footer, ragged records
    with the cells they have. A file without a header gets the names ``column 1``, ``column 2``, ...
    """
    if isinstance(path, str) and path.startswith("task:"):
        made = tasks.make(path)
        return [column.name for column in made.columns], _as_text(made)
    payload, source = recognised(Path(path), Watch(Path(path).name))
    return source.parsed(payload, hints or Hints())


def examined(path: Path | str, *, hints: Hints | None = None) -> tuple[Table, list[str], Iterable[list[str]]]:
    """Return what `read` with ``any_table`` and `parsed` return, for hardly more than the time of one of them.

    Raises
    ------
    WorkbenchError
        As `read`.
    """
    if isinstance(path, str) and path.startswith("task:"):
        return read(path), *parsed(path)
    payload, source = recognised(Path(path), Watch(Path(path).name))
    hints = hints or Hints()
    table, header, rows = source.examined(payload, hints)
    return reduced(table, hints), header, rows


def _as_text(table: Table) -> Iterable[list[str]]:
    """Write the cells of a table that never was text."""
    columns = [column.values.tolist() for column in table.columns]
    return ([str(value) for value in row] for row in zip(*columns, strict=True))


def pasted(text: str, *, hints: Hints | None = None) -> Table:
    """Read a table from text of the clipboard, such as a range copied from a spreadsheet.

    Raises
    ------
    WorkbenchError
        As `read`.
    """
    return from_bytes(text.encode("utf-8", errors="replace"), "csv", "clipboard", hints or Hints(encoding="utf-8"))


def from_bytes(data: bytes, key: str, name: str, hints: Hints, cancelled: Callable[[], bool] | None = None) -> Table:
    """Read a table from bytes that are said to be of the format `key`, and are not unpacked.

    Raises
    ------
    WorkbenchError
        As `read`.
    """
    if not data.strip():
        raise WorkbenchError(EMPTY_FILE, name=name)
    payload = Payload(Path(name), len(data), Watch(name, cancelled=cancelled), data)
    payload.watch.at(0.0)
    return require_series(reduced(SOURCES[key].read(payload, hints), hints))


def extensions() -> tuple[str, ...]:
    """Return the usual file endings of all formats, for file dialogs."""
    return tuple(ending for source in SOURCES for ending in source.extensions)


def recognised(path: Path, watch: Watch) -> tuple[Payload, SourceFormat]:
    """Unpack a file and find its format by content.

    Raises
    ------
    WorkbenchError
        If there is no such file, it cannot be read or is too large.
    """
    payload = load(path, watch)
    for source in SOURCES:
        if source.key != "csv" and source.matches(payload.head, path):
            return payload, source
    return payload, SOURCES["csv"]
