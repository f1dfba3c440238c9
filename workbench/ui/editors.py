"""One input widget for each kind of setting. Each reads, writes, and says when a person has committed a value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from workbench.core.fields import Setting
from workbench.ui.icons import pixmap
from workbench.ui.text import plain, translate
from workbench.ui.theme import Theme

STEP_DELAY_MS = 250
"""A row of quick steps (held arrow key, wheel) is committed once, when it pauses."""

LARGEST = 2**31 - 1
LADDER = (1.0, 2.0, 5.0, 10.0)

Commit = Callable[[], None]


class Editor(Protocol):
    """What a form asks of an input widget."""

    def read(self) -> object:
        """Return the value that is shown; text that is no value is returned as text, to be refused."""

    def write(self, value: object) -> None:
        """Show `value` without committing it."""

    def widget(self) -> QWidget:
        """Return the widget itself."""

    def set_suffix(self, suffix: str) -> None:
        """Show `suffix` behind the value, where the editor has room for it."""


class WholeNumber(QSpinBox):
    """A whole number. Any number can be typed, so that a refused one can be explained; steps stay inside."""

    def __init__(self, entry: Setting, commit: Commit) -> None:
        super().__init__()
        self._low = int(entry.low) if entry.low is not None else -LARGEST
        self._high = int(entry.high) if entry.high is not None else LARGEST
        self._pause = _pause(self, commit)
        self._commit = commit
        self.setRange(-LARGEST, LARGEST)
        self.setLocale(QLocale.c())
        self.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # The widest number it can hold is not the width it needs.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(8, 0, 0, 0)
        # A file dropped on a field is meant for the window.
        self.lineEdit().setAcceptDrops(False)
        self.editingFinished.connect(self._finish)

    def read(self) -> object:
        """Return the number."""
        return self.value()

    def write(self, value: object) -> None:
        """Show the number."""
        assert isinstance(value, int)
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)

    def widget(self) -> QWidget:
        """Return itself."""
        return self

    def set_suffix(self, suffix: str) -> None:
        """Show the unit behind the number."""
        if suffix != self.suffix():
            self.setSuffix(suffix)

    def stepBy(self, steps: int) -> None:
        super().stepBy(steps)
        self.setValue(min(max(self.value(), self._low), self._high))
        self._pause.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel_only_with_focus(self, event, super().wheelEvent)

    def _finish(self) -> None:
        self._pause.stop()
        self._commit()


class Number(QLineEdit):
    """A number with a fraction, typed as ``0.003``, ``3e-3`` or ``0,003``; arrow keys and wheel step it."""

    def __init__(self, entry: Setting, commit: Commit) -> None:
        super().__init__()
        self._entry = entry
        self.setAcceptDrops(False)
        self._pause = _pause(self, commit)
        self._commit = commit
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.editingFinished.connect(self._finish)

    def read(self) -> object:
        """Return the number, or the text if it is none."""
        text = self.text().strip()
        try:
            return float(text.replace(",", ".").replace("−", "-"))
        except ValueError:
            return text

    def write(self, value: object) -> None:
        """Show the number with as few digits as tell it."""
        assert isinstance(value, int | float)
        self.setText(plain(value))

    def widget(self) -> QWidget:
        """Return itself."""
        return self

    def set_suffix(self, suffix: str) -> None:
        """Numbers with a fraction carry no suffix."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(1 if event.key() == Qt.Key.Key_Up else -1)
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel_only_with_focus(self, event, lambda wheel: self._step(1 if wheel.angleDelta().y() > 0 else -1))

    def _step(self, direction: int) -> None:
        value = self.read()
        if not isinstance(value, float) or not math.isfinite(value):
            return
        entry = self._entry
        ranged = entry.low is not None and entry.high is not None and not entry.exclusive_low
        if ranged and entry.high - entry.low <= 100:  # type: ignore[operator]
            value += direction * (0.05 if entry.high <= 1 else 0.5)  # type: ignore[operator]
        else:
            value = _next_rung(value, direction)
        low = entry.low if entry.low is not None and not entry.exclusive_low else -math.inf
        self.write(min(max(round(value, 12), low), entry.high if entry.high is not None else math.inf))
        self._pause.start()

    def _finish(self) -> None:
        self._pause.stop()
        self._commit()


class Choice(QComboBox):
    """One of a few values."""

    def __init__(self, entry: Setting, commit: Commit) -> None:
        super().__init__()
        for value, label in entry.choices:
            self.addItem(translate(label), value)
        self._theme: Theme | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda _index: commit())

    def read(self) -> object:
        """Return the value chosen."""
        return self.currentData()

    def write(self, value: object) -> None:
        """Show the value's label."""
        self.setCurrentIndex(self.findData(value))

    def widget(self) -> QWidget:
        """Return itself."""
        return self

    def set_suffix(self, suffix: str) -> None:
        """A choice carries no suffix."""

    def set_theme(self, theme: Theme) -> None:
        """Draw the arrow in the colours of `theme`."""
        self._theme = theme
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel_only_with_focus(self, event, super().wheelEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box; the arrow is our own icon, since a style sheet takes away Fusion's."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, self.width() - 30
        )
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        if self._theme is not None:
            draw_arrow(painter, self, self._theme)


class FreeChoice(Choice):
    """One of a few values, or another that is typed."""

    def __init__(self, entry: Setting, commit: Commit) -> None:
        super().__init__(entry, commit)
        self._line = line = QLineEdit()
        line.setAcceptDrops(False)
        line.editingFinished.connect(commit)
        self.setLineEdit(line)
        line.setCompleter(None)  # type: ignore[arg-type]  # a completed word would be taken for one that was meant
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)

    def setAccessibleName(self, name: str) -> None:
        """Name the line as well: it has the focus."""
        super().setAccessibleName(name)
        self._line.setAccessibleName(name)

    def read(self) -> object:
        """Return the value chosen, or what was typed."""
        index = self.findText(self.currentText())
        return self.itemData(index) if index >= 0 else self.currentText()

    def write(self, value: object) -> None:
        """Show the value's label, or the value itself."""
        super().write(value)
        if self.currentIndex() < 0:
            self.setEditText(str(value))
        self._line.setCursorPosition(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box; its line draws the words."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        if self._theme is not None:
            draw_arrow(painter, self, self._theme)


class Flag(QCheckBox):
    """Yes or no."""

    def __init__(self, entry: Setting, commit: Commit) -> None:
        super().__init__()
        self.clicked.connect(lambda _checked: commit())

    def read(self) -> object:
        """Return whether it is checked."""
        return self.isChecked()

    def write(self, value: object) -> None:
        """Check it or not."""
        self.setChecked(bool(value))

    def widget(self) -> QWidget:
        """Return itself."""
        return self

    def set_suffix(self, suffix: str) -> None:
        """A flag carries no suffix."""


class Text(QLineEdit):
    """A word or sentence."""

    def __init__(self, entry: Setting, commit: Commit) -> None:
        super().__init__()
        self.setAcceptDrops(False)
        self.editingFinished.connect(commit)

    def read(self) -> object:
        """Return the text."""
        return self.text()

    def write(self, value: object) -> None:
        """Show the text."""
        self.setText(str(value))

    def widget(self) -> QWidget:
        """Return itself."""
        return self

    def set_suffix(self, suffix: str) -> None:
        """A text carries no suffix."""


def draw_arrow(painter: QPainter, widget: QWidget, theme: Theme) -> None:
    """Draw the small arrow of an opening list at the right of `widget`."""
    role = "muted" if widget.isEnabled() else "disabled"
    drawn = pixmap("down", theme.color(role), 12, widget.devicePixelRatioF())
    painter.drawPixmap(widget.width() - 20, (widget.height() - 12) // 2, drawn)


def _pause(parent: QWidget, commit: Commit) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(STEP_DELAY_MS)
    timer.timeout.connect(commit)
    return timer


def _wheel_only_with_focus(widget: QWidget, event: QWheelEvent, take: Callable[[QWheelEvent], None]) -> None:
    """Scrolling past a field must not change it."""
    if widget.hasFocus():
        take(event)
        event.accept()
    else:
        event.ignore()


def _next_rung(value: float, direction: int) -> float:
    """Return the next larger or smaller of ..., 0.01, 0.02, 0.05, 0.1, ...; 0 stays 0 downwards."""
    if value <= 0:
        return 1e-4 if direction > 0 else value
    power = 10.0 ** math.floor(math.log10(value) + 1e-9)
    mantissa = value / power
    if direction > 0:
        return power * next(rung for rung in LADDER if rung > mantissa * (1 + 1e-9))
    lower = [rung for rung in LADDER if rung < mantissa * (1 - 1e-9)]
    return power * lower[-1] if lower else power / 2.0
