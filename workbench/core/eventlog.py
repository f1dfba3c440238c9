"""Events as strict JSON, one object a line. Arrays too large to read are summarised, never cut silently."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel

from workbench.core.events import Event, Forecasted, Improved, Probed
from workbench.core.problems import Problem


def event_json(event: Event) -> str:
    """Return one line: an object with ``event``, its class name, and its fields.

    Numbers that are not finite become null. `Improved` names its weights' count, `Forecasted` and `Probed`
    their sizes, instead of the arrays.
    """
    document: dict[str, Any] = {"event": type(event).__name__}
    for field in fields(event):
        value = _field(event, field.name)
        if isinstance(event, Improved) and field.name == "weights":
            document["weights"] = sum(int(np.size(weight)) for weight in event.weights.values())
        elif isinstance(event, Forecasted) and field.name in ("starts", "values", "low", "high"):
            document["windows"] = len(event.starts)
        elif isinstance(event, Probed) and field.name in ("traces", "weights", "forecast", "low", "high"):
            document["layers"] = len(event.traces)
        else:
            document[field.name] = _plain(value)
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and np.isfinite(value).all():
        return value.tolist()
    if isinstance(value, Problem):
        return {"key": value.key, "severity": value.severity, "text": value.text(), "remedy": value.remedy()}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(_field(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value


def _field(entry: Any, name: str) -> Any:
    """Return a dataclass's field by its name; the names come from `dataclasses.fields` alone."""
    return getattr(entry, name)
