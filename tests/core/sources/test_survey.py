"""The line structure of a block, judged from its bytes, is that of a plain split of its lines."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.sources.fixedtime import NOT_A_TIME, fixed_time
from workbench.core.sources.survey import Survey

CELLS = st.sampled_from(["", "1", "-2.5", "some text", "2015-01-02", "2015-13-45", '"a,b"', '"a\nb"', "x\ry", "7" * 61])
DAY = "2015-01-02"


def _line(cells: list[str], end: str) -> str:
    return ",".join(cells) + end


BLOCKS = st.lists(
    st.builds(_line, st.lists(CELLS, min_size=1, max_size=4), st.sampled_from(["\n", "\n", "\n", "\r\n"])),
    min_size=1,
    max_size=40,
).map("".join)


@pytest.mark.parametrize("width", [1, 2, 3])
@given(block=BLOCKS)
def test_that_a_block_is_even_if_each_line_has_its_cells(width: int, block: str) -> None:
    clock = fixed_time("%Y-%m-%d")
    assert clock is not None
    seen = Survey(",", '"', width, {0: clock}).look(block.encode())
    rows = list(csv.reader(io.StringIO(block, newline="")))
    whole = len(rows) == block.count("\n") == block.count("\n") + block.replace("\r\n", "").count("\r")
    even = whole and all(len(row) == width for row in rows) and not (width == 1 and [""] in rows)
    assert (seen is not None) == even
    if seen is None:
        return
    assert seen.rows == len(rows)
    assert seen.quoted == ('"' in block)
    assert seen.empty.tolist() == [sum(not row[j] for row in rows) for j in range(width)]
    assert [time != NOT_A_TIME for time in seen.times[0]] == [row[0] == DAY for row in rows]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80), st.sampled_from(["\n", "\r\n"]))
def test_that_a_line_with_too_many_cells_is_seen_where_none_has_too_few(extra: list[int], end: str) -> None:
    clock = fixed_time("%Y-%m-%d")
    assert clock is not None
    block = "".join(_line([DAY, "1", "2", *["3"] * more], end) for more in extra)
    seen = Survey(",", '"', 3, {0: clock}).look(block.encode(), full=True)
    assert (seen is not None) == (not any(extra))
    assert seen is None or (seen.times[0] == seen.times[0][0]).all()
