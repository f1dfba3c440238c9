"""Versions of our own file formats: older ones are migrated where they are read, newer ones are refused in one way."""

from __future__ import annotations

from typing import Any

from workbench import __version__
from workbench.core.problems import N_, ProblemKind, WorkbenchError

NEWER_FILE = ProblemKind(
    "newer-file",
    "error",
    N_(
        "{name} is of format {found}, written by Sequence Workbench {version}. This is version {own}, which reads "
        "formats up to {known}."
    ),
    N_("Open it with Sequence Workbench {version} or newer."),
)
_NO_VERSION = N_("of a later version")


def written_by(document: Any) -> str:
    """Return the version of the program that wrote a document, as it says itself."""
    match document:
        case {"versions": {"workbench": str(version)}} if version and len(version) <= 40:
            return version
    return _NO_VERSION


def newer(name: str, document: Any, kind: str, known: int) -> WorkbenchError | None:
    """Return how to refuse a document of `kind` whose format is above `known`, or None.

    A project in it may be of a later format, too.
    """
    from workbench.core.project import FORMAT as PROJECT

    match document:
        case {"kind": str(its), "format": int(found)} if its == kind and found > known:
            return _refusal(name, document, found, known)
        case {"kind": str(its), "project": {"format": int(found)}} if its == kind and found > PROJECT:
            return _refusal(name, document, found, PROJECT)
    return None


def _refusal(name: str, document: Any, found: int, known: int) -> WorkbenchError:
    version = written_by(document)
    return WorkbenchError(NEWER_FILE, name=name, found=found, known=known, version=version, own=__version__)
