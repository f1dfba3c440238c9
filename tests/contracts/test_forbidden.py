"""What would run what a stranger wrote, or write where a stranger says, is not in the program at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [ROOT / "main.py", *sorted((ROOT / "workbench").rglob("*.py"))]

MODULES_BANNED = {
    "pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal", "yaml", "jsonpickle", "imp", "telnetlib",
}  # fmt: skip
NAMES_BANNED = {"eval", "exec", "compile", "__import__", "input"}
METHODS_BANNED = {
    "extractall": "members are read into memory by an allow-list",
    "unpack_archive": "members are read into memory by an allow-list",
    "system": "no shell",
    "popen": "no shell",
    "execv": "no shell",
    "load_module": "nothing is imported by a name from a file",
}
OF_BANNED = {
    "torch": {"load", "save", "compile"},
    "np": {"fromfile", "memmap"},
    "numpy": {"fromfile", "memmap"},
    "yaml": {"load"},
}
KEYWORDS_BANNED = {"allow_pickle", "shell", "weights_only"}


def _dangers(text: str) -> Iterator[str]:
    """What in a module's text would run a stranger's words, each with its line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"{node.lineno}: {name}" for name in names if name.split(".")[0] in MODULES_BANNED)
        if isinstance(node, ast.Call):
            yield from (f"{node.lineno}: {said}" for said in _dangers_of_call(node))


def _dangers_of_call(node: ast.Call) -> Iterator[str]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in NAMES_BANNED:
        yield called.id
    if isinstance(called, ast.Attribute):
        if called.attr in METHODS_BANNED:
            yield METHODS_BANNED[called.attr]
        if isinstance(called.value, ast.Name):
            if called.attr in OF_BANNED.get(called.value.id, ()):
                yield called.attr
            loads = (called.value.id, called.attr) in (("np", "load"), ("numpy", "load"))
            if loads and not any(keyword.arg == "allow_pickle" for keyword in node.keywords):
                yield "say allow_pickle=False"
    for keyword in node.keywords:
        told_not = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if keyword.arg in KEYWORDS_BANNED and not told_not:
            yield keyword.arg


def test_that_nothing_can_run_what_a_file_says() -> None:
    # One test, not one a module: pytest's own cost counts.
    found = [f"{path.relative_to(ROOT)}:{said}" for path in MODULES for said in _dangers(path.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize(
    "line", ["import pickle", "eval('1')", "torch.load(f)", "np.load(f)", "run(x, shell=True)", "z.extractall()"]
)
def test_that_the_lint_would_see_what_it_forbids(line: str) -> None:
    assert list(_dangers(line))


LOADS_JSON = {"workbench/core/strict.py", "workbench/core/sources/json.py", "workbench/core/sources/apart.py"}


def test_that_json_is_read_strictly() -> None:
    for path in MODULES:
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        own = "resource(" in text  # what comes with the program is no stranger's
        if name not in LOADS_JSON and not name.startswith("workbench/core/standalone/") and not own:
            assert "json.loads(" not in text, f"{name}: files are read with strict_json"
            assert "json.load(" not in text, f"{name}: files are read with strict_json"
