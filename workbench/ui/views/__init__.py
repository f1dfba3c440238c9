"""The views, in menu order. Classes are imported when they are first asked for: pyqtgraph takes half a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.problems import N_
from workbench.core.registry import Registry

if TYPE_CHECKING:
    from workbench.ui.views.view import AbstractView


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A view as menus and docks know it, before its module is imported.

    Attributes
    ----------
    load
        Imports the module and returns the class; call it with (session, theme).
    """

    key: str
    title: str
    load: Callable[[], type[AbstractView]]


def _series() -> type[AbstractView]:
    from workbench.ui.views.series import SeriesView

    return SeriesView


def _seasonality() -> type[AbstractView]:
    from workbench.ui.views.seasonality import SeasonalityView

    return SeasonalityView


def _reading() -> type[AbstractView]:
    from workbench.ui.views.reading import ReadingView

    return ReadingView


def _loss() -> type[AbstractView]:
    from workbench.ui.views.loss import LossView

    return LossView


def _rate() -> type[AbstractView]:
    from workbench.ui.views.ratetest import RateTestView

    return RateTestView


def _forecast() -> type[AbstractView]:
    from workbench.ui.views.forecast import ForecastView

    return ForecastView


def _future() -> type[AbstractView]:
    from workbench.ui.views.future import FutureView

    return FutureView


def _scores() -> type[AbstractView]:
    from workbench.ui.views.scores import ScoresView

    return ScoresView


def _residuals() -> type[AbstractView]:
    from workbench.ui.views.residuals import ResidualsView

    return ResidualsView


def _anomalies() -> type[AbstractView]:
    from workbench.ui.views.anomalies import AnomaliesView

    return AnomaliesView


def _backtest() -> type[AbstractView]:
    from workbench.ui.views.backtest import BacktestView

    return BacktestView


def _doctor() -> type[AbstractView]:
    from workbench.ui.views.doctor import DoctorView

    return DoctorView


def _gates() -> type[AbstractView]:
    from workbench.ui.views.gates import GatesView

    return GatesView


def _states() -> type[AbstractView]:
    from workbench.ui.views.states import StatesView

    return StatesView


def _gradients() -> type[AbstractView]:
    from workbench.ui.views.gradients import GradientsView

    return GradientsView


def _memory() -> type[AbstractView]:
    from workbench.ui.views.memory import MemoryView

    return MemoryView


def _weights() -> type[AbstractView]:
    from workbench.ui.views.weights import WeightsView

    return WeightsView


def _unit() -> type[AbstractView]:
    from workbench.ui.views.unit import UnitView

    return UnitView


def _cell() -> type[AbstractView]:
    from workbench.ui.views.cell import CellView

    return CellView


def _patterns() -> type[AbstractView]:
    from workbench.ui.views.patterns import PatternsView

    return PatternsView


def _phase() -> type[AbstractView]:
    from workbench.ui.views.phase import PhaseView

    return PhaseView


def _connectivity() -> type[AbstractView]:
    from workbench.ui.views.connectivity import ConnectivityView

    return ConnectivityView


def _match() -> type[AbstractView]:
    from workbench.ui.views.match import MatchView

    return MatchView


VIEWS: Registry[ViewEntry] = Registry("view")
for _entry in (
    ViewEntry("series", N_("Series"), _series),
    ViewEntry("seasonality", N_("Seasonality"), _seasonality),
    ViewEntry("loss", N_("Loss"), _loss),
    ViewEntry("rate", N_("Learning rate"), _rate),
    ViewEntry("forecast", N_("Forecast"), _forecast),
    ViewEntry("future", N_("Future"), _future),
    ViewEntry("scores", N_("Scores"), _scores),
    ViewEntry("backtest", N_("Backtest"), _backtest),
    ViewEntry("residuals", N_("Residuals"), _residuals),
    ViewEntry("anomalies", N_("Anomalies"), _anomalies),
    ViewEntry("doctor", N_("Doctor"), _doctor),
    ViewEntry("gates", N_("Gates"), _gates),
    ViewEntry("states", N_("States"), _states),
    ViewEntry("patterns", N_("Patterns"), _patterns),
    ViewEntry("gradients", N_("Gradients"), _gradients),
    ViewEntry("memory", N_("Memory"), _memory),
    ViewEntry("weights", N_("Weights"), _weights),
    ViewEntry("unit", N_("Unit"), _unit),
    ViewEntry("cell", N_("Cell"), _cell),
    ViewEntry("connectivity", N_("Connectivity"), _connectivity),
    ViewEntry("phase", N_("Phase"), _phase),
    ViewEntry("match", N_("Match"), _match),
    ViewEntry("reading", N_("File"), _reading),
):
    VIEWS.add(_entry)

__all__ = ["VIEWS", "ViewEntry"]
