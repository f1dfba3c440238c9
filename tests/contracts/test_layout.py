"""The house rules: what lies where, how large it may be, and what is never written."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
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


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_that_files_functions_and_classes_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    most = MOST_WINDOW_LINES if path.name == "window.py" else MOST_LINES
    assert text.count("\n") <= most, f"{_name(path)} has {text.count(chr(10))} lines; split it by noun"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.body[0].lineno + 1
            if ast.get_docstring(node) is not None and len(node.body) > 1:
                lines = (node.end_lineno or 0) - node.body[1].lineno + 1
            assert lines <= MOST_FUNCTION_LINES, f"{_name(path)}: {node.name} has {lines} lines; split it"
        if isinstance(node, ast.ClassDef):
            public = [
                entry.name
                for entry in node.body
                if isinstance(entry, ast.FunctionDef)
                and not entry.name.startswith("_")
                and not any(isinstance(d, ast.Name) and d.id == "property" for d in entry.decorator_list)
                and not re.search(r"[a-z][A-Z]", entry.name)
            ]
            assert len(public) <= MOST_METHODS, f"{_name(path)}: {node.name} has {len(public)} public methods"


FORBIDDEN_CALLS = {
    "terminate": "a thread that is terminated holds its locks for ever; stop it and wait()",
    "processEvents": "re-entrancy; use a timer or a signal",
    "exec": "blocks the window; use open() and a signal",
    "findChild": "ask the object that owns the widget",
}
MAY_EXEC = {"workbench/ui/application.py"}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_that_forbidden_calls_are_not_made(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_CALLS:
            if node.func.attr == "exec" and _name(path) in MAY_EXEC:
                continue
            pytest.fail(f"{_name(path)}:{node.lineno}: {node.func.attr}: {FORBIDDEN_CALLS[node.func.attr]}")
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr", "hasattr") and len(node.args) > 1:
            constant = isinstance(node.args[1], ast.Constant) and isinstance(node.args[1].value, str)
            allowed = constant and node.args[1].value == "_MEIPASS"  # type: ignore[attr-defined]
            assert not constant or allowed, f"{_name(path)}:{node.lineno}: name the attribute itself"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_that_pickle_and_colours_stay_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not {"pickle", "dill", "joblib", "shelve"} & {name.split(".")[0] for name in names}, _name(path)
    assert not re.search(r"torch\.(load|save)\(", text), f"{_name(path)}: weights are safetensors"
    assert not re.search(r"[\"']#[0-9a-fA-F]{6}\b", text), f"{_name(path)}: colours live in resources/theme"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_that_broad_excepts_stand_only_where_they_may(path: Path) -> None:
    may = {
        "workbench/core/supervision.py",
        "workbench/app/task.py",
        "workbench/ui/application.py",
    }
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            )
            assert not broad or _name(path) in may, f"{_name(path)}:{node.lineno}: name the exceptions you expect"


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
