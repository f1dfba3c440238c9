"""``evaluate``: score a model and the baselines on a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_file, add_reading, reading_of
from workbench.cli.say import print_scores

if TYPE_CHECKING:
    from workbench.core.events import Scores


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("evaluate", help="score a model and the baselines on a file")
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    add_file(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_reading(parser)
    parser.set_defaults(command=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    from workbench.core.devices import use_few_threads
    from workbench.core.exports.wbm import read_model
    from workbench.core.forecasting import evaluated
    from workbench.core.opening import reread

    bundle = read_model(options.model)
    data = bundle.project.data
    table = reread(options.file, reading_of(options, data.reading), data.understood)
    use_few_threads()
    dataset, rows, scores = evaluated(bundle, table)
    if options.json:
        document = {"rows": rows, "season": dataset.season, "scores": [_score(entry) for entry in scores]}
        print(json.dumps(document, allow_nan=False))
        return 0
    print(f"{dataset.name}: {scores[0].windows} windows of the {rows} rows")
    print_scores({entry.name: entry for entry in scores})
    return 0


def _score(entry: Scores) -> dict[str, Any]:
    return {
        "name": entry.name,
        "part": entry.part,
        "mae": entry.mae,
        "rmse": entry.rmse,
        "mase": entry.mase,
        "accuracy": entry.accuracy,
        "mae_by_step": entry.mae_by_step.tolist(),
        "windows": entry.windows,
    }
