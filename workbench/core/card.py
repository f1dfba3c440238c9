"""The card beside an exported model: what the file is, and the proof that it forecasts as the program does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from workbench.core.bundle import Bundle
from workbench.core.files import write_atomically
from workbench.core.handover import about, settings_of
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.proof import Proof

PROVEN = ProblemKind(
    "exported-proven",
    "note",
    N_(
        "{what} was written to {name}. A fresh process loaded it with {reader} and gave the same forecasts: {windows} "
        "windows, one, 7 and 64 at a time; the largest difference is {difference} of their size (allowed: {tolerance})."
    ),
    N_("{hint}"),
    action="show-file",
)
NOT_PROVEN = ProblemKind(
    "not-proven",
    "error",
    N_("{what} is in {name}, but it is not proven that it forecasts as the program does: {reason}."),
    N_("Do not rely on the file: keep the Workbench model (.wbm), and report what the card beside it says."),
    action="show-file",
)


def card_path(path: Path) -> Path:
    """Return where the card of the export at `path` lies."""
    return path.with_name(f"{path.name}.card.json")


def write_card(
    path: Path, what: str, files: Sequence[Path], bundle: Bundle, proof: Proof, *, dynamic: bool = True
) -> None:
    """Write the card of an export.

    Raises
    ------
    WorkbenchError
        ``cannot-write``.
    """
    card = {
        "what": what,
        "files": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
        "exported": proof.passed,
        "proof": proof.model_dump(mode="json"),
        "use": about(bundle, dynamic=dynamic),
        "settings": settings_of(bundle),
    }
    write_atomically(card_path(path), json.dumps(card, indent=1, ensure_ascii=False).encode())


def told(proof: Proof, **values: object) -> Problem:
    """Return the sentence about an export and its proof."""
    if not proof.passed:
        return problem(NOT_PROVEN, reason=proof.reason, **values)
    windows = f"{min(proof.windows.values())}" if proof.windows else "0"
    return problem(
        PROVEN,
        reader=proof.reader,
        windows=windows,
        difference=f"{proof.difference or 0.0:.1g}",
        tolerance=f"{proof.tolerance:.0e}",
        **values,
    )
