"""The Python files that are copied beside exported models."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "standalone"
MODEL_CODE, PREDICT_CODE, PROGRAM_CODE = (FOLDER / name for name in ("model.py", "predict.py", "program.py"))
NAME_IN_CODE = b"Sequence Workbench"
"""Stands in the first line of every such file, of this version and of others."""


def beside(code: Path, path: Path) -> bool:
    """Say whether `code` may be written to `path`: nothing is there, or a copy of ours, of whatever version."""
    try:
        with path.open("rb") as stream:
            return NAME_IN_CODE in stream.readline(1000)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
