"""Give every file of the hostile corpus to every verb that takes such files, and say what broke the promise.

Run ``PYTHONPATH=.:tests python -m tests.benchmarks.hostile [CHAPTER ...] [--cold]``. Warm, one process runs
all commands and its growth is measured; with ``--cold`` each file is opened once by a fresh process, as a person
does, whose whole memory and time count. What breaks the promise is told at once; exit code 1 if anything did.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hostile.corpus import CORPUS, Commands
from hostile.opening import MOST_MEGABYTES, MOST_SECONDS, ROOT, Opener, faults
from series import hourly, wave


@dataclass
class Found:
    """What the commands on one chapter gave."""

    chapter: str
    files: int = 0
    runs: int = 0
    refused: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0
    slowest: str = ""
    largest: str = ""
    broken: tuple[str, ...] = ()

    def measure(self, name: str, seconds: float, megabytes: float) -> None:
        """Keep the highest figures."""
        if seconds > self.seconds:
            self.seconds, self.slowest = seconds, name
        if megabytes > self.megabytes:
            self.megabytes, self.largest = megabytes, name


def _furnished(folder: Path) -> dict[str, str]:
    """Write what the commands need besides a hostile file, and return their words."""
    from hostile.models import MODELS

    (folder / "files").mkdir()
    (folder / "right").mkdir()
    lines = [f"{t},{a:.3f},{a:.2f}" for t, a in zip(hourly(120).tolist(), wave(120), strict=True)]
    (folder / "data.csv").write_text("\n".join(["time,a,b", *lines]))
    model = MODELS.makers["good.wbm"](folder / "right")
    return {
        "@data": str(folder / "data.csv"),
        "@model": str(model),
        "@out": str(folder / "out"),
        "@parent": str(folder / "files"),
    }


def _told(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    for line in found:
        print(f"  BROKEN {line}", flush=True)
    return found


def _removed(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _commands(commands: Commands, words: dict[str, str], path: Path) -> Iterator[list[str]]:
    for command in commands:
        yield [{**words, "@": str(path)}.get(word, word) for word in command]


def warm(chapter: str) -> Found:
    """Run all commands of a chapter in one process."""
    found, broken = Found(chapter), []
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name)
        words, opener = _furnished(folder), Opener(folder)
        for case, make in CORPUS[chapter].cases.makers.items():
            path = make(folder / "files")
            found.files += 1
            for command in _commands(CORPUS[chapter].commands, words, path):
                answer = opener.run(*command)
                found.runs += 1
                found.refused += answer.get("code") == 2
                told = f"{case} by {command[0]}"
                found.measure(told, answer.get("seconds", 0.0), answer.get("megabytes", 0.0))
                broken += _told(f"{told}: {fault}" for fault in faults(answer))
                _removed(folder / "out")
            _removed(path)
        opener.close()
        left = {path.name for path in folder.rglob("*") if "home" not in path.relative_to(folder).parts}
        left -= {"files", "right", "good.wbm", "data.csv"}
        broken += [f"something was written: {sorted(left)}"] if left else []
    found.broken = tuple(broken)
    return found


def cold(chapter: str) -> Found:
    """Open each file of a chapter by a process of its own, with a command that uses it as what it claims to be."""
    found, broken = Found(chapter), []
    commands = CORPUS[chapter].commands[1:2] if chapter != "projects" else CORPUS[chapter].commands[2:3]
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name)
        words = _furnished(folder)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "home"), "TMPDIR": name}
        for case, make in CORPUS[chapter].cases.makers.items():
            path = make(folder / "files")
            found.files += 1
            for command in _commands(commands, words, path):
                code, text, seconds, megabytes = _alone(command, environment, folder)
                found.runs += 1
                found.refused += code == 2
                found.measure(case, seconds, megabytes)
                if code not in (0, 2) or "Traceback" in text or seconds > MOST_SECONDS or megabytes > MOST_MEGABYTES:
                    broken += _told([f"{case}: code {code}, {seconds:.1f} s, {megabytes:.0f} MB: {text[-300:]}"])
                _removed(folder / "out")
            _removed(path)
    found.broken = tuple(broken)
    return found


def _alone(command: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str, float, float]:
    """Return exit code, what was told, seconds and the most megabytes of one command in a fresh process."""
    with tempfile.TemporaryFile() as told:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench", *command], stdout=told, stderr=told, env=environment, cwd=folder
        )
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        told.seek(0)
        return process.returncode, told.read().decode(errors="replace"), seconds, used.ru_maxrss / 1024


def main() -> int:
    """Run the chapters that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chapters", nargs="*", choices=[*CORPUS, []], default=list(CORPUS))
    parser.add_argument("--cold", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    broken = False
    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(cold if options.cold else warm, options.chapters):
            _print(found)
            broken = broken or bool(found.broken)
    return int(broken)


def _print(found: Found) -> None:
    print(
        f"{found.chapter:<11} {found.files:>4} files {found.runs:>5} runs {found.refused:>5} refused  "
        f"slowest {found.seconds:.2f} s ({found.slowest}), largest {found.megabytes:.0f} MB ({found.largest})",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
