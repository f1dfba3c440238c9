"""A model and another file, for every verb that uses a model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from workbench.cli.flags import reading_of
from workbench.cli.say import tell

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle
    from workbench.core.dataset import Dataset
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
    from workbench.core.reuse import pair_of

    try:
        return pair_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def reread_for(bundle: Bundle, options: argparse.Namespace, file: str | None = None) -> Table:
    """Read a file (by default that of `options`) as the model's own was read, with its columns called as they are."""
    from workbench.core.opening import reread

    data = bundle.project.data
    return reread(file or options.file, reading_of(options, data.reading), data.understood)


def table_for(bundle: Bundle, options: argparse.Namespace, file: str | None = None) -> Table:
    """Read a file as :func:`reread_for`, its columns called as the model calls them; say so where they differ."""
    from workbench.core.reuse import matched

    table, notes = matched(reread_for(bundle, options, file), bundle, dict(options.map))
    for note in notes:
        tell(note)
    return table


def dataset_for(bundle: Bundle, table: Table) -> Dataset:
    """Lay the model over `table`; on another file than the one it was trained on, say what is unlike the training.

    Raises
    ------
    WorkbenchError
        ``other-step``, or as :func:`workbench.core.dataset.prepare`.
    """
    from workbench.core.dataset import prepare
    from workbench.core.forecasting import view
    from workbench.core.reuse import checked

    if table.sha256 == bundle.facts.data.sha256:
        return prepare(table, bundle.project.data)
    dataset = view(bundle, table)
    for note in checked(dataset, bundle):
        tell(note)
    return dataset
