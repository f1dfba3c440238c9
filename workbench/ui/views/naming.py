"""What the numbers of a column are called."""

from __future__ import annotations

from workbench.app.session import Session
from workbench.core.project import ModelSpec
from workbench.core.sources.samples import SAMPLES
from workbench.ui.text import DOT, count
from workbench.ui.text import translate as _
from workbench.ui.views.ticks import grouped


def column_words(session: Session, column: str) -> str:
    """Return the name of a column, with its unit where it is known: the bundled samples declare theirs."""
    unit = column_unit(session, column)
    return column + DOT + unit if unit else column


def column_unit(session: Session, column: str) -> str:
    """Return the unit of a column's values, "" where it is not known."""
    source = session.project.data.source
    for sample in SAMPLES:
        if sample.unit and column == sample.target and source in (sample.file, sample.address):
            return _(sample.unit)
    return ""


def unit_words(unit: int, model: ModelSpec) -> str:
    """Name a unit of a layer; those of a bidirectional layer that read the window backwards follow the others."""
    if not model.bidirectional:
        return _("unit {unit}").format(unit=unit)
    words = _("unit {unit}, way there") if unit < model.hidden else _("unit {unit}, way back")
    return words.format(unit=unit % model.hidden)


def unit_mark(unit: int, model: ModelSpec) -> str:
    """Return the number of a unit as short as an axis needs it, with an arrow for the way its layer reads."""
    if not model.bidirectional:
        return grouped(unit)
    return ("→" if unit < model.hidden else "←") + grouped(unit % model.hidden)


def steps_words(steps: int) -> str:
    """Return ``1 step`` or ``48 steps``."""
    return _("1 step") if steps == 1 else _("{count} steps").format(count=count(steps))
