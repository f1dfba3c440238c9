"""Options of the command line, generated from the settings of the specs."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from workbench.core.cells import CELLS
from workbench.core.fields import Setting, settings_of
from workbench.core.reading import Reading

FLAGS = {"targets": "--target", "learning_rate": "--lr", "normalisation": "--normalise"}
"""Settings whose flag is not their name."""

READING = "reading_"
"""Stands before the names of reading settings in the parsed options: other settings may have the same name."""

METAVARS = {"int": "N", "float": "X", "bool": "yes|no"}


def add_file(parser: argparse.ArgumentParser) -> None:
    """Ask for the file to read."""
    parser.add_argument("file", metavar="FILE", help="a table with a time series, or task:NAME?key=value")


def positive(text: str) -> int:
    """Return a whole number from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def cell_settings() -> tuple[Setting, ...]:
    """Options of all cells, each once."""
    found = {entry.name: entry for cell in CELLS for entry in settings_of(cell.Options)}
    return tuple(found.values())


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add one option for each thing about a file that can be settled instead of guessed."""
    add_settings(parser.add_argument_group("reading the file"), settings_of(Reading), READING)


def reading_of(options: argparse.Namespace, before: Reading | None = None) -> Reading:
    """Return what the options settle about reading a file, and for the rest what `before` settled.

    Raises
    ------
    WorkbenchError
        ``invalid-setting`` for the first option that is refused.
    """
    values = {entry.name: vars(options)[READING + entry.name] for entry in settings_of(Reading)}
    given = {name: value for name, value in values.items() if value is not None}
    reading: Reading = (before or Reading()).changed(**given)
    return reading


def add_settings(group: argparse._ArgumentGroup, settings: Iterable[Setting], prefix: str = "") -> None:
    """Add one option a setting; None stands for "not given". `prefix` stands before the name in the result."""
    kinds: dict[str, Any] = {"int": int, "float": float, "names": _names, "bool": _truth}
    for entry in settings:
        flag = FLAGS.get(entry.name, "--" + entry.name.replace("_", "-"))
        choices = [value for value, _label in entry.choices] if entry.kind == "choice" and not entry.free else None
        shown = None if choices else METAVARS.get(entry.kind, "TEXT") if entry.kind != "names" else _listed(entry)
        default = ", ".join(entry.default) if isinstance(entry.default, tuple) else entry.default
        proposed = entry.name in ("targets", "window", "horizon", "gaps", "gap_limit")
        ending = "proposed from the data" if proposed else f"default {default}" if default != "" else "default none"
        group.add_argument(
            flag,
            dest=prefix + entry.name,
            type=kinds.get(entry.kind, str),
            choices=choices,
            metavar=shown,
            help=f"{entry.help} ({ending})".replace("%", "%%"),
        )


def _listed(entry: Setting) -> str:
    return ",".join(value for value, _label in entry.choices) or "COL[,COL]"


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _truth(text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise argparse.ArgumentTypeError("must be yes or no")
    return text.lower() in ("yes", "true", "1")
