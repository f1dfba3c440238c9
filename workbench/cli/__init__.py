"""The command line: the same core as the window, without a screen. One module a verb.

Results go to standard output, progress and Problems to standard error. Exit codes: 0 done, 1 a check failed,
2 a Problem (with its remedy), 130 interrupted, 143 told to end; a training can then be gone on with: resume.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from workbench import __version__
from workbench.cli import (
    check,
    evaluate,
    export,
    forecast,
    inspect,
    operate,
    project,
    rangetest,
    resume,
    runs,
    serve,
    train,
)
from workbench.cli.say import tell
from workbench.core.problems import WorkbenchError

__all__ = ["main"]

VERBS = (inspect, rangetest, train, resume, runs, forecast, serve, evaluate, export, operate, project, check)
"""Modules with ``add(commands)``, in the order of the help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except WorkbenchError as error:
        tell(error.problem)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader, e.g. head, has gone; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workbench",
        description="Train a recurrent cell on a time series, forecast with it, and find out whether it is any good.",
        epilog="The window starts with: python main.py [FILE]",
    )
    parser.add_argument("--version", action="version", version=f"Sequence Workbench {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for verb in VERBS:
        verb.add(commands)
    return parser
