"""Scan a large text file as a plan says, block by block of whole lines, on several threads."""

from __future__ import annotations

import hashlib
import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from workbench.core.sources.bulkplan import Plan
from workbench.core.sources.fixedtime import FixedTime
from workbench.core.sources.payload import Payload
from workbench.core.sources.survey import Seen, Survey

if TYPE_CHECKING:
    import polars as pl

_BLOCK = 1 << 22
_WORKERS, _AHEAD = 2, 4
_KEPT = 4 * _BLOCK
"""Freeing an array of this size once keeps the C library from handing back each smaller one (mallopt(3), "dynamic mmap
threshold"): paging the arrays of a block in again takes as long as filling them."""


class Part(NamedTuple):
    """The rows of one block: the cells polars read, and what was seen in the bytes."""

    cells: pl.DataFrame
    seen: Seen


class UnevenError(ValueError):
    """The lines do not have the cells that the plan says."""


def parts(
    payload: Payload, plan: Plan, chosen: Sequence[int], clocks: Mapping[int, FixedTime] | None = None
) -> Iterator[Part]:
    """Yield the chosen columns with their types, and the times of `clocks`, block by block in order.

    The whole file has been seen, and its fingerprint is known to `payload`, once the last part has been taken.

    Raises
    ------
    UnevenError
        If a line has more or fewer cells than the plan says.
    PolarsError, OSError, ValueError
        If polars finds that the file is not as the plan says.
    WorkbenchError
        ``reading-cancelled``.
    """
    scan = _Scan(plan, chosen, clocks or {})
    rows, guess = 0, plan.lines(payload.length)
    waiting: deque[Future[Part]] = deque()
    np.empty(_KEPT, dtype=np.uint8)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="reading") as pool:
        try:
            blocks = _blocks(payload, plan.start)
            while True:
                while len(waiting) < _AHEAD and (block := next(blocks, None)) is not None:
                    waiting.append(pool.submit(scan, block))
                if not waiting:
                    return
                part = waiting.popleft().result()
                rows += part.seen.rows
                payload.watch.at(min(0.8, 0.1 + 0.7 * rows / guess))
                yield part
        finally:
            pool.shutdown(cancel_futures=True)


def _blocks(payload: Payload, skip: int) -> Iterator[bytes]:
    """Yield the bytes behind `skip` in blocks of whole lines, and tell the payload its fingerprint at the end."""
    digest = hashlib.sha256()
    held: list[bytes] = []
    with payload.stream() as stream:
        while data := stream.read(_BLOCK):
            digest.update(data)
            fresh = data[skip:]
            skip -= len(data) - len(fresh)
            cut = fresh.rfind(b"\n") + 1
            if cut:
                yield b"".join([*held, memoryview(fresh)[:cut]])
                held = [fresh[cut:]]
            else:
                held.append(fresh)
                if sum(map(len, held)) > 2 * _BLOCK:
                    raise UnevenError
    if not payload.packed:
        payload.known_sha256 = digest.hexdigest()
    if any(held):
        yield b"".join([*held, b"\n"])


class _Scan:
    """Read one block."""

    def __init__(self, plan: Plan, chosen: Sequence[int], clocks: Mapping[int, FixedTime]) -> None:
        import polars as pl

        self._plan = plan
        self._types = [pl.Float64() if number else pl.String() for number in plan.kinds]
        self._wanted = []
        for j in chosen:
            column, form = pl.col(str(j)), plan.forms[j]
            self._wanted.append(column if form is None else column.str.to_datetime(form, strict=False, time_unit="us"))
        self._last = plan.body.width - 1 in chosen
        self._survey = Survey(plan.how.delimiter, plan.how.quote or '"', plan.body.width, clocks)

    def __call__(self, block: bytes) -> Part:
        cells = _scan(block, self._plan, self._types).select(self._wanted).collect()
        full = self._last and not any(column.null_count() for column in cells.get_columns())
        seen = self._survey.look(block, full)
        if seen is None or (self._wanted and cells.height != seen.rows):
            raise UnevenError
        return Part(cells, seen)


def _scan(source: Path | io.BytesIO | bytes, plan: Plan, types: Sequence[pl.DataType], skip: int = 0) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_csv(
        source,
        has_header=False,
        glob=False,
        schema={str(j): dtype for j, dtype in enumerate(types)},
        separator=plan.how.delimiter,
        quote_char='"' if plan.how.quote is None else plan.how.quote,
        skip_lines=skip,
        null_values=plan.tokens or None,
        ignore_errors=True,
        decimal_comma=plan.decimal == ",",
    )


def texts(payload: Payload, plan: Plan, j: int) -> pl.LazyFrame:
    """Return one column as text, null where a cell is empty or a word for “missing”."""
    import polars as pl

    return _scan(payload.source(), plan, [pl.String()] * plan.body.width, plan.first_line - 1).select(str(j))


def only_missing(payload: Payload, plan: Plan, j: int, nulls: int, empty: int) -> bool:
    """True if all `nulls` cells of a column that gave no number are among the `empty` ones, or say “missing”."""
    return nulls == empty or int(texts(payload, plan, j).null_count().collect(engine="streaming").item()) == nulls
