"""Hostile files: each is refused with a cause or found harmless, in 5 s and 300 MB, and nothing is touched."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostile.cases import Cases
from hostile.containers import CONTAINERS
from hostile.models import MODELS
from hostile.opening import Opener, faults
from hostile.projects import PROJECTS
from hostile.tables import TABLES
from hostile.texts import TEXTS
from series import hourly, wave
from workbench.core.exports.wbm import read_model
from workbench.core.problems import WorkbenchError
from workbench.core.projectfile import read_project

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
    assert _told(opener, tmp_path, MODELS, ("forecast", "@", data, "--out", out)) >= FEWEST_REFUSED["models"]


def test_that_hostile_projects_are_refused_or_harmless(opener: Opener, tmp_path: Path) -> None:
    commands = (("inspect", "@"), ("project", "@", "--out", str(tmp_path / "out.csv")))
    assert _told(opener, tmp_path, PROJECTS, *commands) >= 2 * FEWEST_REFUSED["projects"]


def test_that_archives_that_could_be_read_in_two_ways_are_refused(tmp_path: Path) -> None:
    for name, make in CONTAINERS.makers.items():
        path = make(tmp_path)
        for reader in (read_model, read_project):
            if name in HARMLESS and path.suffix == HARMLESS[name][reader is read_project]:
                reader(path)
                continue
            with pytest.raises(WorkbenchError):
                reader(path)
        path.unlink()
    assert not list(tmp_path.iterdir()), "something was written"


HARMLESS = {f"set-uid{ending}": (".wbm", ".wbp") for ending in (".wbm", ".wbp")}
"""Modes of members mean nothing to who unpacks none."""


def test_that_a_refusal_loads_no_torch(tmp_path: Path) -> None:
    (tmp_path / "bad.wbm").write_text("no model")
    (tmp_path / "data.csv").write_text("y\n" + "1.5\n2\n" * 40)
    of_model = ("inspect @", "forecast @ data.csv --out x", "evaluate @ data.csv", "operate @ data.csv", "serve @")
    more = ("export @ --out x.onnx", "train @", "train data.csv --from @", "resume @", "reproduce @", "pack @ --out x")
    commands = [text.replace("@", "bad.wbm").split() for text in of_model + more]
    program = (
        "import sys, json; from workbench.cli import main; codes = [main(c) for c in json.loads(sys.argv[1])]; "
        "print('torch' in sys.modules, codes)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, json.dumps(commands)], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert found.stdout.splitlines()[-1] == f"False {[0] + [2] * (len(commands) - 1)}", found.stderr
