"""What the gates of the cell let through at every step."""

from __future__ import annotations

from workbench.core.cells import AbstractCell, Signal
from workbench.core.problems import N_
from workbench.ui.text import translate as _
from workbench.ui.views.heatview import AbstractHeatView


class GatesView(AbstractHeatView):
    """One heatmap for each gate the cell declares."""

    key = "gates"
    title = N_("Gates")

    def signals_of(self, cell: AbstractCell) -> tuple[Signal, ...]:
        """Return the gates."""
        return cell.gates

    def nothing(self, cell: AbstractCell) -> str:
        """Say that a plain cell has no gates."""
        return _(
            "The {cell} has no gates: its new state is one sum of the input and the old state. Choose LSTM or GRU in "
            "the Model card to watch gates open and close."
        ).format(cell=_(cell.label))
