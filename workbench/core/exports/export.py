"""What an export is: one file format, written from a trained model and its forecast."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from workbench.core.bundle import Bundle
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.problems import N_, ProblemKind

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
    """All an export may write: the model, the data it was last shown, and the future it forecast from there."""

    bundle: Bundle
    dataset: Dataset | None
    future: Forecasted | None


class AbstractExport(ABC):
    """One file format.

    `hint` says in a sentence what can be done with the file.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    ending: ClassVar[str]
    hint: ClassVar[str]

    @abstractmethod
    def write(self, path: Path, package: Package) -> None:
        """Write `package` to `path`.

        Raises
        ------
        WorkbenchError
            ``cannot-write``, or what the package lacks.
        """
