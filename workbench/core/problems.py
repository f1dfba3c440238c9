"""What can go wrong, in one catalogue: every Problem says what happened and how to mend it.

Texts are templates for ``str.format`` and are marked with :func:`N_` for the translator; the core never
translates. A user interface shows ``problem.text()`` and ``problem.remedy()``; a program branches on
``problem.key``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from workbench.core.seen import in_a_sentence

Severity = Literal["note", "warning", "error"]


def N_(text: str) -> str:
    """Mark `text` for translation and return it unchanged."""
    return text


def _same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One entry of the catalogue.

    Parameters
    ----------
    key
        Stable name, kebab-case.
    severity
        ``note`` (something was repaired or guessed), ``warning`` (the result may suffer) or ``error``.
    template, remedy_template
        Sentences with ``{named}`` values.
    action
        Key of the window's action that carries the remedy out, or None.
    other
        Key of the action of a second remedy, if there are two to choose from.
    """

    key: str
    severity: Severity
    template: str
    remedy_template: str
    action: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that happened: a kind with the values that belong to it."""

    kind: ProblemKind
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Stable name of the kind."""
        return self.kind.key

    @property
    def severity(self) -> Severity:
        """``note``, ``warning`` or ``error``."""
        return self.kind.severity

    def text(self, translate: Callable[[str], str] = _same) -> str:
        """Say what happened, in one or two sentences of plain text."""
        return translate(self.kind.template).format_map(self._shown)

    def remedy(self, translate: Callable[[str], str] = _same) -> str:
        """Say what the user can do about it."""
        return translate(self.kind.remedy_template).format_map(self._shown)

    @property
    def _shown(self) -> dict[str, object]:
        """The values as they may be shown: names of files and columns come from strangers."""
        return {name: in_a_sentence(value) if isinstance(value, str) else value for name, value in self.values.items()}


class WorkbenchError(Exception):
    """An expected failure, carrying the Problem to show."""

    def __init__(self, kind: ProblemKind, **values: object) -> None:
        self.problem = Problem(kind, MappingProxyType(dict(values)))
        super().__init__(f"{self.problem.text()} {self.problem.remedy()}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self.problem.kind, dict(self.problem.values))


def _rebuilt(kind: ProblemKind, values: dict[str, object]) -> WorkbenchError:
    return WorkbenchError(kind, **values)


def problem(kind: ProblemKind, **values: object) -> Problem:
    """Make a Problem that is reported instead of raised."""
    return Problem(kind, MappingProxyType(dict(values)))
