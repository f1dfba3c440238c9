"""Apache Parquet files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.problems import WorkbenchError
from workbench.core.sources import parquetcheck
from workbench.core.sources.budget import TYPED_BYTES, afford
from workbench.core.sources.format import SOURCES, SourceFormat
from workbench.core.sources.payload import Payload
from workbench.core.sources.problems import CANNOT_READ
from workbench.core.sources.rawcolumn import Hints
from workbench.core.sources.typed import cells_of, table_of
from workbench.core.sources.unpack import HARMLESS_BYTES, MOST_RATIO
from workbench.core.table import Table

if TYPE_CHECKING:
    import polars as pl


class Parquet(SourceFormat):
    """Columns with types, stored by column."""

    key = "parquet"
    label = "Parquet"
    extensions = (".parquet", ".pq")

    def matches(self, head: bytes, path: Path) -> bool:
        """Look for the magic number."""
        return head.startswith(b"PAR1")

    def read(self, payload: Payload, hints: Hints) -> Table:
        """Read all columns."""
        return table_of(payload, _frame(payload), hints)

    def parsed(self, payload: Payload, hints: Hints) -> tuple[list[str], Iterable[list[str]]]:
        """Return the stored values as text."""
        return cells_of(_frame(payload))


SOURCES.add(Parquet())


def _frame(payload: Payload) -> pl.DataFrame:
    import polars as pl

    try:
        with payload.stream() as stream:
            parquetcheck.check(stream, payload.length)
        lazy = pl.scan_parquet(payload.source(), glob=False)
        rows, width = int(lazy.select(pl.len()).collect().item()), len(lazy.collect_schema())
        afford(payload, rows * width * TYPED_BYTES, f"{rows} rows x {width} columns")
        if rows * width * 8 > max(HARMLESS_BYTES, MOST_RATIO * payload.length):
            raise ValueError(f"its {payload.length >> 10} kB would swell to {rows} rows x {width} columns")
        return lazy.collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).split("\n")[0][:120]
        raise WorkbenchError(CANNOT_READ, name=payload.name, reason=reason) from error
