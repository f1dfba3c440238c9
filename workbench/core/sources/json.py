"""JSON: an array of records, records line by line, or columns."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.problems import WorkbenchError
from workbench.core.sources.budget import TREE_BYTES, afford
from workbench.core.sources.encoding import decode
from workbench.core.sources.format import SOURCES, SourceFormat
from workbench.core.sources.marks import look
from workbench.core.sources.payload import Payload
from workbench.core.sources.problems import BINARY_FILE, CANNOT_READ
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.typed import cells_of, table_of
from workbench.core.strict import unique
from workbench.core.table import Table

if TYPE_CHECKING:
    import polars as pl

_START = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*(?:[\[{\"\]]|-?\d|null))")
_MOST_DEPTH = 3
_MOST_EMPTY = 4_000_000
_EMPTY_TIMES = 20
"""Cells without a value there may be, at all and for each one with a value: rows of ever new names are no table."""


class Json(SourceFormat):
    """Arrays and objects that form a table."""

    key = "json"
    label = "JSON"
    extensions = (".json", ".ndjson", ".jsonl")

    def matches(self, head: bytes, path: Path) -> bool:
        """Look for the start of an object or an array."""
        return _START.match(head.removeprefix(b"\xef\xbb\xbf")) is not None

    def read(self, payload: Payload, hints: Hints) -> Table:
        """Read the records; nested objects become columns with a dot in their name."""
        return table_of(payload, _frame(payload), hints)

    def parsed(self, payload: Payload, hints: Hints) -> tuple[list[str], Iterable[list[str]]]:
        """Return the values as text."""
        return cells_of(_frame(payload))


SOURCES.add(Json())


def _frame(payload: Payload) -> pl.DataFrame:
    import polars as pl

    afford(payload, TREE_BYTES * payload.length, f"{payload.length >> 20} MB of JSON")
    decoded = decode(payload.data)
    if decoded is None:
        raise WorkbenchError(BINARY_FILE, name=payload.name, found="binary data")
    try:
        columns = columns_of(_loaded(decoded.text))
        height = max(map(len, columns.values()), default=0)
        _check_filled(len(columns), height, sum(map(len, columns.values())))
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        reason = str(error).split("\n")[0][:120]
        raise WorkbenchError(CANNOT_READ, name=payload.name, reason=reason) from error
    try:
        return pl.DataFrame([_series(n, v + [None] * (height - len(v))) for n, v in columns.items()])
    except UnicodeEncodeError as error:
        reason = "a text in it holds half a character"
        raise WorkbenchError(CANNOT_READ, name=payload.name, reason=reason) from error


def _loaded(text: str) -> Any:
    """Parse one document, or one document a line."""
    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
    documents = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                documents.append(json.loads(line, object_pairs_hook=unique))
            except json.JSONDecodeError as error:
                raise ValueError(f"line {number}: {error.msg}") from error
    return documents


def columns_of(document: Any, depth: int = 0) -> dict[str, list[Any]]:
    """Turn a JSON document into columns.

    Raises
    ------
    ValueError
        If it holds no table.
    """
    if isinstance(document, list) and document:
        if all(isinstance(entry, dict) for entry in document):
            return _of_series(document) or _of_records(document)
        if all(isinstance(entry, list) for entry in document):
            return _of_rows(document)
        if not any(isinstance(entry, list | dict) for entry in document):
            return {"value": list(document)}
    if isinstance(document, dict) and depth < _MOST_DEPTH:
        return _of_object(document, depth)
    raise ValueError("it holds no table")


def _of_object(document: dict[str, Any], depth: int) -> dict[str, list[Any]]:
    """Read an object: pandas' ``split``, columns, labels with values, or the largest table somewhere inside."""
    if isinstance(document.get("columns"), list) and isinstance(document.get("data"), list):
        names = [str(c["name"] if isinstance(c, dict) and "name" in c else c) for c in document["columns"]]
        columns, labels = _of_rows([names, *document["data"]]), document.get("index")
        if isinstance(labels, list) and len(labels) == len(document["data"]) and not _counting(labels):
            return {"index": labels, **columns}
        return columns
    lists = {str(k): v for k, v in document.items() if isinstance(v, list)}
    flat = {k: v for k, v in lists.items() if v and not any(isinstance(e, list | dict) for e in v)}
    if len(flat) > 1 or (flat and len(flat) == len(document)):
        return flat
    maps = {str(k): v for k, v in document.items() if isinstance(v, dict)}
    if len(maps) == len(document) > 0 and all(not isinstance(v, list) for m in maps.values() for v in m.values()):
        return _of_maps(maps)
    if len(document) > 3 and all(map(_timely, document)) and all(_plain(v) for v in document.values()):
        return {"index": list(document), "value": list(document.values())}
    found: list[dict[str, list[Any]]] = []
    for inner in (v for v in document.values() if isinstance(v, list | dict)):
        with contextlib.suppress(ValueError):
            found.append(columns_of(inner, depth + 1))
    if not found:
        raise ValueError("it holds no table")
    return max(found, key=lambda columns: sum(map(len, columns.values())))


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str)


def _timely(label: str) -> bool:
    return look(label) == "time" or (label.isdigit() and len(label) > 3)


def _counting(labels: list[Any]) -> bool:
    """Tell whether labels only number the rows from 0."""
    return [str(label) for label in labels] == [str(k) for k in range(len(labels))]


def _of_series(entries: list[dict[str, Any]]) -> dict[str, list[Any]] | None:
    """Read entries that are series, each with a list of values or of pairs of time and value; None if they are not."""
    keys = [[k for k, v in entry.items() if isinstance(v, list) and len(v) > 3] for entry in entries]
    if any(len(key) != 1 for key in keys):
        return None
    lists = [entry[key[0]] for entry, key in zip(entries, keys, strict=True)]
    names = [str(entry.get("name", entry.get("label", f"series {k + 1}"))) for k, entry in enumerate(entries)]
    if all(_plain(value) for values in lists for value in values):
        return dict(zip(names, lists, strict=True))
    if not all(isinstance(pair, list) and len(pair) == 2 for values in lists for pair in values):
        return None
    times = [pair[0] for pair in lists[0]]
    if any([pair[0] for pair in values] != times for values in lists):
        return None
    return {"time": times, **{name: [pair[1] for pair in values] for name, values in zip(names, lists, strict=True)}}


def _of_records(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    values = 0
    for row, record in enumerate(records):
        for name, value in _flattened(record):
            values += 1
            if name not in columns:
                _check_filled(len(columns), row, values)
            column = columns.setdefault(name, [])
            column.extend([None] * (row - len(column)))
            column.append(value)
    return columns


def _flattened(record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterable[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < _MOST_DEPTH:
            yield from _flattened(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value


def _of_rows(rows: list[list[Any]]) -> dict[str, list[Any]]:
    """Read rows; the first holds the names if it holds nothing but words."""
    width = max(map(len, rows))
    _check_filled(width, len(rows), sum(map(len, rows)))
    first = rows[0]
    headed = len(rows) > 1 and all(isinstance(cell, str) for cell in first) and len(set(first)) == width
    names = first if headed else [f"column {j + 1}" for j in range(width)]
    body = rows[1:] if headed else rows
    return {name: [row[j] if j < len(row) else None for row in body] for j, name in enumerate(names)}


def _of_maps(maps: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    """Read an object of objects: columns by row label, or rows by label, whichever is longer."""
    longest = max(maps.values(), key=len)
    _check_filled(len(maps), len(longest), sum(map(len, maps.values())))
    if len(longest) < len(maps) and any(isinstance(v, dict) for v in maps.values()):
        labels, columns = list(maps), _of_records(list(maps.values()))
    else:
        labels = list(longest)
        columns = {name: [inner.get(k) for k in longest] for name, inner in maps.items()}
    return columns if _counting(labels) else {"index": labels, **columns}


def _check_filled(columns: int, rows: int, values: int) -> None:
    """Refuse a table that would hardly hold anything but missing cells, before it takes their memory."""
    if columns * rows > _MOST_EMPTY + _EMPTY_TIMES * values:
        raise ValueError(f"it would give {columns} columns with {rows} rows of which hardly a cell holds a value")


def _series(name: str, values: list[Any]) -> pl.Series:
    import polars as pl

    if all(value is None or isinstance(value, int | float) for value in values):
        return pl.Series(name, [None if v is None else _number(v) for v in values], dtype=pl.Float64)
    text = [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]
    return pl.Series(name, text, dtype=pl.String)


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("nan")
