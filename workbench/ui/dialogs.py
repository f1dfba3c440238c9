"""The few windows beside the main one. All are opened and none is waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench import __version__
from workbench.core.assets import resource
from workbench.core.problems import N_
from workbench.ui.text import translate
from workbench.ui.words import Words


def choose_file(parent: QWidget, start: str, take: Callable[[str], object]) -> None:
    """Let the person choose a file to open."""
    patterns = (
        translate(N_("All files (*)")),
        translate(N_("Tables (*.csv *.tsv *.txt *.dat *.xlsx *.parquet *.json)")),
        translate(N_("Projects and models (*.wbp *.wbm)")),
    )
    dialog = QFileDialog(parent, translate(N_("Open data, a project or a model")), start, ";;".join(patterns))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _open_file_dialog(dialog, take)


def choose_target(
    parent: QWidget, start: str, label: str, ending: str, take: Callable[[str], object], heading: str = ""
) -> None:
    """Let the person choose where to write; a name without an ending gets `ending`."""
    dialog = QFileDialog(parent, heading or translate(N_("Export")), start, f"{translate(label)} (*{ending})")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(ending.removeprefix("."))
    _open_file_dialog(dialog, take)


def _open_file_dialog(dialog: QFileDialog, take: Callable[[str], object]) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(take)
    dialog.open()


def ask_epochs(parent: QWidget, words: str, value: int, take: Callable[[int], object]) -> QInputDialog:
    """Ask for a number of epochs."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setWindowTitle(translate(N_("Run more epochs")))
    dialog.setLabelText(words)
    dialog.setIntRange(1, 100_000)
    dialog.setIntValue(value)
    dialog.setOkButtonText(translate(N_("Run")))
    dialog.setCancelButtonText(translate(N_("Cancel")))
    dialog.intValueSelected.connect(take)
    dialog.open()
    return dialog


def show_manual(parent: QWidget) -> QDialog:
    """Show the tour in a window that can stay open beside the main one."""
    browser = QTextBrowser()
    browser.setOpenExternalLinks(True)
    browser.setMarkdown(_manual_text())
    return show(parent, translate(N_("Manual")), browser, 720, 640)


def _manual_text() -> str:
    for name in ("docs/manual.md", "../README.md"):
        try:
            return resource(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
    return translate(N_("The manual is not installed. It is the file README.md of the source."))


def show_shortcuts(parent: QWidget, shortcuts: Sequence[tuple[str, str]]) -> QDialog:
    """List keys and what they do."""
    table = QTreeWidget()
    table.setRootIsDecorated(False)
    table.setHeaderLabels([translate(N_("Keys")), translate(N_("What they do"))])
    for keys, meaning in shortcuts:
        QTreeWidgetItem(table, [keys, meaning])
    for keys, meaning in (
        ("← →", N_("Move the cursor by a step, in a view")),
        ("↑ ↓", N_("Move the cursor by a unit, or step a field")),
        (translate(N_("Wheel")), N_("Zoom a plot, or step the field that has the focus")),
        (translate(N_("Double click")), N_("Show the whole plot again")),
    ):
        QTreeWidgetItem(table, [keys, translate(meaning)])
    table.resizeColumnToContents(0)
    return show(parent, translate(N_("Keyboard shortcuts")), table, 480, 480)


def show_about(parent: QWidget) -> QDialog:
    """Say name, version and licence."""
    words = Words(
        translate(
            N_("Sequence Workbench {version}\n\nDrop a time series on the window, train a recurrent cell, watch it "
               "think, leave with a forecast.\n\nMIT licence. Built with Qt, pyqtgraph, NumPy, polars and torch.")
        ).format(version=__version__),
        wrap=True,
    )  # fmt: skip
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    words.setMinimumWidth(360)
    return show(parent, translate(N_("About Sequence Workbench")), words, 400, 200)


def show(parent: QWidget, title: str, content: QWidget, width: int, height: int) -> QDialog:
    """Show `content` in a window of its own, which can stay open beside the main one."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    # Fusion's icon is black in every theme.
    buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.addWidget(content)
    layout.addWidget(buttons)
    dialog.resize(width, height)
    dialog.show()
    return dialog
