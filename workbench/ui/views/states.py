"""What the cell carries from step to step."""

from __future__ import annotations

from workbench.core.cells import AbstractCell, Signal
from workbench.core.problems import N_
from workbench.ui.text import translate as _
from workbench.ui.views.heatview import AbstractHeatView


class StatesView(AbstractHeatView):
    """One heatmap for each state the cell declares."""

    key = "states"
    title = N_("States")

    def signals_of(self, cell: AbstractCell) -> tuple[Signal, ...]:
        """Return the states."""
        return cell.states

    def nothing(self, cell: AbstractCell) -> str:
        """Every recurrent cell has a state; this is never shown."""
        return _("The {cell} keeps no state.").format(cell=_(cell.label))
