"""Has a file grown since a model was trained on it, and are its old rows still the same?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.core.bundle import Bundle, rows_checksum
from workbench.core.dataset import Dataset, prepare
from workbench.core.problems import N_, Problem, ProblemKind, problem
from workbench.core.project import DataSpec
from workbench.core.table import Table

Scaling = Literal["keep", "refit"]

GROWN_KEPT = ProblemKind(
    "grown-kept",
    "note",
    N_("{name} has {rows} new rows; the {before} rows before them are unchanged. The scaler of the model is kept."),
    N_("To fit it to the new training rows, refit it (--scaler refit)."),
)
GROWN_REFITTED = ProblemKind(
    "grown-refitted",
    "note",
    N_("{name} has {rows} new rows; the {before} rows before them are unchanged. The scaler is fitted anew."),
    N_("To let the network see the numbers as before, keep it (--scaler keep)."),
)
ROWS_CHANGED = ProblemKind(
    "rows-changed",
    "warning",
    N_("{name} is not the data of the model: {reason}. {scaler}"),
    N_("Check that it is the right file. What the model has learnt is only where the training begins."),
)
KEPT, REFITTED = N_("The scaler of the model is kept."), N_("The scaler is fitted anew.")


@dataclass(frozen=True, slots=True, eq=False)
class Continued:
    """Data for a training that goes on, and what to tell about them."""

    dataset: Dataset
    told: Problem | None


def continued(table: Table, spec: DataSpec, bundle: Bundle, scaling: Scaling | None = None) -> Continued:
    """Prepare `table` for a training that goes on from `bundle`.

    Parameters
    ----------
    scaling
        Whether the model's scaler, with its transform and season, is kept or fitted anew; by default it is kept where
        the old rows are unchanged, and fitted anew to other data.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.core.dataset.prepare`.
    """
    facts = bundle.facts.data
    if facts.sha256 == table.sha256:
        return Continued(prepare(table, spec, None if scaling == "refit" else bundle.fit), None)
    fresh = prepare(table, spec)
    reason = _changed(fresh, facts.rows, facts.rows_sha256)
    keep = scaling == "keep" or (scaling is None and not reason)
    dataset = prepare(table, spec, bundle.fit) if keep else fresh
    if reason:
        said = problem(ROWS_CHANGED, name=table.name, reason=reason, scaler=KEPT if keep else REFITTED)
    else:
        rows = len(fresh.values) - facts.rows
        said = problem(GROWN_KEPT if keep else GROWN_REFITTED, name=table.name, rows=rows, before=facts.rows)
    return Continued(dataset, said)


def _changed(dataset: Dataset, rows: int, checksum: str) -> str:
    """Return in which way `dataset` does not begin with the `rows` of the model, empty if it does."""
    if not checksum:
        return N_("the model is of an older version, so its rows cannot be compared")
    if len(dataset.values) < rows:
        return N_("it has fewer rows")
    if rows_checksum(dataset, rows) != checksum:
        return N_("its first rows are others")
    return ""
