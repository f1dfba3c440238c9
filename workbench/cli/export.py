"""``export``: write a model for others, and prove that they get the same forecasts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from workbench.cli.flags import add_reading
from workbench.cli.reuse import add_map, dataset_for, table_for
from workbench.cli.say import tell

FORMATS = (
    "wbm",
    "onnx",
    "pytorch",
    "pt2",
    "script",
    "script-torch",
    "forecast-csv",
    "forecast-parquet",
    "forecast-xlsx",
    "residuals-csv",
    "residuals-parquet",
    "residuals-xlsx",
    "report",
)
"""Keys of the exports, which cannot be asked before torch's half is imported; a test compares."""


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("export", help="write a model for use outside of this program, and prove it")
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    parser.add_argument("--format", choices=FORMATS, help="by default that of the ending of --out")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="where to write it")
    parser.add_argument(
        "--data", metavar="FILE", help="the table to forecast from, for forecasts and reports; a proof reads it too"
    )
    add_map(parser)
    add_reading(parser)
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    from workbench.core.exports.wbm import read_model
    from workbench.core.files import check_not_over

    bundle = read_model(options.model)
    for read in (options.model, options.data or ""):
        check_not_over(options.out, read)
    table = table_for(bundle, options, options.data) if options.data else None
    from workbench.core.devices import use_few_threads  # torch, which a refusal need not load
    from workbench.core.exports import exported
    from workbench.core.forecasting import beyond

    use_few_threads()
    dataset = None if table is None else dataset_for(bundle, table)
    label = bundle.project.data.framing == "label"
    future = None if dataset is None or label else beyond(bundle, dataset)
    found = exported(options.out, bundle, dataset, future, options.format)
    if found.severity == "error":
        tell(found)
        return 1
    print(f"{found.text()}\n{found.remedy()}", file=sys.stdout)
    return 0
