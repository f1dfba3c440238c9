"""What a hostile file is: a name, and a function that writes it into a folder and says where it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Maker = Callable[[Path], Path]


class Cases:
    """Makers of files by name; names are unique."""

    def __init__(self) -> None:
        self.makers: dict[str, Maker] = {}

    def add(self, name: str, make: Maker) -> None:
        """Add one maker."""
        assert name not in self.makers, name
        self.makers[name] = make

    def bytes(self, name: str, content: bytes | Callable[[], bytes]) -> None:
        """Add a file of these bytes, whose name is that of the case."""

        def make(folder: Path) -> Path:
            path = folder / name
            path.write_bytes(content if isinstance(content, bytes) else content())
            return path

        self.add(name, make)
