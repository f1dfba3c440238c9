"""The command line: the same core as the window, without a screen.

Results go to standard output, progress and Problems to standard error. Exit codes: 0 done, 1 a check failed,
2 a Problem (with its remedy), 130 interrupted before there was anything to keep.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.core.cells import CELLS
from workbench.core.fields import Setting, Spec, settings_of, validated
from workbench.core.problems import Problem, WorkbenchError
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec

if TYPE_CHECKING:
    from workbench.core.events import Event, Scores
    from workbench.core.run import Run
    from workbench.core.table import Table

FLAGS = {"targets": "--target", "learning_rate": "--lr", "normalisation": "--normalise"}
"""Settings whose flag is not their name."""

SECTIONS: tuple[tuple[str, type[Spec]], ...] = (("data", DataSpec), ("model", ModelSpec), ("train", TrainSpec))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except WorkbenchError as error:
        _tell(error.problem)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader, e.g. head, has gone; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _tell(problem: Problem) -> None:
    print(f"{problem.severity}: {problem.text()}\n  {problem.remedy()}", file=sys.stderr)


# -- the parser -------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workbench",
        description="Train a recurrent cell on a time series, forecast with it, and find out whether it is any good.",
        epilog="The window starts with: python main.py [FILE]",
    )
    parser.add_argument("--version", action="version", version=f"Sequence Workbench {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    inspect = commands.add_parser("inspect", help="say what was understood of a file")
    _file(inspect)
    inspect.add_argument("--json", action="store_true", help="print one JSON object")
    inspect.add_argument("--rows", metavar="OUT.csv", type=Path, help="write the parsed cells as RFC 4180 CSV, UTF-8")
    inspect.set_defaults(command=_inspect)

    train = commands.add_parser("train", help="train a network and write its model file")
    _file(train)
    train.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="where model.wbm and its log go")
    train.add_argument("--json", action="store_true", help="print one JSON object an event")
    for _section, spec in SECTIONS:
        _settings(train.add_argument_group(spec.__name__.removesuffix("Spec").lower()), settings_of(spec))
    _settings(train.add_argument_group("options of the cell"), _cell_settings())
    train.set_defaults(command=_train)

    forecast = commands.add_parser("forecast", help="forecast the rows that follow the last row of a file")
    forecast.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    _file(forecast)
    forecast.add_argument("--steps", type=_positive, help="how many rows (by default the model's horizon)")
    forecast.add_argument("--out", metavar="OUT.csv", type=Path, required=True, help="the forecast, with dates")
    forecast.set_defaults(command=_forecast)

    evaluate = commands.add_parser("evaluate", help="score a model and the baselines on a file")
    evaluate.add_argument("model", metavar="MODEL", type=Path, help="a .wbm file")
    _file(evaluate)
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.set_defaults(command=_evaluate)

    check = commands.add_parser("check", help="show versions and devices, and test each cell against torch")
    check.set_defaults(command=_check)
    return parser


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a table with a time series, or task:NAME?key=value")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _cell_settings() -> tuple[Setting, ...]:
    """Options of all cells, each once."""
    found = {entry.name: entry for cell in CELLS for entry in settings_of(cell.Options)}
    return tuple(found.values())


def _settings(group: argparse._ArgumentGroup, settings: Iterable[Setting]) -> None:
    kinds: dict[str, Any] = {"int": int, "float": float, "names": _names, "bool": _truth}
    for entry in settings:
        flag = FLAGS.get(entry.name, "--" + entry.name.replace("_", "-"))
        choices = [value for value, _label in entry.choices] if entry.kind == "choice" else None
        shown = None if choices else _listed(entry) if entry.kind == "names" else "X" if entry.kind == "float" else "N"
        default = ", ".join(entry.default) if isinstance(entry.default, tuple) else entry.default
        proposed = entry.name in ("targets", "window", "horizon", "gaps", "gap_limit")
        ending = "proposed from the data" if proposed else f"default {default}" if default != "" else "default none"
        group.add_argument(
            flag,
            dest=entry.name,
            type=kinds.get(entry.kind, str),
            choices=choices,
            metavar=shown,
            help=f"{entry.help} ({ending})".replace("%", "%%"),
        )


def _listed(entry: Setting) -> str:
    return ",".join(value for value, _label in entry.choices) or "COL[,COL]"


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _truth(text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise argparse.ArgumentTypeError("must be yes or no")
    return text.lower() in ("yes", "true", "1")


# -- inspect ----------------------------------------------------------------------------------------------


def _inspect(options: argparse.Namespace) -> int:
    from workbench.core.files import write_csv
    from workbench.core.sources import parsed, read
    from workbench.core.sources.inspection import inspection

    table = read(options.file)
    if options.rows is not None:
        write_csv(options.rows, *parsed(options.file))
    found = inspection(table, options.file)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return 0
    print(f"{table.name}: {table.rows} rows, {len(table.columns)} columns")
    for column in table.columns:
        missing = f", {column.missing} missing" if column.missing else ""
        print(f"  {column.name}: {column.kind}{missing}")
    if table.time is not None:
        facts: Any = found["time"]
        print(
            f"time: {' + '.join(table.time.columns)} from {facts['first']} to {facts['last']}, format {facts['format']}"
        )
    for note in table.notes:
        print(f"{note.severity}: {note.text()} {note.remedy()}")
    return 0


# -- train ------------------------------------------------------------------------------------------------


def _train(options: argparse.Namespace) -> int:
    from workbench.core.dataset import prepare
    from workbench.core.devices import use_few_threads
    from workbench.core.run import Run
    from workbench.core.sources import read
    from workbench.core.steering import Steering
    from workbench.core.supervision import supervised

    table = read(options.file)
    project = _project(table, options)
    dataset = prepare(table, project.data)
    for note in (*table.notes, *dataset.notes):
        if note.severity != "note":
            _tell(note)
    use_few_threads()
    steering = Steering(project.train)
    run = Run(1, project)
    _finish_on_interrupt(steering)
    log = []
    for event in _shown(supervised(project, dataset, steering), run, json_lines=options.json):
        log.append(event)
    _write(options.out, run, dataset, log)
    assert run.ended is not None
    if not options.json:
        _print_result(run, options.out)
    if run.ended.problem is not None:
        _tell(run.ended.problem)
        if run.ended.details:
            print(run.ended.details, file=sys.stderr)
        return 2
    return 0


def _project(table: Table, options: argparse.Namespace) -> Project:
    from workbench.core.opening import proposed

    project = proposed(table, str(options.file), options.targets[0] if options.targets else None)
    given = {name: value for name, value in vars(options).items() if value is not None}
    changes: dict[str, Spec] = {}
    for section, spec in SECTIONS:
        values: dict[str, Any] = {entry.name: given[entry.name] for entry in settings_of(spec) if entry.name in given}
        if section == "model":
            own = {entry.name for entry in settings_of(CELLS[given.get("cell", "lstm")].Options)}
            values["options"] = {entry.name: given[entry.name] for entry in _cell_settings() if entry.name in given}
            if set(values["options"]) - own:
                _refuse_options(set(values["options"]) - own, given.get("cell", "lstm"))
            validated(CELLS[given.get("cell", "lstm")].Options, values["options"])  # names the option that is refused
        changes[section] = {"data": project.data, "model": project.model, "train": project.train}[section].changed(
            **values
        )
    return project.model_copy(update=changes)


def _refuse_options(names: set[str], cell: str) -> None:
    from workbench.core.fields import INVALID_SETTING

    title = ", ".join("--" + name.replace("_", "-") for name in sorted(names))
    raise WorkbenchError(
        INVALID_SETTING, title=title, value="used here", reason=f"the cell {cell} has no such option", allowed=""
    )


def _finish_on_interrupt(steering: Any) -> None:
    """Let the first Ctrl+C deliver the best model so far, and the second one end the program."""

    def finish(_number: int, _frame: object) -> None:
        print("\nFinishing with the best weights so far; press Ctrl+C again to give up.", file=sys.stderr)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        steering.finish()

    signal.signal(signal.SIGINT, finish)


def _shown(events: Iterator[Event], run: Run, *, json_lines: bool) -> Iterator[Event]:
    """Apply every event to `run`, show it, and pass it on."""
    from workbench.core.eventlog import event_json

    if json_lines:
        for event in events:
            run.apply(event)
            print(event_json(event), flush=True)
            yield event
        return
    yield from _with_progress(events, run)


def _with_progress(events: Iterator[Event], run: Run) -> Iterator[Event]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[facts]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=run.project.train.epochs, facts="")
        for event in events:
            run.apply(event)
            now = run.progress
            if now is not None:
                done = now.epoch - 1 + now.batch / now.batches
                left = f"{int(now.left_s) // 60}:{int(now.left_s) % 60:02d} left"
                best = f" · best {run.best.valid_loss:.4f} (epoch {run.best.epoch})" if run.best else ""
                facts = f"loss {now.losses[-1]:.4f}{best} · {now.windows_per_s:,.0f} windows/s · {left}"
                progress.update(
                    task, completed=done, total=now.epochs, description=f"epoch {now.epoch}/{now.epochs}", facts=facts
                )
            yield event


def _write(folder: Path, run: Run, dataset: Any, log: list[Event]) -> None:
    from workbench.core.bundle import bundled
    from workbench.core.eventlog import event_json
    from workbench.core.exports import exported
    from workbench.core.files import write_atomically

    if run.best is not None:
        exported(folder / "model.wbm", bundled(run, dataset), dataset, None)
    write_atomically(folder / "project.json", run.project.to_json().encode())
    write_atomically(folder / "events.jsonl", "".join(event_json(event) + "\n" for event in log).encode())


def _print_result(run: Run, folder: Path) -> None:
    from workbench.core.scoring import verdict

    ended = run.ended
    assert ended is not None
    speed = f"{ended.windows_per_s:,.0f} windows/s"
    print(f"{ended.outcome} after {ended.epoch} epochs, {ended.seconds:.1f} s, {speed}; best epoch {ended.best_epoch}")
    _print_scores(run.scores("test") or run.scores("valid"))
    found = verdict(run)
    if found is not None:
        print(f"{found.headline.format_map(found.values)}: {found.sentence.format_map(found.values)}")
    if run.best is not None:
        print(f"model: {folder / 'model.wbm'}")


def _print_scores(scores: Any) -> None:
    from workbench.core.baselines import LABELS

    for entry in scores.values():
        mase = "n/a" if entry.mase is None else f"{entry.mase:.3f}"
        print(f"  {LABELS[entry.name]:<15} {entry.part:<6} MAE {entry.mae:<10.5g} RMSE {entry.rmse:<10.5g} MASE {mase}")


# -- forecast, evaluate, check ----------------------------------------------------------------------------


def _forecast(options: argparse.Namespace) -> int:
    from workbench.core.devices import use_few_threads
    from workbench.core.exports.forecast_csv import forecast_table
    from workbench.core.exports.wbm import read_model
    from workbench.core.files import write_csv
    from workbench.core.forecasting import beyond, view
    from workbench.core.sources import read

    bundle = read_model(options.model)
    use_few_threads()
    dataset = view(bundle, read(options.file))
    future = beyond(bundle, dataset, options.steps)
    write_csv(options.out, *forecast_table(dataset, future))
    rows, steps = len(dataset.values), future.values.shape[1]
    print(f"{steps} rows, {dataset.clock.text(rows)} to {dataset.clock.text(rows + steps - 1)}: {options.out}")
    if steps > bundle.project.data.horizon:
        print(f"from row {bundle.project.data.horizon + 1} on, the forecast was fed back to the model", file=sys.stderr)
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from workbench.core.devices import use_few_threads
    from workbench.core.exports.wbm import read_model
    from workbench.core.forecasting import evaluated
    from workbench.core.sources import read

    bundle = read_model(options.model)
    use_few_threads()
    dataset, rows, scores = evaluated(bundle, read(options.file))
    if options.json:
        document = {"rows": rows, "season": dataset.season, "scores": [_score(entry) for entry in scores]}
        print(json.dumps(document, allow_nan=False))
        return 0
    print(f"{dataset.name}: {scores[0].windows} windows of the {rows} rows")
    _print_scores({entry.name: entry for entry in scores})
    return 0


def _score(entry: Scores) -> dict[str, Any]:
    return {
        "name": entry.name,
        "part": entry.part,
        "mae": entry.mae,
        "rmse": entry.rmse,
        "mase": entry.mase,
        "mae_by_step": entry.mae_by_step.tolist(),
        "windows": entry.windows,
    }


def _check(_options: argparse.Namespace) -> int:
    from workbench.core.bundle import versions
    from workbench.core.devices import devices, use_few_threads
    from workbench.core.selfcheck import TOLERANCE, check_cells

    use_few_threads()
    for name, value in versions().items():
        print(f"{name:<12} {value}")
    for device in devices():
        print(f"{'device':<12} {device.key}: {device.label}")
    failed = 0
    for result in check_cells():
        failed += not result.passed
        word = "ok" if result.passed else "DIFFERS"
        print(
            f"{result.key:<12} {word}: step against torch {result.forward:.1e}, gradients {result.gradient:.1e}, "
            f"numpy {result.explained:.1e} (at most {TOLERANCE:.0e})"
        )
    return 1 if failed else 0
