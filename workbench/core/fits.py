"""What is fitted on the training rows before any training: transform, scaler, season, MASE scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.dataproblems import NO_SEASON, SEASON_TOO_LONG
from workbench.core.dataspec import DataSpec
from workbench.core.grid import Grid
from workbench.core.insight.seasonality import detected_season
from workbench.core.longfiles import by_sequence
from workbench.core.problems import N_, WorkbenchError
from workbench.core.scaler import Fit, SeriesScaler, fitted, mase_scale
from workbench.core.table import Table
from workbench.core.transforms import Transform, check_positive, fitted_transform
from workbench.core.windows import Split, sequence_names, sequences


def fit_of(train: NDArray[np.float64], spec: DataSpec, table: Table, grid: Grid, split: Split) -> Fit:
    """Fit on the training rows `train` (R', columns) of `grid`, series by series where there are several.

    Raises
    ------
    WorkbenchError
        ``season-too-long``, ``no-season`` or ``not-positive``.
    """
    count = len(spec.targets)
    targets = train[:, :count]
    if spec.framing == "label":
        # Answers of independent sequences have no season, and no last value to be naive with.
        return Fit(fitted(train, spec.scaling), Transform(np.full(count, np.nan)), 1, np.full(count, np.nan))
    sequence = sequences(table, spec.series, grid.file_rows)
    names = sequence_names(table, spec.series, grid.file_rows, sequence)
    own = sequence[split.of("train")]
    longest = targets[own == np.bincount(own).argmax()] if spec.series else targets
    season = season_of(longest, spec, grid)
    lag = {"none": 0, "step": 1, "season": season}[spec.difference]
    check_positive(grid.values[:, :count], spec.targets, spec.power)
    transform = fitted_transform(targets, spec.targets, spec.power, lag)
    transformed = np.column_stack([by_sequence(targets, own, transform.forward), train[:, count:]])
    scaler = fitted(transformed, spec.scaling)
    each = SeriesScaler.fitted(transformed, own, names, spec.scaling, scaler) if spec.scale_each and names else None
    borders = np.flatnonzero(np.diff(own)) + 1
    # A season of nothing between two sequences keeps differences inside them.
    scale = mase_scale(np.insert(targets, np.repeat(borders, season), np.nan, axis=0), season)
    return Fit(scaler, transform, season, scale, each)


def season_of(targets: NDArray[np.float64], spec: DataSpec, grid: Grid) -> int:
    """Return the season that is set or, by default, detected in the training rows of the first target; 1 for none.

    Raises
    ------
    WorkbenchError
        ``season-too-long`` or ``no-season``.
    """
    if spec.season > 1 and 2 * spec.season > len(targets):
        raise WorkbenchError(SEASON_TOO_LONG, season=spec.season, rows=len(targets), most=len(targets) // 2)
    season = spec.season or detected_season(targets[:, 0], grid.clock.step)
    if season == 1 and spec.difference == "season":
        raise WorkbenchError(NO_SEASON, setting=N_("Difference"))
    if season == 1 and spec.gaps == "seasonal" and not np.isfinite(grid.values).all():
        raise WorkbenchError(NO_SEASON, setting=N_("Gaps"))
    return season
