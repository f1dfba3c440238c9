"""``evaluate``: score a model and the baselines on a file, or the baselines alone on files without a model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cli.backtest import add_backtest, of_refitted, plan_of, tell_backtest
from workbench.cli.bands import conformal_of, intervals, other_forecast, sampled_forecasts
from workbench.cli.flags import add_reading, add_settings, reading_of
from workbench.cli.projects import given_of
from workbench.cli.reuse import add_map, table_for
from workbench.cli.say import print_judgement, print_scores, tell
from workbench.cli.scoretable import document, print_evaluation, verdict_document
from workbench.core.fields import SETTINGS_CLASH, settings_of
from workbench.core.problems import N_, ProblemKind, WorkbenchError, problem
from workbench.core.project import DataSpec

if TYPE_CHECKING:
    from workbench.core.baselines import Method
    from workbench.core.dataset import Dataset
    from workbench.core.events import Part, Scores
    from workbench.core.insight.judging import Judgement
    from workbench.core.intervals import Forecast
    from workbench.core.project import Project
    from workbench.core.table import Table

NO_CALIBRATION = ProblemKind(
    "no-calibration",
    "warning",
    N_("There are no validation windows to calibrate a band on, so none is given."),
    N_("Leave rows to the validation part, or give a longer file."),
)
NO_STATS = ProblemKind(
    "no-statsmodels",
    "note",
    N_("ETS, Theta, ARIMA and STL are not compared: the optional package statsmodels is missing."),
    N_("Install it with the extra: pip install sequence-workbench[stats]."),
)
ROWS_OF_SPLIT = 3
MOST_JUDGED = 400_000


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """What is evaluated: forecasters of `dataset` besides the baselines, and what they can be fitted anew from."""

    dataset: Dataset
    forecasts: dict[str, Forecast]
    rows: str
    table: Table | None = None
    project: Project | None = None
    own_shares: Mapping[str, float] = field(default_factory=dict)
    before: Dataset | None = None


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "evaluate",
        help="score a model and the baselines on a file, or the baselines alone",
        description="evaluate MODEL FILE scores a trained model beside the baselines. evaluate FILE scores the "
        "baselines alone, before any training. evaluate TRAIN TEST does so for files of many series, one a row or "
        "column, of any lengths, such as those of forecasting competitions.",
    )
    parser.add_argument("paths", metavar="MODEL FILE | FILE | TRAIN TEST", nargs="+", help="a .wbm file and a table")
    parser.add_argument(
        "--baselines",
        metavar="all|plain|none|NAME,...",
        default="plain",
        help="which to score: all (with ETS, Theta, ARIMA and STL where statsmodels is installed), plain (default), "
        "none, or some by name",
    )
    parser.add_argument(
        "--intervals",
        metavar="KIND:SHARE,...",
        type=intervals,
        action="append",
        default=[],
        help="bands, with the coverage they really have. conformal:0.8,0.95 calibrates them on the validation rows, "
        "once (split:...) and adapting over time (adaptive:...); dropout:0.8 leaves dropout on; ensemble:0.8 takes the "
        "spread of --members; may be given several times",
    )
    parser.add_argument(
        "--members", metavar="MODEL|GROUP", action="append", default=[], help="other seeds, or the folder of a group"
    )
    parser.add_argument("--test", metavar="FILE", help="how the series of a file of many went on, as TRAIN TEST")
    parser.add_argument("--split", metavar="N/N/N", type=_split, help="rows for training, validation and test")
    parser.add_argument("--explain", action="store_true", help="tell the formula, season and scale of every measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_backtest(parser)
    add_settings(parser.add_argument_group("data, where no model says it"), settings_of(DataSpec))
    add_map(parser)
    add_reading(parser)
    parser.set_defaults(command=_evaluate)


def _split(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in text.split("/"))
    except ValueError:
        found = ()
    if len(found) != ROWS_OF_SPLIT or min(found) < 1:
        raise argparse.ArgumentTypeError("must be three numbers of rows such as 8640/2880/2880")
    return found


def _is_model(path: str) -> bool:
    """Return whether the first path is a model; a broken one is still meant as one."""
    from workbench.core.modelcard import is_model_file

    return path.endswith(".wbm") or is_model_file(Path(path))


def _evaluate(options: argparse.Namespace) -> int:
    if options.test is not None:
        options.paths.append(options.test)
    paths = options.paths
    model = _is_model(paths[0])
    if len(paths) > 2 or (model and len(paths) != 2):
        raise WorkbenchError(SETTINGS_CLASH, reason="give a model and a file, a file, or a training and a test file")
    if model:
        return _of_model(options)
    from workbench.core.panel import is_ragged

    if len(paths) == 2 or (options.series is None and is_ragged(paths[0])):
        if options.backtest and options.refit:
            raise WorkbenchError(SETTINGS_CLASH, reason="many series of unequal length have one origin each")
        return _measured(options, _panel(options))
    return _measured(options, _table(options))


def _of_model(options: argparse.Namespace) -> int:
    from workbench.core.exports.wbm import read_model

    if given_of(options, DataSpec) or options.split:
        raise WorkbenchError(SETTINGS_CLASH, reason="the model says how its data are read and split")
    bundle = read_model(Path(options.paths[0]))
    data = bundle.project.data
    table = table_for(bundle, options, options.paths[1])
    from workbench.core.dataset import prepare
    from workbench.core.devices import use_few_threads  # torch, which a refusal need not load
    from workbench.core.forecasting import evaluated, for_scoring, forecast_of
    from workbench.core.reuse import checked

    use_few_threads()
    dataset, _part, rows = for_scoring(bundle, table)
    for note in checked(dataset, bundle):
        tell(note)
    if data.framing == "label" or bundle.project.model.output == "classes":
        dataset, rows, scores = evaluated(bundle, table)
        return _answers(options, dataset, rows, scores)
    if options.backtest and options.refit:
        dataset = prepare(table, data)
    forecasts = {"model": forecast_of(bundle, dataset)}
    for path in options.against:
        forecasts["/".join(Path(path).parts[-2:])] = other_forecast(read_model(Path(path)), table, dataset)
    sampled, shares = sampled_forecasts(options, bundle, table, dataset)
    return _measured(options, _Subject(dataset, forecasts | sampled, rows, table, bundle.project, shares))


def _answers(options: argparse.Namespace, dataset: Dataset, rows: str, scores: tuple[Scores, ...]) -> int:
    """Tell the scores of answers, which have no steps ahead to tell apart."""
    if options.json:
        found = {"rows": rows, "season": dataset.season, "scores": [_score(entry) for entry in scores]}
        print(json.dumps(found, allow_nan=False))
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


def _panel(options: argparse.Namespace) -> _Subject:
    from workbench.core.panel import one_horizon_before, panel_dataset, panel_of

    train, *test = (panel_of(path) for path in options.paths)
    if options.split:
        raise WorkbenchError(SETTINGS_CLASH, reason="of many series the last values of each are the test")
    came = test[0] if test else None
    dataset = panel_dataset(
        train, came, horizon=options.horizon, season=options.season or None, window=options.window or 0
    )
    before = one_horizon_before(train, came, dataset) if options.intervals else None
    return _Subject(dataset, {}, "held out", before=before)


def _table(options: argparse.Namespace) -> _Subject:
    from workbench.core.dataset import prepare
    from workbench.core.grid import regular
    from workbench.core.longfiles import OF_ONE_SERIES
    from workbench.core.opening import proposed
    from workbench.core.sources import read

    reading = reading_of(options)
    if options.series and reading.layout == "auto":
        reading = reading.changed(layout="rows")
    table = read(options.paths[0], hints=reading.hints)
    target = options.targets[0] if options.targets else None
    project = proposed(table, str(options.paths[0]), target, options.series or "")
    project = project.edited(data=given_of(options, DataSpec))
    spec, places = project.data, None
    if options.split:
        rows = len(regular(table, spec).values)
        if sum(options.split) > rows:
            raise WorkbenchError(SETTINGS_CLASH, reason=f"the split needs {sum(options.split)} rows of {rows}")
        places = np.repeat(np.array([0, 1, 2, 3], dtype=np.int8), [*options.split, rows - sum(options.split)])
    dataset = prepare(table, spec, places=places)
    for note in (*table.notes, *dataset.notes):
        if note.severity != "note" and not (spec.series and note.key in OF_ONE_SERIES):
            tell(note)
    return _Subject(dataset, {}, "test", table)


def _measured(options: argparse.Namespace, subject: _Subject) -> int:
    from workbench.core.evaluation import evaluation, point_forecast

    dataset, rows = subject.dataset, subject.rows
    chosen = _chosen(options.baselines, dataset)
    forecasts = subject.forecasts | {name: point_forecast(dataset, method) for name, method in chosen.items()}
    shares, kinds = conformal_of(options)
    if options.backtest and options.refit and subject.table is not None:
        found = of_refitted(options, subject.table, dataset, subject.project, tuple(chosen))
        return tell_backtest(options, found, _settings(subject), None)
    if options.report is not None and not options.backtest:
        raise WorkbenchError(SETTINGS_CLASH, reason="--report is about --backtest")
    part: Part = "test" if len(dataset.test) else "valid"
    wanted = bool(shares) or bool(subject.own_shares) or not options.backtest
    measured = None
    if wanted:
        before = _before(subject.before, tuple(chosen))
        measured = evaluation(dataset, part, forecasts, shares, kinds, subject.own_shares, before)
    if measured is not None and measured.uncalibrated:
        tell(problem(NO_CALIBRATION))
    if options.backtest:
        from workbench.core.backtest import unfitted

        return tell_backtest(options, unfitted(dataset, plan_of(options), forecasts), _settings(subject), measured)
    assert measured is not None
    judgement = _judged(subject, part) if "model" in subject.forecasts else None
    if options.json:
        verdict = {} if judgement is None else {"verdict": verdict_document(judgement)}
        print(json.dumps(document(measured, rows) | verdict, allow_nan=False))
        return 0
    print_evaluation(measured, rows, explain=options.explain)
    if judgement is not None:
        print_judgement(judgement)
    return 0


def _before(dataset: Dataset | None, names: tuple[str, ...]) -> tuple[Dataset, Mapping[str, Forecast]] | None:
    """Return the baselines as they would have been fitted one horizon before, None without such data."""
    from workbench.core.classical import methods_of
    from workbench.core.evaluation import point_forecast

    if dataset is None:
        return None
    found = {name: point_forecast(dataset, method) for name, method in methods_of(dataset, names).items()}
    return (dataset, found) if len(found) == len(names) else None


def _judged(subject: _Subject, part: Part) -> Judgement | None:
    """Judge the model on at most :data:`MOST_JUDGED` values of its forecasts, windows evenly taken."""
    from workbench.core.baselines import baselines
    from workbench.core.insight.evidence import assembled
    from workbench.core.insight.judging import judged

    dataset = subject.dataset
    start = dataset.part(part).start
    most = max(2, MOST_JUDGED // (dataset.spec.horizon * dataset.targets))
    start = start[np.linspace(0, len(start) - 1, min(len(start), most)).round().astype(np.int64)]
    if len(start) < 2:
        return None
    point, low, high = subject.forecasts["model"](start)
    forecasts = {"model": point} | {name: method(dataset, start) for name, method in baselines(dataset).items()}
    levels = subject.project.model.levels if subject.project is not None else ()
    level = levels[-1] - levels[0] if low is not None and levels else None
    return judged(assembled(dataset, part, start, forecasts, (low, high) if level else (None, None), level))


def _settings(subject: _Subject) -> dict[str, Any]:
    """Return every setting that a report tells."""
    from workbench.core.htmlreport import told_settings

    return told_settings(subject.dataset if subject.project is None else subject.project)


def _chosen(asked: str, dataset: Dataset) -> dict[str, Method]:
    """Return the baselines that were asked for."""
    from workbench.core.baselines import LABELS, baselines
    from workbench.core.classical import METHODS, classical, has_statsmodels

    if asked == "none":
        return {}
    methods: dict[str, Callable[..., Any]] = dict(baselines(dataset))
    if asked == "plain":
        return methods
    if asked == "all" or set(METHODS) & set(asked.split(",")):
        if not has_statsmodels():
            tell(problem(NO_STATS))
        methods |= classical(dataset)
    if asked == "all":
        return methods
    names = [name.strip() for name in asked.split(",")]
    unknown = [name for name in names if name not in LABELS]
    if unknown:
        raise WorkbenchError(
            SETTINGS_CLASH, reason=f"there is no baseline {unknown[0]}; there are {', '.join(methods)}"
        )
    return {name: methods[name] for name in names if name in methods}
