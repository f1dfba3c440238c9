"""What would run what a stranger wrote, or write where a stranger says, is not in the program at all."""

from __future__ import annotations

import ast
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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_that_nothing_can_run_what_a_file_says(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not MODULES_BANNED & {name.split(".")[0] for name in names}, where
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            assert node.func.id not in NAMES_BANNED, f"{where}: {node.func.id}"
        if isinstance(node.func, ast.Attribute):
            assert node.func.attr not in METHODS_BANNED, f"{where}: {METHODS_BANNED.get(node.func.attr)}"
            if isinstance(node.func.value, ast.Name):
                assert node.func.attr not in OF_BANNED.get(node.func.value.id, ()), f"{where}: {node.func.attr}"
                if (node.func.value.id, node.func.attr) in (("np", "load"), ("numpy", "load")):
                    assert any(keyword.arg == "allow_pickle" for keyword in node.keywords), (
                        f"{where}: say allow_pickle=False"
                    )
        for keyword in node.keywords:
            told_not = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            assert keyword.arg not in KEYWORDS_BANNED or told_not, f"{where}: {keyword.arg}"


def test_that_the_lint_would_see_what_it_forbids(tmp_path: Path) -> None:
    for line in ("import pickle", "eval('1')", "torch.load(f)", "np.load(f)", "run(x, shell=True)", "z.extractall()"):
        spoilt = tmp_path / "spoilt.py"
        spoilt.write_text(line)
        with pytest.raises((AssertionError, ValueError)):
            test_that_nothing_can_run_what_a_file_says(spoilt)


LOADS_JSON = {"workbench/core/strict.py", "workbench/core/sources/json.py", "workbench/core/sources/apart.py"}


def test_that_json_is_read_strictly() -> None:
    for path in MODULES:
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        own = "resource(" in text  # what comes with the program is no stranger's
        if name not in LOADS_JSON and not name.startswith("workbench/core/standalone/") and not own:
            assert "json.loads(" not in text, f"{name}: files are read with strict_json"
            assert "json.load(" not in text, f"{name}: files are read with strict_json"
