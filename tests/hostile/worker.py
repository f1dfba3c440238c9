"""Run command lines in one process, each under a watch on its time and its memory.

Reads a JSON array of arguments a line, and answers each with a JSON object: ``code``, ``seconds``, ``megabytes`` that
the process grew by at its highest, ``out``, ``err``, and ``crash`` with the traceback if one came up.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import sys
import traceback
from pathlib import Path

from workbench.cli import main

LONGEST = 20_000


def memory(name: str) -> float:
    """Return a size of this process, ``VmHWM`` or ``VmRSS``, in megabytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise ValueError(name)


def spent() -> float:
    """Return the seconds this process and those it started have computed: how long others made it wait is not its fault."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def carried_out(arguments: list[str]) -> dict[str, object]:
    """Run one command line."""
    out, err, crash, code = io.StringIO(), io.StringIO(), "", -1
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, began = memory("VmRSS"), spent()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except BaseException:
            crash = traceback.format_exc()
    seconds, grown = spent() - began, memory("VmHWM") - before
    texts = {"out": out.getvalue()[:LONGEST], "err": err.getvalue()[:LONGEST], "crash": crash[-LONGEST:]}
    return {"code": code, "seconds": seconds, "megabytes": grown, **texts}


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(carried_out(json.loads(line))) + "\n")
        answers.flush()
