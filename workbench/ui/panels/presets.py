"""Three buttons at the top of the model card: a whole network with one click."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from workbench.app.session import Session
from workbench.core.presets import HELP, PRESETS, preset_for
from workbench.ui.text import translate
from workbench.ui.theme import font
from workbench.ui.words import tooltip


class PresetButtons(QWidget):
    """One button a preset. A click sets model, training and window in one undoable step."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.buttons = {key: self._button(key) for key in PRESETS}
        for button in self.buttons.values():
            layout.addWidget(button, 1)

    def _button(self, key: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("suggestion")
        button.setFont(font("small"))
        button.setText(translate(PRESETS[key]))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
        button.setToolTip(tooltip(translate(HELP[key])))
        button.setAccessibleDescription(translate(HELP[key]))
        button.clicked.connect(lambda _checked=False: self._take(key))
        return button

    def _take(self, key: str) -> None:
        session = self._session
        if session.dataset is not None:
            session.edit(preset_for(key, session.project, session.dataset))

    def refresh(self) -> None:
        """Offer the presets while there are data and nothing trains."""
        ready = self._session.dataset is not None and self._session.training == "idle"
        for button in self.buttons.values():
            button.setEnabled(ready)
