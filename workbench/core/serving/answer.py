"""From the rows of a request to its answer, by the way that a file goes on the command line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from workbench.core.bundle import ModelFile
from workbench.core.dataspec import DataSpec
from workbench.core.events import Forecasted
from workbench.core.exports.forecast_csv import forecast_table
from workbench.core.forecasting import foretold
from workbench.core.opening import read_alike
from workbench.core.problems import Problem, WorkbenchError
from workbench.core.reuse import unit_of
from workbench.core.serving.limits import NOT_JSON, TOO_MANY_ROWS, Limits
from workbench.core.sources import from_bytes
from workbench.core.strict import strict_json
from workbench.core.table import Table

Kind = Literal["csv", "json"]
Mark = Literal["series", "step", "time", "row"]
Edge = Literal["value", "low", "high"]
NAME = "the request"


class Note(BaseModel):
    """What was repaired, guessed or refused, and what can be done about it."""

    key: str = Field(description="a stable name, for programs")
    severity: Literal["note", "warning", "error"]
    text: str = Field(description="what happened")
    remedy: str = Field(description="what to do about it")

    @classmethod
    def of(cls, problem: Problem) -> Note:
        """Write a Problem in plain words."""
        return cls(key=problem.key, severity=problem.severity, text=problem.text(), remedy=problem.remedy())


class Refusal(BaseModel):
    """Why there is no forecast."""

    problem: Note


class AnswerColumn(BaseModel):
    """What stands at one place of each row of an answer."""

    name: str
    kind: Mark | Edge = Field(
        description="the time or number of the step, the name of its series, its number in the series; then the "
        "forecast, and the lower and upper edge of its band where the model has one"
    )
    target: str | None = Field(None, description="the model's column that is forecast")
    unit: str | None = Field(None, description="of the target, where its name says it, as in “load [MW]”")


class Answer(BaseModel):
    """A forecast: as the table that `forecast` writes, of the same numbers."""

    fingerprint: str = Field(description="SHA-256 of all that decides about the model's forecasts")
    title: str
    columns: list[AnswerColumn]
    rows: list[list[str | int | float | None]] = Field(description="one a step; null where a number is not finite")
    notes: list[Note] = Field(description="columns of other names, values unlike those of the training, and so on")


@dataclass(frozen=True, slots=True)
class Posted:
    """One request."""

    body: bytes
    kind: Kind
    steps: int | None = None
    columns: Mapping[str, str] | None = None


def answer(model: ModelFile, posted: Posted, limits: Limits, cancelled: Callable[[], bool]) -> Answer:
    """Forecast what follows the rows of `posted`.

    Parameters
    ----------
    cancelled
        Polled while the rows are read; what is then raised nobody hears.

    Raises
    ------
    WorkbenchError
        As `forecast` on the command line, ``too-many-rows`` or ``not-json``.
    """
    bundle = model.bundle
    table = _table(model, posted, limits, cancelled)
    found = foretold(bundle, table, posted.columns, posted.steps)
    header, rows = forecast_table(found.dataset, found.future)
    columns = _columns(header, found.future, bundle.project.data)
    lead = sum(column.target is None for column in columns)
    return Answer(
        fingerprint=model.fingerprint,
        title=bundle.project.title,
        columns=columns,
        rows=[[*map(_named, row[:lead]), *map(_number, row[lead:])] for row in rows],
        notes=[Note.of(note) for note in found.notes],
    )


def _table(model: ModelFile, posted: Posted, limits: Limits, cancelled: Callable[[], bool]) -> Table:
    data = model.bundle.project.data
    most = WorkbenchError(TOO_MANY_ROWS, most=limits.rows, rows=data.window)
    if posted.steps is not None and posted.steps > limits.rows:
        raise most
    if posted.kind == "csv" and posted.body.count(b"\n") > limits.rows + 1:
        raise most
    if posted.kind == "json":
        try:
            strict_json(posted.body.removeprefix(b"\xef\xbb\xbf"))
        except (ValueError, RecursionError) as error:
            raise WorkbenchError(NOT_JSON, reason=str(error).split("\n")[0][:120]) from None
    table = read_alike(
        lambda hints: from_bytes(posted.body, posted.kind, NAME, hints, cancelled), data.reading, data.understood
    )
    if max((len(column.values) for column in table.columns), default=0) > limits.rows:
        raise most
    return table


def _columns(header: list[str], future: Forecasted, spec: DataSpec) -> list[AnswerColumn]:
    """Say what the columns of a forecast table are."""
    edges: list[Edge] = ["value"] if future.low is None or future.high is None else ["value", "low", "high"]
    names = header[: len(header) - len(edges) * len(spec.targets)]
    marks: list[Mark] = ["series", "step", "time"] if spec.series else ["row" if names == ["row"] else "time"]
    found = [AnswerColumn(name=name, kind=mark) for name, mark in zip(names, marks, strict=False)]
    for edge in edges:
        suffix = "" if edge == "value" else f" {edge}"
        found += [AnswerColumn(name=n + suffix, kind=edge, target=n, unit=unit_of(n)) for n in spec.targets]
    return found


def _named(cell: object) -> str | int:
    return cell if isinstance(cell, int) else str(cell)


def _number(text: object) -> float | None:
    value = float(str(text))
    return value if math.isfinite(value) else None
