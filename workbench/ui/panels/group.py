"""Settings behind a line that opens: their name, and in one line what is not as usual."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.core.fields import Setting, Spec
from workbench.ui.forms import Form
from workbench.ui.icons import icon
from workbench.ui.text import DOT, plain, translate
from workbench.ui.theme import Theme, font
from workbench.ui.words import ElidedWords, tooltip


class Group(QWidget):
    """A form behind a line with its name and what is not as usual.

    Parameters
    ----------
    said
        Returns what the closed line says of the settings.

    Attributes
    ----------
    inner
        Layout of what the line opens: the form, and whatever its owner puts beside it.
    """

    def __init__(self, title: str, form: Form, said: Callable[[], str]) -> None:
        super().__init__()
        self._theme: Theme | None = None
        self.form, self._said = form, said
        self.button = QToolButton(self)
        self.button.setObjectName("disclosure")
        self.button.setFont(font("small"))
        self.button.setText(translate(title))
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.toggled.connect(self._disclose)
        self.summary = ElidedWords(tone="muted", role="small", parent=self)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.button)
        line.addWidget(self.summary, 1)
        self.content = QWidget(self)
        self.inner = QVBoxLayout(self.content)
        self.inner.setContentsMargins(8, 2, 0, 6)
        self.inner.setSpacing(4)
        self.inner.addWidget(self.form)
        self.content.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(line)
        layout.addWidget(self.content)

    def summarise(self) -> None:
        """Say on the closed line what is not as usual; an open group says it by itself."""
        words = "" if self.button.isChecked() else self._said()
        self.summary.setText(words)
        self.summary.setToolTip(tooltip(words))

    def _disclose(self, shown: bool) -> None:
        self.content.setVisible(shown)
        self.summarise()
        if self._theme is not None:
            self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self.button.setIcon(icon("down" if self.button.isChecked() else "right", theme, "muted"))
        self.form.set_theme(theme)


def unusual(settings: Sequence[Setting], spec: Spec, *, named: bool = False) -> str:
    """Say which settings are not at their default: ``hold the last value · 5``.

    Parameters
    ----------
    named
        Name the numbers, where they do not tell by themselves what they are: ``Clip 0.5``.
    """
    values, found = spec.model_dump(), []
    for entry in settings:
        value = values[entry.name]
        if value == entry.default:
            continue
        labels = dict(entry.choices)
        if entry.kind == "bool":
            found.append(translate(entry.title))
        elif entry.kind == "names":
            found.append(", ".join(str(name) for name in value))
        elif isinstance(value, float | int):
            found.append(f"{translate(entry.title)} {plain(value)}" if named else plain(value))
        else:
            found.append(translate(labels.get(str(value), str(value))))
    return DOT.join(found)
