"""The recurrent cells, in menu order."""

from workbench.core.cells.cell import NUMPY, AbstractCell, Gate, Signal, State
from workbench.core.cells.gru import Gru
from workbench.core.cells.lstm import Lstm
from workbench.core.cells.rnn import ReluRnn, TanhRnn
from workbench.core.registry import Registry

CELLS: Registry[AbstractCell] = Registry("cell")
for _cell in (TanhRnn(), ReluRnn(), Lstm(), Gru()):
    CELLS.add(_cell)

__all__ = ["CELLS", "NUMPY", "AbstractCell", "Gate", "Signal", "State"]
