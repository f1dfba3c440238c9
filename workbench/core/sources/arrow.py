"""Apache Arrow: Feather files and streams."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.problems import WorkbenchError
from workbench.core.sources.budget import afford
from workbench.core.sources.format import SOURCES, SourceFormat
from workbench.core.sources.payload import Payload
from workbench.core.sources.problems import CANNOT_READ
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.typed import cells_of, table_of
from workbench.core.table import Table

if TYPE_CHECKING:
    import polars as pl

_FILE, _STREAM, _OLD = b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"


class Arrow(SourceFormat):
    """Columns with types, stored as they lie in memory."""

    key = "arrow"
    label = "Arrow, Feather"
    extensions = (".arrow", ".feather", ".ipc")

    def matches(self, head: bytes, path: Path) -> bool:
        """Look for the magic number of files or the continuation mark of streams."""
        return head.startswith((_FILE, _STREAM, _OLD))

    def read(self, payload: Payload, hints: Hints) -> Table:
        """Read all columns."""
        return table_of(payload, _frame(payload), hints)

    def parsed(self, payload: Payload, hints: Hints) -> tuple[list[str], Iterable[list[str]]]:
        """Return the stored values as text."""
        return cells_of(_frame(payload))


SOURCES.add(Arrow())


def _frame(payload: Payload) -> pl.DataFrame:
    import polars as pl

    if payload.data.startswith(_OLD):
        raise WorkbenchError(
            CANNOT_READ, name=payload.name, reason="it is Feather version 1, which nothing writes today"
        )
    afford(payload, 3 * payload.length, f"{payload.length >> 20} MB")
    stream = io.BytesIO(payload.data)
    try:
        return pl.read_ipc(stream) if payload.data.startswith(_FILE) else pl.read_ipc_stream(stream)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).split("\n")[0][:120]
        raise WorkbenchError(CANNOT_READ, name=payload.name, reason=reason) from error
