"""The page: every text that comes from a person or a file is escaped, and nothing is loaded from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import numpy as np

from workbench import __version__
from workbench.core.baselines import LABELS
from workbench.core.bundle import Bundle
from workbench.core.cells import CELLS
from workbench.core.clock import iso
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted
from workbench.core.fields import settings_of
from workbench.core.handover import fingerprint
from workbench.core.insight.evidence import gathered
from workbench.core.insight.judging import judged
from workbench.core.insight.size import parameters_for
from workbench.core.report.citations import citations
from workbench.core.report.drawing import heatmap
from workbench.core.residuals import scored_part
from workbench.core.run import Run
from workbench.core.svgchart import Area, Curve, chart

MOST_SHOWN = 400
"""Rows of the series that are drawn before the forecast."""

STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:rgb(27 34 43);max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem;border-bottom:1px solid rgb(215 221 228)}
table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{text-align:left;padding:.15rem .6rem .15rem 0}
td.n,th.n{text-align:right}tr+tr td{border-top:1px solid rgb(238 241 244)}.muted{color:rgb(95 108 123)}
svg{width:100%;height:auto}svg text{font-size:14px;fill:rgb(95 108 123)}path{fill:none;stroke-width:2}
.axis{stroke:rgb(95 108 123);stroke-width:1}.grid{stroke:rgb(215 221 228);stroke-width:.7}
.truth{stroke:rgb(27 34 43)}.forecast,.valid{stroke:rgb(22 104 220)}.train{stroke:rgb(199 119 0)}
.band{fill:rgb(22 104 220/.18)}.legend{margin:0;font-size:.8rem}.legend span{margin-right:1rem}
.legend i{display:inline-block;width:1rem;border-top:3px solid;margin-right:.3rem;vertical-align:middle}
.legend .truth i{border-color:rgb(27 34 43)}.legend .forecast i,.legend .valid i{border-color:rgb(22 104 220)}
.legend .train i{border-color:rgb(199 119 0)}.legend .band i{border-top:9px solid rgb(22 104 220/.25)}
figure{margin:.6rem 0}.heat{display:inline-block;width:48%;margin:.3rem 1% 0 0}
img{width:100%;height:90px;image-rendering:pixelated}figcaption{font-size:.8rem;color:rgb(95 108 123)}
pre{white-space:pre-wrap;font-size:.8rem}.verdict{font-size:1.3rem}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}table,svg,figure{break-inside:avoid}}@page{margin:18mm}
"""


def page(bundle: Bundle, dataset: Dataset, future: Forecasted | None, run: Run | None) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    run
        The training, for its curves; a model file alone has none.
    """
    title = bundle.project.title or dataset.name
    sections = [
        ("Verdict", _verdict(bundle, dataset, run)),
        ("Data", _data(bundle, dataset)),
        ("Forecast", _forecast(dataset, future)),
        ("Scores", _scores(bundle)),
        ("Training", _training(bundle, run)),
        ("Gates and states", _gates(bundle, dataset)),
        ("Settings", _settings(bundle)),
        ("Equations", _equations(bundle)),
        ("Cited", _cited(bundle)),
    ]
    body = "".join(f"<section><h2>{name}</h2>{text}</section>" for name, text in sections if text)
    made = f"Sequence Workbench {html.escape(__version__)}, model {fingerprint(bundle)[:16]}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1>"
        f'<p class="muted">{made}</p>{body}</body></html>\n'
    )


def _verdict(bundle: Bundle, dataset: Dataset, run: Run | None) -> str:
    evidence = gathered(run or _scored(bundle, dataset), dataset)
    found = judged(evidence) if evidence is not None else None
    if found is None:
        return "<p>There are too few windows to compare the forecasts with anything.</p>"
    findings = "".join(f"<li>{html.escape(entry.text())}</li>" for entry in found.findings)
    listed = f"<ul>{findings}</ul>" if findings else ""
    terms = html.escape(found.terms()).replace("\n", "<br/>")
    meant = f"<details><summary>What these words mean</summary><p>{terms}</p></details>"
    return f'<p class="verdict">{html.escape(found.title())}</p><p>{html.escape(found.text())}</p>{meant}{listed}'


def _scored(bundle: Bundle, dataset: Dataset) -> Run:
    """Return a run that knows nothing but the model's forecasts of the test rows."""
    from workbench.core.delivery import band_of
    from workbench.core.forecasting import restored

    part = scored_part(dataset)
    run, start = Run(1, bundle.project), dataset.part(part).start
    if len(start):
        values, low, high = band_of(restored(bundle), dataset, start)
        run.apply(Forecasted(bundle.facts.best_epoch, part, start, values, final=True, low=low, high=high))
    return run


def _table(rows: Iterable[Sequence[object]], header: Sequence[str] = (), numbers: int = 99) -> str:
    """Return a table; columns from `numbers` on stand to the right."""

    def line(cells: Sequence[object], tag: str) -> str:
        place = ("" if place < numbers else ' class="n"' for place in range(len(cells)))
        return "".join(f"<{tag}{kind}>{html.escape(str(c))}</{tag}>" for c, kind in zip(cells, place, strict=True))

    head = f"<tr>{line(header, 'th')}</tr>" if header else ""
    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    return f"<table>{head}{body}</table>"


def _data(bundle: Bundle, dataset: Dataset) -> str:
    facts, data, step = bundle.facts.data, bundle.project.data, bundle.facts.data.step
    missing = int((~dataset.observed).sum())
    rows: list[tuple[str, object]] = [
        ("File", facts.name),
        ("Rows", facts.rows),
        ("From, to", _ends(dataset)),
        ("Step", f"{step.count:g} {step.unit}" if step else "none"),
        ("Targets", ", ".join(data.targets)),
        ("More inputs", ", ".join(name for name in data.columns if name not in data.targets) or "none"),
        ("Missing values", missing),
        ("Windows", f"{len(dataset.train)} training, {len(dataset.valid)} validation, {len(dataset.test)} test"),
        ("SHA-256 of the file", facts.sha256 or "unknown"),
    ]
    return _table(rows)


def _ends(dataset: Dataset) -> str:
    times, step = dataset.clock.times, dataset.clock.step
    return "numbered rows" if times is None else f"{iso(times.min(), step)} to {iso(times.max(), step)}"


def _forecast(dataset: Dataset, future: Forecasted | None) -> str:
    from workbench.core.exports.forecast_csv import forecast_table  # the exports know this page

    if future is None or not len(future.starts):
        return ""
    origin = int(future.starts[0]) + dataset.spec.origin
    first = max(0, origin - MOST_SHOWN, int(np.searchsorted(dataset.sequence, dataset.sequence[origin - 1])))
    parts, steps = [], np.arange(future.values.shape[1], dtype=np.float64) + origin
    ends = [(float(at), dataset.clock.text(at)) for at in (first, origin + len(steps) - 1)]
    for place, name in enumerate(dataset.spec.targets):
        known = dataset.values[first:origin, place]
        curves = [
            Curve(np.arange(first, origin, dtype=np.float64), known, "truth", "truth"),
            Curve(steps, future.values[0, :, place], "forecast", "forecast"),
        ]
        areas = []
        if future.low is not None and future.high is not None:
            areas = [Area(steps, future.low[0, :, place], future.high[0, :, place], label="band")]
        parts.append(chart(curves, title=name, x_label="", y_label="", areas=areas, x_names=ends))
    header, rows = forecast_table(dataset, future)
    return "".join(parts) + _table(rows, header, 1)


def _scores(bundle: Bundle) -> str:
    rows = [
        (LABELS.get(entry.name, entry.name), entry.part, f"{entry.mae:.5g}", f"{entry.rmse:.5g}",
         "n/a" if entry.mase is None else f"{entry.mase:.3f}", entry.windows)
        for entry in bundle.facts.scores
    ]  # fmt: skip
    return _table(rows, ("Forecast by", "Part", "MAE", "RMSE", "MASE", "Windows"), 2) if rows else ""


def _training(bundle: Bundle, run: Run | None) -> str:
    facts = bundle.facts
    words = (
        f"<p>{facts.epoch} epochs in {facts.seconds:.1f} s, {html.escape(facts.outcome)}; best: {facts.best_epoch}.</p>"
    )
    if run is None or not run.epochs:
        return words
    x = np.array([entry.epoch for entry in run.epochs], dtype=np.float64)
    train = np.array([entry.train_loss for entry in run.epochs])
    valid = np.array([entry.valid_loss for entry in run.epochs])
    curves = [Curve(x, train, "train", "training"), Curve(x, valid, "valid", "validation")]
    return words + chart(curves, title="Loss", x_label="epoch", y_label="")


def _gates(bundle: Bundle, dataset: Dataset) -> str:
    """Draw what the top layer's gates and states did in the last window that was scored."""
    import torch

    from workbench.core.forecasting import restored

    start = dataset.part(scored_part(dataset)).start[-1:]
    if not len(start):
        return ""
    network = restored(bundle)
    ahead = torch.tensor(dataset.ahead[start + dataset.spec.origin]) if network.known else None
    with torch.enable_grad():
        traces, _forecasts = network.trace(torch.tensor(dataset.x[start]), ahead=ahead)
    values, figures = traces[0][-1].values, []
    for signal in CELLS[bundle.project.model.cell].signals:
        drawn = np.asarray(values[signal.key], dtype=np.float64)
        low, high = signal.low, signal.high
        if low is None or high is None:  # a state that may grow
            low, high = float(drawn.min()), float(drawn.max()) + 1e-9
        figures.append(heatmap(drawn, low, high, f"{signal.label} {signal.key}: {low:.2g} dark to {high:.2g} light"))
    last = html.escape(dataset.clock.text(int(start[0]) + dataset.spec.window - 1))
    return f'<p class="muted">Units upwards, steps to the right, in the window that ends at {last}.</p>' + "".join(
        figures
    )


def _settings(bundle: Bundle) -> str:
    project, rows = bundle.project, []
    for spec in (project.data, project.model, project.train):
        values = spec.model_dump()
        for entry in settings_of(type(spec)):
            value = values[entry.name]
            shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            rows.append((entry.title, shown if shown != "" else "none"))
    options, own = project.model.cell_options, CELLS[project.model.cell].Options
    rows += [(entry.title, options.model_dump()[entry.name]) for entry in settings_of(own)]
    rows += [("Parameters", parameters_for(project.model, project.data))]
    rows += [(f"Version of {name}", version) for name, version in bundle.facts.versions.items()]
    return _table(rows)


def _equations(bundle: Bundle) -> str:
    cell, options = CELLS[bundle.project.model.cell], bundle.project.model.cell_options
    return f"<pre>{html.escape(chr(10).join(cell.equations_with(options)))}</pre>"


def _cited(bundle: Bundle) -> str:
    scaled = any(entry.mase is not None for entry in bundle.facts.scores)
    found = citations(bundle.project, scaled_errors=scaled)
    return "".join(f"<pre>{html.escape(method)}: {html.escape(text)}</pre>" for method, text in found)
