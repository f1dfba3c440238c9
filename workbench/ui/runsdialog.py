"""The window of the runs on disk: which there are and how large, to look at, rename and delete."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.problems import N_
from workbench.core.shelf import StoredRun
from workbench.ui.documents import kilobytes
from workbench.ui.filemenus import moment
from workbench.ui.panels.runs import STATES
from workbench.ui.text import count, number, translate
from workbench.ui.words import Words, tooltip

RUN = Qt.ItemDataRole.UserRole
SIZE = QSize(760, 460)
COLUMNS = (N_("Name"), N_("Data"), N_("Cell"), N_("MAE"), N_("State"), N_("Began"), N_("Size"))
NUMBERS = (3, 6)


class RunsDialog(QDialog):
    """All runs in the folder of runs, those of earlier sessions among them."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._alive = True
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Runs")))
        self.resize(SIZE)
        self.list = QTreeWidget()
        self.list.setAccessibleName(translate(N_("Runs on disk")))
        self.list.setHeaderLabels([translate(title) for title in COLUMNS])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in NUMBERS:
            self.list.headerItem().setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.total = Words(translate(N_("Looking…")), tone="muted", role="small")
        self.look = self._button(N_("Look at"), self._revisit)
        self.resume = self._button(N_("Resume"), self._resume)
        self.rename = self._button(N_("Rename…"), self._ask_name)
        self.delete = self._button(N_("Delete…"), self._ask_delete)
        close = self._button(N_("Close"), self.close)
        row = QHBoxLayout()
        for button in (self.look, self.resume, self.rename, self.delete):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.total)
        layout.addLayout(row)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(lambda *_item: self._revisit())
        self.destroyed.connect(self._gone)
        session.run_changed.connect(self._enable)
        self._enable()
        self.refresh()

    def _button(self, title: str, act: object) -> QPushButton:
        button = QPushButton(translate(title))
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: act())  # type: ignore[operator]
        return button

    def _gone(self) -> None:
        self._alive = False

    def refresh(self) -> None:
        """Look again which runs there are."""
        self._session.records.list(self._show)

    def _show(self, found: tuple[StoredRun, ...]) -> None:
        if not self._alive:
            return
        self.list.clear()
        for run in found:
            cell = translate(CELLS[run.cell].label) if run.cell else ""
            score = number(run.mae, 3) if run.mae is not None else "–"
            texts = [run.name, run.title, cell, score, translate(STATES[run.status]), moment(run.began_s)]
            item = QTreeWidgetItem(self.list, [*texts, kilobytes(run.size)])
            item.setData(0, RUN, run)
            item.setToolTip(0, tooltip(str(run.folder.path)))
            for place in NUMBERS:
                item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        words = translate(N_("{count} runs, {size} in all")) if found else translate(N_("No run was saved yet."))
        self.total.setText(words.format(count=count(len(found)), size=kilobytes(sum(run.size for run in found))))
        self._enable()

    @property
    def chosen(self) -> list[StoredRun]:
        """The selected runs, in the order of the list."""
        items = [self.list.topLevelItem(place) for place in range(self.list.topLevelItemCount())]
        return [item.data(0, RUN) for item in items if item is not None and item.isSelected()]

    def _enable(self, *_changed: object) -> None:
        chosen, idle = self.chosen, self._session.training == "idle"
        one = chosen[0] if len(chosen) == 1 else None
        free = bool(chosen) and all(run.status != "running" for run in chosen)
        self.look.setEnabled(one is not None and idle and free)
        goes_on = one is not None and one.kept and one.status in ("interrupted", "stopped", "failed")
        self.resume.setEnabled(goes_on and idle)
        self.rename.setEnabled(one is not None and free)
        self.delete.setEnabled(free)

    def _revisit(self) -> None:
        if self.look.isEnabled():
            self._session.records.revisit(self.chosen[0].folder.path)
            self.close()

    def _resume(self) -> None:
        self._session.records.resume(self.chosen[0].folder.path)
        self.close()

    def _ask_name(self) -> None:
        run = self.chosen[0]
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(translate(N_("Rename the run")))
        dialog.setLabelText(translate(N_("New name:")))
        dialog.setTextValue(run.folder.path.name)
        dialog.textValueSelected.connect(lambda name: self._session.records.rename(run, name, self._again))
        dialog.open()

    def _ask_delete(self) -> None:
        """Ask, and say how much goes."""
        runs = self.chosen
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(translate(N_("Delete runs")))
        size = kilobytes(sum(run.size for run in runs))
        one = translate(N_("Delete the run {name} ({size})?")).format(name=runs[0].name, size=size)
        several = translate(N_("Delete {count} runs ({size})?")).format(count=count(len(runs)), size=size)
        box.setText(one if len(runs) == 1 else several)
        box.setInformativeText(translate(N_("Their curves, looks and weights cannot be brought back.")))
        yes = box.addButton(translate(N_("Delete")), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        yes.clicked.connect(lambda _checked: self._session.records.delete(runs, self._again))
        box.open()

    def _again(self) -> None:
        if self._alive:
            self.refresh()
