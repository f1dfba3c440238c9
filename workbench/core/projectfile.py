"""Project files (``.wbp``): settings, which data they are for, maybe the data themselves, maybe what came out.

One archive of strict JSON (``project.json``) and, if they are inside, the bytes of the data file (``data``). With
scores it is a reproduction pack: another machine can find out whether it gets the same bits. No absolute path is
written: data outside of the project's folder are known by name and checksum, and are asked for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from workbench.core.archive import ARCHIVE_ERRORS, archive, archived
from workbench.core.boundary import bare, elsewhere, opened, read_capped
from workbench.core.bundle import ScoreFacts, versions
from workbench.core.fields import Spec, from_file
from workbench.core.files import write_atomically
from workbench.core.formats import newer
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import Project
from workbench.core.seen import all_seen
from workbench.core.store import runs_folder
from workbench.core.strict import MOST_VALUES, strict_json

KIND: Literal["sequence-workbench-project"] = "sequence-workbench-project"
FORMAT: Literal[1] = 1
DOCUMENT, DATA = "project.json", "data"
ENDING = ".wbp"
MOST_DOCUMENT_BYTES, MOST_DATA_BYTES = 2_000_000, 200_000_000
LONGEST_COLUMN, LONGEST_NAME = 1_000, 500
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)

BROKEN_PROJECT_FILE = ProblemKind(
    "broken-project-file",
    "error",
    N_("{name} is not a project of Sequence Workbench that can be used: {reason}."),
    N_("Save the project again, or choose another file."),
)
DATA_NEEDED = ProblemKind(
    "data-needed",
    "error",
    N_("The project {name} is for the data “{data}”, which are not inside, and no such file lies beside it."),
    N_("Put the data file into the folder of the project, or name it: --data FILE."),
    action="choose-data",
)
OTHER_DATA = ProblemKind(
    "project-other-data",
    "error",
    N_("“{data}” is not the file that the project {name} was saved for: its content differs."),
    N_("Use the file as it was then. To use the settings on other data, train a new project on them."),
    action="choose-data",
)
TOO_LARGE_INSIDE = ProblemKind(
    "too-large-inside",
    "error",
    N_("“{data}” is too large to go into a project file."),
    N_("Save the project without its data, and hand the data over beside it."),
)


class DataReference(Spec):
    """Which data a project is for.

    Attributes
    ----------
    place
        Relative path from the folder of the project, with slashes; "" for data inside, and for generated tasks.
    """

    name: str = Field(max_length=LONGEST_NAME)
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    place: str = Field("", max_length=2_000)
    inside: bool = False

    @field_validator("place")
    @classmethod
    def _inside_the_folder(cls, place: str) -> str:
        parts = PurePosixPath(place).parts
        if elsewhere(place) or "\\" in place or ":" in place or place.startswith("/") or ".." in parts:
            raise ValueError("a path that stays in the folder of the project")
        return place


class Outcome(Spec):
    """What a training gave, for others to get again.

    Attributes
    ----------
    threads
        Of torch; sums of other parts round otherwise.
    weights_sha256
        Checksum of the best weights.
    """

    scores: tuple[ScoreFacts, ...] = Field(max_length=100)
    best_epoch: int = Field(ge=0)
    threads: int = Field(ge=1, le=1_000)
    weights_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    command: str = Field(max_length=500)


class ProjectFacts(Spec):
    """The JSON of a project file."""

    kind: Literal["sequence-workbench-project"] = KIND
    format: Literal[1] = FORMAT
    project: Project
    data: DataReference
    versions: dict[str, str] = Field(default_factory=dict, max_length=50)
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ProjectFile:
    """A project file that was read; `data` is what is inside, or None."""

    path: Path
    facts: ProjectFacts
    data: bytes | None


def is_project_file(path: Path) -> bool:
    """Tell by content whether a file is meant as a project file."""
    try:
        with opened(path) as stream:
            head = stream.read(30 + len(DOCUMENT))
    except (OSError, ValueError):
        return False
    return head.startswith(b"PK\x03\x04") and head.endswith(DOCUMENT.encode())


def save_project(path: Path, project: Project, *, inside: bool = False, outcome: Outcome | None = None) -> None:
    """Write `project` to `path`, with its data `inside` or a reference to them.

    Raises
    ------
    WorkbenchError
        ``cannot-write``, ``file-not-found``, ``too-large-inside`` or ``project-other-data``.
    """
    source, members = project.data.source, dict[str, bytes]()
    name = source if source.startswith("task:") else Path(source).name
    reference = DataReference(name=name[-LONGEST_NAME:], sha256=project.data.sha256)
    if source and not source.startswith("task:"):
        if inside:
            members[DATA] = _content(path, Path(source), project.data.sha256)
        place = "" if inside else _place(Path(source), path.parent)
        reference = reference.model_copy(update={"place": place, "inside": inside})
    project = project.model_copy(update={"data": project.data.model_copy(update={"source": name})})
    facts = ProjectFacts(project=project, data=reference, versions=versions(), outcome=outcome)
    write_atomically(path, archived({DOCUMENT: facts.model_dump_json(indent=1).encode(), **members}))


def _content(path: Path, source: Path, sha256: str) -> bytes:
    from workbench.core.sources.payload import check

    if check(source) > MOST_DATA_BYTES:
        raise WorkbenchError(TOO_LARGE_INSIDE, data=source.name)
    data = read_capped(source, MOST_DATA_BYTES)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise WorkbenchError(OTHER_DATA, data=source.name, name=path.name)
    return data


def _place(source: Path, folder: Path) -> str:
    try:
        return source.resolve().relative_to(folder.resolve()).as_posix()
    except (ValueError, OSError):
        return ""


def read_project(path: Path) -> ProjectFile:
    """Read a project file, checking everything in it.

    Raises
    ------
    WorkbenchError
        ``broken-project-file`` with the reason, or ``newer-file``.
    """
    try:
        with archive(path, MOST_DOCUMENT_BYTES + MOST_DATA_BYTES, frozenset((DOCUMENT,)), frozenset((DATA,))) as found:
            document = all_seen(strict_json(found.read(DOCUMENT, MOST_DOCUMENT_BYTES), MOST_VALUES))
            refusal = newer(path.name, document, KIND, FORMAT)
            if refusal is not None:
                raise refusal
            if type(document["format"]) is not int:
                raise TypeError("its format is no number")
            facts: ProjectFacts = from_file(ProjectFacts, document)
            if facts.data.inside != (DATA in found.names):
                raise ValueError("its data are not where it says")
            data = found.read(DATA, MOST_DATA_BYTES) if facts.data.inside else None
        _check(facts, data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _broken(path, f"{where}: {first['msg']}") from None
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from None
    except (*ARCHIVE_ERRORS, TypeError, AttributeError) as error:
        raise _broken(path, str(error) or type(error).__name__) from None
    return ProjectFile(path, facts, data)


def _check(facts: ProjectFacts, data: bytes | None) -> None:
    if data is not None and hashlib.sha256(data).hexdigest() != facts.data.sha256:
        raise ValueError("the data inside are not those it was saved with")
    if max(map(len, facts.project.data.columns), default=0) > LONGEST_COLUMN:
        raise ValueError("a name is longer than names are")
    source = facts.project.data.source
    if not source.startswith("task:") and not (bare(source) and bare(facts.data.name)):
        raise ValueError("its data are named by a path, not by a name")


def _broken(path: Path, reason: str) -> WorkbenchError:
    return WorkbenchError(BROKEN_PROJECT_FILE, name=path.name, reason=reason[:500].rstrip("."))


def settled(found: ProjectFile, given: Path | None = None, known: Sequence[Path] = ()) -> Project:
    """Return the project with the place of its data: what is inside is put into a folder of ours.

    Parameters
    ----------
    given
        Where the data are, if a person says so.
    known
        Files that are looked at as well: one with the name and the content is meant.

    Raises
    ------
    WorkbenchError
        ``data-needed``, ``project-other-data`` or ``cannot-write``.
    """
    facts = found.facts
    source = facts.project.data.source
    if not source.startswith("task:"):
        source = str(given or _found(found, known))
        from workbench.core.sources.payload import check

        check(Path(source))
        if facts.data.sha256 and _digest(Path(source)) != facts.data.sha256:
            values = {"data": Path(source).name, "name": found.path.name, "path": str(found.path)}
            raise WorkbenchError(OTHER_DATA, **values)
    return facts.project.model_copy(update={"data": facts.project.data.model_copy(update={"source": source})})


def _found(found: ProjectFile, known: Sequence[Path]) -> Path:
    reference = found.facts.data
    if found.data is not None:
        # Named by us: a name from the file would be one more thing to distrust.
        plain = re.sub(r"[^\w.-]+", "-", reference.name).strip(".-")[-60:].lstrip(".-") or "data"
        plain = f"data-{plain}" if _DEVICE.match(plain) else plain
        path = runs_folder().parent / "data" / reference.sha256[:16] / plain
        if not path.is_file() or _digest(path) != reference.sha256:
            write_atomically(path, found.data)
        return path
    folder = found.path.absolute().parent
    for place in (reference.place, PurePosixPath(reference.name.replace("\\", "/")).name):
        path = folder / place
        if place and path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            return path
    for path in known:
        if path.name == reference.name and path.is_file() and _digest(path) == reference.sha256:
            return path
    raise WorkbenchError(DATA_NEEDED, name=found.path.name, data=reference.name, path=str(found.path))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with opened(path) as stream:
        while piece := stream.read(1 << 22):
            digest.update(piece)
    return digest.hexdigest()
