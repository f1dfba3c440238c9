"""How files of each layout were read: one JSON file beside the preferences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.app.preferences import set_aside
from workbench.core.boundary import read_capped
from workbench.core.fields import from_file
from workbench.core.files import write_atomically
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.reading import Remembered
from workbench.core.strict import MOST_VALUES, strict_json

FILE_NAME = "layouts.json"
FORMAT = 1
MOST = 200
MOST_BYTES = 2_000_000

BROKEN_MEMORY = ProblemKind(
    "broken-layouts",
    "note",
    N_("The file with the layouts you settled could not be read; files are guessed anew."),
    N_("The old file was kept as {path}."),
)


class Memory:
    """What was settled for each layout, newest last; without a path it lasts as long as the program."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._entries: dict[str, Remembered] = {}

    @property
    def entries(self) -> Mapping[str, Remembered]:
        """Everything remembered, by the fingerprint of the layout."""
        return self._entries

    def load(self, path: Path) -> Problem | None:
        """Read what was remembered, and write there from now on; a broken file is kept aside and said."""
        self._path = path
        try:
            document = strict_json(read_capped(path, MOST_BYTES), MOST_VALUES)
            if document.get("format", FORMAT) != FORMAT:
                raise ValueError("of a newer version")
            self._entries = {str(key): from_file(Remembered, entry) for key, entry in document["layouts"].items()}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, WorkbenchError):
            return problem(BROKEN_MEMORY, path=str(set_aside(path)))
        return None

    def keep(self, layout: str, entry: Remembered) -> Problem | None:
        """Remember `entry`; a layout that was not used for longest makes room. Returns why it could not be saved."""
        if self._entries.get(layout) == entry:
            return None
        self._entries.pop(layout, None)
        self._entries[layout] = entry
        while len(self._entries) > MOST:
            del self._entries[next(iter(self._entries))]
        return self._save()

    def forget(self, layout: str) -> Problem | None:
        """Remember nothing of a layout."""
        return self._save() if self._entries.pop(layout, None) is not None else None

    def _save(self) -> Problem | None:
        if self._path is None:
            return None
        document: dict[str, Any] = {"format": FORMAT}
        document |= {"layouts": {key: entry.model_dump(exclude_defaults=True) for key, entry in self._entries.items()}}
        try:
            write_atomically(self._path, json.dumps(document, ensure_ascii=False, indent=1).encode())
        except WorkbenchError as error:
            return error.problem
        return None
