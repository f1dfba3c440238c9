"""Which bands ``evaluate`` measures, and the forecasts they come from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.fields import SETTINGS_CLASH
from workbench.core.problems import WorkbenchError

if TYPE_CHECKING:
    from workbench.core.bundle import Bundle
    from workbench.core.dataset import Dataset
    from workbench.core.intervals import Forecast, Kind
    from workbench.core.table import Table

Asked = tuple[str, tuple[float, ...]]

KINDS: dict[str, tuple[Kind, ...]] = {
    "conformal": ("split", "adaptive"),
    "split": ("split",),
    "adaptive": ("adaptive",),
    "dropout": (),
    "ensemble": (),
}
USUAL = (0.8, 0.95)


def intervals(text: str) -> Asked:
    """Return kind and shares of ``conformal:0.8,0.95``."""
    kind, colon, shares = text.partition(":")
    try:
        found = tuple(float(share) for share in shares.split(",")) if colon else USUAL
    except ValueError:
        found = ()
    if kind not in KINDS or not found or not all(0.0 < share < 1.0 for share in found):
        raise argparse.ArgumentTypeError("must be such as conformal:0.8,0.95, dropout:0.8 or ensemble:0.8")
    return kind, found


def conformal_of(options: argparse.Namespace) -> tuple[tuple[float, ...], tuple[Kind, ...]]:
    """Return shares and kinds of the calibrated bands that were asked for."""
    shares: dict[float, None] = {}
    kinds: dict[Kind, None] = {}
    for kind, found in options.intervals:
        if KINDS[kind]:
            shares |= dict.fromkeys(found)
            kinds |= dict.fromkeys(KINDS[kind])
    return tuple(shares), tuple(kinds)


def sampled_forecasts(
    options: argparse.Namespace, bundle: Bundle, table: Table, dataset: Dataset
) -> tuple[dict[str, Forecast], dict[str, float]]:
    """Return forecasters whose band is the spread of several forecasts, and what all bands of their own promise."""
    from workbench.core.ensembles import of_members, with_dropout
    from workbench.core.exports.wbm import read_model
    from workbench.core.forecasting import forecast_of

    model = bundle.project.model
    found: dict[str, Forecast] = {}
    promised = {"model": model.levels[-1] - model.levels[0]} if model.output != "point" else {}
    for kind, shares in options.intervals:
        share = max(shares)
        if kind == "dropout":
            found["dropout left on"], promised["dropout left on"] = with_dropout(bundle, dataset, share), share
        if kind == "ensemble":
            others = [other_forecast(read_model(path), table, dataset) for path in _members(options)]
            if not others:
                raise WorkbenchError(SETTINGS_CLASH, reason="an ensemble needs --members, such as other seeds")
            name = f"mean of {len(others) + 1} models"
            found[name], promised[name] = of_members([forecast_of(bundle, dataset), *others], share), share
    return found, promised


def _members(options: argparse.Namespace) -> list[Path]:
    """Return the model files of ``--members``, but for MODEL; a folder stands for those of its runs."""
    found: list[Path] = []
    for path in map(Path, options.members):
        found += sorted(path.glob("*/model.wbm")) if path.is_dir() else [path]
    return [path for path in found if path.resolve() != Path(options.paths[0]).resolve()]


def other_forecast(bundle: Bundle, table: Table, dataset: Dataset) -> Forecast:
    """Return what another model forecasts from the origins of `dataset`; it may read windows of another length.

    Raises
    ------
    WorkbenchError
        ``settings-clash`` if it forecasts something else.
    """
    from workbench.core.forecasting import for_scoring, forecast_of

    own, _part, _rows = for_scoring(bundle, table)
    spec = dataset.spec
    if own.spec.targets != spec.targets or own.spec.horizon != spec.horizon or len(own.values) != len(dataset.values):
        raise WorkbenchError(SETTINGS_CLASH, reason="the other model forecasts other targets, steps or rows")
    forecast, earlier = forecast_of(bundle, own), spec.window - own.spec.window
    return lambda start: forecast(start + earlier)
