"""File formats a model leaves in, in menu order."""

from __future__ import annotations

from pathlib import Path

from workbench.core.bundle import Bundle
from workbench.core.card import told, write_card
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.exports.export import EXPORTED, AbstractExport, Package
from workbench.core.exports.forecast_csv import ForecastCsvExport
from workbench.core.exports.onnx import OnnxExport
from workbench.core.exports.pt2 import Pt2Export
from workbench.core.exports.pytorch import PytorchExport
from workbench.core.exports.report import ReportExport
from workbench.core.exports.script import ScriptExport, TorchScriptExport
from workbench.core.exports.table import (
    ForecastParquetExport,
    ForecastXlsxExport,
    ResidualCsvExport,
    ResidualParquetExport,
    ResidualXlsxExport,
)
from workbench.core.exports.wbm import WbmExport
from workbench.core.files import shell_word
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.registry import Registry
from workbench.core.run import Run

EXPORTS: Registry[AbstractExport] = Registry("export")
for _export in (
    WbmExport(),
    OnnxExport(),
    PytorchExport(),
    Pt2Export(),
    ScriptExport(),
    TorchScriptExport(),
    ForecastCsvExport(),
    ForecastParquetExport(),
    ForecastXlsxExport(),
    ResidualCsvExport(),
    ResidualParquetExport(),
    ResidualXlsxExport(),
    ReportExport(),
):
    EXPORTS.add(_export)

UNKNOWN_FORMAT = ProblemKind(
    "unknown-format",
    "error",
    N_("No export writes files that end in {ending}."),
    N_("Use one of: {endings}."),
)


def exported(
    path: Path,
    bundle: Bundle,
    dataset: Dataset | None,
    future: Forecasted | None,
    key: str | None = None,
    run: Run | None = None,
) -> Problem:
    """Write `path` in the format `key`, by default that of its ending, and prove it.

    Returns
    -------
    The note that says what was written and, of a model, that a fresh process forecasts the same with it; the Problem
    ``not-proven`` if it does not: then the file is there, but is not called exported.

    Raises
    ------
    WorkbenchError
        ``unknown-format``, ``cannot-write``, ``needs-packages``, or what the format misses.
    """
    chosen = next(
        (entry for entry in EXPORTS if entry.key == key or (key is None and entry.ending == path.suffix.lower())),
        None,
    )
    if chosen is None:
        endings = ", ".join(dict.fromkeys(entry.ending for entry in EXPORTS))
        raise WorkbenchError(UNKNOWN_FORMAT, ending=path.suffix or path.name, endings=endings)
    package = Package(bundle, dataset, future, run)
    chosen.check(package)
    chosen.write(path, package)
    hint = chosen.hint.format(name=path.name, word=shell_word(path.name))
    if not chosen.proof:
        return problem(EXPORTED, what=chosen.label, name=path.name, hint=hint, path=str(path))
    proof = chosen.prove(path, package)
    write_card(path, chosen.label, chosen.files(path), bundle, proof, dynamic=chosen.dynamic)
    return told(proof, what=chosen.label, name=path.name, hint=hint, path=str(path))


__all__ = ["EXPORTS", "AbstractExport", "Package", "exported"]
