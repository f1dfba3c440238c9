"""What is written beside and above the heatmaps of Gates and States."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.core.cursor import Cursor
from workbench.core.dataset import Dataset
from workbench.core.events import Probed
from workbench.core.project import ModelSpec
from workbench.core.run import Run
from workbench.ui.text import DOT, count, number, percent, span
from workbench.ui.text import translate as _
from workbench.ui.views.naming import unit_mark, unit_words
from workbench.ui.views.ticks import grouped, moment
from workbench.ui.views.units import UnitOrder
from workbench.ui.views.view import Heading

ENDLESS = 10_000
"""Half-lives in steps from which on nothing is forgotten."""


def index_text(order: UnitOrder, model: ModelSpec) -> Callable[[int], str]:
    return lambda rank: unit_mark(int(order.units[rank]), model)


def half_life_text(order: UnitOrder) -> Callable[[int], str]:
    def text(rank: int) -> str:
        steps = float(order.half_life[order.units[rank]])
        return "∞" if steps >= ENDLESS else number(steps, 2)

    return text


def season_text(order: UnitOrder) -> Callable[[int], str]:
    def text(rank: int) -> str:
        share = float(order.season[order.units[rank]])
        return "–" if np.isnan(share) else number(100 * share, 2)

    return text


def heading_of(
    run: Run, probe: Probed, layer: int, cursor: Cursor, dataset: Dataset | None, order: UnitOrder
) -> Heading:
    parts = []
    if len(probe.traces) > 1:
        parts.append(_("layer {number}").format(number=layer + 1))
    steps = next(iter(probe.traces[layer].values.values())).shape[0]
    model = run.project.model
    both = _("{count} units, in both directions") if model.bidirectional else _("{count} units")
    parts.append(both.format(count=count(model.hidden)))
    words = _("{count} steps in segments of {segment}") if model.segment > 1 else _("{count} steps")
    parts.append(words.format(count=count(steps), segment=count(model.segment)))
    targets = run.project.data.targets
    if model.channels == "shared" and len(targets) > 1:
        parts.append(_("reading {column}").format(column=targets[probe.target]))
    if order.name == "season":
        parts.append(_season_words(order, dataset))
    subtitle = DOT.join(parts)
    if cursor.step is None or cursor.step >= steps:
        return Heading(subtitle)
    facts = [_("step {step}").format(step=grouped(cursor.step - steps))]
    if dataset is not None:
        facts.append(moment(dataset.clock, probe.start + cursor.step))
    if cursor.unit is not None and cursor.unit < len(order.half_life):
        facts.append(unit_words(cursor.unit, model))
        facts += _told(order, cursor.unit)
    return Heading(subtitle, DOT.join(facts))


def _season_words(order: UnitOrder, dataset: Dataset | None) -> str:
    """Say of which season the numbers at the rows are shares, or why there are none."""
    if order.period < 2:
        return _("the window is too short for a season")
    length = span(order.period, dataset.clock.step if dataset is not None else None)
    words = _("% of c that is the season of {count} steps")
    return words.format(count=count(order.period)) + (f" ({length})" if length else "")


def _told(order: UnitOrder, unit: int) -> list[str]:
    """Say of one unit what the units are ordered by."""
    if order.name == "memory":
        life = float(order.half_life[unit])
        return [_("half-life {steps}").format(steps="∞" if life >= ENDLESS else number(life, 3))]
    share = float(order.season[unit])
    if order.name == "season" and not np.isnan(share):
        return [_("season {share}").format(share=percent(share))]
    return []
