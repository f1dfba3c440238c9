"""The project that the options of a verb describe, with its data, and the weights it starts from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_reading, add_settings, cell_settings, reading_of
from workbench.cli.say import tell
from workbench.cli.start import add_start, resumed, sized
from workbench.core.cells import CELLS
from workbench.core.fields import SETTINGS_CLASH, Spec, settings_of, validated
from workbench.core.problems import WorkbenchError, problem
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.reading import Reading

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle, Weights
    from workbench.core.dataset import Dataset
    from workbench.core.table import Table

SECTIONS: tuple[tuple[str, type[Spec]], ...] = (("data", DataSpec), ("model", ModelSpec), ("train", TrainSpec))


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a project."""
    parser.add_argument(
        "--preset",
        choices=("classroom", "balanced", "accurate"),
        help="settings that go together, sized by the data: classroom (one small layer, row by row), balanced, or "
        "accurate (segments of a season, shared channels, parallel decoding); other options are laid over them",
    )
    parser.add_argument("--data", metavar="FILE", type=Path, help="where the data of a .wbp file are")
    add_reading(parser)
    for _section, spec in SECTIONS:
        add_settings(parser.add_argument_group(spec.__name__.removesuffix("Spec").lower()), settings_of(spec))
    add_settings(parser.add_argument_group("options of the cell"), cell_settings())
    add_start(parser)


def made(options: argparse.Namespace) -> tuple[Project, Dataset, Weights | None]:
    """Read the file and return the project, its data and the weights to start from; tell what should be known."""
    from workbench.core.dataset import prepare
    from workbench.core.longfiles import OF_ONE_SERIES
    from workbench.core.sources import read

    reading = reading_of(options)
    if options.series and reading.layout == "auto":
        reading = reading.changed(layout="rows")  # the column that tells series apart is to stay one
    stored = _stored(options)
    if stored is not None:
        reading = stored.data.reading
    table = read(options.file if stored is None else stored.data.source, hints=reading.hints)
    project, start, bundle = _project(table, options, reading, stored), None, None
    if options.start is None and options.scaler is not None:
        raise WorkbenchError(SETTINGS_CLASH, reason="--scaler is about the model of --from")
    if options.start is not None:
        fixed = [*given_of(options, DataSpec), *(entry.name for entry in cell_settings() if vars(options)[entry.name])]
        project, start, bundle = resumed(project, given_of(options, ModelSpec), fixed, options.start)
    project = sized(project, options)
    _tell_idle(project, options)
    dataset = prepare(table, project.data) if bundle is None else _continued(table, project, bundle, options)
    for note in (*table.notes, *dataset.notes):
        if note.severity != "note" and not (project.data.series and note.key in OF_ONE_SERIES):
            tell(note)
    return project, dataset, start


def _continued(table: Table, project: Project, bundle: Bundle, options: argparse.Namespace) -> Dataset:
    from workbench.core.growth import continued

    found = continued(table, project.data, bundle, options.scaler)
    if found.told is not None:
        tell(found.told)
    return found.dataset


def _stored(options: argparse.Namespace) -> Project | None:
    """Return the project of a project file that was given instead of data, None for data."""
    from workbench.core.projectfile import is_project_file, read_project, settled

    if options.file.startswith("task:") or not is_project_file(Path(options.file)):
        return None
    return settled(read_project(Path(options.file)), options.data)


def _project(table: Table, options: argparse.Namespace, reading: Reading, stored: Project | None) -> Project:
    from workbench.core.dataset import prepare
    from workbench.core.opening import proposed
    from workbench.core.presets import preset_for

    if stored is None:
        target = options.targets[0] if options.targets else None
        project = proposed(table, str(options.file), target, options.series or "")
    else:
        project = stored
    values = {section: given_of(options, spec) for section, spec in SECTIONS}
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


def given_of(options: argparse.Namespace, spec: type[Spec]) -> dict[str, Any]:
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
