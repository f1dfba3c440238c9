"""``range-test``: find a learning rate by training a little with a growing one."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_file
from workbench.cli.projects import add_project, made

if TYPE_CHECKING:
    from workbench.core.rangetest import RangeResult

LINES = 24
"""Rows of the table that is printed; --json has every batch."""

WIDTH = 40


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "range-test",
        help="find a learning rate: train a little with one that grows, and see where the loss falls",
        description="Train a throw-away network with a learning rate that grows from batch to batch (Smith 2017), and "
        "suggest one for training. The options are those of train.",
    )
    add_file(parser)
    parser.add_argument("--low", metavar="X", type=float, default=1e-6, help="lowest rate (default 1e-6)")
    parser.add_argument("--high", metavar="X", type=float, default=1.0, help="highest rate (default 1)")
    parser.add_argument("--steps", metavar="N", type=int, default=150, help="batches (default 150)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with every batch")
    add_project(parser)
    parser.set_defaults(command=_range_test)


def _range_test(options: argparse.Namespace) -> int:
    from workbench.core.devices import use_few_threads
    from workbench.core.rangetest import range_test

    project, dataset, start = made(options)
    use_few_threads()
    test = range_test(project, dataset, low=options.low, high=options.high, steps=options.steps, start=start)
    while True:
        try:
            next(test)
        except StopIteration as end:
            found: RangeResult = end.value
            break
    if options.json:
        print(json.dumps(_document(found), allow_nan=False))
    else:
        _print(found)
    return 0 if found.suggestion is not None else 1


def _document(found: RangeResult) -> dict[str, Any]:
    def plain(values: Any) -> list[float | None]:
        return [value if abs(value) < float("inf") else None for value in values.tolist()]

    return {
        "outcome": found.outcome,
        "suggestion": found.suggestion,
        "steepest": found.steepest,
        "tenth": found.tenth,
        "rates": plain(found.rates),
        "losses": plain(found.losses),
        "smoothed": plain(found.smoothed),
    }


def _print(found: RangeResult) -> None:
    import numpy as np

    finite = found.smoothed[np.isfinite(found.smoothed)]
    low, high = (float(finite.min()), float(min(finite.max(), finite[0] * 2))) if len(finite) else (0.0, 1.0)
    print(f"{'rate':>9}  {'loss':>9}")
    for place in np.unique(np.linspace(0, len(found.rates) - 1, LINES).round().astype(int)):
        loss = float(found.smoothed[place])
        share = min(max((loss - low) / max(high - low, 1e-12), 0.0), 1.0) if np.isfinite(loss) else 1.0
        print(f"{found.rates[place]:9.2e}  {loss:9.4f}  {'█' * round(share * WIDTH)}")
    if found.suggestion is None or found.steepest is None or found.tenth is None:
        print("The loss fell at no rate: there is nothing to suggest. Try other rates, or look at the data.")
        return
    print(f"steepest fall at {found.steepest:.2g}; a tenth of the lowest loss's rate is {found.tenth:.2g}")
    if found.outcome == "end":
        print("The loss had not begun to grow at the highest rate; --high may be larger.", file=sys.stderr)
    print(f"suggestion: --lr {found.suggestion:.2g}")
