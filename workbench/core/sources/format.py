"""What a file format has to offer, and the registry of all formats."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from workbench.core.registry import Registry
from workbench.core.sources.payload import Payload
from workbench.core.sources.rawcolumn import Hints
from workbench.core.table import Table


class SourceFormat(ABC):
    """One kind of file.

    Attributes
    ----------
    key
        Stable name, such as ``csv``.
    label
        Name for menus and file dialogs.
    extensions
        Usual endings, with the dot; only for file dialogs, never for the choice of the format.
    """

    key: str
    label: str
    extensions: tuple[str, ...]

    @abstractmethod
    def matches(self, head: bytes, path: Path) -> bool:
        """Tell from the first bytes (unpacked) whether a file has this format."""

    @abstractmethod
    def read(self, payload: Payload, hints: Hints) -> Table:
        """Read the table.

        Raises
        ------
        WorkbenchError
            With a Problem of `workbench.core.sources.problems`.
        """

    @abstractmethod
    def parsed(self, payload: Payload, hints: Hints) -> tuple[list[str], Iterable[list[str]]]:
        """Return the header and the cells as text, row by row, as the file holds them."""

    def examined(self, payload: Payload, hints: Hints) -> tuple[Table, list[str], Iterable[list[str]]]:
        """Return what `read` and `parsed` do; a format may do the work once."""
        return self.read(payload, hints), *self.parsed(payload, hints)


SOURCES: Registry[SourceFormat] = Registry("source format")
