"""Run command lines in one process, each under a watch on its time and its memory.

Reads a JSON array of arguments a line, and answers each with a JSON object: ``code``, ``seconds``, ``megabytes`` that
the process grew by at its highest, ``out``, ``err``, ``reached`` with what it did outside of its folder, and ``crash``
with the traceback if one came up.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import re
import sys
import traceback
from pathlib import Path

from workbench.cli import main

LONGEST = 20_000
REACHED: list[str] = []
"""What the command did that a file may not make it do."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
_NEVER = {
    "pickle.find_class",
    "marshal.loads",
    "os.system",
    "os.exec",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
}
_PLAYGROUND = os.path.realpath(os.getcwd())


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note, as a hook of the interpreter, what is written outside of the folder of the test, run, or sent."""
    if (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES) or event in _CHANGES:
        _note_path(event, arguments[0])
    elif event == "subprocess.Popen" and str(arguments[0]) != sys.executable:
        REACHED.append(f"{event} {arguments[0]}")
    elif event in _NEVER and not _importing():
        REACHED.append(f"{event} {str(arguments)[:200]}")


def _note_path(event: str, path: object) -> None:
    if isinstance(path, str | bytes | os.PathLike):
        place = os.path.realpath(os.fsdecode(path))
        if not place.startswith((_PLAYGROUND, "/dev/null")) and not re.search("__pycache__|torchinductor_", place):
            REACHED.append(f"{event} {place}")


def _importing() -> bool:
    """Tell whether a module is being loaded: compiled modules are read with marshal."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


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
    REACHED.clear()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except BaseException:
            crash = traceback.format_exc()
    seconds, grown = spent() - began, memory("VmHWM") - before
    texts = {"out": out.getvalue()[:LONGEST], "err": err.getvalue()[:LONGEST], "crash": crash[-LONGEST:]}
    texts["reached"] = "; ".join(REACHED[:20])
    return {"code": code, "seconds": seconds, "megabytes": grown, **texts}


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import torch._dynamo  # noqa: F401 - what a training loads is no file's doing

    sys.addaudithook(_watch)
    for line in sys.stdin:
        answers.write(json.dumps(carried_out(json.loads(line))) + "\n")
        answers.flush()
