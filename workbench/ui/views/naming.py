"""What the numbers of a column are called."""

from __future__ import annotations

from workbench.app.session import Session
from workbench.core.sources.samples import SAMPLES
from workbench.ui.text import DOT, count
from workbench.ui.text import translate as _


def column_words(session: Session, column: str) -> str:
    """Return the name of a column, with its unit where it is known: the bundled samples declare theirs."""
    source = session.project.data.source
    for sample in SAMPLES:
        if sample.unit and column == sample.target and source in (sample.file, sample.address):
            return column + DOT + _(sample.unit)
    return column


def steps_words(steps: int) -> str:
    """Return ``1 step`` or ``48 steps``."""
    return _("1 step") if steps == 1 else _("{count} steps").format(count=count(steps))
