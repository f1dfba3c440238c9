"""``serve``: answer forecasts of a model by HTTP, to programs on this computer."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.cli.flags import positive
from workbench.core.problems import N_, ProblemKind, WorkbenchError

PACKAGES = ("fastapi", "uvicorn")
NO_SERVER = ProblemKind(
    "no-server",
    "error",
    N_("The service needs the optional packages FastAPI and uvicorn, and {missing} is missing."),
    N_("Install the extra, in the folder of the program: .venv/bin/python -m pip install -e '.[serve]'"),
)
REACHABLE = ProblemKind(
    "reachable",
    "error",
    N_("On {host} the service could be reached from other computers, by anybody: it asks for no password."),
    N_("Leave --host out, or say --reachable if that is meant."),
)


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "serve",
        help="answer forecasts of a model by HTTP on this computer",
        description="POST rows as text/csv or application/json to /forecast, and get the forecast of what follows "
        "them. GET / describes all of it, GET /openapi.json for programs. Ctrl+C ends it.",
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    parser.add_argument("--port", metavar="N", type=_port, default=8321, help="by default 8321; 0 takes a free one")
    parser.add_argument("--host", metavar="HOST", default="127.0.0.1", help="by default 127.0.0.1: this computer alone")
    parser.add_argument("--reachable", action="store_true", help="allow a --host that other computers can reach")
    parser.add_argument("--max-mb", metavar="N", type=positive, default=4, help="size of a request (by default 4)")
    parser.add_argument("--max-rows", metavar="N", type=positive, default=50_000, help="rows (by default 50000)")
    parser.add_argument("--max-requests", metavar="N", type=positive, default=64, help="at once (by default 64)")
    parser.add_argument("--timeout", metavar="S", type=positive, default=20, help="seconds a request (by default 20)")
    parser.set_defaults(command=_serve)


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 1 << 16:
        raise argparse.ArgumentTypeError("must be 0 to 65535")
    return value


def _serve(options: argparse.Namespace) -> int:
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise WorkbenchError(NO_SERVER, missing=missing[0])
    from workbench.core.exports.wbm import read_model

    read_model(options.model)  # before torch is loaded, which a refusal need not wait for
    from workbench.core.adoption import model_file
    from workbench.core.devices import use_few_threads
    from workbench.core.serving.limits import Limits
    from workbench.core.serving.listening import bound, is_loopback, serve

    if not is_loopback(options.host):
        if not options.reachable:
            raise WorkbenchError(REACHABLE, host=options.host)
        print(
            f"warning: other computers can reach the service on {options.host}, and it asks for no password",
            file=sys.stderr,
        )
    model = model_file(options.model)
    limits = Limits(options.max_mb << 20, options.max_rows, float(options.timeout), options.max_requests)
    use_few_threads()
    serve(model, bound(options.host, options.port), options.host, limits, _ready)
    print("The service has ended.", file=sys.stderr)
    return 0


def _ready(address: str) -> None:
    print(f"{address}  POST /forecast, GET /model, GET /health; GET / describes it. Ctrl+C ends it.", flush=True)
