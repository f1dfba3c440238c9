"""Every part that lies in a folder is in its menu, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.cells import CELLS
from workbench.core.exports import EXPORTS
from workbench.core.registry import Registry

CORE = Path(__file__).parents[2] / "workbench" / "core"


@pytest.mark.parametrize(
    ("registry", "folder", "plumbing"),
    [(CELLS, "cells", {"cell", "arithmetic", "options", "references", "signals"}), (EXPORTS, "exports", {"export"})],
    ids=["cells", "exports"],
)
def test_that_folder_and_registry_agree(registry: Registry, folder: str, plumbing: set[str]) -> None:
    files = {path.stem for path in (CORE / folder).glob("*.py")} - {"__init__"} - plumbing
    homes = {type(part).__module__.rsplit(".", 1)[-1] for part in registry}
    assert files == homes, "register the part in __init__.py, or remove the file"


@pytest.mark.parametrize("registry", [CELLS, EXPORTS], ids=["cells", "exports"])
def test_that_a_taken_key_is_refused(registry: Registry) -> None:
    part = next(iter(registry))
    with pytest.raises(ValueError, match="twice"):
        registry.add(part)
    assert len(registry) == len(registry.keys())
