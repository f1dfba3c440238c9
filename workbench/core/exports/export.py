"""What an export is: one file format, written from a trained model and its forecast."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Literal

from workbench.core.bundle import Bundle
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.proof import Proof, proven
from workbench.core.run import Run

NEEDS_PACKAGES = ProblemKind(
    "needs-packages",
    "error",
    N_("{what} needs {packages}, which this Python does not have."),
    N_("Install it with: pip install {packages}"),
)
EXPORTED = ProblemKind("exported", "note", N_("{what} was written to {name}."), N_("{hint}"), action="show-file")
NO_FORECAST = ProblemKind(
    "no-forecast",
    "warning",
    N_("There is no forecast of the future to write yet."),
    N_("Press “Forecast the future” first."),
    action="forecast",
)


@dataclass(frozen=True, slots=True, eq=False)
class Package:
    """All an export may write: the model, the data it was last shown, the future from there, and its training."""

    bundle: Bundle
    dataset: Dataset | None
    future: Forecasted | None
    run: Run | None = None


class AbstractExport(ABC):
    """One file format.

    `purpose` says in a sentence what the format is for, `hint` what can be done with the file. `proof` is how a fresh
    process loads it, one of those of :mod:`workbench.core.standalone.prove`; "" for what is no model. `dynamic` models
    take windows of any length. `adds` is what the proposed name says beside the title, so that a table is not called as
    its data are; `foretells` what needs a forecast of the future. `packages` are what must be installed to write it,
    beside what the program always has.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    ending: ClassVar[str]
    hint: ClassVar[str]
    purpose: ClassVar[str]
    group: ClassVar[Literal["model", "script", "table", "report"]] = "model"
    proof: ClassVar[str] = ""
    dynamic: ClassVar[bool] = True
    adds: ClassVar[str] = ""
    foretells: ClassVar[bool] = False
    packages: ClassVar[tuple[str, ...]] = ()

    def check(self, package: Package) -> None:
        """Refuse up front what cannot be written, such as a forecast that lacks what must be known ahead.

        Raises
        ------
        WorkbenchError
            ``needs-packages``, or what the package lacks.
        """
        missing = [name for name in self.packages if find_spec(name) is None]
        if missing:
            raise WorkbenchError(NEEDS_PACKAGES, what=self.label, packages=" ".join(missing))
        if self.foretells and self.group == "table" and package.future is None and package.dataset is not None:
            from workbench.core.forecasting import forecastable  # torch

            forecastable(package.bundle, package.dataset)

    def prove(self, path: Path, package: Package) -> Proof:
        """Let a fresh process load what was written to `path`, and compare."""
        return proven(self.proof, path, package.bundle, package.dataset, dynamic=self.dynamic)

    def files(self, path: Path) -> tuple[Path, ...]:
        """Return the files that are written for `path`."""
        return (path,)

    @abstractmethod
    def write(self, path: Path, package: Package) -> None:
        """Write `package` to `path`.

        Raises
        ------
        WorkbenchError
            ``cannot-write``, or what the package lacks.
        """
