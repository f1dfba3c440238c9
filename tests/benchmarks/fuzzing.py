"""Mutate files of the corpus for some time and read them: no traceback, and nothing slower than five seconds.

Run ``python -m tests.benchmarks.fuzzing [SECONDS] [SEED]``; ``... hostile`` reads made monsters instead. A file that
fails is kept in the folder that is printed.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.agencies import agencies
from tests.pollution import KINDS, clean_tables, polluted
from workbench.core import sources
from workbench.core.problems import WorkbenchError
from workbench.core.sources.inspection import inspection

FOLDER = Path(__file__).parents[1] / "data" / "reading"
SLOW_S = 5.0
_SPICES = [
    b'"', b"'", b"\\", b"\0", b"\r", b"\n", b"\r\n", b",", b";", b"\t", b"|", b" ", b"\xff", b"\xef\xbb\xbf", b'""',
    b"-", b"1e999", b"nan", b"24:00", b"2024-02-30", b"0000-00-00", b"99999999999999999999", b"\xe2\x80\xa8", b"\x1a",
    b"=1+1", b"\xf0\x9f\x98\x80", b"{", b"[", b"<", b"\x0c", b"PK", b"Total", b"2024-W53", b"\xc3", b"%", b"$", b"(1)",
]  # fmt: skip


def mutated(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Change some places of a file: bytes, marks, lines, halves."""
    for _ in range(rng.choice([1, 1, 2, 4, 12])):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice([0, 1, 2, 10, 100, 1000]))
        match rng.randrange(8):
            case 0:
                data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + rng.choice(_SPICES) + data[at:]
            case 2:
                data = data[:at] + data[end:]
            case 3:
                data = data[:at] + data[at:end] * rng.choice([2, 3, 30]) + data[end:]
            case 4:
                other = rng.choice(others)
                data = data[:at] + other[rng.randrange(len(other) + 1) :]
            case 5:
                spice, mark = rng.choice(_SPICES), rng.choice(_SPICES)
                data = data.replace(mark, spice, rng.choice([1, -1]))
            case 6:
                lines = data.split(b"\n")
                rng.shuffle(lines)
                data = b"\n".join(lines)
            case _:
                data = rng.choice(
                    [data[:at], data[at:], data.replace(b"\n", b"\r"), data + data, bytes(reversed(data))]
                )
        data = data[: 1 << 20]
    return data


def hostile() -> Iterator[tuple[str, bytes]]:
    """Make files that are known to hurt readers."""
    rng = random.Random(5)
    yield "one line of 20 MB", b"x" * 20_000_000
    yield "one line of 20 MB with commas", b"12.5,ab," * 2_500_000
    yield "one line of 20 MB with quotes", b'"a""b",' * 2_800_000
    yield "100000 columns", b"\n".join(b",".join([b"%d"] * 100_000) % tuple(range(100_000)) for _ in range(3))
    yield "a million short lines", b"1\n" * 1_000_000
    yield "a million empty lines", b"\n" * 1_000_000
    yield "a million delimiters", b",\n" * 1_000_000
    yield "a line of delimiters", b"," * 1_000_000
    yield "only quotes", b'"' * 1_000_000
    yield "quotes on lines", b'"\n' * 500_000
    yield "nested quotes", b",".join(b'"' * k for k in range(1, 1400))
    yield "open quotes", b'a,b\n1,"x\n' * 100_000
    yield "open quote, then a table", b'"' + b"a,b,c\n" * 300_000
    yield "apostrophes", b"'a,'b,c'\n" * 100_000
    yield "escapes", b'"\\' * 300_000
    yield "whole rows quoted", b'"1,""a b"",2"\n' * 100_000
    yield "ragged", b"\n".join(b"1," * (k % 50) for k in range(60_000))
    yield "blanks", b" " * 5_000_000
    yield "words", b"the quick brown fox jumps " * 400_000
    yield "random bytes", rng.randbytes(5_000_000)
    yield "random letters beyond ascii", bytes(rng.randrange(128, 256) for _ in range(500_000))
    yield "random printable", bytes(rng.randrange(32, 127) for _ in range(2_000_000))
    yield "zeros", b"\0" * 5_000_000
    yield "text with zeros", b"a,b\n1,\0\n" * 100_000
    yield "carriage returns", b"1,2\r" * 500_000
    yield "comments", b"# a,b\n" * 500_000
    yield "brackets", b"[" * 1_000_000
    yield "braces", b'{"a":' * 200_000
    yield "json lines", b'{"a": 1, "b": "x"}\n' * 100_000
    yield "dates in odd forms", b"".join(b"%d/%d/%d,%d\n" % (k % 13, k % 32, k % 99, k) for k in range(200_000))
    yield "wide and high", b"\n".join(b",".join(b"%d" % (k * j % 97) for j in range(2000)) for k in range(500))


def outcome(data: bytes, path: Path) -> tuple[str, float]:
    """Read a file; return ``ok``, the key of a Problem or a traceback, and the seconds of the processor."""
    path.write_bytes(data)
    start = time.process_time()
    try:
        table, _, rows = sources.examined(path)
        json.dumps(inspection(table), allow_nan=False)
        for row in rows:
            assert isinstance(row, list)
        found = "ok"
    except WorkbenchError as error:
        found = error.problem.key if error.problem.text() and error.problem.remedy() else "no remedy"
    except Exception:
        found = traceback.format_exc()
    return found, time.process_time() - start


def _seeds() -> list[bytes]:
    files = [path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.stat().st_size < 100_000]
    files += [file.data for file in agencies()]
    for clean in clean_tables(3, (8, 20)):
        made = (polluted(clean, kind, random.Random(3)) for kind in KINDS)
        files += [file.data for file in made if file is not None and file.data]
    return files


def main(seconds: float, seed: int) -> int:
    """Mutate and read until the time is over; return the number of failures."""
    rng, files = random.Random(seed), _seeds()
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    counts: dict[str, int] = {}
    worst, failures = 0.0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(rng.choice(files), files, rng)
        found, took = outcome(data, folder / "a.csv")
        worst = max(worst, took)
        key = found if "\n" not in found else found.strip().rsplit("\n", 1)[-1][:80]
        counts[key] = counts.get(key, 0) + 1
        if "\n" in found or took > SLOW_S:
            failures += 1
            kept = folder / f"failed-{failures}.bin"
            kept.write_bytes(data)
            if counts[key] <= 2:
                print(f"{kept} {took:.1f} s\n{found[-1500:]}")
    print(f"files {sum(counts.values())}, failures {failures}, slowest {worst:.2f} s")
    print(counts)
    return failures


def monsters(chosen: Callable[[str], bool]) -> int:
    """Read the made monsters; return the number of failures."""
    failures = 0
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    for name, data in hostile():
        if not chosen(name):
            continue
        found, took = outcome(data, folder / "a.csv")
        bad = "\n" in found or took > SLOW_S
        failures += bad
        print(f"{'BAD ' if bad else '    '}{name:32} {took:6.2f} s  {found[-600:]}", flush=True)
    return failures


if __name__ == "__main__":
    if "hostile" in sys.argv:
        words = sys.argv[sys.argv.index("hostile") + 1 :]
        sys.exit(monsters(lambda name: not words or name in words) > 0)
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60, int(sys.argv[2]) if len(sys.argv) > 2 else 1) > 0)
