"""Start the process that opens hostile files, and hold each answer to what is promised."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MOST_SECONDS, MOST_MEGABYTES = 5.0, 300.0
ROOT = Path(__file__).parents[2]


class Opener:
    """A process with everything imported, in which one command line after the other is run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._noise = tempfile.TemporaryFile("w+")  # noqa: SIM115

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(self._folder / "home")}
            environment["TMPDIR"] = str(self._folder)
            worker = Path(__file__).with_name("worker.py")
            self._process = subprocess.Popen(
                [sys.executable, str(worker)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._noise,
                text=True, env=environment, cwd=self._folder,
            )  # fmt: skip
            self.run("inspect", "task:adding?length=20&rows=40")  # imports what reading needs
        return self._process

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run one command line; what it answers, or ``died`` with the exit code if the process went with it."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(arguments) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], 12 * MOST_SECONDS)[0]:
            process.kill()
        answer = process.stdout.readline()
        if not answer:
            return {"died": process.wait()}
        found: dict[str, Any] = json.loads(answer)
        return found

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process.wait(30)
        self._noise.close()


def faults(answer: dict[str, Any]) -> list[str]:
    """Return what an answer breaks of the promise: a cause or a result, in time, in little memory, in plain text."""
    if "died" in answer:
        return [f"the process died ({answer['died']})"]
    found = [answer["crash"][-1500:]] if answer["crash"] else []
    if answer["seconds"] > MOST_SECONDS:
        found.append(f"{answer['seconds']:.1f} s")
    if answer["megabytes"] > MOST_MEGABYTES:
        found.append(f"{answer['megabytes']:.0f} MB")
    if answer["reached"]:
        found.append(f"reached out: {answer['reached']}")
    if answer["code"] not in (0, 2):
        found.append(f"exit code {answer['code']}")
    if answer["code"] == 2 and not answer["err"].startswith(("error: ", "warning: ", "note: ")):
        found.append(f"no Problem: {answer['err'][:200]}")
    marks = sorted({repr(c) for text in (answer["out"], answer["err"]) for c in text if raw(c)})
    if marks:
        found.append(f"raw {' '.join(marks)} in what is printed")
    return found


def raw(character: str) -> bool:
    """Tell whether a character steers a terminal or the direction of text, instead of being seen."""
    code = ord(character)
    return (
        (code < 32 and character not in "\n\r\t")
        or 127 <= code < 160
        or 0x200E <= code <= 0x200F
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or code in (0x61C, 0xFEFF)
    )
