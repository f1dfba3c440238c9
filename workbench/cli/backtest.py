"""``evaluate --backtest``: forecasts from many origins in a row, refits, comparisons and an HTML report."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import positive
from workbench.cli.scoretable import band_documents, print_bands, print_table, score_document
from workbench.core.fields import SETTINGS_CLASH
from workbench.core.problems import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from workbench.core.backtest import Backtest, Block, BlockForecasts
    from workbench.core.comparing import Comparison
    from workbench.core.dataset import Dataset
    from workbench.core.evaluation import Evaluation
    from workbench.core.plan import Plan
    from workbench.core.project import Project
    from workbench.core.table import Table


def add_backtest(parser: argparse.ArgumentParser) -> None:
    """Add the options of a backtest."""
    group = parser.add_argument_group("backtest")
    group.add_argument("--backtest", action="store_true", help="forecast from many origins, as if time passed")
    group.add_argument("--origins", metavar="N", type=positive, default=20, help="how many origins (default 20)")
    group.add_argument("--stride", metavar="N", type=positive, help="steps from one to the next (default: the horizon)")
    group.add_argument(
        "--refit",
        metavar="never|K",
        type=_refit,
        default=0,
        help="never, or fit everything anew at every K-th origin, on rows before it alone (default never)",
    )
    group.add_argument("--warm", action="store_true", help="at a refit, go on from the weights of the one before")
    group.add_argument("--gap", metavar="N", type=_whole, default=0, help="steps before an origin that fit nothing")
    group.add_argument(
        "--embargo", metavar="N", type=_whole, default=0, help="steps behind each horizon that no later refit may use"
    )
    group.add_argument("--workers", metavar="N", type=positive, help="processes (default: one less than cores)")
    group.add_argument(
        "--against", metavar="MODEL", action="append", default=[], help="another model, over the same origins"
    )
    group.add_argument("--report", metavar="FILE.html", type=Path, help="write a report with figures and all settings")


def _refit(text: str) -> int:
    return 0 if text == "never" else positive(text)


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def plan_of(options: argparse.Namespace) -> Plan:
    """Return what the options ask for."""
    from workbench.core.plan import Plan

    if not options.refit and (options.warm or options.gap or options.embargo):
        raise WorkbenchError(SETTINGS_CLASH, reason="--warm, --gap and --embargo are about --refit")
    names = ("origins", "stride", "refit", "warm", "gap", "embargo")
    plan: Plan = Plan().changed(**{name: vars(options)[name] for name in names if vars(options)[name] is not None})
    return plan


def of_refitted(
    options: argparse.Namespace, table: Table, dataset: Dataset, project: Project | None, names: Collection[str]
) -> Backtest:
    """Backtest with refits: of the network of `project`, or of the baselines alone."""
    from workbench.core.backtest import assembled, baselines_refitted, planned

    if options.against or options.intervals:
        reason = (
            "--against and --intervals need --refit never: a refit trains one project, and leaves nothing to calibrate"
        )
        raise WorkbenchError(SETTINGS_CLASH, reason=reason)
    plan = plan_of(options)
    blocks = planned(dataset, plan)
    done: Iterable[BlockForecasts]
    if project is None:
        done = baselines_refitted(table, dataset, blocks, names)
    else:
        from workbench.core.refitting import refitted

        done = refitted(
            table, project, blocks, names=names, warm=plan.warm, workers=options.workers, progress=_told(blocks)
        )
    return assembled(dataset, plan, blocks, done)


def _told(blocks: tuple[Block, ...]) -> Any:
    def tell(done: int, count: int) -> None:
        windows = sum(len(block.start) for block in blocks)
        print(f"refit {done} of {count} ({windows} forecasts)", file=sys.stderr)

    return tell


def tell_backtest(
    options: argparse.Namespace,
    found: Backtest,
    settings: Mapping[str, Any],
    intervals: Evaluation | None,
) -> int:
    """Print the backtest and write its report."""
    from workbench.core.files import write_atomically
    from workbench.core.htmlreport import label_of, report_page

    comparisons = found.comparisons()
    if options.report is not None:
        write_atomically(options.report, report_page(found, comparisons, settings, intervals).encode())
    if options.json:
        print(json.dumps(_document(found, comparisons, intervals), allow_nan=False))
        return 0
    times = found.times()
    refits = "never fitted anew" if not found.refits else f"fitted anew at {len(found.refits)}"
    print(f"{found.dataset.name}: {len(times)} origins, {times[0]} to {times[-1]}, {found.stride} apart, {refits}")
    print_table(found.reports, {})
    for entry in comparisons[: max(1, len(found.losses) - 1)]:
        print("  " + entry.text(label_of))
    if intervals is not None:
        print_bands(intervals)
    if options.report is not None:
        print(f"report: {options.report}")
    return 0


def _document(found: Backtest, comparisons: tuple[Comparison, ...], intervals: Evaluation | None) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "file": found.dataset.name,
        "plan": found.plan.model_dump() | {"stride": found.stride},
        "horizon": found.dataset.spec.horizon,
        "season": found.scale.season,
        "origins": found.times(),
        "refits": list(found.refits),
        "seconds": found.seconds,
        "scores": [score_document(name, report) for name, report in found.reports.items()],
        "losses": {name: values.tolist() for name, values in found.losses.items()},
        "comparisons": [asdict(entry) for entry in comparisons],
        "intervals": {} if intervals is None else {name: band_documents(intervals, name) for name in intervals.bands},
    }
