"""The recurrent cells, in menu order."""

from workbench.core.cells.arithmetic import NUMPY
from workbench.core.cells.cell import AbstractCell
from workbench.core.cells.gru import Gru
from workbench.core.cells.lstm import Lstm
from workbench.core.cells.lstm_coupled import CoupledLstm
from workbench.core.cells.lstm_peephole import PeepholeLstm
from workbench.core.cells.lstm_peephole_coupled import PeepholeCoupledLstm
from workbench.core.cells.options import CellOptions
from workbench.core.cells.rnn import TanhRnn
from workbench.core.cells.rnn_relu import ReluRnn
from workbench.core.cells.signals import Gate, Signal, State
from workbench.core.registry import Registry

CELLS: Registry[AbstractCell] = Registry("cell")
for _cell in (TanhRnn(), ReluRnn(), Lstm(), PeepholeLstm(), CoupledLstm(), PeepholeCoupledLstm(), Gru()):
    CELLS.add(_cell)

__all__ = ["CELLS", "NUMPY", "AbstractCell", "CellOptions", "Gate", "Signal", "State"]
