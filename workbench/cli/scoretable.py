"""Measures of several forecasters as a table of text, and as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from workbench.core.evaluation import Evaluation
    from workbench.core.metrics import Report

SHOWN = ("mae", "rmse", "mase", "rmsse", "smape", "wape", "bias", "r2")
SERIES = ("mae", "rmse", "mase", "smape")
MOST_SERIES = 10_000


def print_evaluation(found: Evaluation, rows: str, *, explain: bool) -> None:
    """Print one line for each forecaster, the best MAE marked; then the bands."""
    from workbench.core.baselines import LABELS
    from workbench.core.metrics import MEASURES, best_of

    dataset, reports = found.dataset, found.reports
    series = f" of {len(found.scale.absolute)} series" if len(found.scale.absolute) > 1 else ""
    print(f"{dataset.name}: {found.windows} windows of the {rows} rows{series}")
    print(
        f"  target {', '.join(dataset.spec.targets)}; {dataset.spec.window} steps read, {dataset.spec.horizon} ahead; "
        f"season {found.scale.season}"
    )
    width = max(len(LABELS[name]) for name in reports)
    names = [MEASURES[key].label for key in SHOWN]
    print(f"    {'':<{width}}" + "".join(f"{name:>11}" for name in names) + f"{'scaled MSE':>12}{'MAE':>8}")
    best = best_of(list(reports.values()))
    for name, report in reports.items():
        numbers = "".join(f"{_text(report.value(key)):>11}" for key in SHOWN)
        scaled = "".join(
            f"{value:>{room}.4f}" for value, room in zip(found.scaled.get(name, ()), (12, 8), strict=False)
        )
        print(f"  {'*' if report is best else ' '} {LABELS[name]:<{width}}{numbers}{scaled}")
    for name, bands in found.bands.items():
        for band in bands:
            for share in band.report.errors.shares:
                _print_band(LABELS[name], band.kind, share, band.report, len(band.calibration))
    if explain and reports:
        print("\n".join("  " + next(iter(reports.values())).explained(key) for key in MEASURES))


def _print_band(label: str, kind: str, share: float, report: Report, calibration: int) -> None:
    coverage, wide = report.value("coverage", share), report.value("width", share)
    print(
        f"  {label}: {kind} {share:.0%} band holds {coverage:.1%} of {report.windows} windows, ".replace("%", " %")
        + f"mean width {_text(wide)}, from {calibration} calibration windows"
    )


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
        "mase_scale": _list(scale.absolute) if len(scale.absolute) <= MOST_SERIES else None,
        "scores": [_scores(found, name, report) for name, report in found.reports.items()],
    }


def _scores(found: Evaluation, name: str, report: Report) -> dict[str, Any]:
    from workbench.core.metrics import POINT

    several = len(found.scale.absolute) > 1
    scaled = found.scaled.get(name)
    return {
        "name": name,
        "part": found.part,
        "windows": report.windows,
        "accuracy": None,
        **{key: report.value(key) for key in POINT},
        "scaled_mse": scaled[0] if scaled else None,
        "scaled_mae": scaled[1] if scaled else None,
        "mae_by_step": _list(report.by(("step",), "mae")),
        "by_step": {key: _list(report.by(("step",), key)) for key in POINT},
        "by_column": {key: _list(report.by(("column",), key)) for key in POINT},
        "by_series": {
            label: dict(zip(SERIES, numbers, strict=True))
            for label, *numbers in zip(found.dataset.names, *_by_series(report), strict=True)
        }
        if several
        else {},
        "intervals": [
            {
                "kind": band.kind,
                "share": share,
                **{key: band.report.value(key, share) for key in ("coverage", "width", "winkler")},
                "coverage_by_step": _list(_by_step(band.report, share)),
                "windows": band.report.windows,
                "calibration_windows": len(band.calibration),
            }
            for band in found.bands.get(name, ())
            for share in band.report.errors.shares
        ],
    }


def _by_series(report: Report) -> list[list[Any]]:
    return [_list(report.by(("series",), key)) for key in SERIES]


def _by_step(report: Report, share: float) -> Any:
    return report.by(("step",), "coverage", share)


def _list(values: Any) -> list[Any]:
    """Return a nested list with None for what is no finite number."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim > 1:
        return [_list(row) for row in array]
    return [float(value) if np.isfinite(value) else None for value in array]
