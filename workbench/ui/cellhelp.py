"""What a person can read about a cell: its equations as computed now, its signals, the others beside it, its papers."""

from __future__ import annotations

from html import escape

from PySide6.QtWidgets import QDialog, QTextBrowser, QWidget

from workbench.app.session import Session
from workbench.core.cells import CELLS, AbstractCell
from workbench.core.problems import N_
from workbench.core.project import ModelSpec
from workbench.ui.cellmenu import cell_facts
from workbench.ui.dialogs import show
from workbench.ui.text import number, translate


def show_cell(parent: QWidget, session: Session) -> QDialog:
    """Show all there is to read about the project's cell."""
    browser = QTextBrowser()
    browser.setOpenExternalLinks(True)
    browser.setHtml(cell_html(session))
    cell = CELLS[session.project.model.cell]
    return show(parent, translate(cell.label), browser, 760, 720)


def cell_html(session: Session) -> str:
    """Return the help on the project's cell as rich text, everything in it escaped."""
    model = session.project.model
    cell, options = CELLS[model.cell], model.cell_options
    parts = [
        f"<h2>{_words(cell.label)}</h2><p>{escape(cell_facts(session, cell.key))}</p>",
        f"<h3>{_words(N_('Equations'))}</h3><pre>{escape(chr(10).join(cell.equations_with(options)))}</pre>",
        f"<h3>{_words(N_('Gates and states'))}</h3>{_signals(cell)}",
        f"<h3>{_words(N_('All cells with these settings'))}</h3>{_cells(session)}",
        _devices(cell, model),
        f"<h3>{_words(N_('References'))}</h3>",
        *(f"<pre>{escape(entry)}</pre>" for entry in cell.references_with(options)),
    ]
    return "".join(parts)


def _words(text: str) -> str:
    return escape(translate(text))


def _signals(cell: AbstractCell) -> str:
    rows = []
    for signal in cell.signals:
        low, high = (
            ("−∞" if signal.low is None else number(signal.low)),
            ("∞" if signal.high is None else number(signal.high)),
        )
        values = (f"{signal.key}ₜ", translate(signal.label), f"{low} … {high}", translate(signal.meaning))
        rows.append(_row(values))
    return _table(rows)


def _cells(session: Session) -> str:
    own = session.project.model.cell
    return _table(
        [_row((translate(cell.label), cell_facts(session, cell.key)), bold=cell.key == own) for cell in CELLS]
    )


def _devices(cell: AbstractCell, model: ModelSpec) -> str:
    if not cell.loops_on_gpu(model.cell_options):
        return ""
    words = N_("On CUDA this cell has no fused kernel: it runs step by step there, and is much slower than the LSTM.")
    return f"<p>{_words(words)}</p>"


def _row(values: tuple[str, ...], *, bold: bool = False) -> str:
    weight = " style='font-weight: 600'" if bold else ""
    return "<tr>" + "".join(f"<td{weight}>{escape(value)}</td>" for value in values) + "</tr>"


def _table(rows: list[str]) -> str:
    return f"<table cellpadding='4'>{''.join(rows)}</table>"
