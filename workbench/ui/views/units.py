"""The order in which all heatmaps of a session draw the units, and what belongs to each unit."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.insight.memory import half_lives
from workbench.core.insight.ordering import (
    OrderName,
    memory_order,
    similarity_order,
)
from workbench.core.insight.unitfacts import season_within, seasonal_shares
from workbench.core.problems import N_
from workbench.core.run import Run

ORDERS: tuple[tuple[OrderName, str, str], ...] = (
    ("memory", N_("by memory"), N_("Units with the longest memory on top; numbers are half-lives in steps.")),
    (
        "season",
        N_("by season"),
        N_("Units whose state goes with the season on top; numbers are shares of their variance it explains, in %."),
    ),
    ("similarity", N_("by similarity"), N_("Units that move alike are neighbours; numbers are units.")),
    ("index", N_("by index"), N_("As they are stored.")),
)


@dataclass(frozen=True, slots=True, eq=False)
class UnitOrder:
    """Units of one layer from the bottom of a map to its top.

    Attributes
    ----------
    units, ranks
        (H,) unit at each rank, and rank of each unit.
    half_life
        (H,) steps after which half of a unit's state is left, by unit.
    season, period
        (H,) share of the variance of a unit's state that the season of so many rows explains, NaN where no season fits
        the window; the period is then 1.
    """

    name: OrderName
    units: NDArray[np.intp]
    ranks: NDArray[np.intp]
    half_life: NDArray[np.float64]
    season: NDArray[np.float64]
    period: int = 1


class Units(QObject):
    """How units are ordered: one choice for Gates and States, or a row of one would be another row of the other.

    An order is computed from the newest look at the network when the run has done 1, 2, 4, 8, … epochs and when it
    has ended, and stays in between: rows that jump thirty times a second cannot be watched, and an epoch that is
    scrubbed to must show the same unit in the same row.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.name: OrderName = "memory"
        self._datasets = session.datasets
        self._orders: dict[tuple[object, ...], UnitOrder] = {}
        self._seasons: dict[int, int] = {}

    def choose(self, name: OrderName) -> None:
        """Order by something else."""
        if name != self.name:
            self.name = name
            self.changed.emit()

    def order(self, run: Run, layer: int, hidden: int) -> UnitOrder:
        """Return the order of `layer` of `run` with `hidden` units."""
        stage = (len(run.epochs).bit_length(), run.ended is not None)
        key = (run.number, layer, self.name, stage)
        if key not in self._orders:
            for old in [known for known in self._orders if known[:3] == key[:3]]:
                del self._orders[old]
            self._orders[key] = self._computed(run, layer, hidden)
        return self._orders[key]

    def _computed(self, run: Run, layer: int, hidden: int) -> UnitOrder:
        probe = run.probe()
        if probe is None or layer >= len(probe.traces):
            units = np.arange(hidden, dtype=np.intp)
            return UnitOrder(self.name, units, units, np.zeros(hidden), np.full(hidden, np.nan))
        cell, values = CELLS[run.project.model.cell], probe.traces[layer].values
        memory, _source = half_lives(run.project.model, probe.traces[layer])
        state = values[cell.states[0].key]
        period = self.season(run)
        season = seasonal_shares(state, period)
        if self.name == "memory":
            units = memory_order(memory)
        elif self.name == "season":
            units = memory_order(np.nan_to_num(season, nan=-1.0))
        elif self.name == "similarity":
            units = similarity_order(state)
        else:
            units = np.arange(hidden, dtype=np.intp)
        ranks = np.empty_like(units)
        ranks[units] = np.arange(len(units), dtype=np.intp)
        return UnitOrder(self.name, units, ranks, memory, season, period)

    def season(self, run: Run) -> int:
        """Return the period in rows whose share is told: the longest that fits the window; 1 if none does."""
        if run.number not in self._seasons:
            dataset = self._datasets.get(run.number)
            self._seasons[run.number] = 1 if dataset is None else season_within(dataset)
        return self._seasons[run.number]


_UNITS: WeakKeyDictionary[Session, Units] = WeakKeyDictionary()


def units_of(session: Session) -> Units:
    """Return the one :class:`Units` of `session`, made when first asked for; it dies with the session."""
    if session not in _UNITS:
        _UNITS[session] = Units(session)
    return _UNITS[session]
