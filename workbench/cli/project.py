"""``project``: save settings with their data, or a reference to them; ``pack`` and ``reproduce``: get the same bits."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.flags import add_file
from workbench.cli.projects import add_project, made
from workbench.core.files import shell_word
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.store import RunFolder, named

if TYPE_CHECKING:
    from workbench.core.projectfile import ProjectFile

NO_OUTCOME = ProblemKind(
    "no-outcome",
    "error",
    N_("{name} is a project without scores, so there is nothing to reproduce."),
    N_("Train it: python -m workbench train {word}. A pack is made of a run: python -m workbench pack RUN --out FILE."),
)


def add(commands: Any) -> None:
    """Add the verbs."""
    parser = commands.add_parser(
        "project", help="save settings with their data, or a reference to them, as a .wbp file"
    )
    add_file(parser)
    parser.add_argument("--out", metavar="PROJECT.wbp", type=Path, required=True, help="where to write it")
    parser.add_argument("--inside", action="store_true", help="put the data file into it")
    add_project(parser)
    parser.set_defaults(command=_save)
    packing = commands.add_parser("pack", help="save a run with its data and scores, for others to reproduce")
    packing.add_argument("run", metavar="RUN", help="its folder, or its name as `runs` lists it")
    packing.add_argument("--out", metavar="PACK.wbp", type=Path, required=True, help="where to write it")
    packing.add_argument("--without-data", action="store_true", help="only refer to the data file")
    packing.set_defaults(command=_pack)
    again = commands.add_parser("reproduce", help="train a pack again, and compare every bit of its scores")
    again.add_argument("pack", metavar="PACK", type=Path, help="a .wbp file that `pack` wrote")
    again.add_argument("--data", metavar="FILE", type=Path, help="its data, if they are not inside")
    again.set_defaults(command=_reproduce)


def _save(options: argparse.Namespace) -> int:
    from workbench.core.projectfile import save_project

    project, _dataset, _start = made(options)
    save_project(options.out, project, inside=options.inside)
    print(f"project: {options.out}")
    return 0


def _pack(options: argparse.Namespace) -> int:
    from workbench.core.packing import pack

    outcome = pack(RunFolder(named(options.run)), options.out, inside=not options.without_data)
    print(f"pack: {options.out}\nReproduce it: {outcome.command}")
    return 0


def _reproduce(options: argparse.Namespace) -> int:
    from workbench.core.projectfile import read_project, settled

    pack: ProjectFile = read_project(options.pack)
    wanted = pack.facts.outcome
    if wanted is None:
        raise WorkbenchError(NO_OUTCOME, name=options.pack.name, word=shell_word(options.pack.name))
    project = settled(pack, options.data)
    from workbench.core.reproducing import reproduced  # torch, which a refusal need not load

    found = reproduced(project, wanted.threads)
    same = found.scores == wanted.scores and found.weights_sha256 == wanted.weights_sha256
    for then, now in zip(wanted.scores, found.scores, strict=False):
        word = "same" if then == now else "DIFFERS"
        print(f"  {then.name:<16} {then.part:<6} MAE {then.mae!r:<22} {now.mae!r:<22} {word}")
    print(f"  weights {wanted.weights_sha256[:16]} {found.weights_sha256[:16]}")
    print("reproduced: all scores and weights have the same bits" if same else "NOT reproduced: see what differs above")
    before, current = pack.facts.versions, found.versions
    for name in sorted(set(before) & set(current)):
        if before[name] != current[name]:
            print(f"  {name}: {before[name]} then, {current[name]} now")
    return 0 if same else 1
