"""The set-up script and the CI script keep their promises. A shell script plays Python, so nothing is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAKE_PYTHON = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip"*) [ -z "$PIP_FAILS" ] || { echo "ERROR: no such version" >&2; exit 1; } ;;
esac
"""


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a check out"
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


class Setup:
    def __init__(self, checkout: Path, tmp_path: Path) -> None:
        self.checkout, self.calls, tools = checkout, tmp_path / "calls", tmp_path / "tools"
        tools.mkdir()
        (tools / "python3.11").write_text(FAKE_PYTHON)
        (tools / "python3.11").chmod(0o755)
        self.path = f"{tools}:{os.environ['PATH']}"

    def __call__(self, *arguments: str, fails: str = "") -> tuple[subprocess.CompletedProcess[str], list[str]]:
        self.calls.write_text("")
        environment = {"PATH": self.path, "CALLS": str(self.calls), "PIP_FAILS": fails}
        done = run(self.checkout, "sh", ".ci/setup", *arguments, **environment)
        return done, [line for line in self.calls.read_text().splitlines() if line.startswith("-m pip")]


@pytest.fixture
def setup(checkout: Path, tmp_path: Path) -> Setup:
    return Setup(checkout, tmp_path)


def test_packages_are_installed_once(setup: Setup) -> None:
    done, installs = setup()
    assert done.returncode == 0, done.stderr
    assert installs == ["-m pip -q install -e ."]
    assert setup()[1] == []
    assert setup("test")[1] == ["-m pip -q install -e .[test]"]
    assert setup("test")[1] == []
    assert setup()[1] == [], "the test set-up covers the plain one"
    with (setup.checkout / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert setup()[1] == ["-m pip -q install -e ."]


def test_a_failure_leaves_no_half_made_environment(setup: Setup) -> None:
    done, _ = setup(fails="yes")
    assert done.returncode == 1
    assert "no such version" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("setup: pip could not install the packages")
    assert not (setup.checkout / ".venv").exists()
    assert setup()[0].returncode == 0
    (setup.checkout / ".venv/unfinished").touch()  # as after kill -9
    done, installs = setup()
    assert done.returncode == 0
    assert len(installs) == 1


def test_without_python_it_says_so_in_one_sentence(checkout: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "mktemp", "rm", "grep", "tail"):
        (tools / name).symlink_to(shutil.which(name) or "")
    done = run(checkout, "sh", ".ci/setup", PATH=str(tools))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "apt-get install python3" in done.stderr


def readme(*lines: str) -> str:
    return "\n".join(["# X", "```", "pytest elsewhere", "```", "## Run the tests", "```sh", *lines, "```", "## More"])


@pytest.mark.skipif(not shutil.which("git"), reason="git copies the checkout")
@pytest.mark.parametrize(
    ("text", "code", "last"),
    [
        (readme("cat kept; echo '3 passed in 0.1s' # pytest"), 0, "3 passed in 0.1s"),
        (readme("# pytest in a comment", "echo '===== 2 passed, 1 skipped in 1.15s =====' # pytest"), 0, "2 passed"),
        (readme("echo '3 passed in 0.1s'; exit 3 # pytest"), 1, "exit code 3"),
        (readme("echo 'no tests ran in 0.01s' # pytest"), 1, "no test ran"),
        (readme("echo '2 skipped in 0.01s' # pytest"), 1, "no test ran"),
        (readme("true # pytest"), 1, "no test ran"),
        (readme("cat ignored 2>/dev/null && echo '1 passed in 0.1s' # pytest"), 1, "exit code 1"),
        (readme("pytest one", "pytest two"), 1, "pytest two"),
        (readme(), 1, "no fenced line"),
    ],
)
def test_ci_runs_the_command_of_the_readme(checkout: Path, text: str, code: int, last: str) -> None:
    (checkout / "README.md").write_text(text)
    (checkout / ".gitignore").write_text("ignored\n")
    (checkout / "kept").touch()
    (checkout / "ignored").touch()
    run(checkout, "git", "init", "-q", ".")
    done = run(checkout, "bash", ".ci/run", CI="true", TMPDIR=str(checkout.parent))
    assert done.returncode == code, done.stdout + done.stderr
    assert last in (done.stderr if code else done.stdout).splitlines()[-1]
    assert [path.name for path in checkout.parent.glob("tmp.*")] == [], "the fresh copy is removed"
