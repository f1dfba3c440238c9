"""Three networks with one click: one to look into, one for every day, one for the best forecast.

A preset keeps columns, horizon, question and preparation of a project; it sets the rest, sized by the season and the
length of the series.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

import numpy as np

from workbench.core.dataset import Dataset
from workbench.core.problems import N_
from workbench.core.project import Project

PRESETS: Mapping[str, str] = {
    "classroom": N_("Classroom"),
    "balanced": N_("Balanced"),
    "accurate": N_("Accurate"),
}
"""Presets by key, with what a button says."""

HELP: Mapping[str, str] = {
    "classroom": N_("One layer of 16 units that reads row by row: every gate and state can be watched."),
    "balanced": N_(
        "One layer of 48 units, all columns together: trains in seconds, and is hard to beat on short series."
    ),
    "accurate": N_(
        "Segments of a season, one network for all columns, all segments of the forecast at once: the best forecasts "
        "of long series, in a few minutes."
    ),
}

SEASONS_READ, ROWS_READ = 14, 336
"""The accurate preset reads 14 seasons (two weeks of hours), or 336 rows, whichever is shorter, and at least two."""

MOST_SEGMENTS = 16
"""A horizon of more segments gets segments of two seasons, or four: a month of hours is 15 segments of two days."""

SHORT = 1_000
"""So few windows to train on are passed over more often, in small batches."""

STEPS_AIM = 2_500
"""Training steps a short series should get."""

Sections = dict[str, dict[str, object]]


def preset(key: str, project: Project, season: int, rows: int, longest: int | None = None) -> Sections:
    """Return the settings that the preset `key` changes, by section, for :meth:`Project.edited`.

    Parameters
    ----------
    season
        Period of the series in steps, 1 if there is none.
    rows
        Rows of the series, or of all of them.
    longest
        Rows of the longest series, where there are several.
    """
    if project.data.framing == "label":
        return {"model": _plain(16 if key == "classroom" else 32) | {"normalisation": "none"}}
    if key == "accurate":
        found = _accurate(project, season, rows, longest or rows)
    else:
        found = {"model": _plain(16 if key == "classroom" else 48), "train": _short(project, rows)}
    if project.data.difference != "none":
        # Differences have no level that could be taken away, and their mean is worth knowing.
        found["model"]["normalisation"] = "none"
    return found


def preset_for(key: str, project: Project, dataset: Dataset) -> Sections:
    """Return what :func:`preset` changes in a project whose data are `dataset`."""
    longest = int(np.bincount(dataset.sequence).max()) if project.data.series else None
    return preset(key, project, dataset.season, dataset.split.rows, longest)


def _plain(hidden: int) -> dict[str, object]:
    """Return one layer that reads row by row."""
    return {
        "hidden": hidden,
        "layers": 1,
        "dropout": 0.0,
        "normalisation": "last",
        "segment": 1,
        "channels": "joint",
        "decoder": "direct",
    }


def _short(project: Project, rows: int) -> dict[str, object]:
    """Give short series smaller batches and more epochs: what counts is the number of training steps."""
    data = project.data
    windows = max(1, round(rows * data.train_share) - data.window - data.horizon + 1)
    batch = 64
    while batch > 8 and windows / batch < 16:
        batch //= 2
    epochs = int(min(400, max(60, STEPS_AIM // -(-windows // batch))))
    return {
        "batch": batch,
        "epochs": epochs,
        "patience": max(8, epochs // 8),
        "learning_rate": 3e-3,
        "schedule": "constant",
        "clip": 1.0,
        "average": 0.0,
    }


TOGETHER: dict[str, object] = {
    "batch": 64,
    "epochs": 30,
    "patience": 3,
    "learning_rate": 7e-4,
    "schedule": "step",
    "rate_factor": 0.8,
    "rate_every": 1.0,
    "rate_hold": 1.0,
    "average": 0.0,
    "clip": 1.0,
}
"""Each target of a window is a row of the batch; the best epoch is an early one. SegRNN's schedule (Lin et al. 2023):
× 0.8 an epoch after the second."""

ALONE = 3
"""Up to so many targets the rate falls slowly: few rows a window are many passes from enough."""

SLOWLY: dict[str, object] = {
    "schedule": "cosine",
    "epochs": 20,
    "patience": 8,
    "learning_rate": 1e-3,
    "average": 0.99,
}
"""On a single half-hourly series the validation error fell until the rate had gone, under whichever schedule."""

SHORTLY: dict[str, object] = {
    "schedule": "constant",
    "batch": 16,
    "epochs": 100,
    "patience": 20,
    "learning_rate": 1e-3,
    "average": 0.0,
}
"""What few windows need: many passes at a constant rate."""


def _accurate(project: Project, season: int, rows: int, longest: int) -> Sections:
    horizon, targets = project.data.horizon, len(project.data.targets)
    train_rows = round(rows * project.data.train_share)
    room = round(longest * project.data.train_share) - horizon
    segment, decoder = segment_for(season, horizon)
    wished = max(horizon, 2 * season, min(SEASONS_READ * season, ROWS_READ) if season > 1 else 2 * horizon)
    window = window_for(segment, wished, room)
    model = _plain(128) | {"dropout": 0.1, "segment": segment, "channels": "shared", "decoder": decoder}
    train = dict(TOGETHER)
    if train_rows - window - horizon < SHORT:
        model["hidden"] = 64
        train |= SHORTLY
    elif targets <= ALONE:
        train |= SLOWLY | {"batch": 32 if targets == 1 else 64}
    return {"data": {"window": window}, "model": model, "train": train}


def segment_for(season: int, horizon: int) -> tuple[int, str]:
    """Return how many rows a segment has, and the decoder that goes with it.

    A segment is a season, or the largest part of one that divides the horizon. Where the two have no good part in
    common, segments only make the window short, and the direct decoder forecasts.
    """
    common = gcd(season, horizon)
    if common >= max(2, season // 8):
        segment = common
        while horizon > MOST_SEGMENTS * segment and horizon % (2 * segment) == 0:
            segment *= 2
        return segment, "parallel"
    return (season if season > 1 else 1), "direct"


def window_for(segment: int, wished: int, room: int) -> int:
    """Return a window of whole segments, near `wished`, that leaves a third of `room` rows for windows to start."""
    most = max(1, 2 * room // 3 // segment)
    return segment * min(most, max(1, -(-wished // segment)))
