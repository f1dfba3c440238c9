"""The report: one page of HTML that needs nothing else, and prints."""

from __future__ import annotations

from pathlib import Path

from workbench.core.exports.export import AbstractExport, Package
from workbench.core.exports.table import NO_DATA
from workbench.core.files import write_atomically
from workbench.core.problems import N_, WorkbenchError
from workbench.core.report import page


class ReportExport(AbstractExport):
    """Write what was trained, on what, how good it is, and after whom."""

    key = "report"
    label = N_("Report")
    ending = ".html"
    adds, foretells = " report", True
    hint = N_("Any browser shows it, and prints it as PDF.")
    purpose = N_("One page for others: data, verdict, forecast, scores, curves, gates, settings and what to cite.")
    group = "report"

    def check(self, package: Package) -> None:
        """Ask for the data."""
        super().check(package)
        if package.dataset is None:
            raise WorkbenchError(NO_DATA)

    def write(self, path: Path, package: Package) -> None:
        """Write the page."""
        if package.dataset is None:
            raise WorkbenchError(NO_DATA)
        text = page(package.bundle, package.dataset, package.future, package.run)
        write_atomically(path, text.encode("utf-8", "replace"))
