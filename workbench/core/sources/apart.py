"""Read an old binary workbook in a process of its own, with bounded memory and time.

Its parser believes chains of sectors that go in circles and tables of absurd size: it then hangs, or takes the whole
process with it. This file is also the program of that process, so it imports nothing of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

LEAST_BYTES = 250 << 20
LEAST_SECONDS = 3.0
BYTES_FOR_EACH, SECONDS_FOR_EACH_MB = 40, 1.0


def sheets_apart(data: bytes, wanted: str | None, most: int) -> tuple[list[str], dict[str, list[list[str]]]]:
    """Return the names of the first `most` sheets, and the columns as text of the `wanted` one, or of all of them.

    Raises
    ------
    ValueError
        In words of what is wrong.
    """
    if getattr(sys, "_MEIPASS", ""):
        return _sheets(data, wanted, most)
    memory = LEAST_BYTES + BYTES_FOR_EACH * len(data)
    seconds = LEAST_SECONDS + SECONDS_FOR_EACH_MB * len(data) / 1e6
    command = [sys.executable, "-P", __file__, json.dumps([wanted, most, memory, int(4 * seconds) + 1])]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603
            command, input=data, capture_output=True, timeout=seconds, env=environment, check=False
        )
        found: Any = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise ValueError(f"reading it takes more than {seconds:.0f} s") from None
    except ValueError:
        raise ValueError(f"it is damaged, or reading it takes more than {memory >> 20} MB") from None
    if "error" in found:
        raise ValueError(str(found["error"]))
    return found["names"], found["sheets"]


def _sheets(data: bytes, wanted: str | None, most: int) -> tuple[list[str], dict[str, list[list[str]]]]:
    import fastexcel
    import polars as pl

    reader = fastexcel.read_excel(data)
    names = reader.sheet_names[:most]
    sheets = {}
    for name in names:
        if wanted in (None, name):
            frame = reader.load_sheet(name, header_row=None, dtypes="string", skip_rows=0).to_polars()
            sheets[name] = [cells.cast(pl.String).fill_null("").to_list() for cells in frame.get_columns()]
    return names, sheets


def _main() -> None:
    wanted, most, memory, seconds = json.loads(sys.argv[1])
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import fastexcel

    try:
        names, sheets = _sheets(sys.stdin.buffer.read(), wanted, most)
        answer: dict[str, Any] = {"names": names, "sheets": sheets}
    except (fastexcel.FastExcelError, OSError, ValueError, MemoryError) as error:
        answer = {"error": str(error).split("\n")[0][:120]}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
