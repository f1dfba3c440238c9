"""The whole corpus: which files there are, and what each is given to."""

from __future__ import annotations

from dataclasses import dataclass

from hostile.cases import Cases
from hostile.containers import CONTAINERS
from hostile.models import MODELS
from hostile.projects import PROJECTS
from hostile.runs import RUNS
from hostile.tables import TABLES
from hostile.texts import TEXTS

Commands = tuple[tuple[str, ...], ...]
FILE, PARENT, DATA, OUT, MODEL = "@", "@parent", "@data", "@out", "@model"
"""What stands in a command for the hostile file, the folder it lies in, a right table, a place to write to, and a right model."""

AS_DATA: Commands = (
    ("inspect", FILE), ("evaluate", MODEL, FILE), ("forecast", MODEL, FILE, "--out", OUT), ("project", FILE, "--out", OUT),
    ("train", FILE, "--epochs", "1", "--hidden", "2", "--device", "cpu", "--out", OUT),
)  # fmt: skip
AS_MODEL: Commands = (
    ("inspect", FILE), ("forecast", FILE, DATA, "--out", OUT), ("evaluate", FILE, DATA), ("operate", FILE, DATA, "--do", "zero[0]"),
    ("export", FILE, "--out", OUT, "--format", "forecast-csv", "--data", DATA), ("train", DATA, "--from", FILE, "--epochs", "1", "--out", OUT),
    ("resume", FILE), ("reproduce", FILE), ("pack", FILE, "--out", OUT),
)  # fmt: skip
AS_PROJECT: Commands = (("inspect", FILE), ("project", FILE, "--out", OUT), ("reproduce", FILE))
AS_RUN: Commands = (
    ("resume", FILE, "--epochs", "4"),
    ("pack", FILE, "--out", OUT),
    ("runs", PARENT),
    ("inspect", FILE),
)


@dataclass(frozen=True)
class Chapter:
    """One kind of files."""

    cases: Cases
    commands: Commands


CORPUS: dict[str, Chapter] = {
    "texts": Chapter(TEXTS, AS_DATA),
    "tables": Chapter(TABLES, AS_DATA),
    "models": Chapter(MODELS, AS_MODEL),
    "containers": Chapter(CONTAINERS, AS_MODEL[:2] + AS_PROJECT[1:2]),
    "projects": Chapter(PROJECTS, AS_PROJECT),
    "runs": Chapter(RUNS, AS_RUN),
}
