"""A button that says when a backtest forecasts and fits, and opens the form of these settings."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget, QWidgetAction

from workbench.app.backtests import Backtests
from workbench.core.fields import settings_of
from workbench.core.plan import Plan
from workbench.core.problems import N_
from workbench.ui.forms import Form
from workbench.ui.text import DOT, count
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font

WIDTH = 290
"""Pixels of the form: its explanations of refused values need room."""

NO_REFIT = N_("Set “Refit every” first.")


class PlanButton(QToolButton):
    """The plan in words; a click opens its form."""

    def __init__(self, backtests: Backtests, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backtests = backtests
        self.setObjectName("plain")
        self.setFont(font("small"))
        self.setAccessibleName(_("Plan of the backtest"))
        self.setToolTip(_("How many origins, how far apart, and whether everything is fitted anew at them."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        settings = [replace(entry, level="basic") for entry in settings_of(Plan)]
        self.form = Form(settings, lambda: backtests.plan, lambda values: backtests.edit(**values))
        frame = QWidget()
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.form)
        frame.setFixedWidth(WIDTH)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(frame)
        menu.addAction(action)
        self.setMenu(menu)
        self.refresh()

    def refresh(self) -> None:
        """Show the plan as it is now."""
        plan = self._backtests.plan
        self.setText(f"{plan_words(plan)} ▾")
        idle = {} if plan.refit else dict.fromkeys(("warm", "gap", "embargo"), NO_REFIT)
        self.form.refresh(False, idle=idle)

    def set_theme(self, theme: Theme) -> None:
        """Redraw what is drawn by hand."""
        self.form.set_theme(theme)


def plan_words(plan: Plan) -> str:
    """Return the plan in one line."""
    origins = _("1 origin") if plan.origins == 1 else _("{count} origins").format(count=count(plan.origins))
    apart = _("one horizon apart") if not plan.stride else _("{count} apart").format(count=count(plan.stride))
    if not plan.refit:
        refit = _("no refit")
    elif plan.refit == 1:
        refit = _("refit at each")
    else:
        refit = _("refit every {count}").format(count=count(plan.refit))
    parts = [origins, apart, refit]
    if plan.refit and plan.warm:
        parts.append(_("warm"))
    return DOT.join(parts)
