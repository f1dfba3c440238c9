"""From a file to a first project: what a person would have set anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.clock import Clock
from workbench.core.dataset import prepare
from workbench.core.fields import settings_of
from workbench.core.grid import Grid, regular
from workbench.core.insight.seasonality import detected_seasons
from workbench.core.longfiles import OF_ONE_SERIES
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import DataSpec, ModelSpec, Project, TrainSpec
from workbench.core.reading import Reading, Remembered, Understood, likewise, understood
from workbench.core.sources import Hints, read
from workbench.core.sources.layout import series_column
from workbench.core.sources.samples import SAMPLES
from workbench.core.sources.tasks import ANSWER, SEQUENCE, asked
from workbench.core.table import Table
from workbench.core.windows import sequences

if TYPE_CHECKING:
    from workbench.core.projectfile import ProjectFile

NO_NUMBERS = ProblemKind(
    "no-numbers",
    "error",
    N_("{name} has no column with numbers to forecast."),
    N_("Open a file with at least one column of numbers besides the time."),
)

LAYOUT_REMEMBERED = ProblemKind(
    "layout-remembered",
    "note",
    N_("{name} has the layout of {file} and was read as you settled it there: {settled}."),
    N_("Forget this if the files are not alike."),
    action="forget-layout",
)
LAYOUT_UNFIT = ProblemKind(
    "layout-unfit",
    "warning",
    N_("{name} has the layout of {file}, but cannot be read as you settled it there: {reason} So it was guessed."),
    N_("Check how it was read."),
    action="check-reading",
)
MODEL_NEEDS_DATA = ProblemKind(
    "model-needs-data",
    "error",
    N_("{name} is a trained model, and no data to open."),
    N_(
        "python -m workbench forecast {name} FILE --out forecast.csv forecasts a file with it, evaluate scores it, and "
        "train FILE --from {name} goes on with it. The window opens it beside the data."
    ),
)

STEPS_AIM = 2_500
"""Training steps a short series should get; 60 epochs give a long one more."""

MANY_SIZES = 4.0
"""Where a series varies so many times as much as the usual one, each is scaled by itself."""

LONGEST_WINDOW = 192
"""Longer windows train slowly; a person may still ask for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A table and the project proposed for it.

    Attributes
    ----------
    file
        The project file that both come from, without the data inside; None of other files.
    """

    table: Table
    project: Project
    file: ProjectFile | None = None


def opened(
    source: str | Path,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    reading: Reading | None = None,
    memory: Mapping[str, Remembered] | None = None,
    data: Path | None = None,
    known: Sequence[Path] = (),
) -> Opened:
    """Read `source` and propose a project; what `reading` settles is not guessed.

    Parameters
    ----------
    memory
        What was settled before for files of a layout; obeyed, and said, where `reading` is None.
    data, known
        Where the data of a project file are, or may be, as for :func:`workbench.core.projectfile.settled`.

    Raises
    ------
    WorkbenchError
        Whatever reading refuses, or ``no-numbers``.
    """
    ours = _of_ours(source, progress, cancelled, data, known) if reading is None else None
    if ours is not None:
        return ours
    kept = recalled(source, memory) if memory and reading is None else None
    unfit: Problem | None = None
    if kept is not None:
        try:
            return _as_remembered(opened(source, progress, cancelled, reading=kept.reading), kept)
        except WorkbenchError as error:
            if error.problem.key == "reading-cancelled":
                raise
            values = {"name": Path(source).name, "file": kept.file, "reason": error.problem.text()}
            unfit = problem(LAYOUT_UNFIT, **values)
    reading = reading or Reading()
    table = read(source, progress=progress, cancelled=cancelled, hints=reading.hints)
    table = replace(table, notes=(unfit, *table.notes)) if unfit else table
    series = series_column(table) if reading.layout == "rows" else ""
    sample = next((entry for entry in SAMPLES if entry.address == str(source)), None)
    project = proposed(table, str(source), sample.target if sample else None, series)
    spec = project.data.model_copy(update={"reading": reading})
    if series:
        table = replace(table, notes=tuple(note for note in table.notes if note.key not in OF_ONE_SERIES))
    return Opened(table, project.model_copy(update={"data": spec}))


def _of_ours(
    source: str | Path,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
    data: Path | None,
    known: Sequence[Path],
) -> Opened | None:
    """Open a project file with its data, None if `source` is none; what a file is, its content says.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.core.projectfile.read_project` and ``settled``, ``model-needs-data``, or whatever reading
        refuses.
    """
    from workbench.core.modelcard import is_model_file
    from workbench.core.projectfile import is_project_file, read_project, settled

    if str(source).startswith("task:"):
        return None
    if is_project_file(Path(source)):
        file = read_project(Path(source))
        project = settled(file, data, known)
        table = read(project.data.source, progress=progress, cancelled=cancelled, hints=project.data.reading.hints)
        prepare(table, project.data)  # settings that do not fit the data are refused before they replace others
        return Opened(table, project, replace(file, data=None))
    if is_model_file(Path(source)):
        raise WorkbenchError(MODEL_NEEDS_DATA, name=Path(source).name)
    return None


def recalled(source: str | Path, memory: Mapping[str, Remembered]) -> Remembered | None:
    """Return what was settled for files of the layout of `source`, or None."""
    if str(source).startswith("task:"):
        return None
    from workbench.core.sources.preview import layout_of

    try:
        return memory.get(layout_of(source))
    except WorkbenchError:
        return None  # reading the file says what is wrong with it


def _as_remembered(found: Opened, kept: Remembered) -> Opened:
    """Put the columns into the lanes they stood in, if they are all there, and say what was remembered."""
    table, data = found.table, found.project.data
    columns = (*kept.targets, *kept.inputs)
    if columns and set(columns) <= set(table.numeric) and (not kept.series or kept.series in table):
        lanes = {"targets": kept.targets, "inputs": kept.inputs, "known_future": kept.known_future}
        data = data.model_copy(update={**lanes, "series": kept.series})
    note = problem(LAYOUT_REMEMBERED, name=table.name, file=kept.file, settled=_settled(kept))
    table = replace(table, notes=(note, *table.notes))
    return Opened(table, found.project.model_copy(update={"data": data}))


def _settled(kept: Remembered) -> str:
    """List what was settled, for a sentence."""
    plain, spec = Reading().model_dump(), kept.reading.model_dump()
    parts = [
        f"{entry.title} {dict(entry.choices).get(spec[entry.name], spec[entry.name])}"
        for entry in settings_of(Reading)
        if spec[entry.name] != plain[entry.name]
    ]
    lanes = (("Target", kept.targets), ("Inputs", kept.inputs))
    parts += [f"{title} {', '.join(names)}" for title, names in lanes if names]
    return "; ".join(" ".join(part.split()) for part in parts) or "as guessed"


def reopened(
    project: Project,
    reading: Reading,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Opened:
    """Read the project's file again as `reading` settles.

    Settings stay as they are where their columns are still there; otherwise the project is proposed anew.

    Raises
    ------
    WorkbenchError
        Whatever reading refuses, or ``no-numbers``.
    """
    fresh = opened(project.data.source, progress, cancelled, reading=reading)
    if not set(project.data.columns) <= set(fresh.table.numeric):
        return fresh
    table = fresh.table
    changes = {"reading": reading, "sha256": table.sha256, "understood": understood(table)}
    data = project.data.model_copy(update=changes)
    return Opened(fresh.table, project.model_copy(update={"data": data}))


def reread(source: str | Path, reading: Reading, model: Understood) -> Table:
    """Read another file for a trained model: what is ambiguous in it means what it meant when the model was trained.

    Raises
    ------
    WorkbenchError
        Whatever reading refuses.
    """
    return read_alike(lambda hints: read(source, hints=hints), reading, model)


def read_alike(reader: Callable[[Hints], Table], reading: Reading, model: Understood) -> Table:
    """Call `reader` for a table, and once more where its guesses are other ones than those of the `model`'s file."""
    table = reader(reading.hints)
    same = likewise(table, reading, model)
    return table if same is None else reader(same.hints)


def proposed(table: Table, source: str, target: str | None = None, series: str = "") -> Project:
    """Propose target, window, horizon and gap policy for `table`.

    One (the shortest) season is forecast from two; without a season, or where the file is short, as much as fits well.
    With the column `series`, whose sequences stand one below the other, that of the longest sequence counts.

    Raises
    ------
    WorkbenchError
        ``no-numbers``.
    """
    numeric = table.numeric
    if not numeric:
        raise WorkbenchError(NO_NUMBERS, name=table.name)
    if SEQUENCE in numeric and ANSWER in numeric and source.startswith("task:"):
        return _answering(table, source)
    targets = (target or _liveliest(table, tuple(name for name in numeric if name != series) or numeric),)
    grid = regular(table, DataSpec(targets=targets, series=series))
    values, clock = grid.values, grid.clock
    longest = _longest(table, series, grid) if series else values
    rows = len(longest)
    season = min(detected_seasons(longest[: round(rows * 0.7), 0], clock.step), default=1)
    horizon = max(1, min(season if season > 1 else 24, LONGEST_WINDOW, rows // 12))
    window = max(1, min(2 * horizon if season > 1 else 48, LONGEST_WINDOW, rows // 4))
    spec = DataSpec(
        source=source,
        sha256=table.sha256,
        targets=targets,
        series=series,
        scale_each=bool(series) and _of_many_sizes(table, series, grid),
        window=window,
        horizon=horizon,
        calendar=_calendar(clock, season),
    )
    missing = ~np.isfinite(values[:, 0])
    spec = spec.model_copy(update={"understood": understood(table)})
    if missing.any():
        spec = _shortened(table, _with_gaps(table, spec))
    return Project(title=Path(table.name).stem[:200], data=spec, train=_training(len(values) - missing.sum(), spec))


def _longest(table: Table, series: str, grid: Grid) -> NDArray[np.float64]:
    """Return the values (R, C) of the longest sequence."""
    of = sequences(table, series, grid.file_rows)
    borders = np.flatnonzero(np.diff(of)) + 1
    return max(np.split(grid.values, borders), key=len)


def _of_many_sizes(table: Table, series: str, grid: Grid) -> bool:
    """Return whether some sequences vary so much more than others that the loss would be theirs alone."""
    of = sequences(table, series, grid.file_rows)
    parts = np.split(grid.values[:, 0], np.flatnonzero(np.diff(of)) + 1)
    spreads = [float(np.nanstd(part)) for part in parts if np.isfinite(part).any()]
    varied = [spread for spread in spreads if spread > 0]
    return bool(varied) and max(varied) > MANY_SIZES * float(np.median(varied))


def _calendar(clock: Clock, season: int) -> tuple[str, ...]:
    """Return the cycles of the calendar that a seasonal series is likely to follow, given its step."""
    if season == 1 or clock.step is None:
        return ()
    if clock.step.unit == "month":
        return ("month",) if clock.step.count < 12 else ()
    if clock.step.unit == "businessday":
        return ("weekday",)
    if clock.step.count < 86_400:
        return ("hour", "weekday")
    return ("weekday", "year") if clock.step.count < 7 * 86_400 else ("year",)


def _answering(table: Table, source: str) -> Project:
    """Propose one answer a sequence for a generated task; a window is as long as a sequence."""
    number = np.asarray(table[SEQUENCE].values)
    inputs = tuple(name for name in table.numeric if name not in (SEQUENCE, ANSWER))
    data = DataSpec(
        source=source,
        sha256=table.sha256,
        targets=(ANSWER,),
        inputs=inputs,
        framing="label",
        series=SEQUENCE,
        window=int((number == number[0]).sum()),
        horizon=asked(source).answers,
    )
    train = TrainSpec(epochs=100, learning_rate=1e-2, loss="mse", patience=30)
    # Biases that remember for as long as a sequence is: without them no cell learns temporal order over 100 steps.
    model = ModelSpec(hidden=32, normalisation="none", options={"chrono": max(2, data.window)})
    project = Project(title=table.name[:200], data=data, model=model, train=train)
    if not asked(source).classes:
        return project
    return project.edited(data={"scaling": "none"}, model={"output": "classes", "classes": asked(source).classes})


def _training(rows: int, spec: DataSpec) -> TrainSpec:
    """Give short series smaller batches and more epochs: what counts is the number of training steps."""
    windows = max(1, round(rows * spec.train_share) - spec.window - spec.horizon + 1)
    batch = int(min(64, max(8, 2 ** round(np.log2(windows / 16)))))
    epochs = int(min(400, max(60, STEPS_AIM // -(-windows // batch))))
    return TrainSpec(batch=batch, epochs=epochs, patience=max(8, epochs // 8))


def _liveliest(table: Table, numeric: tuple[str, ...]) -> str:
    """Return the first column that changes; row counters come last."""
    for name in numeric:
        values = np.asarray(table[name].values, dtype=np.float64)
        seen = values[np.isfinite(values)]
        if len(seen) < 3 or np.ptp(seen) == 0:
            continue
        steps = np.diff(seen)
        if (steps == steps[0]).all():
            continue
        return name
    return numeric[0]


def _shortened(table: Table, spec: DataSpec) -> DataSpec:
    """Take the window and horizon that fit between the gaps, if the wished ones do not."""
    try:
        prepare(table, spec)
    except WorkbenchError as error:
        advised = {name: error.problem.values[name] for name in ("window", "horizon") if name in error.problem.values}
        return spec.model_copy(update=advised)
    return spec


def _with_gaps(table: Table, spec: DataSpec) -> DataSpec:
    """Hold values over short gaps where cutting at them would cost a fifth of the windows or more."""
    held = spec.model_copy(update={"gaps": "hold", "gap_limit": 6})
    kept = []
    for choice in (spec, held):
        try:
            dataset = prepare(table, choice)
        except WorkbenchError:
            kept.append(0)
        else:
            kept.append(len(dataset.train) + len(dataset.valid) + len(dataset.test))
    return held if kept[0] < 0.8 * kept[1] else spec
