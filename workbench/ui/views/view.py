"""What every view shares: when to draw, what its title line says, what it offers to save."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QPaintEvent, QShowEvent, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QStackedLayout, QVBoxLayout, QWidget

from workbench.app.session import Session
from workbench.core.cursor import Cursor
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme
from workbench.ui.views import saving
from workbench.ui.views.turns import turns_of
from workbench.ui.words import Words

FRAME_S = 0.03
"""A view draws at most this often, however often it is told of changes: at 60 pictures a second, following a mouse
took 42 % of a core from the training beside it."""

PROGRESS_S = 0.2
"""Single batches are shown this often; at every report they cost a tenth of the training on two cores."""

SOON_S = 0.4
"""Behind better weights a look at the network comes within this time as a rule: views that show both draw once."""

MARGIN = 8
"""Free pixels around the content; they also make sure that Qt tells a view when its tab is shown."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One colour of a view's title line.

    Attributes
    ----------
    role
        Colour role of the theme.
    text
        Plain text, translated; may hold a user's words, so it must never be shown as rich text.
    mark
        ``square`` for areas and bands, ``line`` and ``dash`` for curves.
    """

    role: str
    text: str
    mark: str = "line"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a dock's title line shows beside the title. All of it is plain text."""

    subtitle: str = ""
    facts: str = ""
    legend: tuple[LegendEntry, ...] = ()


class AbstractView(QWidget):
    """A picture of the session's data, run and cursor.

    A view reads the Session and calls its verbs; it never knows another widget. Signals of the session only mark
    it dirty. It draws in a timer of its own, at most once a frame, and not at all while nobody can see it.

    Class attributes
    ----------------
    key, title
        Name in the registry and words in the title line (untranslated).
    kinds
        Names of the events that change the picture.

    Attributes
    ----------
    tools
        Small controls of the view (choosers, switches). They stand in a row above the picture; a dock may take
        them into its title line instead: ``title_layout.addWidget(view.tools)`` is all it needs.
    took_s
        Seconds the last drawing took.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    kinds: ClassVar[frozenset[str]] = frozenset()

    heading_changed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.setObjectName(f"view-{self.key}")
        self.setAccessibleName(_(self.title))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 120)
        self._heading = Heading()
        self._dirty, self._moved = True, True
        self._drawn_s, self.took_s = 0.0, 0.0
        self._drawn_cursor = Cursor()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._turns = turns_of(session)
        self._timer.timeout.connect(self._ask_for_turn)
        self._arrange()
        self.build()
        self.set_theme(theme)
        session.project_changed.connect(self._project_changed)
        session.run_changed.connect(self._run_changed)
        session.cursor_changed.connect(self._cursor_changed)

    # -- for each view to write ---------------------------------------------------------------------------

    def build(self) -> None:
        """Fill `self.content` and, if there are any, `self.controls`. Called once."""
        raise NotImplementedError

    def draw(self) -> None:
        """Bring the picture up to date, or say with :meth:`say` why there is none."""
        raise NotImplementedError

    def follow(self, before: Cursor) -> None:
        """Follow the cursor, which was at `before`; by default the whole picture is drawn again."""
        self.draw()

    def recolour(self) -> None:
        """Take the colours of `self.theme`; :meth:`draw` follows."""

    def reset_zoom(self) -> None:
        """Show everything again."""

    def columns(self) -> Sequence[saving.SavedColumn]:
        """Return the numbers of the picture for a CSV file."""
        return ()

    def actions_of_view(self) -> Sequence[QAction]:
        """Return what the context menu offers beside saving and zoom."""
        return ()

    # -- heading and empty state --------------------------------------------------------------------------

    @property
    def heading(self) -> Heading:
        """What the title line should say now."""
        return self._heading

    def set_heading(self, heading: Heading) -> None:
        """Change the title line; tells the dock only if something is different."""
        if heading != self._heading:
            self._heading = heading
            self.heading_changed.emit()

    @property
    def message(self) -> str:
        """The sentence shown instead of a picture, or "" while there is one."""
        return self._sentence.text() if self._pages.currentIndex() == 0 else ""

    def say(self, sentence: str) -> None:
        """Show a sentence instead of the picture."""
        self._sentence.setText(sentence)
        self._pages.setCurrentIndex(0)
        self.tools.setVisible(False)
        self.set_heading(Heading())

    def show_picture(self) -> None:
        """Show the picture instead of the sentence."""
        self.tools.setVisible(True)
        self._pages.setCurrentIndex(1)

    def float_tools(self) -> None:
        """Let the tools stand on the upper right corner of the picture instead of a row of their own."""
        self._inner.addWidget(self.tools, 1, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.tools.setObjectName("floating")  # the style sheet gives it a ground, so that curves pass behind words
        self.tools.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tools.raise_()

    def _arrange(self) -> None:
        self._sentence = Words(tone="muted", wrap=True, parent=self)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setMargin(MARGIN)
        self.content = QWidget(self)
        self.tools = QWidget(self.content)
        self.controls = QHBoxLayout(self.tools)
        self.controls.setContentsMargins(0, 0, 0, 0)
        self.controls.setSpacing(4)
        self.plots = QVBoxLayout()
        self.plots.setContentsMargins(0, 0, 0, 0)
        self.plots.setSpacing(4)
        self._inner = QGridLayout(self.content)
        self._inner.setContentsMargins(0, 0, 0, 0)
        self._inner.setSpacing(2)
        self._inner.addWidget(self.tools, 0, 0)
        self._inner.addLayout(self.plots, 1, 0)
        self._inner.setRowStretch(1, 1)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._sentence)
        self._pages.addWidget(self.content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(MARGIN, 2, MARGIN, MARGIN // 2)
        outer.addLayout(self._pages)

    # -- when to draw -------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Show the colours of `theme` at once."""
        self.theme = theme
        self.recolour()
        self.mark()

    def mark(self) -> None:
        """Note that the picture is out of date."""
        self._dirty = True
        self._wake()

    def refresh(self) -> None:
        """Draw now if the picture is out of date, seen or not."""
        dirty, moved = self._dirty, self._moved
        before, self._drawn_cursor = self._drawn_cursor, self.session.cursor
        self._dirty = self._moved = False
        if dirty:
            self.draw()
        elif moved:
            self.follow(before)

    def _project_changed(self, _project: Project) -> None:
        self.mark()

    def _run_changed(self, run: Run, kinds: frozenset[str]) -> None:
        if run is not self.session.run or (kinds and not kinds & self.kinds):
            return
        self._dirty = True
        told = kinds & self.kinds
        if told and told <= {"Progressed", "EpochEnded"} and not run.fresh:
            self._wake(self._drawn_s + PROGRESS_S)
        else:
            self._wake(time.monotonic() + SOON_S if told == {"Improved"} else 0.0)

    def _cursor_changed(self, _cursor: Cursor) -> None:
        self._moved = True
        self._wake()

    def _wake(self, at_s: float = 0.0) -> None:
        """Draw at the next frame, or not before `at_s` where nobody waits for it."""
        if not (self._dirty or self._moved) or not self.isVisible():
            return
        wait_ms = max(0, round((max(self._drawn_s + FRAME_S, at_s) - time.monotonic()) * 1000))
        if not self._timer.isActive() or self._timer.remainingTime() > wait_ms:
            self._timer.start(wait_ms)

    def _ask_for_turn(self) -> None:
        self._turns.ask(self)

    def take_turn(self) -> float:
        """Draw if the picture is out of date and can be seen; return the seconds it took."""
        # A dock behind another tab counts as visible but lies outside of the window: its region is empty.
        if not self.isVisible() or self.visibleRegion().isEmpty():
            return 0.0
        from pyqtgraph import GraphicsView  # loaded by now, and not before the window is painted

        began_s = time.monotonic()
        self.refresh()
        # A plot that finds out its scale while it is being painted is painted twice.
        for plot in self.findChildren(GraphicsView):
            plot.scene().prepareForPaint()
        self._drawn_s = time.monotonic()
        self.took_s = self._drawn_s - began_s
        return self.took_s

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was missed while hidden."""
        super().showEvent(event)
        self._wake()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what was missed behind another tab."""
        super().paintEvent(event)
        self._wake()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.setAccessibleName(_(self.title))
            self.mark()

    # -- saving -------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer saving, copying and zoom."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        own = list(self.actions_of_view())
        menu.addActions(own)
        if own:
            menu.addSeparator()
        reset = menu.addAction(_("Reset zoom"))
        reset.triggered.connect(self.reset_zoom)
        menu.addSeparator()
        if not self.message:
            saving.add_actions(menu, self)
        menu.popup(event.globalPos())
