"""Export and prove every cell x decoder x normalisation x layers, and write the table of the documentation.

    python tests/benchmarks/exports.py [--formats onnx,pytorch] [--windows 64] [--out resources/docs/exports.md]

Each proof is what the program does: a fresh process loads the file and forecasts one, 7 and 64 windows at a time, of
two lengths. Weights are drawn, not trained.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from pydantic import ValidationError  # noqa: E402

from handover import untrained  # noqa: E402
from series import tiny_project, tiny_table  # noqa: E402
from workbench.core.cells import CELLS  # noqa: E402
from workbench.core.exports import EXPORTS, Package  # noqa: E402
from workbench.core.proof import proven  # noqa: E402

DECODERS, NORMALISATIONS = ("direct", "recursive", "parallel"), ("none", "last", "revin")
LAYERS: dict[str, dict[str, Any]] = {"1": {}, "2": {"layers": 2}, "both ways": {"bidirectional": True}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formats", default="onnx,pytorch")
    parser.add_argument("--windows", type=int, default=64)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "docs" / "exports.md")
    options = parser.parse_args()
    formats, began = options.formats.split(","), time.monotonic()
    rows, reasons = [], set()
    for cell, decoder, (layers, more) in product(CELLS.keys(), DECODERS, LAYERS.items()):
        found: dict[str, list[str]] = {key: [] for key in formats}
        for normalisation, key in product(NORMALISATIONS, formats):
            settings = {"cell": cell, "decoder": decoder, "normalisation": normalisation, "segment": 1, **more}
            text, reason = one(key, settings, options.windows)
            found[key].append(text)
            reasons |= {reason} - {""}
        told = " | ".join(" · ".join(found[key]) for key in formats)
        rows.append(f"| {cell} | {decoder} | {layers} | {told} |")
        print(rows[-1], f"{time.monotonic() - began:.0f} s", flush=True)
    options.out.write_text(table(formats, rows, sorted(reasons), options.windows), encoding="utf-8")


def one(key: str, settings: dict[str, Any], windows: int) -> tuple[str, str]:
    """Return the largest difference, or that it was refused, and why."""
    try:
        project = tiny_project(targets=("a", "b"), window=12, horizon=6, **settings)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        return "refused", reason
    bundle, dataset = untrained(project, tiny_table())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"m{EXPORTS[key].ending}"
        EXPORTS[key].write(path, Package(bundle, dataset, None))
        proof = proven(EXPORTS[key].proof, path, bundle, dataset, windows=windows)
    return (f"{proof.difference:.0e}" if proof.passed else f"**failed** {proof.reason}"), ""


def table(formats: list[str], rows: list[str], reasons: list[str], windows: int) -> str:
    """Return the page."""
    head = "| cell | decoder | layers | " + " | ".join(f"{key}: none · last · revin" for key in formats) + " |"
    lines = [
        "# Exports that were proven",
        "",
        "Written by `python tests/benchmarks/exports.py`. Each number is the largest difference, as a share of the",
        f"size of the values, between the program and a fresh process that loaded the file: {windows} windows one, 7",
        "and 64 at a time, of two lengths, by normalisation. 1e-5 is allowed. Weights are drawn, not trained.",
        "",
        *(f"Refused, as the program refuses to train it: {reason}." for reason in reasons),
        "",
        head,
        "|" + "---|" * (3 + len(formats)),
        *rows,
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
