"""The one frozen document a person edits: data, model, training.

A Project is plain data without torch or Qt. Undo is the previous Project; a run keeps the Project it was
trained with; a file is its strict JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from workbench.core.cells import CELLS
from workbench.core.dataspec import DataSpec
from workbench.core.fields import Spec, from_file, setting, validated
from workbench.core.fitting import matched, misfit
from workbench.core.operations import Operations
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.strict import MOST_VALUES, strict_json
from workbench.core.trainspec import TrainSpec

__all__ = ["DataSpec", "ModelSpec", "Project", "TrainSpec", "project_from_json"]

FORMAT: Literal[1] = 1

NEWER_PROJECT = ProblemKind(
    "newer-project",
    "error",
    N_("This project was written by a newer version (format {found}; this program reads up to {known})."),
    N_("Update Sequence Workbench, then open it again."),
)
BROKEN_PROJECT = ProblemKind(
    "broken-project",
    "error",
    N_("This is not a project file: {reason}."),
    N_("Choose a file that Sequence Workbench saved."),
)


class ModelSpec(Spec):
    """The network: which cell, how many, and what surrounds it."""

    cell: str = setting(
        "lstm",
        title=N_("Cell"),
        labels={cell.key: cell.label for cell in CELLS},
        help=N_("The recurrent cell."),
    )
    options: dict[str, Any] = Field(default_factory=dict, description="options of the cell, see its Options")
    hidden: int = setting(
        48,
        title=N_("Units"),
        ge=1,
        le=4096,
        help=N_("Number of units in each layer: the length of the state vector h."),
    )
    layers: int = setting(1, title=N_("Layers"), ge=1, le=16, help=N_("Recurrent layers on top of each other."))
    bidirectional: bool = setting(
        False,
        title=N_("Bidirectional"),
        level="advanced",
        help=N_(
            "Read the window in both directions, with weights of their own: every layer then holds twice as many "
            "units. It helps where the answer is about the whole window; it never sees what comes behind it."
        ),
    )
    dropout: float = setting(
        0.0,
        title=N_("Dropout"),
        ge=0.0,
        le=0.9,
        level="advanced",
        help=N_("Share of a layer's outputs switched off at random while training."),
    )
    normalisation: Literal["last", "revin", "none"] = setting(
        "last",
        title=N_("Normalisation"),
        level="advanced",
        labels={
            "last": N_("minus last value"),
            "revin": N_("RevIN (mean, spread)"),
            "none": N_("none"),
        },
        help=N_(
            "Taking each window's level away, and giving it back to the forecast, lets the network follow a changing "
            "level. Last value: subtract the window's last value. RevIN: its own mean and deviation, with a learned "
            "scale."
        ),
    )
    segment: int = setting(
        1,
        title=N_("Segment"),
        unit=N_("steps"),
        ge=1,
        le=10_000,
        level="advanced",
        help=N_(
            "How many rows the cell reads at one of its steps; 1 reads row by row. Segments of a day or so make long "
            "windows short. The window must be whole segments."
        ),
    )
    channels: Literal["joint", "shared"] = setting(
        "joint",
        title=N_("Channels"),
        level="advanced",
        labels={"joint": N_("joint (all at once)"), "shared": N_("shared (one by one)")},
        help=N_(
            "Shared: the same weights read each target alone, beside the other inputs, and learn from all of them. "
            "Joint: all columns are read together, and one can tell about another."
        ),
    )
    decoder: Literal["direct", "recursive", "parallel"] = setting(
        "direct",
        title=N_("Decoder"),
        level="advanced",
        labels={
            "direct": N_("direct (all at once)"),
            "recursive": N_("recursive (in turn)"),
            "parallel": N_("parallel segments"),
        },
        help=N_(
            "How the forecast is made from what the cell remembers. Direct: all steps at once from the last state. "
            "Recursive: segment by segment, each read by the cell before the next. Parallel: every segment by one "
            "step of the cell from the last state."
        ),
    )
    teacher_forcing: float = setting(
        0.5,
        title=N_("Teacher forcing"),
        ge=0.0,
        le=1.0,
        live=True,
        level="advanced",
        help=N_("Share of the segments a recursive decoder reads from the truth while training, instead of its own."),
    )
    output: Literal["point", "quantiles", "gaussian", "student-t", "classes"] = setting(
        "point",
        title=N_("Output"),
        level="advanced",
        labels={
            "point": N_("one number a step"),
            "quantiles": N_("quantiles"),
            "gaussian": N_("normal distribution"),
            "student-t": N_("Student's t distribution"),
            "classes": N_("one of several classes"),
        },
        help=N_("What is forecast of each step. All but one number give a band around the forecast."),
    )
    quantiles: str = setting(
        "0.1,0.5,0.9",
        title=N_("Quantiles"),
        level="advanced",
        help=N_("Shares of the truth that should lie below, with 0.5 among them; the outer two are the band."),
    )
    classes: int = setting(
        2,
        title=N_("Classes"),
        ge=2,
        le=1000,
        level="advanced",
        help=N_("How many classes there are, numbered from 0, where the output is one of them."),
    )
    known_ahead: bool = setting(
        True,
        title=N_("Read ahead"),
        level="advanced",
        help=N_("Let the forecast read the calendar, and the inputs that are known ahead, at the steps ahead."),
    )

    @field_validator("cell")
    @classmethod
    def _known_cell(cls, key: str) -> str:
        if key not in CELLS:
            raise ValueError("one of " + ", ".join(CELLS.keys()))
        return key

    @field_validator("quantiles")
    @classmethod
    def _ascending(cls, text: str) -> str:
        try:
            levels = sorted({float(part) for part in text.split(",") if part.strip()})
        except ValueError:
            raise ValueError("numbers such as 0.1,0.5,0.9") from None
        if len(levels) < 3 or not 0.0 < levels[0] < 0.5 < levels[-1] < 1.0 or 0.5 not in levels:
            raise ValueError("0.5 with at least one level below and one above, all between 0 and 1")
        return ",".join(f"{level:g}" for level in levels)

    @model_validator(mode="after")
    def _known_options(self) -> ModelSpec:
        try:
            from_file(CELLS[self.cell].Options, self.options)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{first['loc'][-1]}: {first['msg'].removeprefix('Value error, ')}") from None
        return self

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @property
    def width(self) -> int:
        """Numbers that a recurrent layer returns a step: its units, of both directions if it is bidirectional."""
        return self.hidden * (1 + self.bidirectional)

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantiles as numbers, ascending."""
        return tuple(float(part) for part in self.quantiles.split(","))

    @property
    def embedded(self) -> bool:
        """Whether rows go through a linear map before the cell reads them."""
        return self.segment > 1 or self.decoder == "parallel"

    @property
    def cell_options(self) -> Any:
        """The cell's options as its own spec, defaults filled in."""
        return CELLS[self.cell].Options.model_validate(self.options)


class Project(Spec):
    """Everything that defines a training, and nothing that follows from it.

    Attributes
    ----------
    surgery
        What was done by hand to the trained network that this one began as; see :mod:`workbench.core.surgery`.
    """

    format: Literal[1] = FORMAT
    title: str = Field("", max_length=200)
    data: DataSpec = DataSpec()
    model: ModelSpec = ModelSpec()
    train: TrainSpec = TrainSpec()
    surgery: Operations = ()

    @model_validator(mode="after")
    def _parts_fit(self) -> Project:
        found = misfit(self)
        if found is not None:
            raise ValueError(f"{found.field} {found.value}: {found.reason}")
        return self

    def edited(self, **sections: Mapping[str, object]) -> Project:
        """Return a copy with some fields of ``data``, ``model`` and ``train`` replaced.

        Output and loss follow each other: the one that is not given follows the one that is.

        Raises
        ------
        WorkbenchError
            ``invalid-setting`` or ``settings-clash`` for the first field that is refused, or that does not fit the
            fields of another section.
        """
        changes = {name: getattr(self, name).changed(**values) for name, values in sections.items()}
        given = {name for values in sections.values() for name in values}
        project = matched(self.model_copy(update=changes), given)
        found = misfit(project, given)
        if found is not None:
            raise found.refusal(project)
        return project

    def to_json(self) -> str:
        """Return strict JSON that :func:`project_from_json` reads back."""
        return self.model_dump_json(indent=1)


def project_from_json(text: str | bytes) -> Project:
    """Read a Project from strict JSON.

    Raises
    ------
    WorkbenchError
        ``broken-project``, ``newer-project``, or ``invalid-setting`` or ``settings-clash`` for what it holds.
    """
    try:
        document = strict_json(text if isinstance(text, bytes) else text.encode("utf-8", "replace"), MOST_VALUES)
    except (ValueError, RecursionError) as error:
        raise WorkbenchError(BROKEN_PROJECT, reason=str(error)) from None
    if not isinstance(document, dict):
        raise WorkbenchError(BROKEN_PROJECT, reason="it holds no object")
    found = document.get("format")
    if isinstance(found, int) and found > FORMAT:
        raise WorkbenchError(NEWER_PROJECT, found=found, known=FORMAT)
    validated(Project, document)  # names the setting that is refused
    try:
        project: Project = from_file(Project, document)
    except ValueError as error:
        raise WorkbenchError(BROKEN_PROJECT, reason=str(error)) from None
    return project
