"""The window of what belongs to a person and not to a project. It is opened and not waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QVBoxLayout

from workbench.app.preferences import Preferences
from workbench.core.fields import settings_of
from workbench.core.problems import N_
from workbench.ui.text import count, number, translate
from workbench.ui.words import Words, tooltip

if TYPE_CHECKING:
    from workbench.ui.window import Window


class PreferencesDialog(QDialog):
    """Shows the budget of the looks inside, and what the shown run takes of it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Preferences")))
        entry = next(found for found in settings_of(Preferences) if found.name == "look_megabytes")
        self.megabytes = QSpinBox()
        self.megabytes.setRange(8, 8192)
        self.megabytes.setSingleStep(32)
        self.megabytes.setSuffix(translate(N_(" MB")))
        self.megabytes.setValue(window.preferences.look_megabytes)
        self.megabytes.setAccessibleName(translate(entry.title))
        self.megabytes.setToolTip(tooltip(translate(entry.help)))
        self.megabytes.editingFinished.connect(self._choose)
        self.used = Words(tone="muted", wrap=True)
        form = QFormLayout()
        form.addRow(translate(entry.title), self.megabytes)
        layout = QVBoxLayout(self)
        layout.addWidget(Words(translate(entry.help), tone="muted", wrap=True))
        layout.addLayout(form)
        layout.addWidget(self.used)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)
        self.setMinimumWidth(380)
        self._tell()
        window.session.run_changed.connect(self._tell)

    def _choose(self) -> None:
        self._window.choose_looks(self.megabytes.value())
        self._tell()

    def _tell(self, *_changed: object) -> None:
        """Say what the shown run takes, and how many of its epochs are there to be looked at."""
        run = self._window.session.run
        if run is None:
            self.used.setText(translate(N_("No run is shown yet.")))
            return
        words = translate(N_("Run {number} takes {megabytes} MB: {epochs} epochs, {kept}."))
        kept = translate(N_("all that were looked at"))
        if run.history.stride > 1:
            kept = translate(N_("of each {stride} one is kept")).format(stride=run.history.stride)
        self.used.setText(
            words.format(
                number=run.number,
                megabytes=number(run.history.bytes / 1e6, 3),
                epochs=count(len(run.history)),
                kept=kept,
            )
        )
