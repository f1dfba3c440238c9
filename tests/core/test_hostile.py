"""Hostile files: each is refused with a cause or found harmless, in 5 s and 300 MB, and nothing is touched."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostile.cases import Cases
from hostile.models import MODELS
from hostile.opening import Opener, faults
from hostile.projects import PROJECTS
from hostile.tables import TABLES
from hostile.texts import TEXTS
from series import hourly, wave

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is watched by /proc")

FEWEST_REFUSED = {"texts": 55, "tables": 70, "models": 130, "projects": 60}
"""A corpus of which little is refused would be one of harmless files."""


@pytest.fixture
def opener(tmp_path: Path) -> Iterator[Opener]:
    (tmp_path / "files").mkdir()
    found = Opener(tmp_path)
    yield found
    found.close()


def _told(opener: Opener, folder: Path, cases: Cases, *commands: tuple[str, ...]) -> int:
    """Run all `commands` on every file, ``@`` standing for its path; return how often one was refused."""
    wrong, refused = {}, 0
    for name, make in cases.makers.items():
        path = make(folder / "files")
        for command in commands:
            answer = opener.run(*(str(path) if word == "@" else word for word in command))
            found = faults(answer)
            refused += answer.get("code") == 2
            if found:
                wrong[name] = found
        path.unlink(missing_ok=True)
    assert not wrong, "\n".join(f"{name}: {'; '.join(found)}" for name, found in wrong.items())
    ours = {"files", "home", "out.csv", "data.csv"}
    left = {path.name for path in folder.rglob("*") if "home" not in path.relative_to(folder).parts} - ours
    assert not left, f"something was written: {left}"
    return refused


def test_that_hostile_text_is_refused_or_harmless(opener: Opener, tmp_path: Path) -> None:
    assert _told(opener, tmp_path, TEXTS, ("inspect", "@")) >= FEWEST_REFUSED["texts"]


def test_that_hostile_tables_are_refused_or_harmless(opener: Opener, tmp_path: Path) -> None:
    assert _told(opener, tmp_path, TABLES, ("inspect", "@")) >= FEWEST_REFUSED["tables"]


def test_that_hostile_models_are_refused_or_harmless(opener: Opener, tmp_path: Path) -> None:
    lines = [f"{t},{a:.3f},{a:.2f}" for t, a in zip(hourly(120).tolist(), wave(120), strict=True)]
    (tmp_path / "data.csv").write_text("\n".join(["time,a,b", *lines]))
    data, out = str(tmp_path / "data.csv"), str(tmp_path / "out.csv")
    path = MODELS.makers["good.wbm"](tmp_path / "files")
    assert opener.run("forecast", str(path), data, "--out", out)["code"] == 0, "the files would be right unspoilt"
    commands = (("forecast", "@", data, "--out", out), ("evaluate", "@", data))
    assert _told(opener, tmp_path, MODELS, *commands) >= 2 * FEWEST_REFUSED["models"]


def test_that_hostile_projects_are_refused_or_harmless(opener: Opener, tmp_path: Path) -> None:
    commands = (("inspect", "@"), ("project", "@", "--out", str(tmp_path / "out.csv")))
    assert _told(opener, tmp_path, PROJECTS, *commands) >= 2 * FEWEST_REFUSED["projects"]
