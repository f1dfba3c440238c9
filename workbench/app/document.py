"""The project file that the settings on the screen are saved in, and whether they have changed since."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.core.opening import Opened
from workbench.core.problems import N_, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.projectfile import ENDING, save_project
from workbench.core.store import runs_folder

if TYPE_CHECKING:
    from workbench.app.session import Session

UNSAVED_KEPT = ProblemKind(
    "unsaved-kept",
    "note",
    N_("{name} had changes that were not saved when the session ended. They were kept."),
    N_("Open them, and save them where you like."),
    action="open-kept",
)


class Document(QObject):
    """One file, from when a project is opened or saved until other data are opened.

    Attributes
    ----------
    path
        None while the settings have no file.
    inside
        True if the data are put into the file.
    known
        Files in which the data of a project are looked for.

    Signals
    -------
    changed()
        The file is another one, or what is to be saved has changed.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.path: Path | None = None
        self.inside = False
        self.known: tuple[Path, ...] = ()
        self._saved: Project | None = None
        session.project_changed.connect(self._project_changed)

    @property
    def modified(self) -> bool:
        """True if the file holds other settings than the screen."""
        return self.path is not None and self._session.project != self._saved

    @property
    def source(self) -> Path | None:
        """The file with the data, None for none and for generated tasks."""
        source = self._session.project.data.source
        return Path(source) if source and not source.startswith("task:") else None

    def take(self, opened: Opened) -> None:
        """Remember which file was opened, or that it was none of ours."""
        self.path, self._saved = None, None
        if opened.file is not None:
            self.path, self.inside, self._saved = opened.file.path, opened.file.facts.data.inside, opened.project
        self.changed.emit()

    def _project_changed(self, project: Project) -> None:
        """Other data, also by undoing, are another document."""
        if self._saved is not None and project.data.source != self._saved.data.source:
            self.path, self._saved = None, None
        self.changed.emit()

    def save(self, path: Path, *, inside: bool, then: Callable[[], object] = lambda: None) -> None:
        """Write the settings to `path`, their data `inside` or referred to, and go on with `then`.

        A training does not keep from saving: what is written are the settings on the screen.
        """
        project = self._session.project

        def work(_progress: object, _cancelled: object) -> None:
            save_project(path, project, inside=inside)

        def saved(_nothing: None) -> None:
            self.path, self.inside, self._saved = path, inside, project
            self.changed.emit()
            then()

        self._session.works.start(N_("Saving"), work, saved)

    def keep_aside(self) -> None:
        """Write what is not saved into a folder of ours, at once: the session ends and nobody can be asked."""
        if self.path is not None and self.modified:
            with suppress(WorkbenchError):
                save_project(_aside() / self.path.name, self._session.project)

    def offer(self) -> None:
        """Say once which changes were kept at the end of a session."""
        self._session.works.start("", lambda _progress, _cancelled: _kept(), self._offered)

    def _offered(self, kept: tuple[Path, ...]) -> None:
        for path in kept:
            self._session.noticed.emit(problem(UNSAVED_KEPT, name=path.name, path=str(path)))

    def size(self, tell: Callable[[int], object]) -> None:
        """Find out how large the data are, and `tell` the bytes; 0 where that cannot be known."""
        source = self.source

        def work(_progress: object, _cancelled: object) -> int:
            try:
                return source.stat().st_size if source is not None else 0
            except OSError:
                return 0

        self._session.works.start("", work, tell)


def _aside() -> Path:
    return runs_folder().parent / "unsaved"


def _kept() -> tuple[Path, ...]:
    """Move what was kept to where it is not offered again."""
    found = []
    for path in sorted(_aside().glob(f"*{ENDING}")):
        offered = path.parent / "offered" / path.name
        with suppress(OSError):
            offered.parent.mkdir(exist_ok=True)
            found.append(path.replace(offered))
    return tuple(found)
