"""The area of views: one dock a view, drawn as a card, movable, tabbable and remembered."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QColor, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from workbench.app.session import Session
from workbench.core.problems import N_
from workbench.ui.arrangements import PERSPECTIVES, Row
from workbench.ui.text import translate
from workbench.ui.theme import CARD_RADIUS, Theme, font
from workbench.ui.views import VIEWS, ViewEntry
from workbench.ui.views.view import AbstractView, Heading, LegendEntry
from workbench.ui.words import Words

LAYOUT_VERSION = 1
"""Raise it when views are renamed: an older saved layout is then ignored."""


class ViewDock(QDockWidget):
    """A view in a card. Until its view is mounted it holds a sentence, so that the window paints at once."""

    def __init__(self, entry: ViewEntry, theme: Theme) -> None:
        super().__init__(translate(entry.title))
        self.setObjectName(f"dock-{entry.key}")
        self.setAccessibleName(translate(entry.title))
        self.key = entry.key
        self._entry, self._theme = entry, theme
        self._title = _DockTitle(translate(entry.title), theme)
        self.setTitleBarWidget(self._title)
        self._frame = QWidget()
        layout = QVBoxLayout(self._frame)
        layout.setContentsMargins(1, 0, 1, 1)
        self._waiting = Words(translate(N_("Preparing the picture…")), tone="muted")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._waiting)
        self.setWidget(self._frame)
        self.setMinimumSize(160, 120)
        self._ground()

    def _ground(self) -> None:
        """What a view leaves free shows the card, not the window."""
        palette = self._frame.palette()
        for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base):
            palette.setColor(role, self._theme.color("surface"))
        self._frame.setPalette(palette)

    def mount(self, session: Session) -> None:
        """Import the view's module, make the view, and show it."""
        view = self._entry.load()(session, self._theme)
        layout = self._frame.layout()
        assert layout is not None
        layout.removeWidget(self._waiting)
        self._waiting.deleteLater()
        layout.addWidget(view)
        self._view = view
        view.heading_changed.connect(lambda: self._title.show_heading(view.heading))
        self._title.show_heading(view.heading)

    _view: AbstractView | None = None

    @property
    def view(self) -> AbstractView | None:
        """The view, once mounted."""
        return self._view

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        self._theme = theme
        self._title.set_theme(theme)
        self._ground()
        if self._view is not None:
            self._view.set_theme(theme)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("border"))
        painter.setBrush(self._theme.color("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CARD_RADIUS, CARD_RADIUS)


class _DockTitle(QWidget):
    """The title line of a view: name, unit, and at the right its colours and facts."""

    def __init__(self, title: str, theme: Theme) -> None:
        super().__init__()
        self._text, self._theme, self._heading = title, theme, Heading()
        self._height = title_height()  # asked for thousands of times whenever a layout changes
        self.setAccessibleName(title)

    def show_heading(self, heading: Heading) -> None:
        """Show what the view says about its picture."""
        self._heading = heading
        self.setAccessibleDescription(f"{heading.subtitle} {heading.facts}".strip())
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self._height)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the system's font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._height = title_height()
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw from both ends; what does not fit is cut in the middle, the title last."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self.rect().adjusted(12, 6, -12, 0)
        room.setLeft(_write(painter, room, self._text, self._theme.color("text"), "title") + 10)
        room.setRight(_write_right(painter, room, self._heading.facts, self._theme.color("muted")))
        for entry in reversed(self._heading.legend):
            room.setRight(self._draw_entry(painter, room, entry))
        _write(painter, room, self._heading.subtitle, self._theme.color("muted"), "small")

    def _draw_entry(self, painter: QPainter, room: QRect, entry: LegendEntry) -> int:
        """Draw one colour with its words at the right end of `room`; return the new right end."""
        painter.setFont(font("small"))
        width = QFontMetrics(font("small")).horizontalAdvance(entry.text)
        left = room.right() - width - 16
        if left < room.left():
            return room.right()
        painter.setPen(self._theme.color("muted"))
        place = QRect(left + 16, room.top(), width + 2, room.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, entry.text)
        middle, color = QPointF(left, room.center().y() + 0.5), self._theme.color(entry.role)
        if entry.mark == "square":
            painter.fillRect(QRectF(middle.x() + 2, middle.y() - 4, 9, 9), color)
        else:
            style = Qt.PenStyle.DashLine if entry.mark == "dash" else Qt.PenStyle.SolidLine
            painter.setPen(QPen(color, 2, style))
            painter.drawLine(middle, middle + QPointF(12, 0))
        return left - 8


class ViewArea(QMainWindow):
    """All views as docks around no centre."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.docks = {entry.key: ViewDock(entry, theme) for entry in VIEWS}
        self._rows: tuple[Row, ...] = ()
        self.arrange("train")
        session.judging.wanted.connect(self.bring)

    def arrange(self, perspective: str) -> None:
        """Put the docks where a perspective wants them; docks it does not name are hidden."""
        self._rows = PERSPECTIVES[perspective].rows
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        firsts = [self.docks[row[0][0]] for _share, row in self._rows]
        for dock in firsts:
            self.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, dock, Qt.Orientation.Vertical)
        for first, (_share, row) in zip(firsts, self._rows, strict=True):
            before = first
            for key, _width in row[1:]:
                self.splitDockWidget(before, self.docks[key], Qt.Orientation.Horizontal)
                before = self.docks[key]
        behind = PERSPECTIVES[perspective].behind
        for front, keys in behind.items():
            for key in keys:
                self.tabifyDockWidget(self.docks[front], self.docks[key])
        named = {key for _share, row in self._rows for key, _width in row}.union(*behind.values())
        for key, dock in self.docks.items():
            if key not in named:
                # It keeps a place, for when it is switched on, and so that a saved layout knows of it.
                self.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, dock, Qt.Orientation.Vertical)
            dock.setVisible(key in named)
        for front in behind:
            self.docks[front].raise_()
        self._share_out()

    def reveal(self, key: str, beside: str) -> None:
        """Show a view that is hidden in one place with another, as tabs, and bring it to the front."""
        dock, other = self.docks[key], self.docks[beside]
        if dock.isHidden() and not other.isHidden():
            self.tabifyDockWidget(other, dock)
        dock.show()
        dock.raise_()

    def bring(self, key: str) -> None:
        """Bring a view to the front, as a tab beside one that is seen if it is hidden."""
        seen = [other for other in self.docks if other != key and not self.docks[other].isHidden()]
        if key in self.docks and seen:
            wished = "residuals" if key == "future" and "residuals" in seen else "forecast"
            self.reveal(key, wished if wished in seen else seen[-1])

    def _share_out(self) -> None:
        """Give each row and column its share of the room; Qt only listens once the docks are laid out."""
        for _share, row in self._rows:
            docks, widths = [self.docks[key] for key, _width in row], [width * 1000 for _key, width in row]
            self.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
        self.resizeDocks(
            [self.docks[row[0][0]] for _share, row in self._rows],
            [max(share * self.height() // 100, 1) for share, _row in self._rows],
            Qt.Orientation.Vertical,
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Share out the room when there is room."""
        super().showEvent(event)
        if self._rows:
            QTimer.singleShot(0, self, self._share_out)

    def mount(self) -> None:
        """Make all views. Slow the first time: it imports the plotting library."""
        for dock in self.docks.values():
            dock.mount(self._session)

    def toggles(self) -> list[QAction]:
        """Return one action a view that shows and hides it."""
        return [dock.toggleViewAction() for dock in self.docks.values()]

    def saved(self) -> str:
        """Return the layout as text."""
        return bytes(self.saveState(LAYOUT_VERSION).toBase64().data()).decode("ascii")

    def restore(self, text: str) -> bool:
        """Take a saved layout; return False, changing nothing, if there is none or it does not fit."""
        if not text or not self.restoreState(QByteArray.fromBase64(text.encode("ascii")), LAYOUT_VERSION):
            return False
        self._rows = ()
        return True

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        for dock in self.docks.values():
            dock.set_theme(theme)


def title_height() -> int:
    """Return the height of the title line of a view, in device-independent pixels."""
    return QFontMetrics(font("title")).height() + 14


def _write(painter: QPainter, room: QRect, text: str, color: QColor, role: str) -> int:
    """Write at the left end of `room`; return where the words end."""
    chosen = font("title" if role == "title" else "small")
    painter.setFont(chosen)
    painter.setPen(color)
    shown = QFontMetrics(chosen).elidedText(text, Qt.TextElideMode.ElideRight, max(room.width(), 0))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
    return room.left() + QFontMetrics(chosen).horizontalAdvance(shown)


def _write_right(painter: QPainter, room: QRect, text: str, color: QColor) -> int:
    """Write at the right end of `room`; return where the words begin."""
    if not text:
        return room.right()
    chosen = font("small")
    painter.setFont(chosen)
    painter.setPen(color)
    shown = QFontMetrics(chosen).elidedText(text, Qt.TextElideMode.ElideRight, max(room.width(), 0))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
    return room.right() - QFontMetrics(chosen).horizontalAdvance(shown) - 12
