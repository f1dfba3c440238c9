"""Parquet files whose sizes are damaged give a problem: polars would believe them and end the process."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench.core import sources
from workbench.core.sources.parquetcheck import check

FRAME = pl.DataFrame(
    {
        "t": pl.Series([f"2024-01-{k % 28 + 1:02}" for k in range(300)]),
        "a": [k / 2 if k % 7 else None for k in range(300)],
        "l": [[k, k + 1] for k in range(300)],
    }
)
READ_ALL = """
import sys
from workbench.core import sources
from workbench.core.problems import WorkbenchError
for path in sys.argv[1:]:
    try:
        sources.read(path, any_table=True)
    except WorkbenchError as error:
        print(error.problem.key)
"""


def _parquet(**how: Any) -> bytes:
    stream = io.BytesIO()
    FRAME.write_parquet(stream, **how)
    return stream.getvalue()


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "zstd", "gzip", "lz4", "brotli"])
def test_that_sound_files_pass(compression: str, tmp_path: Path) -> None:
    for how in ({}, {"row_group_size": 40}, {"data_page_size": 200}, {"statistics": False}):
        data = _parquet(compression=compression, **how)
        check(io.BytesIO(data), len(data))
        (tmp_path / "a.parquet").write_bytes(data)
        assert sources.read(tmp_path / "a.parquet").rows == 300
    empty = io.BytesIO()
    FRAME.head(0).write_parquet(empty)
    check(empty, len(empty.getvalue()))


def test_that_damaged_sizes_never_end_the_process(tmp_path: Path) -> None:
    rng = random.Random(4)
    paths = []
    for k in range(120):
        data = _parquet(compression=rng.choice(["uncompressed", "zstd", "snappy"]))
        length = int.from_bytes(data[-8:-4], "little")
        body, footer = data[: -8 - length], data[-8 - length : -8]
        large = rng.choice(
            [b"\xfe\xff\xff\xff\x0f", b"\xfe" + b"\xff" * 7 + b"\x7f", b"\x80\x80\x80\x80\x80\x20", b"\x65"]
        )
        if k % 2:
            at = rng.randrange(len(footer))
            footer = footer[:at] + large + footer[at + 1 :]
        else:
            at = rng.randrange(4, len(body))
            body = body[:at] + large[:5] + body[at + rng.choice([1, len(large[:5])]) :]
        path = tmp_path / f"{k}.parquet"
        path.write_bytes(body + footer + len(footer).to_bytes(4, "little") + b"PAR1")
        paths.append(str(path))
    done = subprocess.run([sys.executable, "-c", READ_ALL, *paths], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-800:]
    assert done.stdout.count("cannot-read") > 20
