"""Kept windows in the Series view: a band for each, to be dragged, and the menu that keeps and lets go."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from workbench.app.session import Session
from workbench.app.windows import MOST
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font
from workbench.ui.views.keptlooks import ROLES
from workbench.ui.views.plot import Plot, pen
from workbench.ui.views.seriesdata import nearest_window
from workbench.ui.views.ticks import moment
from workbench.ui.words import menu_text


class KeptBands:
    """The additions to the Series view."""

    def __init__(self, plot: Plot, session: Session, controls: QHBoxLayout, parent: QWidget) -> None:
        self._session = session
        self._bands = [plot.add_band(movable=True, z=5) for _place in range(MOST)]
        self._placing = False
        for place, band in enumerate(self._bands):
            band.setVisible(False)
            band.sigRegionChangeFinished.connect(lambda _band, place=place: self._dropped(place))
        self.button = QToolButton(parent)
        controls.addWidget(self.button)
        self.button.setObjectName("plain")
        self.button.setFont(font("small"))
        self.button.setAccessibleName(_("Kept windows"))
        self.button.setToolTip(_("Keep several windows (K) to compare what a unit does in each; drag their bands"))
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setMenu(QMenu(self.button))
        self.button.menu().aboutToShow.connect(self._fill)

    def place(self) -> None:
        """Put the bands where the kept windows are."""
        starts, dataset = self._session.windows.starts, self._session.dataset
        self._placing = True
        for place, band in enumerate(self._bands):
            shown = dataset is not None and place < len(starts)
            band.setVisible(shown)
            if shown and dataset is not None:
                band.setRegion((starts[place] - 0.5, starts[place] + dataset.spec.window - 0.5))
        self._placing = False
        self.button.setVisible(dataset is not None)
        words = _("1 window kept") if len(starts) == 1 else _("{count} windows kept").format(count=len(starts))
        words = words if starts else _("keep window")
        self.button.setText(f"{words} ▾")

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        for band, role in zip(self._bands, ROLES, strict=True):
            band.setBrush(theme.color(role, 0.2))
            band.setHoverBrush(theme.color(role, 0.32))
            for line in band.lines:
                line.setPen(pen(theme.color(role), 1))

    def _dropped(self, place: int) -> None:
        dataset, windows = self._session.dataset, self._session.windows
        if self._placing or dataset is None or place >= len(windows.starts):
            return
        found = nearest_window(dataset, float(self._bands[place].getRegion()[0]) + 0.5)
        windows.move(windows.starts[place], found)
        self.place()

    def _fill(self) -> None:
        menu, windows, dataset = self.button.menu(), self._session.windows, self._session.dataset
        menu.clear()
        menu.addAction(_("Keep this window")).triggered.connect(windows.keep)
        menu.addSeparator()
        if dataset is None:
            return
        for start in windows.starts:
            words = _("Look at {time}").format(time=moment(dataset.clock, start))
            menu.addAction(menu_text(words)).triggered.connect(
                lambda _checked=False, start=start: self._session.point(window=start)
            )
        for start in windows.starts:
            words = _("Let go of {time}").format(time=moment(dataset.clock, start))
            menu.addAction(menu_text(words)).triggered.connect(
                lambda _checked=False, start=start: windows.let_go(start)
            )
