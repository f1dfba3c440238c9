"""A registry keeps the order of the menu and refuses a taken key."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from workbench.core.registry import Registry


@dataclass(frozen=True)
class Part:
    key: str
    number: int = 0


def test_that_parts_come_back_in_the_order_they_were_added() -> None:
    registry: Registry[Part] = Registry("part")
    parts = [Part("z"), Part("a"), Part("m")]
    for part in parts:
        registry.add(part)
    assert list(registry) == parts
    assert registry.keys() == ("z", "a", "m")
    assert len(registry) == 3
    assert "a" in registry
    assert "b" not in registry


def test_that_a_taken_key_is_refused_and_the_first_part_stays() -> None:
    registry: Registry[Part] = Registry("part")
    first = registry.add(Part("a", 1))
    with pytest.raises(ValueError, match="part 'a' is registered twice"):
        registry.add(Part("a", 2))
    assert registry["a"] is first
    assert len(registry) == 1


def test_that_an_unknown_key_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Registry[Part]("part")["nothing"]
