"""Menus of what can be done to a network: of all of it, of a gate, of a unit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu

from workbench.app.session import Session
from workbench.app.surgery import Shown
from workbench.core.cells import CELLS, AbstractCell
from workbench.core.operations import Clamp, Couple, CutPeepholes, Freeze, Operation, Silence, Start
from workbench.ui.text import number
from workbench.ui.text import translate as _
from workbench.ui.views.naming import unit_words
from workbench.ui.words import menu_text

MOST_RANKED = 12
"""Units in the menu of a ranking."""


def fill_surgery(menu: QMenu, session: Session) -> None:
    """Offer everything that can be done to the shown network."""
    menu.clear()
    shown = session.surgery.shown
    if shown is None:
        return
    cell, layer = CELLS[shown.project.model.cell], _layer(session, shown)
    for gate in cell.gates:
        _fill(menu.addMenu(menu_text(f"{_(gate.label)} {gate.key}")), session, shown, gate.key)
    for state in cell.states:
        _fill_start(menu.addMenu(menu_text(f"{_(state.label)} {state.key}")), session, shown, state.key)
    menu.addSeparator()
    _fill_unit(menu, session, shown)
    menu.addSeparator()
    if {"i", "f"} <= set(cell.weight_blocks):
        _add(menu, _("Write what is forgotten: i = 1 − f"), session, Couple(layer=layer))
    if cell.peepholes:
        _add(menu, _("Cut the peepholes"), session, CutPeepholes(layer=layer))


def menu_of(key: str, session: Session) -> QMenu | None:
    """Return a menu of what can be done to a gate or state of the shown network."""
    shown = session.surgery.shown
    if shown is None:
        return None
    menu = QMenu()
    cell = CELLS[shown.project.model.cell]
    if key in {gate.key for gate in cell.gates}:
        _fill(menu, session, shown, key)
    else:
        _fill_start(menu, session, shown, key)
    menu.addSeparator()
    _fill_unit(menu, session, shown)
    return menu


def _layer(session: Session, shown: Shown) -> int:
    return min(session.cursor.layer, shown.project.model.layers - 1)


def _add(menu: QMenu, text: str, session: Session, operation: Operation) -> None:
    menu.addAction(menu_text(text)).triggered.connect(_doing(session, operation))


def _doing(session: Session, operation: Operation) -> Callable[[], object]:
    return lambda: session.surgery.do(operation)


def _fill(menu: QMenu, session: Session, shown: Shown, key: str) -> None:
    """Offer to hold a gate."""
    cell, layer, unit = CELLS[shown.project.model.cell], _layer(session, shown), _unit(session, shown)
    gate = next(gate for gate in cell.gates if gate.key == key)
    assert gate.low is not None
    assert gate.high is not None
    for value in dict.fromkeys((gate.high, (gate.low + gate.high) / 2, gate.low)):
        words = _("{gate} = {value} in all units").format(gate=key, value=number(value))
        _add(menu, words, session, Clamp(layer=layer, gate=key, value=value))
    if unit is None:
        return
    menu.addSeparator()
    for value in dict.fromkeys((gate.high, (gate.low + gate.high) / 2, gate.low)):
        words = _("{gate} = {value} in {unit}").format(
            gate=key, value=number(value), unit=unit_words(unit, shown.project.model)
        )
        _add(menu, words, session, Clamp(layer=layer, gate=key, value=value, unit=unit))
    _offer_freedom(menu, session, key, layer, unit)


def _offer_freedom(menu: QMenu, session: Session, key: str, layer: int, unit: int) -> None:
    """Offer to let go of a gate that is held."""
    held = [
        entry
        for entry in session.surgery.operations
        if isinstance(entry, Clamp) and (entry.gate, entry.layer) == (key, layer) and entry.unit in (None, unit)
    ]
    for operation in held:
        action = menu.addAction(menu_text(_("Let go: {operation}").format(operation=operation.notation)))
        action.triggered.connect(_taking_back(session, operation))


def _fill_start(menu: QMenu, session: Session, shown: Shown, key: str) -> None:
    layer, unit = _layer(session, shown), _unit(session, shown)
    for value in (1.0, 0.5, 0.0, -0.5, -1.0):
        words = _("Start every window with {state} = {value} in all units").format(state=key, value=number(value))
        _add(menu, words, session, Start(layer=layer, state=key, value=value))
    if unit is not None:
        menu.addSeparator()
        name = unit_words(unit, shown.project.model)
        for value in (1.0, -1.0):
            words = _("Start with {state} = {value} in {unit}").format(state=key, value=number(value), unit=name)
            _add(menu, words, session, Start(layer=layer, state=key, value=value, unit=unit))


def _fill_unit(menu: QMenu, session: Session, shown: Shown) -> None:
    """Offer to silence or freeze the unit at the cursor."""
    unit, layer, model = _unit(session, shown), _layer(session, shown), shown.project.model
    if unit is None:
        return
    name = unit_words(unit, model)
    _add(menu, _("Silence {unit}").format(unit=name), session, Silence(layer=layer, unit=unit))
    values = shown.probe.traces[layer].values
    cell: AbstractCell = CELLS[model.cell]
    steps = len(values[cell.states[0].key])
    step = steps - 1 if session.cursor.step is None else min(session.cursor.step, steps - 1)
    states = {state.key: float(values[state.key][step, unit]) for state in cell.states}
    _add(menu, _("Freeze {unit} as it is at this step").format(unit=name), session,
         Freeze(layer=layer, unit=unit, states=states))  # fmt: skip


def _unit(session: Session, shown: Shown) -> int | None:
    unit = session.cursor.unit
    return unit if unit is not None and unit < shown.project.model.width else None


def fill_taking_back(menu: QMenu, session: Session) -> None:
    """Offer to take back each operation, or all."""
    menu.clear()
    for operation in session.surgery.operations:
        action = menu.addAction(menu_text(_("Take back {operation}").format(operation=operation.notation)))
        action.triggered.connect(_taking_back(session, operation))
    menu.addSeparator()
    menu.addAction(_("Take everything back")).triggered.connect(session.surgery.clear)


def _taking_back(session: Session, operation: Operation) -> Callable[[], None]:
    return lambda: session.surgery.take_back(operation)


def ranking_menu(menu: QMenu, session: Session) -> None:
    """List units by what is lost without them; choosing one moves the cursor to it."""
    menu.clear()
    run, surgery = session.run, session.surgery
    if run is None:
        return
    for entry in surgery.ranking[:MOST_RANKED]:
        words = _("{unit}: MAE {mae} ({change})").format(
            unit=unit_words(entry.unit, run.project.model),
            mae=number(entry.mae, 3),
            change=("+" if entry.change >= 0 else "−") + number(abs(entry.change), 2),
        )
        menu.addAction(menu_text(words)).triggered.connect(_pointing(session, surgery.ranked_layer, entry.unit))


def _pointing(session: Session, layer: int, unit: int) -> Callable[[], None]:
    return lambda: session.point(layer=layer, unit=unit)
