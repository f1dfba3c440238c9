"""Every Problem can be shown: its texts name nothing that the place that raises it does not supply."""

from __future__ import annotations

import ast
import pickle
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbench.core.problems import Problem, ProblemKind, WorkbenchError, problem

PACKAGE = Path(__file__).parents[2] / "workbench"
KIND = ProblemKind("a-kind", "warning", "{count} of {name}.", "Mend {name}.", action="mend")


@dataclass(frozen=True)
class Declared:
    """A ProblemKind as it stands in the source."""

    module: str
    name: str
    key: str
    severity: str
    texts: tuple[str, str]

    @property
    def placeholders(self) -> set[str]:
        return {field for text in self.texts for _, field, _, _ in string.Formatter().parse(text) if field}


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _text(node: ast.expr) -> str:
    assert isinstance(node, ast.Call), "mark the text with N_()"
    assert isinstance(node.func, ast.Name), "mark the text with N_()"
    assert node.func.id == "N_", "mark the text with N_()"
    assert isinstance(node.args[0], ast.Constant), "a text for the translator is a constant"
    return str(node.args[0].value)


def _declared() -> list[Declared]:
    found = []
    for module, tree in _trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
                continue
            call, target = node.value, node.targets[0]
            if isinstance(call.func, ast.Name) and call.func.id == "ProblemKind" and isinstance(target, ast.Name):
                given = [*call.args, *(word.value for word in call.keywords if word.arg != "action")]
                key, severity = (ast.literal_eval(entry) for entry in given[:2])
                found.append(Declared(module, target.id, key, severity, (_text(given[2]), _text(given[3]))))
    return found


DECLARED = _declared()


def _uses() -> Iterator[tuple[str, int, Declared, set[str]]]:
    """Module, line, kind and the names supplied, of each place that makes a Problem from a kind by its name."""
    for module, tree in _trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            if node.func.id not in ("problem", "WorkbenchError") or any(word.arg is None for word in node.keywords):
                continue
            names = {part.id for part in ast.walk(node.args[0]) if isinstance(part, ast.Name)}
            for kind in DECLARED:
                if kind.name in names and (kind.module == module or not _own(module, kind.name)):
                    yield module, node.lineno, kind, {str(word.arg) for word in node.keywords}


def _own(module: str, name: str) -> bool:
    return any(kind.module == module and kind.name == name for kind in DECLARED)


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.key)
def test_that_a_kind_says_what_happened_and_how_to_mend_it(kind: Declared) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.key)
    assert kind.severity in ("note", "warning", "error")
    assert all(text.strip() for text in kind.texts)
    assert [entry.name for entry in DECLARED if entry.key == kind.key] == [kind.name], "the key is taken"


def test_that_every_place_supplies_what_the_texts_name() -> None:
    uses = list(_uses())
    assert len(uses) > 30, "the search finds no uses any more"
    missing = [
        f"{module}:{line} {kind.key} lacks {sorted(kind.placeholders - given)}"
        for module, line, kind, given in uses
        if kind.placeholders - given
    ]
    assert not missing, "\n".join(missing)


def test_that_texts_name_their_values_and_are_translated_before() -> None:
    found = problem(KIND, count=3, name="{braces}")
    assert found.text() == "3 of {braces}."
    assert found.remedy({"Mend {name}.": "Behebe {name}."}.__getitem__) == "Behebe {braces}."
    assert (found.key, found.severity) == ("a-kind", "warning")


def test_that_an_error_survives_the_way_between_processes() -> None:
    error = WorkbenchError(KIND, count=3, name="x")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, WorkbenchError)
    assert again.problem == error.problem
    assert str(again) == "3 of x. Mend x."


def test_that_the_values_of_a_problem_cannot_be_changed() -> None:
    found: Problem = problem(KIND, count=3, name="x")
    with pytest.raises(TypeError):
        found.values["count"] = 4  # type: ignore[index]
