"""An ordered table of named parts: cells, sources, exports, views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Hold parts in the order in which they were added, which is the order of the menu."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._parts: dict[str, T] = {}

    def add(self, part: T) -> T:
        """Add `part` under its ``key``; usable as a decorator.

        Raises
        ------
        ValueError
            If the key is taken.
        """
        key: str = part.key  # type: ignore[attr-defined]
        if key in self._parts:
            raise ValueError(f"the {self.noun} {key!r} is registered twice")
        self._parts[key] = part
        return part

    def __getitem__(self, key: str) -> T:
        return self._parts[key]

    def __contains__(self, key: object) -> bool:
        return key in self._parts

    def __iter__(self) -> Iterator[T]:
        return iter(self._parts.values())

    def __len__(self) -> int:
        return len(self._parts)

    def keys(self) -> tuple[str, ...]:
        """Return the keys in menu order."""
        return tuple(self._parts)
