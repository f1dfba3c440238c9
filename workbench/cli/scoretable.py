"""Measures of several forecasters as a table of text, and as a JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from workbench.core.evaluation import Evaluation
    from workbench.core.insight.judging import Judgement
    from workbench.core.metrics import Report

SHOWN = ("mae", "rmse", "mase", "rmsse", "smape", "wape", "bias", "r2")
ROOMS = (12, 8)
SERIES = ("mae", "rmse", "mase", "smape")


def label(name: str) -> str:
    """Return the words for a forecaster; a model that was named is called so."""
    from workbench.core.baselines import LABELS

    return LABELS.get(name, name)


def print_evaluation(found: Evaluation, rows: str, *, explain: bool) -> None:
    """Print one line for each forecaster, the best MAE marked; then the bands."""
    from workbench.core.metrics import MEASURES

    dataset, reports = found.dataset, found.reports
    series = f" of {len(found.scale.absolute)} series" if len(found.scale.absolute) > 1 else ""
    print(f"{dataset.name}: {found.windows} windows of the {rows} rows{series}")
    print(
        f"  target {', '.join(dataset.spec.targets)}; {dataset.spec.window} steps read, {dataset.spec.horizon} ahead; "
        f"season {found.scale.season}"
    )
    print_table(reports, found.scaled)
    print_bands(found)
    if explain and reports:
        print("\n".join("  " + next(iter(reports.values())).explained(key) for key in MEASURES))


def print_table(reports: Mapping[str, Report], scaled: Mapping[str, tuple[float, float]]) -> None:
    """Print the measures of each forecaster, a star before the lowest MAE."""
    from workbench.core.metrics import MEASURES, best_of

    width = max((len(label(name)) for name in reports), default=0)
    head = "".join(f"{MEASURES[key].label:>11}" for key in SHOWN)
    print(f"    {'':<{width}}{head}" + (f"{'scaled MSE':>12}{'MAE':>8}" if scaled else ""))
    best = best_of(list(reports.values()))
    for name, report in reports.items():
        numbers = "".join(f"{_text(report.value(key)):>11}" for key in SHOWN)
        numbers += "".join(f"{value:>{room}.4f}" for value, room in zip(scaled.get(name, ()), ROOMS, strict=False))
        print(f"  {'*' if report is best else ' '} {label(name):<{width}}{numbers}")


def print_bands(found: Evaluation) -> None:
    """Print what each band promises and what it holds."""
    from workbench.core.conformal import least_windows

    for name, bands in found.bands.items():
        for band in bands:
            report = band.report
            for share in report.errors.shares:
                coverage, wide = report.value("coverage", share), _text(report.value("width", share))
                text = (
                    f"  {label(name)}: {band.kind} {share:.0%} band holds {coverage:.1%} of {report.windows} windows, "
                )
                made = f"from {len(band.calibration)} calibration windows" if band.kind != "own" else "not calibrated"
                print(text.replace("%", " %") + f"mean width {wide}, {made}")
            for share in band.refused:
                there = f"{len(band.calibration)} calibration windows, {least_windows(share)} needed"
                print(f"  {label(name)}: no {band.kind} band for {100 * share:g} %: {there}")


def _text(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.5g}"


def document(found: Evaluation, rows: str) -> dict[str, Any]:
    """Return everything that was measured, ready for JSON: numbers, or None where there is none."""
    dataset, scale = found.dataset, found.scale
    return {
        "file": dataset.name,
        "rows": rows,
        "windows": found.windows,
        "series": len(scale.absolute),
        "targets": list(dataset.spec.targets),
        "window": dataset.spec.window,
        "horizon": dataset.spec.horizon,
        "season": scale.season,
        "mase_scale": _list(scale.absolute),
        "scores": [_scores(found, name, report) for name, report in found.reports.items()],
    }


def _scores(found: Evaluation, name: str, report: Report) -> dict[str, Any]:
    several = len(found.scale.absolute) > 1
    scaled = found.scaled.get(name)
    return {
        "part": found.part,
        "accuracy": None,
        **score_document(name, report),
        "scaled_mse": scaled[0] if scaled else None,
        "scaled_mae": scaled[1] if scaled else None,
        "by_series": {
            label: dict(zip(SERIES, numbers, strict=True))
            for label, *numbers in zip(found.dataset.names, *_by_series(report), strict=True)
        }
        if several
        else {},
        "intervals": band_documents(found, name),
    }


def score_document(name: str, report: Report) -> dict[str, Any]:
    """Return the measures of one forecaster."""
    from workbench.core.metrics import POINT

    return {
        "name": name,
        "windows": report.windows,
        **{key: report.value(key) for key in POINT},
        "mae_by_step": _list(report.by(("step",), "mae")),
        "by_step": {key: _list(report.by(("step",), key)) for key in POINT},
        "by_column": {key: _list(report.by(("column",), key)) for key in POINT},
    }


def band_documents(found: Evaluation, name: str) -> list[dict[str, Any]]:
    """Return what the bands of one forecaster promise and hold; of those refused, how many windows they would take."""
    from workbench.core.conformal import least_windows

    return [
        {
            "kind": band.kind,
            "share": share,
            **{key: band.report.value(key, share) for key in ("coverage", "width", "winkler")},
            "coverage_by_step": _list(band.report.by(("step",), "coverage", share)),
            "windows": band.report.windows,
            "calibration_windows": len(band.calibration),
        }
        for band in found.bands.get(name, ())
        for share in band.report.errors.shares
    ] + [
        {
            "kind": band.kind,
            "share": share,
            "calibration_windows": len(band.calibration),
            "needed": least_windows(share),
        }
        for band in found.bands.get(name, ())
        for share in band.refused
    ]


def _by_series(report: Report) -> list[list[Any]]:
    return [_list(report.by(("series",), key)) for key in SERIES]


def _list(values: Any) -> list[Any]:
    """Return a nested list with None for what is no finite number."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim > 1:
        return [_list(row) for row in array]
    return [float(value) if np.isfinite(value) else None for value in array]


def verdict_document(found: Judgement) -> dict[str, Any]:
    """Return the verdict, ready for JSON."""
    return {
        "outcome": found.outcome,
        "good": found.good,
        "headline": found.title(),
        "sentence": found.text(),
        "best_baseline": found.best,
        "skill": found.skill.value,
        "skill_low": found.skill.low,
        "skill_high": found.skill.high,
        "reach": {"kind": found.reach.kind, "step": found.reach.step, "better": found.reach.better},
        "findings": [{"key": entry.key, "severity": entry.severity, "text": entry.text()} for entry in found.findings],
    }
