"""Pasting a range of a spreadsheet: the text becomes a file of its own, so that it can be read again later."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QMimeData, QStandardPaths

from workbench.core.files import write_atomically
from workbench.core.problems import N_, ProblemKind, WorkbenchError

NOTHING_TO_PASTE = ProblemKind(
    "nothing-to-paste",
    "note",
    N_("The clipboard holds no rows."),
    N_("Copy a range of cells with its header in your spreadsheet, then paste again."),
)
MOST_CHARACTERS = 200_000_000


def pasted_folder() -> Path:
    """Return where pasted rows are kept; the folder need not exist."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(folder) / "sequence-workbench" / "pasted"


def pasted(mime: QMimeData, folder: Path, now: datetime) -> str:
    """Return the file to open for what was copied: a copied file itself, or a new one that holds the copied rows.

    Raises
    ------
    WorkbenchError
        ``nothing-to-paste``, or ``cannot-write``.
    """
    files = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
    if files:
        return files[0]
    text = mime.text() if mime.hasText() else ""
    if len(text.split()) < 2 or len(text) > MOST_CHARACTERS:
        raise WorkbenchError(NOTHING_TO_PASTE)
    path = folder / f"pasted {now:%Y-%m-%d %H.%M.%S}.tsv"
    number = 2
    while path.exists():
        path, number = folder / f"pasted {now:%Y-%m-%d %H.%M.%S} ({number}).tsv", number + 1
    write_atomically(path, text.encode("utf-8", errors="replace"))
    return str(path)
