"""``train``: train a network and write its model file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_file, add_reading, add_settings, cell_settings, reading_of
from workbench.cli.groups import group, seeds
from workbench.cli.running import add_tensorboard, begun, carry_out
from workbench.cli.say import tell
from workbench.cli.start import add_start, resumed, sized
from workbench.core.cells import CELLS
from workbench.core.fields import SETTINGS_CLASH, Spec, settings_of, validated
from workbench.core.problems import WorkbenchError, problem
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.reading import Reading
from workbench.core.store import RunFolder, fresh_folder

if TYPE_CHECKING:
    from workbench.core.table import Table

SECTIONS: tuple[tuple[str, type[Spec]], ...] = (("data", DataSpec), ("model", ModelSpec), ("train", TrainSpec))


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("train", help="train a network and write its model file")
    add_file(parser)
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        help="where model.wbm, the log and the checkpoints go (by default a new folder among your runs; see: runs)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object an event")
    add_tensorboard(parser)
    parser.add_argument(
        "--seeds",
        metavar="0-4",
        type=seeds,
        help="train once with each of these seeds (0-4, or 1,5,9), and tell mean and spread of the scores",
    )
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
    from workbench.core.sources import read

    if options.seeds is not None and options.start is not None:
        raise WorkbenchError(SETTINGS_CLASH, reason="--seeds draws the first weights anew, and --from brings them")
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
    if options.seeds is not None:
        return group(project, dataset, options.seeds, options.out, options.tensorboard, json_lines=options.json)
    folder = RunFolder(options.out) if options.out is not None else fresh_folder(project)
    return carry_out(begun(project, dataset, folder, start, options.tensorboard), json_lines=options.json)


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
