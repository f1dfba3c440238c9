"""``runs``: list the runs that were kept."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from workbench.core.events import Ended, EpochEnded
from workbench.core.problems import WorkbenchError
from workbench.core.seen import in_a_sentence
from workbench.core.store import RunFolder, runs_folder, stored_runs


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("runs", help="list the runs that were kept, newest first")
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", help="where to look (default: your runs)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a run")
    parser.set_defaults(command=_runs)


def _runs(options: argparse.Namespace) -> int:
    among = options.folder or runs_folder()
    count = 0
    for folder in stored_runs(among):
        count += 1
        entry = _entry(folder, among)
        if options.json:
            print(json.dumps(entry, ensure_ascii=False, allow_nan=False))
            continue
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry["began_s"])) if entry["began_s"] else "?"
        done = f"epoch {entry['epoch']}/{entry['epochs']}"
        source = in_a_sentence(entry["source"])
        print(f"{entry['name']:<48} {entry['status']:<12} {done:<16} {began}  {entry['cell']:<14} {source}")
    if not count and not options.json:
        print(f"no runs in {among}")
    return 0


def _entry(folder: RunFolder, among: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": folder.path.relative_to(among).as_posix(), "status": folder.status}
    try:
        facts, project = folder.facts(), folder.project()
        entry |= {"began_s": facts.began_s, "source": facts.source}
        entry |= {"cell": project.model.cell, "seed": project.train.seed, "epochs": project.train.epochs}
    except WorkbenchError:
        entry |= {"status": "broken", "began_s": 0, "source": "", "cell": "", "seed": 0, "epochs": 0}
    epochs, mae = 0, None
    for event in folder.replayed().events:
        if isinstance(event, EpochEnded):
            epochs = event.epoch
        elif isinstance(event, Ended):
            found = {score.part: score.mae for score in event.scores if score.name == "model"}
            mae = found.get("test", found.get("valid"))
    return entry | {"epoch": epochs, "mae": mae, "resumable": folder.kept and entry["status"] == "interrupted"}
