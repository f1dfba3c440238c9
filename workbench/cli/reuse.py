"""A model and another file, for every verb that uses a model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from workbench.cli.flags import reading_of
from workbench.cli.say import tell

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle
    from workbench.core.table import Table


def add_map(parser: argparse.ArgumentParser) -> None:
    """Let columns be matched by hand."""
    parser.add_argument(
        "--map",
        metavar="MODEL=FILE",
        action="append",
        type=_pair,
        default=[],
        help="the model's column MODEL is called FILE in the file; may be given several times (default: by name)",
    )


def _pair(text: str) -> tuple[str, str]:
    model, mark, file = text.partition("=")
    if not mark or not model.strip() or not file.strip():
        raise argparse.ArgumentTypeError("must be MODEL=FILE")
    return model.strip(), file.strip()


def table_for(bundle: Bundle, options: argparse.Namespace) -> Table:
    """Read the file of `options` for a model: as it was read then, its columns called as the model calls them."""
    from workbench.core.opening import reread
    from workbench.core.reuse import matched

    data = bundle.project.data
    table = reread(options.file, reading_of(options, data.reading), data.understood)
    table, notes = matched(table, bundle, dict(options.map))
    for note in notes:
        tell(note)
    return table
