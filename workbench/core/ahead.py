"""What is known before it happens: inputs whose future a person knows, and the calendar.

Only columns named by :attr:`workbench.core.dataspec.DataSpec.ahead` are taken from rows behind a window.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.calendar import calendar
from workbench.core.clock import Clock
from workbench.core.dataspec import DataSpec


def known_rows(scaled: NDArray[np.float32], spec: DataSpec, clock: Clock, more: int) -> NDArray[np.float32]:
    """Return what is known ahead of the R rows of a dataset and of `more` rows behind them, (R + more, K).

    Parameters
    ----------
    scaled
        (R, F) rows as the network reads them.
    clock
        That of the series to which the last rows belong.

    Returns
    -------
    The columns of `spec.ahead`. Behind the last row the calendar goes on by the clock; an input is NaN there, or
    missing (mean and mark) where missing inputs are marked.
    """
    names, features = spec.ahead, {name: place for place, name in enumerate(spec.features)}
    found = np.full((len(scaled) + more, len(names)), np.nan, dtype=np.float32)
    if not names:
        return found
    found[: len(scaled)] = scaled[:, [features[name] for name in names]]
    count = len(names) - len(spec.dated)
    beyond = found[len(scaled) :]
    if spec.mask_inputs:
        beyond[:, : count // 2], beyond[:, count // 2 : count] = 0.0, 1.0
    if spec.dated and clock.values is not None:
        times = clock.at(np.arange(clock.rows, clock.rows + more)).astype("datetime64[us]")
        beyond[:, count:] = calendar(times, spec.calendar, spec.holidays, spec.harmonics)
    return found
