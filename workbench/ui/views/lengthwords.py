"""What a dragged window or horizon would be, in words."""

from __future__ import annotations

from workbench.core.project import DataSpec
from workbench.core.table import Step
from workbench.core.windowcount import PARTS, WindowCount, no_windows
from workbench.ui.text import DOT, count, span
from workbench.ui.text import translate as _


def length_words(side: str, spec: DataSpec, step: Step | None, counted: WindowCount | None) -> tuple[str, bool]:
    """Say the new length and how many windows it leaves, or why it leaves none; the second says which."""
    steps = spec.window if side == "window" else spec.horizon
    title = _("Window") if side == "window" else _("Horizon")
    length = span(steps, step)
    words = f"{title} " + _("{count} steps").format(count=count(steps)) + (f" = {length}" if length else "")
    if counted is None:
        return words, True
    counts = counted.counts(spec)
    empty = [part for part in PARTS[:2] if not counts[part]]
    if empty:
        problem = no_windows(empty[0], spec, counted).problem
        return f"{words}\n{problem.text(_)}\n{problem.remedy(_)}", False
    return words + DOT + _("{count} windows").format(count=count(sum(counts.values()))), True
