"""``operate``: change gates, units and weights of a trained model by hand, and see what becomes of its error."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_file, add_reading, positive
from workbench.cli.reuse import add_map, dataset_for, table_for

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle
    from workbench.core.dataset import Dataset
    from workbench.core.operations import Operations

EXAMPLES = (
    "examples of operations: 'f = 1' (clamp a gate), 'f[12] = 0.5' (of one unit), 'zero[12]' (silence a unit), "
    "'peepholes = 0', 'i = 1 - f', 'c0 = 0.5' (another first state), 'weight_hh[3,4] = 0.2'; "
    "'2: f = 1' is about the second layer"
)
MOST_RANKED = 10
"""Units printed of a ranking."""


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "operate", help="operate on a trained model: clamp gates, silence units, edit weights", epilog=EXAMPLES
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    add_file(parser)
    parser.add_argument("--do", metavar="OPERATION", action="append", default=[], help="an operation; may be repeated")
    parser.add_argument("--rank", action="store_true", help="silence each unit in turn, and list what that costs")
    parser.add_argument("--layer", type=positive, default=1, help="the layer whose units are ranked (by default 1)")
    parser.add_argument("--windows", type=positive, default=1000, help="how many windows are scored at most")
    parser.add_argument("--out", metavar="OUT.wbm", type=Path, help="write the changed model")
    add_map(parser)
    add_reading(parser)
    parser.set_defaults(command=_operate)


def _operate(options: argparse.Namespace) -> int:
    from workbench.core.exports.wbm import WbmExport, read_model
    from workbench.core.operations import operation_of

    operations = tuple(operation_of(text) for text in options.do)
    bundle = read_model(options.model)
    table = table_for(bundle, options)
    from workbench.core.devices import use_few_threads  # torch, which a refusal need not load
    from workbench.core.exports import Package
    from workbench.core.operating import operated_bundle

    use_few_threads()
    dataset = dataset_for(bundle, table)
    _compare(bundle, dataset, operations, options.windows)
    if options.rank:
        _rank(bundle, dataset, operations, options)
    if options.out is not None:
        WbmExport().write(options.out, Package(operated_bundle(bundle, dataset, operations), dataset, None))
        print(f"written: {options.out}")
    return 0


def _compare(bundle: Bundle, dataset: Dataset, operations: Operations, windows: int) -> None:
    """Print the error before, and after each operation."""
    from workbench.core.operating import operated_network, validated_scores

    before: float | None = None
    for count in range(len(operations) + 1):
        network, _weights = operated_network(bundle.project, bundle.weights, operations[:count])
        found = validated_scores(network, dataset, windows)
        if before is None:
            print(f"{dataset.name}: {found.windows} windows of the {found.part} rows")
            before = found.mae
        name = operations[count - 1].notation if count else "as trained"
        share = f" {found.mae / before - 1:+.1%}".replace("%", " %") if count and before else ""
        print(f"  {name:<24} MAE {found.mae:<10.5g}{share}")


def _rank(bundle: Bundle, dataset: Dataset, operations: Operations, options: argparse.Namespace) -> None:
    from workbench.core.operating import ranked

    found = ranked(bundle.project, bundle.weights, dataset, options.layer - 1, operations, most=options.windows)
    print(f"units of layer {options.layer} by what is lost without them:")
    for entry in found[:MOST_RANKED]:
        print(f"  unit {entry.unit:<4} MAE {entry.mae:<10.5g} {entry.change:+.5g}")
