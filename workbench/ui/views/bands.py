"""Which band a forecast wears: a calibrated one with its measured coverage, the network's own, or none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.calibrated import SHARES, Calibrated
from workbench.core.conformal import least_windows
from workbench.core.dataset import Dataset
from workbench.core.events import Forecasted, Probed
from workbench.core.run import Run
from workbench.ui.text import translate as _
from workbench.ui.views.foretelling import NOTHING, Foretold, Line, band_share, outline

OWN, NONE = "own", "none"
Choice = float | str
Floats = NDArray[np.floating]


def choices(run: Run) -> tuple[Choice, ...]:
    """Return what a person can choose: the network's own band only where it has one."""
    own = (OWN,) if any(made.low is not None for made in run.forecasts.values()) else ()
    return (*SHARES, *own, NONE)


def choice_words(choice: Choice, run: Run) -> str:
    """Return the words of a choice."""
    if choice == NONE:
        return _("no band")
    if choice == OWN:
        return _("network's {band}").format(band=band_share(run))
    return _("{share} % band").format(share=f"{100 * float(choice):g}")


def dressed(
    told: Foretold,
    choice: Choice,
    run: Run,
    bands: Calibrated | None,
    made: Probed | Forecasted,
    column: int,
    place: int = 0,
) -> tuple[Foretold, str]:
    """Return the picture of a forecast with the chosen band, and words for the legend ("" without one).

    Parameters
    ----------
    made
        What was foretold: of one window, or of the future.
    """
    if choice == NONE:
        return replace(told, band=NOTHING), ""
    if choice == OWN or bands is None:
        return told, band_share(run) if len(told.band[0]) else ""
    share = float(choice)
    if isinstance(made, Probed):
        whole = (made.forecast[None], _one(made.low), _one(made.high))
        low, high = (edge[:, column] for edge in bands.of_window(made.start, whole, share))
        origin = made.start + bands.dataset.spec.origin
    else:
        low, high = (edge[told.place, :, column] for edge in bands.of_future(made, share))
        origin = int(made.starts[told.place]) + bands.dataset.spec.origin
    known = np.isfinite(low) & np.isfinite(high)
    ahead = np.arange(origin, origin + len(low))[known]
    edges = ((_("lower edge"), low), (_("upper edge"), high))
    saved = tuple(entry for entry in told.saved if entry[0] not in dict(edges))
    return replace(told, band=outline(ahead, low[known], high[known]), saved=(*saved, *edges)), covered(bands, share)


def _one(edge: Floats | None) -> Floats | None:
    """Return an edge (Q, C) as that of one window."""
    return None if edge is None else edge[None]


def covered(bands: Calibrated, share: float, ahead: int | None = None) -> str:
    """Return in words what a band promises and what it holds over the test part, or `ahead` steps ahead."""
    if share not in bands.coverage:
        words = _("no {share} % band: it takes {needed} validation windows, and there are {there}")
        return words.format(share=f"{100 * share:g}", needed=least_windows(share), there=len(bands.test.calibration))
    held = bands.coverage[share]
    if ahead is not None:
        by_step = bands.test.report.by(("step",), "coverage", share)
        held = float(by_step[ahead - 1]) if by_step is not None else held
    return _("{share} % band: held {held} % of the test").format(share=f"{100 * share:g}", held=f"{100 * held:.1f}")


def along(choice: Choice, bands: Calibrated | None, dataset: Dataset, column: int, ahead: int) -> tuple[Line, str]:
    """Return the outline of the band around the test forecasts made `ahead` steps before each row, and its words."""
    if bands is None or choice in (OWN, NONE):
        return NOTHING, ""
    if float(choice) not in bands.test.bands:
        return NOTHING, covered(bands, float(choice))
    low, high = (edge[:, ahead - 1, column] for edge in bands.test.bands[float(choice)])
    rows: NDArray[np.int64] = bands.test.start + dataset.spec.origin + ahead - 1
    return outline(rows, low, high), covered(bands, float(choice), ahead)
