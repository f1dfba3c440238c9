"""The toolbar: data, training, device, and at the right the perspectives."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from workbench.app.session import Session
from workbench.core.problems import N_
from workbench.ui.actions import Actions
from workbench.ui.arrangements import PERSPECTIVES
from workbench.ui.icons import icon
from workbench.ui.text import translate
from workbench.ui.theme import Theme
from workbench.ui.words import menu_text

AUTOMATIC = ("auto", N_("Automatic"))


class Toolbar(QToolBar):
    """All that is needed from a file to a result."""

    def __init__(self, session: Session, actions: Actions, samples: QMenu) -> None:
        super().__init__(translate(N_("Toolbar")))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(16, 16))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._session = session
        self._menus: list[tuple[QToolButton, str]] = []
        self.addAction(actions["open"])
        self.samples = self._menu_button(N_("Samples"), samples, "samples", N_("Real series and classic tasks"))
        self.addSeparator()
        self.addAction(actions["train"])
        self.addAction(actions["pause"])
        steps = QMenu(self)
        steps.addActions([actions["step-batch"], actions["step-epoch"], actions["run-more"]])
        self._menu_button(N_("Step"), steps, "step", N_("Train a batch, an epoch or some more, then pause"))
        self.addAction(actions["finish"])
        self.addAction(actions["stop"])
        self.addSeparator()
        self._devices = QMenu(self)
        self._devices.aboutToShow.connect(self._list_devices)
        self.device = self._menu_button(N_("CPU"), self._devices, "device", N_("Where to train"))
        self._add_perspectives(actions)
        for action in self.actions():
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.widgetForAction(actions["train"]).setObjectName("primary")
        for signal in (session.project_changed, session.run_changed, session.ready):
            signal.connect(self.refresh)
        self.refresh()

    def _menu_button(self, title: str, menu: QMenu, image: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(translate(title) + " ▾")
        button.setAccessibleName(translate(title))
        button.setToolTip(translate(tip))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMenu(menu)
        self.addWidget(button)
        self._menus.append((button, image))
        return button

    def _add_perspectives(self, actions: Actions) -> None:
        spring = QWidget()
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spring)
        for key in (key for key, perspective in PERSPECTIVES.items() if perspective.in_toolbar):
            self.addAction(actions[f"perspective-{key}"])

    def _list_devices(self) -> None:
        self._devices.clear()
        choices = [(AUTOMATIC[0], translate(AUTOMATIC[1])), *self._session.devices]
        for key, label in choices:
            action = self._devices.addAction(menu_text(label))
            action.setCheckable(True)
            action.setChecked(key == self._session.project.train.device)
            action.triggered.connect(lambda _checked=False, key=key: self._session.edit("train", device=key))

    def refresh(self, *_changed: object) -> None:
        """Show the device in force; while training nothing here that would need another training can be chosen."""
        devices = dict(self._session.devices)
        chosen = self._session.project.train.device
        run = self._session.runs[-1] if self._session.training != "idle" else None
        if run is not None and run.started is not None:
            label = devices.get(run.started.device.partition(":")[0], run.started.device)
        elif chosen == "auto" and len(devices) > 1:
            label = translate(AUTOMATIC[1])  # what is faster is measured when the training starts
        else:
            label = devices.get(chosen, "CPU")
        if label != self.device.property("label"):
            self.device.setProperty("label", label)
            self.device.setText(menu_text(label) + " ▾")
        idle = self._session.training == "idle"
        self.device.setEnabled(idle)
        self.samples.setEnabled(idle)

    def set_theme(self, theme: Theme) -> None:
        """Redraw the icons in the colours of `theme`."""
        for button, image in self._menus:
            button.setIcon(icon(image, theme))
