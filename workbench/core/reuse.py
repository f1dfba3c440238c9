"""Another file for a trained model: which of its columns are the model's, and whether they are like the training's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from workbench.core.bundle import Bundle
from workbench.core.clock import step_text
from workbench.core.dataset import Dataset
from workbench.core.grid import UNKNOWN_COLUMN
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.table import Column, Step, Table

FAR = 6.0
"""Spreads from the middle of the training rows; of a normal distribution two values in a billion lie beyond."""

COLUMNS_MATCHED = ProblemKind(
    "columns-matched",
    "note",
    N_("The columns of {name} are called otherwise than those of the model: {pairs}."),
    N_("Check that they are the same quantities in the same units. --map MODEL=FILE says it otherwise."),
)
OTHER_STEP = ProblemKind(
    "other-step",
    "error",
    N_("The rows of {name} are {found} apart; the model was trained on rows {trained} apart."),
    N_("Bring the rows to the model's step, for example by combining them while reading, or train a model on it."),
)
OTHER_UNIT = ProblemKind(
    "other-unit",
    "error",
    N_("The model reads “{model}”, and {name} has “{file}”: another unit."),
    N_("Convert the column to the model's unit and name it so."),
)
OUT_OF_RANGE = ProblemKind(
    "out-of-range",
    "warning",
    N_("Column “{column}” of {name} reaches {value}, which is {times} spreads from the middle of the training rows."),
    N_("Check the unit and the values: a network knows nothing about what it was not trained on."),
)
_UNIT = re.compile(r"\s*[\[(]\s*([^\[\]()]*?)\s*[\])]\s*$")


COLUMN_TWICE = ProblemKind(
    "column-twice",
    "error",
    N_("“{column}” of {name} is to be read as “{first}” and as “{second}” of the model."),
    N_("Give each column of the model one of its own."),
)


@dataclass(frozen=True, slots=True)
class Match:
    """Where one of a model's columns is read from.

    Attributes
    ----------
    file
        Name in the file, empty where nothing there is meant.
    problem
        Why the model cannot read it, None if it can.
    """

    model: str
    file: str
    problem: Problem | None = None


def matches(table: Table, bundle: Bundle, chosen: Mapping[str, str] | None = None) -> tuple[Match, ...]:
    """Find each of the model's columns in `table`.

    Parameters
    ----------
    chosen
        Names in the file by names of the model, as a person says; other names are matched without regard to case,
        blanks and signs.
    """
    data, chosen = bundle.project.data, dict(chosen or {})
    found: list[Match] = []
    for name in (*data.columns, data.series):
        if name:
            match = _match(name, chosen.get(name, ""), table, bundle)
            first = next((entry.model for entry in found if entry.file and entry.file == match.file), "")
            if first:
                twice = problem(COLUMN_TWICE, column=match.file, name=table.name, first=first, second=name)
                match = replace(match, problem=match.problem or twice)
            found.append(match)
    return tuple(found)


def _match(name: str, chosen: str, table: Table, bundle: Bundle) -> Match:
    file = chosen or name
    if file not in table and not chosen:
        try:
            file = _alike(name, table, bundle)
        except WorkbenchError as error:
            return Match(name, "", error.problem)
    if file in table:
        return Match(name, file)
    values = {"column": file, "name": table.name, "columns": ", ".join(table.numeric)}
    return Match(name, "", problem(UNKNOWN_COLUMN, **values))


def matched(table: Table, bundle: Bundle, chosen: Mapping[str, str] | None = None) -> tuple[Table, tuple[Problem, ...]]:
    """Return `table` with its columns called as the model calls them, and a note if names differ.

    Parameters
    ----------
    chosen
        As for :func:`matches`.

    Raises
    ------
    WorkbenchError
        ``unknown-column``, ``other-unit`` or ``column-twice``.
    """
    found = matches(table, bundle, chosen)
    check(found)
    renamed = {entry.file: entry.model for entry in found if entry.file != entry.model}
    if not renamed:
        return table, ()
    columns = tuple(_called(column, renamed, set(renamed.values())) for column in table.columns)
    pairs = ", ".join(f"“{name}” is read from “{file}”" for file, name in renamed.items())
    return replace(table, columns=columns), (problem(COLUMNS_MATCHED, name=table.name, pairs=pairs),)


def check(found: tuple[Match, ...]) -> None:
    """Refuse what cannot be read.

    Raises
    ------
    WorkbenchError
        ``unknown-column``, ``other-unit`` or ``column-twice``.
    """
    for entry in found:
        if entry.problem is not None:
            raise WorkbenchError(entry.problem.kind, **entry.problem.values)


def renamed(bundle: Bundle, found: tuple[Match, ...]) -> Bundle:
    """Return the model with its columns called as they are in the file; it computes the same."""
    names = {entry.model: entry.file for entry in found}
    data = bundle.project.data
    lanes = {
        "targets": tuple(names[name] for name in data.targets),
        "inputs": tuple(names[name] for name in data.inputs),
        "known_future": tuple(names[name] for name in data.known_future),
        "series": names.get(data.series, ""),
    }
    project = bundle.project.model_copy(update={"data": data.model_copy(update=lanes)})
    return replace(bundle, facts=bundle.facts.model_copy(update={"project": project}))


def _called(column: Column, renamed: Mapping[str, str], taken: set[str]) -> Column:
    """Rename a column, also one that has a name which another one gets."""
    if column.name in renamed:
        return replace(column, name=renamed[column.name])
    return replace(column, name=f"{column.name} (in the file)") if column.name in taken else column


def _alike(name: str, table: Table, bundle: Bundle) -> str:
    """Return the one column of `table` whose name means `name`, or `name` where there is none or more than one."""
    exact = [column.name for column in table.columns if _key(column.name) == _key(name)]
    if len(exact) == 1:
        return exact[0]
    base, unit = _parts(name)
    near = [column.name for column in table.columns if _parts(column.name)[0] == base and base]
    if len(near) != 1:
        return name
    other = _parts(near[0])[1]
    if unit and other and unit != other:
        raise WorkbenchError(OTHER_UNIT, model=name, name=table.name, file=near[0])
    return near[0]


def _key(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _parts(name: str) -> tuple[str, str]:
    """Return what a column is and in which unit, as in ``Temp [°C]``."""
    found = _UNIT.search(name)
    return (_key(name[: found.start()]), found.group(1)) if found else (_key(name), "")


def unit_of(name: str) -> str | None:
    """Return the unit that the name of a column says, as in ``load [MW]``."""
    return _parts(name)[1] or None


def pair_of(text: str) -> tuple[str, str]:
    """Return the model's name of a column and the file's, from ``MODEL=FILE``.

    Raises
    ------
    ValueError
        For any other text.
    """
    model, mark, file = text.partition("=")
    if not mark or not model.strip() or not file.strip():
        raise ValueError("must be MODEL=FILE")
    return model.strip(), file.strip()


def checked(dataset: Dataset, bundle: Bundle) -> tuple[Problem, ...]:
    """Return warnings of values unlike those of the training.

    Raises
    ------
    WorkbenchError
        ``other-step``.
    """
    trained, found = bundle.facts.data.step, dataset.clock.step
    if found is None and trained is not None and trained.unit == "second":
        found = _usual_step(dataset)
    if trained is not None and found is not None and (trained.count, trained.unit) != (found.count, found.unit):
        texts = {"found": _step(found), "trained": _step(Step(trained.count, trained.unit))}
        raise WorkbenchError(OTHER_STEP, name=dataset.name, **texts)
    if bundle.project.data.scaling == "none" or bundle.facts.series:
        return ()
    return tuple(_far(dataset, bundle))


def _usual_step(dataset: Dataset) -> Step | None:
    """Return the distance between most rows of one series whose rows have no step; None without one."""
    times = dataset.clock.times
    if times is None or dataset.spec.series or len(times) < 3:
        return None
    distances, counts = np.unique(np.diff(times).astype("m8[us]").astype(np.int64), return_counts=True)
    most = int(counts.argmax())
    usual = 2 * counts[most] > len(times) and distances[most] > 0
    return Step(distances[most] / 1e6, "second") if usual else None


def _step(step: Step) -> str:
    times, unit = step_text(step)
    return f"{times} {unit}{'s' * (times != 1)}"


def _far(dataset: Dataset, bundle: Bundle) -> list[Problem]:
    columns = bundle.project.data.columns
    scaled = np.abs(np.asarray(dataset.scaled[:, : len(columns)], dtype=np.float64))
    found = []
    for place, column in enumerate(columns):
        sizes = np.where(np.isfinite(scaled[:, place]), scaled[:, place], 0.0)
        if len(sizes) and sizes.max() > FAR:
            row = int(sizes.argmax())
            value = float(dataset.values[row, place])
            found.append(
                problem(
                    OUT_OF_RANGE, column=column, name=dataset.name, value=f"{value:.6g}", times=f"{sizes.max():.3g}"
                )
            )
    return found
