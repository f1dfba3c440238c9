"""Several seeds of one project, one run after the other, and how far their scores spread."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.running import begun, carry_out, gone_on
from workbench.cli.say import tell
from workbench.core.events import Ended
from workbench.core.groups import MOST_SEEDS, GroupFacts, is_group, member, read_group, spreads, write_group
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.project import Project
from workbench.core.store import RunFolder, fresh_folder, whole_source

if TYPE_CHECKING:
    from workbench.core.dataset import Dataset

GROUP_THERE = ProblemKind(
    "group-there",
    "error",
    N_("{path} holds another group of runs."),
    N_("Go on with it: python -m workbench resume {path}. Or choose another folder."),
)
ENDED = ("finished", "early", "diverged", "stopped")


def seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of ``0-4`` or ``1,5,9``."""
    found: list[int] = []
    try:
        for part in text.split(","):
            first, dash, last = part.strip().partition("-")
            # One more than may be is enough to be refused.
            low, high = int(first), int(last) if dash else int(first)
            found += range(low, min(high, low + MOST_SEEDS) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError("must be whole numbers such as 0-4 or 1,5,9") from None
    known = set(found)
    if not found or len(known) < len(found) or len(found) > MOST_SEEDS or min(known) < 0 or max(known) >= 2**31:
        raise argparse.ArgumentTypeError(f"must be 1 to {MOST_SEEDS} different seeds from 0 to {2**31 - 1}")
    return tuple(found)


def group(
    project: Project,
    dataset: Dataset,
    of: tuple[int, ...],
    out: Path | None,
    tensorboard: Path | None,
    *,
    json_lines: bool,
) -> int:
    """Train `project` once with each seed, in folders below one; returns the exit code."""
    path = out if out is not None else fresh_folder(project).path
    facts = GroupFacts(source=whole_source(project), seeds=of, project=project)
    if is_group(path) and read_group(path) != facts:
        raise WorkbenchError(GROUP_THERE, path=str(path))
    write_group(path, facts)
    return _carried_out(path, facts, dataset, tensorboard, json_lines=json_lines)


def group_left(path: Path, tensorboard: Path | None = None, *, json_lines: bool) -> int:
    """Go on with a group: the run that was interrupted, and those that had not begun."""
    return _carried_out(path, read_group(path), None, tensorboard, json_lines=json_lines)


def _carried_out(
    path: Path, facts: GroupFacts, dataset: Dataset | None, tensorboard: Path | None, *, json_lines: bool
) -> int:
    code = 0
    for seed in facts.seeds:
        folder = member(path, seed)
        if folder.status in ENDED:
            continue
        if not json_lines:
            print(f"seed {seed}:")
        one, left = _one(folder, facts, seed, dataset, tensorboard, json_lines=json_lines)
        code = max(code, one)
        if left:
            break
    _print_spread(path, facts, json_lines=json_lines)
    return code


def _one(
    folder: RunFolder,
    facts: GroupFacts,
    seed: int,
    dataset: Dataset | None,
    tensorboard: Path | None,
    *,
    json_lines: bool,
) -> tuple[int, bool]:
    """Begin or go on with one run; returns its exit code, and whether the person wants no more."""
    from workbench.core.resuming import prepared, resumption

    if folder.kept:
        found = resumption(folder)
        for said in found.told:
            tell(said)
        job = gone_on(found, found.project, found.checkpoint.facts.train, tensorboard)
    else:
        project = facts.with_seed(seed)
        job = begun(project, dataset or prepared(facts.project, facts.source)[1], folder, None, tensorboard)
    return carry_out(job, json_lines=json_lines), job.left or job.interrupted


def _print_spread(path: Path, facts: GroupFacts, *, json_lines: bool) -> None:
    """Tell mean and spread over the runs that have ended with a model."""
    ends: dict[int, Ended] = {}
    for seed in facts.seeds:
        for event in member(path, seed).replayed().events:
            if isinstance(event, Ended) and event.scores:
                ends[seed] = event
    part, found = spreads([ended.scores for ended in ends.values()])
    if json_lines:
        document: dict[str, Any] = {"event": "Group", "seeds": list(facts.seeds), "scored": list(ends), "part": part}
        print(json.dumps(document | {name: asdict(entry) for name, entry in found.items()}, allow_nan=False))
        return
    print(f"{len(ends)} of {len(facts.seeds)} seeds scored, {part}: mean ± standard deviation (lowest to highest)")
    for name, entry in found.items():
        deviation = "n/a" if entry.deviation is None else f"{entry.deviation:.3g}"
        print(f"  {name.upper():<9} {entry.mean:.5g} ± {deviation} ({entry.low:.5g} to {entry.high:.5g})")
    print(f"runs: {path}")
