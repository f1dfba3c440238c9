"""Choose what the trained model leaves as, and see the proof that it still forecasts the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.app.session import Session
from workbench.core.exports import EXPORTS, AbstractExport
from workbench.core.problems import N_, Problem
from workbench.core.projectfile import ENDING
from workbench.ui import dialogs
from workbench.ui.text import translate
from workbench.ui.words import Words, tooltip


@dataclass(frozen=True, slots=True)
class Also:
    """What the dialog writes beside the formats of a model."""

    key: str
    label: str
    purpose: str
    ending: str = ENDING
    adds: str = ""


PACK = Also(
    "pack",
    N_("Reproduction pack"),
    N_("The project with its data, seeds, versions and scores: others train it again and get the same bits on a CPU."),
    adds=" pack",
)

GROUPS = {
    "model": N_("Models"),
    "script": N_("Scripts"),
    "table": N_("Tables"),
    "report": N_("For others"),
}
BY_TRAINING = N_("by training again")
KEY = Qt.ItemDataRole.UserRole
SIZE = QSize(620, 640)


class ExportDialog(QDialog):
    """All formats in groups; it stays open while a file is written and proven, and shows what came of it.

    Parameters
    ----------
    start
        Folder and name, without an ending, that are proposed.
    """

    def __init__(self, session: Session, start: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._start = session, start
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Export")))
        self.resize(SIZE)
        self.formats = QTreeWidget()
        self.formats.setHeaderLabels([translate(N_("Format")), translate(N_("File")), translate(N_("Proof"))])
        self.formats.setAccessibleName(translate(N_("Formats")))
        self.formats.setRootIsDecorated(False)
        self.formats.setItemsExpandable(False)
        self.purpose = Words(tone="muted", role="small", wrap=True)
        self.purpose.setMinimumHeight(2 * self.purpose.fontMetrics().lineSpacing())
        self.told = Words(wrap=True)
        self.told.setVisible(False)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.write = QPushButton(translate(N_("Write…")))
        self.write.setDefault(True)
        close = QPushButton(translate(N_("Close")))
        self._fill()
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.write)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        for widget in (self.formats, self.purpose, self.told):
            layout.addWidget(widget, int(widget is self.formats))
        layout.addLayout(row)
        self.write.clicked.connect(lambda _checked: self._choose())
        close.clicked.connect(lambda _checked: self.close())
        self.formats.currentItemChanged.connect(lambda *_items: self._explain())
        self.formats.itemActivated.connect(lambda *_item: self._choose())
        session.noticed.connect(self._heard)
        session.works.changed.connect(self._working)
        self._explain()

    def _fill(self) -> None:
        groups: dict[str, QTreeWidgetItem] = {}
        for entry in EXPORTS:
            if entry.group not in groups:
                groups[entry.group] = QTreeWidgetItem(self.formats, [translate(GROUPS[entry.group])])
                groups[entry.group].setFlags(Qt.ItemFlag.ItemIsEnabled)
            proof = translate(N_("by a fresh process")) if entry.proof else ""
            item = QTreeWidgetItem(groups[entry.group], [translate(entry.label), f"*{entry.ending}", proof])
            item.setData(0, KEY, entry.key)
            item.setToolTip(0, tooltip(translate(entry.purpose)))
        item = QTreeWidgetItem(groups["report"], [translate(PACK.label), f"*{PACK.ending}", translate(BY_TRAINING)])
        item.setData(0, KEY, PACK.key)
        item.setToolTip(0, tooltip(translate(PACK.purpose)))
        self.formats.expandAll()
        header = self.formats.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        first = groups[next(iter(groups))].child(0)
        if first is not None:
            self.formats.setCurrentItem(first)

    @property
    def chosen(self) -> AbstractExport | Also | None:
        """The format that is selected."""
        item = self.formats.currentItem()
        key = item.data(0, KEY) if item is not None else None
        if key == PACK.key:
            return PACK
        return EXPORTS[key] if key else None

    def _explain(self) -> None:
        entry = self.chosen
        refused = None if entry is None or entry is PACK else self._session.results.refusal(entry.key)
        self.write.setEnabled(entry is not None and refused is None and not self._busy)
        lines = [] if entry is None else [translate(entry.purpose)]
        if refused is not None:
            lines += [refused.text(translate), refused.remedy(translate)]
        self.purpose.setText("\n".join(lines))
        self.purpose.set_tone("muted" if refused is None else "warn")

    @property
    def _busy(self) -> bool:
        return self.told.property("busy") is True

    def _choose(self) -> None:
        entry = self.chosen
        if entry is None or not self.write.isEnabled():
            return
        start = str(self._start.with_name(self._start.name + entry.adds + entry.ending))
        dialogs.choose_target(self, start, entry.label, entry.ending, lambda path: self.export(path, entry.key))

    def export(self, path: str, key: str) -> None:
        """Write `path` in the format `key`, and say so."""
        self.told.setProperty("busy", True)
        self.told.set_tone("muted")
        proven = key != PACK.key and EXPORTS[key].proof
        self.told.setText(translate(N_("Writing, and letting a fresh process prove it…") if proven else N_("Writing…")))
        self.told.setVisible(True)
        self._explain()
        if key != PACK.key:
            self._session.export(path, key)
        elif self._session.run is not None:
            self._session.records.pack(self._session.run, Path(path))

    def _working(self, title: str, _share: float) -> None:
        if not title and self._busy:  # it ended without a word, such as by closing
            self.told.setProperty("busy", False)
            self._explain()

    def _heard(self, found: Problem) -> None:
        if not self._busy:
            return
        self.told.setProperty("busy", False)
        self.told.set_tone({"note": "good", "warning": "warn"}.get(found.severity, "bad"))  # type: ignore[arg-type]
        self.told.setText(f"{found.text(translate)}\n{found.remedy(translate)}")
        self.told.setVisible(True)
        self._explain()
