"""``train``: train a network and write its model file."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_file, add_reading, add_settings, cell_settings, reading_of
from workbench.cli.say import print_scores, tell
from workbench.cli.start import add_start, resumed, sized
from workbench.core.cells import CELLS
from workbench.core.fields import Spec, settings_of, validated
from workbench.core.problems import WorkbenchError, problem
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.reading import Reading

if TYPE_CHECKING:
    from workbench.core.events import Event
    from workbench.core.run import Run
    from workbench.core.table import Table

SECTIONS: tuple[tuple[str, type[Spec]], ...] = (("data", DataSpec), ("model", ModelSpec), ("train", TrainSpec))


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("train", help="train a network and write its model file")
    add_file(parser)
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="where model.wbm and its log go")
    parser.add_argument("--json", action="store_true", help="print one JSON object an event")
    parser.add_argument(
        "--preset",
        choices=("classroom", "balanced", "accurate"),
        help="settings that go together, sized by the data: classroom (one small layer, row by row), balanced, or "
        "accurate (segments of a season, shared channels, parallel decoding); other options are laid over them",
    )
    add_reading(parser)
    for _section, spec in SECTIONS:
        add_settings(parser.add_argument_group(spec.__name__.removesuffix("Spec").lower()), settings_of(spec))
    add_settings(parser.add_argument_group("options of the cell"), cell_settings())
    add_start(parser)
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> int:
    from workbench.core.dataset import prepare
    from workbench.core.devices import use_few_threads
    from workbench.core.longfiles import OF_ONE_SERIES
    from workbench.core.run import Run
    from workbench.core.sources import read
    from workbench.core.steering import Steering
    from workbench.core.supervision import supervised

    reading = reading_of(options)
    if options.series and reading.layout == "auto":
        reading = reading.changed(layout="rows")  # the column that tells series apart is to stay one
    table = read(options.file, hints=reading.hints)
    project, start = _project(table, options, reading), None
    if options.start is not None:
        fixed = [*_given(options, DataSpec), *(entry.name for entry in cell_settings() if vars(options)[entry.name])]
        project, start = resumed(project, table.sha256, _given(options, ModelSpec), fixed, options.start)
    project = sized(project, options)
    _tell_idle(project, options)
    dataset = prepare(table, project.data)
    for note in (*table.notes, *dataset.notes):
        if note.severity != "note" and not (project.data.series and note.key in OF_ONE_SERIES):
            tell(note)
    use_few_threads()
    steering = Steering(project.train)
    run = Run(1, project)
    _finish_on_interrupt(steering)
    log = []
    for event in _shown(supervised(project, dataset, steering, start), run, json_lines=options.json):
        log.append(event)
    _write(options.out, run, dataset, log)
    assert run.ended is not None
    if not options.json:
        _print_result(run, options.out)
    if run.ended.problem is not None:
        tell(run.ended.problem)
        if run.ended.details:
            print(run.ended.details, file=sys.stderr)
        return 2
    return 0


def _project(table: Table, options: argparse.Namespace, reading: Reading) -> Project:
    from workbench.core.dataset import prepare
    from workbench.core.opening import proposed
    from workbench.core.presets import preset_for

    project = proposed(table, str(options.file), options.targets[0] if options.targets else None, options.series or "")
    values = {section: _given(options, spec) for section, spec in SECTIONS}
    model = values["model"]
    cell = CELLS[model.get("cell", "lstm")]
    given = {name: value for name, value in vars(options).items() if value is not None}
    model["options"] = {entry.name: given[entry.name] for entry in cell_settings() if entry.name in given}
    foreign = set(model["options"]) - {entry.name for entry in settings_of(cell.Options)}
    if foreign:
        _refuse_options(foreign, cell.key)
    validated(cell.Options, model["options"])  # names the option that is refused
    if not model["options"] and "cell" not in model:
        del model["options"]  # those that were proposed
    if "quantiles" in model and "output" not in model and values["train"].get("loss") != "nll":
        model["output"] = "quantiles"  # under a distribution they are the edges of its band
    if options.preset:
        project = project.edited(data=values["data"])
        project = project.edited(**preset_for(options.preset, project, prepare(table, project.data)))
    project = project.edited(**values)
    return project.model_copy(update={"data": project.data.model_copy(update={"reading": reading})})


def _given(options: argparse.Namespace, spec: type[Spec]) -> dict[str, Any]:
    """Return the settings of `spec` that were given on the command line."""
    found = {entry.name: vars(options)[entry.name] for entry in settings_of(spec)}
    return {name: value for name, value in found.items() if value is not None}


def _tell_idle(project: Project, options: argparse.Namespace) -> None:
    """Warn of options that were given and change nothing."""
    from workbench.core.fitting import IDLE_SETTING, idle

    for name, reason in idle(project).items():
        if vars(options)[name] is not None:
            tell(problem(IDLE_SETTING, title="--" + name.replace("_", "-"), reason=reason))


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
    print_scores(run.scores("test") or run.scores("valid"))
    found = verdict(run)
    if found is not None:
        print(f"{found.headline.format_map(found.values)}: {found.sentence.format_map(found.values)}")
    if run.best is not None:
        print(f"model: {folder / 'model.wbm'}")
