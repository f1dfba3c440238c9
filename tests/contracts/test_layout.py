"""The house rules: what lies where, how large it may be, and what is never written."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))
TOP_LEVEL = {"pyproject.toml", "README.md", "LICENSE", "main.py", "workbench", "resources", "tests", ".ci"}

MOST_LINES = 400
MOST_FUNCTION_LINES = 40
MOST_METHODS = 15
MOST_WINDOW_LINES = 250


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tracked() -> set[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no git checkout, so its own files cannot be told from others")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.split("/")[0] for line in listed.stdout.splitlines()}


def test_that_the_top_level_holds_only_what_the_design_names() -> None:
    found = {name for name in _tracked() if name not in (".gitignore", ".gitattributes")}
    assert found <= TOP_LEVEL, f"move these into one of the folders: {sorted(found - TOP_LEVEL)}"


def _everywhere(complaints: Callable[[Path], Iterable[str]]) -> list[str]:
    """What a rule has to say about all modules. One test a rule, not one a module: pytest's own cost counts."""
    return [f"{_name(path)}{said}" for path in MODULES for said in complaints(path)]


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _too_large(path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").count("\n")
    if lines > (MOST_WINDOW_LINES if path.name == "window.py" else MOST_LINES):
        yield f" has {lines} lines; split it by noun"
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            told = ast.get_docstring(node) is not None and len(node.body) > 1
            lines = (node.end_lineno or 0) - node.body[told].lineno + 1
            if lines > MOST_FUNCTION_LINES:
                yield f": {node.name} has {lines} lines; split it"
        if isinstance(node, ast.ClassDef):
            public = [
                entry.name
                for entry in node.body
                if isinstance(entry, ast.FunctionDef)
                and not entry.name.startswith("_")
                and not any(isinstance(d, ast.Name) and d.id == "property" for d in entry.decorator_list)
                and not re.search(r"[a-z][A-Z]", entry.name)
            ]
            if len(public) > MOST_METHODS:
                yield f": {node.name} has {len(public)} public methods"


def test_that_files_functions_and_classes_stay_small() -> None:
    assert not _everywhere(_too_large)


FORBIDDEN_CALLS = {
    "terminate": "a thread that is terminated holds its locks for ever; stop it and wait()",
    "processEvents": "re-entrancy; use a timer or a signal",
    "exec": "blocks the window; use open() and a signal",
    "findChild": "ask the object that owns the widget",
}
MAY_EXEC = {"workbench/ui/application.py"}


def _forbidden_calls(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_CALLS:
            if node.func.attr == "exec" and _name(path) in MAY_EXEC:
                continue
            yield f":{node.lineno}: {node.func.attr}: {FORBIDDEN_CALLS[node.func.attr]}"
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr", "hasattr") and len(node.args) > 1:
            named = node.args[1]
            if isinstance(named, ast.Constant) and isinstance(named.value, str) and named.value != "_MEIPASS":
                yield f":{node.lineno}: name the attribute itself"


def test_that_forbidden_calls_are_not_made() -> None:
    assert not _everywhere(_forbidden_calls)


def _pickle_and_colours(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for node in _nodes(path):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if {"pickle", "dill", "joblib", "shelve"} & {name.split(".")[0] for name in names}:
            yield f": {names}"
    if re.search(r"torch\.(load|save)\(", text):
        yield ": weights are safetensors"
    if re.search(r"[\"']#[0-9a-fA-F]{6}\b", text):
        yield ": colours live in resources/theme"


def test_that_pickle_and_colours_stay_out() -> None:
    assert not _everywhere(_pickle_and_colours)


MAY_EXCEPT = {
    "workbench/core/supervision.py",
    "workbench/app/task.py",
    "workbench/ui/application.py",
}


def _broad_excepts(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            )
            if broad and _name(path) not in MAY_EXCEPT:
                yield f":{node.lineno}: name the exceptions you expect"


def test_that_broad_excepts_stand_only_where_they_may() -> None:
    assert not _everywhere(_broad_excepts)


def test_that_no_file_names_a_path_of_a_machine() -> None:
    pattern = re.compile(r"(^|[\s\"'=(:])/(home|root|work|opt|Users)/[A-Za-z.]")
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "resources").rglob("*.md"), ROOT / "README.md"]:
        if path == Path(__file__) or not path.exists():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not pattern.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["importlinter.cli", "lint-imports"],
    ],
    ids=["lint", "format", "types", "imports"],
)
@pytest.mark.timeout(300)
def test_that_the_tools_are_content(command: list[str]) -> None:
    if command[0] == "importlinter.cli":
        arguments = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as c; c()"]
    else:
        arguments = [sys.executable, "-m", *command]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_no_two_files_of_tests_have_one_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name, times in names.items() if times > 1], "pytest cannot tell them apart: rename one"


def test_that_importing_the_package_costs_nothing() -> None:
    heavy = "{'torch', 'polars', 'numpy', 'PySide6', 'pydantic'}"
    code = f"import sys, workbench; bad = {heavy} & set(sys.modules); sys.exit(str(bad) if bad else 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


TORCH_HALF = {
    "adoption",
    "checkpoint",
    "attribution",
    "averaging",
    "batches",
    "delivery",
    "operating",
    "inspection",
    "optimising",
    "postponed",
    "precision",
    "rangetest",
    "reproducing",
    "stateseries",
    "stopwatch",
    "forecaster",
    "layers",
    "looking",
    "measuring",
    "backends",
    "packing",
    "placing",
    "mishaps",
    "recording",
    "tracing",
    "training",
    "weighing",
    "supervision",
    "devices",
    "forecasting",
    "refitting",
    "ensembles",
    "selfcheck",
    "serving",
    "kernels",
    "kernels_time",
    "kernels_rnn",
    "kernels_lstm",
    "kernels_gru",
    "standalone",
}


def test_that_only_the_torch_half_imports_torch() -> None:
    for path in MODULES:
        if (
            path.is_relative_to(PACKAGE / "core")
            and path.relative_to(PACKAGE / "core").with_suffix("").parts[0] in TORCH_HALF
        ):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] != "torch", f"{_name(path)} imports torch when it is imported"
                half = name.removeprefix("workbench.core.").split(".")[0]
                assert half not in TORCH_HALF, f"{_name(path)} imports {name}, and with it torch"


def test_that_the_application_half_has_no_widgets() -> None:
    # import-linter cannot forbid a part of an external package.
    for path in (PACKAGE / "app").rglob("*.py"):
        assert "QtWidgets" not in path.read_text(encoding="utf-8"), f"{_name(path)}: widgets belong in ui"


def test_that_the_window_can_be_shown_without_torch_and_polars() -> None:
    code = (
        "import sys, workbench.app.session, workbench.core.project, workbench.core.sources\n"
        "bad = {'torch', 'polars'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
