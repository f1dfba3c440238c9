"""What the program remembers between two starts: one frozen spec, one JSON file in the user's config folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field
from PySide6.QtCore import QStandardPaths

from workbench.core.boundary import read_capped
from workbench.core.fields import Spec, from_file, setting
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.strict import MOST_VALUES, strict_json

MOST_RECENT = 10
MOST_BYTES = 1_000_000
FILE_NAME = "preferences.json"

BROKEN_PREFERENCES = ProblemKind(
    "broken-preferences",
    "note",
    N_("The file with your preferences could not be read, so the program starts with its defaults."),
    N_("The old file was kept as {path}."),
)
PREFERENCES_NOT_SAVED = ProblemKind(
    "preferences-not-saved",
    "warning",
    N_("Your preferences could not be saved: {reason}."),
    N_("Check that {path} can be written."),
)


class Preferences(Spec):
    """Choices that belong to a person and not to a project."""

    theme: Literal["system", "dark", "light"] = setting(
        "system",
        title=N_("Theme"),
        help=N_("Colours of the window."),
        labels={"system": N_("as the system"), "dark": N_("dark"), "light": N_("light")},
    )
    format: Literal[1] = 1
    look_megabytes: int = setting(
        256,
        title=N_("Memory for looks"),
        unit="MB",
        help=N_(
            "What is seen inside the network after each epoch is kept, so that you can scrub through it. "
            "Past this much of one run, every second epoch is left out."
        ),
        ge=8,
        le=8192,
    )
    recent: tuple[str, ...] = Field((), max_length=MOST_RECENT)
    geometry: str = Field("", max_length=100_000, description="QWidget.saveGeometry, base64")
    layout: str = Field("", max_length=500_000, description="QMainWindow.saveState of the docks, base64")
    closed_cards: tuple[str, ...] = Field((), max_length=20)

    def with_recent(self, source: str) -> Preferences:
        """Return a copy with `source` at the head of the recent files."""
        others = tuple(entry for entry in self.recent if entry != source)
        return self.model_copy(update={"recent": (source, *others)[:MOST_RECENT]})


def preferences_path() -> Path:
    """Return where the preferences are kept; the folder need not exist."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(folder) / "sequence-workbench" / FILE_NAME


def load_preferences(path: Path) -> tuple[Preferences, Problem | None]:
    """Read preferences; a file that cannot be read is kept aside and gives the defaults and a Problem."""
    try:
        document = strict_json(read_capped(path, MOST_BYTES), MOST_VALUES)
        if not isinstance(document, dict):
            raise TypeError("no object")
        preferences: Preferences = from_file(Preferences, {"format": 1, **document})
    except FileNotFoundError:
        return Preferences(), None
    except (OSError, ValueError, TypeError, RecursionError, WorkbenchError):
        return Preferences(), problem(BROKEN_PREFERENCES, path=str(set_aside(path)))
    return preferences, None


MOST_ASIDE = 9
"""Files that could not be read, kept beside the one that can."""


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be read, and return its new name; those renamed before are kept, up to nine."""
    names = [path.with_suffix(f".broken{number}.json") for number in ("", *range(2, MOST_ASIDE + 1))]
    aside = next((name for name in names if not name.exists()), names[-1])
    try:
        os.replace(path, aside)
    except OSError:
        return path
    return aside


def save_preferences(preferences: Preferences, path: Path) -> Problem | None:
    """Write preferences so that a crash leaves either the old file or the new one."""
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(preferences.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        return problem(PREFERENCES_NOT_SAVED, reason=error.strerror or str(error), path=str(path))
    return None
