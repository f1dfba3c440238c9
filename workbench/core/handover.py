"""What goes with a model into every format that leaves the program: what it reads and gives, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from workbench import __version__
from workbench.core.bundle import Bundle
from workbench.core.rawwindows import given, reads_ahead

FORMAT = 1
KIND = "sequence-workbench-export"


def fingerprint(bundle: Bundle) -> str:
    """Return a SHA-256 of all that decides about a model's forecasts: settings, scalers and weights."""
    facts = bundle.facts
    project = facts.project
    document = facts.model_dump(
        mode="json", include={"shift", "scale", "exponents", "lag", "series", "series_shift", "series_scale"}
    )
    document |= {"data": project.data.model_dump(mode="json"), "model": project.model.model_dump(mode="json")}
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode())
    for name in sorted(bundle.weights):
        value = np.ascontiguousarray(bundle.weights[name])
        digest.update(f"{name} {value.dtype.str} {value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def settings_of(bundle: Bundle) -> dict[str, Any]:
    """Return, as JSON, what whoever uses the model outside of this program must know."""
    facts, data, model = bundle.facts, bundle.project.data, bundle.project.model
    band = None if model.output in ("point", "classes") else [model.levels[0], model.levels[-1]]
    return {
        "kind": KIND,
        "format": FORMAT,
        "workbench": __version__,
        "fingerprint": fingerprint(bundle),
        "title": bundle.project.title,
        "targets": list(data.targets),
        "columns": list(data.columns),
        "features": list(given(data)),
        "ahead": list(data.ahead) if reads_ahead(bundle) else [],
        "known_future": list(data.known_future),
        "masked": list(data.masked),
        "window": data.window,
        "lag": bundle.fit.transform.lag,
        "rows": data.window + bundle.fit.transform.lag,
        "segment": model.segment,
        "horizon": data.horizon,
        "framing": data.framing,
        "band": band,
        "step": None if facts.data.step is None else facts.data.step.model_dump(),
        "time": list(data.understood.time or (("time",) if facts.data.first is not None else ())),
        "time_format": data.understood.time_format,
        "decimal": data.understood.decimal,
        "series_column": data.series,
        "series": list(facts.series),
        "calendar": list(data.calendar),
        "harmonics": data.harmonics,
        "holidays": data.holidays,
        "gaps": data.gaps,
        "gap_limit": data.gap_limit,
        "trained_on": facts.data.model_dump(include={"name", "sha256", "rows", "first", "last"}),
    }


PHASES = {
    "hour": "for hour the share of the day that has passed",
    "weekday": "for weekday the share of the week since Monday 0:00",
    "day": "for day the share of the month that has passed",
    "month": "for month (number of the month - 1) / 12",
    "year": "for year the share of the year that has passed",
}
"""As :func:`workbench.core.calendar.calendar` counts them."""


def about(bundle: Bundle, *, dynamic: bool = True) -> str:
    """Say in a few sentences how a model is used that takes windows of any length, or of the trained one alone."""
    found, data = settings_of(bundle), bundle.project.data
    lag = f" and the {found['lag']} rows before it" if found["lag"] else ""
    text = (
        f"x: {found['rows']} rows of the columns {', '.join(found['features'])} in their own units: a window of "
        f"{found['window']} rows{lag}, oldest first"
        + ("; windows of other lengths work too" if dynamic else "; windows of other lengths do not work")
        + (f", in steps of {found['segment']} rows" if dynamic and found["segment"] > 1 else "")
        + f". forecast: the {found['horizon']} steps that follow, of {', '.join(found['targets'])}, in original units."
    )
    if found["ahead"]:
        text += f" ahead: {', '.join(found['ahead'])} for these steps."
    if found["calendar"]:
        phases = ", ".join(PHASES[period] for period in data.calendar)
        text += f" Waves of the calendar are sin(2 pi p) and cos(2 pi p) of a row's time, p being {phases}"
        text += "; those numbered k go k times as fast." if data.harmonics > 1 else "."
    if data.holidays:
        text += f" holiday {data.holidays} is 1 on public holidays there, else 0."
    if found["series"]:
        text += " series: the place of the window's series among those named in the settings."
    return text
