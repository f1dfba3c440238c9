"""A backtest as one HTML file: figures, numbers and every setting, with nothing to load from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.backtest import Backtest
from workbench.core.baselines import LABELS
from workbench.core.bundle import versions
from workbench.core.comparing import Comparison
from workbench.core.conformal import least_windows
from workbench.core.dataset import Dataset
from workbench.core.evaluation import Evaluation
from workbench.core.metrics import MEASURES, POINT, Report
from workbench.core.project import Project
from workbench.core.svgchart import Area, Curve, chart

SHOWN_ORIGINS = 40
"""Forecasts that are drawn over the series; of more, evenly chosen ones."""

STYLE = """
:root { color-scheme: light dark; --ink: black; --soft: gray; --line: silver; --truth: black; --model: hsl(14 90% 45%);
  --b0: hsl(210 80% 45%); --b1: hsl(150 60% 35%); --b2: hsl(270 50% 55%); --b3: hsl(40 80% 45%);
  --b4: hsl(330 60% 50%) }
@media (prefers-color-scheme: dark) { :root { --ink: whitesmoke; --soft: darkgray; --line: dimgray; --truth: white;
  --model: hsl(14 95% 62%); --b0: hsl(210 85% 68%); --b1: hsl(150 55% 60%); --b2: hsl(270 70% 76%);
  --b3: hsl(40 85% 62%); --b4: hsl(330 75% 72%) } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink) }
table { border-collapse: collapse; margin: .5rem 0; display: block; overflow-x: auto }
th, td { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left } figure { margin: 1rem 0 } figcaption { font-weight: 600 }
svg { width: 100%; height: auto } svg text { font-size: 11px; fill: var(--soft) } path { fill: none; stroke-width: 1.5 }
.axis { stroke: var(--soft); stroke-width: 1 } .grid { stroke: var(--line); stroke-width: .5 }
.legend span { margin-right: 1rem } .legend i { display: inline-block; width: 1rem; border-top: 3px solid;
  margin-right: .3rem; vertical-align: middle }
.truth { stroke: var(--truth) } .model { stroke: var(--model) } .band { fill: var(--model); opacity: .2; stroke: none }
.base0 { stroke: var(--b0) } .base1 { stroke: var(--b1) } .base2 { stroke: var(--b2) } .base3 { stroke: var(--b3) }
.base4 { stroke: var(--b4) } .legend .truth i { border-color: var(--truth) }
.legend .model i { border-color: var(--model) }
.legend .base0 i { border-color: var(--b0) } .legend .base1 i { border-color: var(--b1) }
.legend .base2 i { border-color: var(--b2) } .legend .base3 i { border-color: var(--b3) }
.legend .base4 i { border-color: var(--b4) } small { color: var(--soft) }
"""


def label_of(name: str) -> str:
    """Return the words for a forecaster; a model that was named is called so."""
    return LABELS.get(name, name)


def told_settings(asked: Project | Dataset) -> dict[str, Any]:
    """Return every setting that a report tells: of a project, or of data alone."""
    if isinstance(asked, Project):
        settings = asked.model_dump(include={"data", "model", "train"})
    else:
        settings = {"data": asked.spec.model_dump()}
    source = str(settings["data"].get("source", ""))
    settings["data"]["source"] = Path(source).name  # no path of this machine in a file that is handed on
    return {**settings, "versions": versions()}


def report_page(
    found: Backtest,
    comparisons: Sequence[Comparison],
    settings: Mapping[str, Any],
    intervals: Evaluation | None = None,
) -> str:
    """Return the page; names from files are escaped.

    Parameters
    ----------
    settings
        What else is to be told, such as the whole project; nested mappings are told as paths.
    intervals
        Bands that were measured beside the backtest.
    """
    title = f"Backtest of {found.dataset.name}"
    body = [
        f"<h1>{escape(title)}</h1>", _summary(found, comparisons), _fan(found), _by_step(found.reports),
        _by_origin(found), _table(found.reports), _comparisons(comparisons),
        _bands(intervals) if intervals is not None else "", _formulas(found), _settings(found, settings),
    ]  # fmt: skip
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _summary(found: Backtest, comparisons: Sequence[Comparison]) -> str:
    times = found.times()
    refits = "never fitted anew" if not found.refits else f"fitted anew at {len(found.refits)} of them"
    lines = [
        f"{len(times)} origins from {times[0]} to {times[-1]}, {found.stride} steps apart, "
        f"{found.dataset.spec.horizon} steps ahead from {found.dataset.spec.window}; {refits}."
    ]
    lines += [entry.text(label_of) for entry in comparisons[:1]]
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _roles(names: Sequence[str]) -> dict[str, str]:
    baselines = [name for name in names if name != "model"]
    return {name: "model" if name == "model" else f"base{baselines.index(name) % 5}" for name in names}


def _fan(found: Backtest) -> str:
    """Draw the forecasts of the first target of the first series over the truth."""
    spec, dataset = found.dataset.spec, found.dataset
    own = np.flatnonzero(dataset.sequence[found.start] == dataset.sequence[found.start[0]])
    own = own[np.unique(np.linspace(0, len(own) - 1, min(len(own), SHOWN_ORIGINS)).astype(int))]
    first = max(int(found.start[own[0]]), int(np.argmax(dataset.sequence == dataset.sequence[found.start[0]])))
    rows = np.arange(first, int(found.start[own[-1]]) + spec.window + spec.horizon)
    curves = [Curve(rows, dataset.values[rows, 0], "truth", spec.targets[0])]
    best = found.best(leaving=("model",))
    for name in [name for name in ("model", best) if name in found.forecasts]:
        assert name is not None
        x, y = [], []
        for place in own:
            origin = int(found.start[place]) + spec.window
            x += [*range(origin, origin + spec.horizon), origin + spec.horizon]
            y += [*found.forecasts[name][place, :, 0].tolist(), float("nan")]
        curves.append(Curve(np.array(x, float), np.array(y), _roles(list(found.forecasts))[name], label_of(name)))
    places = np.linspace(rows[0], rows[-1], 5).astype(int)
    names = [(float(row), dataset.clock.text(int(row))) for row in places]
    return chart(curves, title="Forecasts from each origin", x_label="", y_label=spec.targets[0], x_names=names)


def _by_step(reports: Mapping[str, Report]) -> str:
    roles = _roles(list(reports))
    curves = []
    for name, report in reports.items():
        values = report.by(("step",), "mae")
        assert values is not None
        curves.append(Curve(np.arange(1, len(values) + 1), values, roles[name], label_of(name)))
    return chart(curves, title="Error by step ahead", x_label="steps ahead", y_label="MAE")


def _by_origin(found: Backtest) -> str:
    roles, times = _roles(list(found.losses)), found.times()
    curves = [Curve(np.arange(len(v)), v, roles[name], label_of(name)) for name, v in found.losses.items()]
    places = np.unique(np.linspace(0, len(times) - 1, min(len(times), 5)).astype(int))
    names = [(float(place), times[place]) for place in places]
    scaled = "MASE" if found.scale.absolute.size > 1 else "MAE"
    return chart(curves, title="Error by origin", x_label="", y_label=scaled, x_names=names)


def _table(reports: Mapping[str, Report]) -> str:
    head = "".join(f"<th>{escape(MEASURES[key].label)}</th>" for key in POINT)
    rows = "".join(
        f"<tr><td>{escape(label_of(name))}</td>"
        + "".join(f"<td>{_number(report.value(key))}</td>" for key in POINT)
        + "</tr>"
        for name, report in reports.items()
    )
    return f"<h2>All measures</h2><table><tr><th></th>{head}</tr>{rows}</table>"


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    lines = "".join(f"<li>{escape(entry.text(label_of))}</li>" for entry in comparisons)
    return f"<h2>Comparisons over the same origins</h2><ul>{lines}</ul>" if lines else ""


def _bands(found: Evaluation) -> str:
    rows = []
    for name, bands in found.bands.items():
        for band in bands:
            for share in band.report.errors.shares:
                values = [band.report.value(key, share) for key in ("coverage", "width", "winkler")]
                rows.append(
                    f"<tr><td>{escape(label_of(name))}</td><td>{band.kind}</td><td>{share:.0%}</td>"
                    + "".join(f"<td>{_number(value)}</td>" for value in values)
                    + f"<td>{len(band.start)}</td><td>{len(band.calibration)}</td></tr>"
                )
            rows += [
                f"<tr><td>{escape(label_of(name))}</td><td>{band.kind}</td><td>{share:.0%}</td><td>none: it takes "
                f"{least_windows(share)}</td><td></td><td></td><td>{len(band.start)}</td><td>{len(band.calibration)}</td></tr>"
                for share in band.refused
            ]
    drawn = "model" if "model" in found.bands else next(iter(found.bands), "")
    figures = [_band_figure(found, band, label_of(drawn)) for band in found.bands.get(drawn, ())[-1:] if band.bands]
    head = "".join(
        f"<th>{word}</th>"
        for word in ("", "kind", "promised", "measured", "width", "Winkler", "windows", "calibration windows")
    )
    return f"<h2>Bands</h2><table><tr>{head}</tr>{''.join(rows)}</table>{''.join(figures)}" if rows else ""


def _band_figure(found: Evaluation, band: Any, label: str) -> str:
    """Draw forecasts of the last step ahead with their widest band, over the truth."""
    spec, share = found.dataset.spec, max(band.report.errors.shares)
    own = found.dataset.sequence[band.start] == found.dataset.sequence[band.start[0]]
    rows = band.start[own] + spec.window + spec.horizon - 1
    low, high = (edge[own][:, -1, 0] for edge in band.bands[share])
    curves = [
        Curve(rows, found.dataset.values[rows, 0], "truth", spec.targets[0]),
        Curve(rows, band.point[own][:, -1, 0], "model", label),
    ]
    title = f"{spec.horizon} steps ahead with its {share:.0%} band ({band.kind})"
    places = np.linspace(rows[0], rows[-1], 5).astype(int)
    names = [(float(row), found.dataset.clock.text(int(row))) for row in places]
    areas = [Area(rows, low, high, label=f"{share:.0%}")]
    return chart(curves, title=title, x_label="", y_label=spec.targets[0], areas=areas, x_names=names)


def _formulas(found: Backtest) -> str:
    report = next(iter(found.reports.values()))
    lines = "".join(f"<li>{escape(report.explained(key))}</li>" for key in POINT)
    return f"<h2>Formulas</h2><ul>{lines}</ul>"


def _settings(found: Backtest, settings: Mapping[str, Any]) -> str:
    plan = {
        "origins": found.plan.origins, "stride": found.stride, "refit": found.plan.refit or "never",
        "warm start": found.plan.warm, "gap": found.plan.gap, "embargo": found.plan.embargo,
        "seconds of fitting": round(found.seconds, 1),
    }  # fmt: skip
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>"
        for name, value in (*_flat({"backtest": plan}), *_flat(settings))
    )
    return f"<h2>All settings</h2><table>{rows}</table>"


def _flat(settings: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in settings.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping):
            found += _flat(value, f"{path}.")
        else:
            found.append((path, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)))
    return found


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.5g}"
