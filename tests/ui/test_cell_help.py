"""What the window says about cells: size, states, time, equations and papers; and trainings that go on."""

from __future__ import annotations

from html import unescape

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QMenu, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.cli import main
from workbench.core.cells import CELLS
from workbench.core.fields import settings_of
from workbench.core.insight.budget import parameters
from workbench.core.sources.tasks import TASKS, asked
from workbench.ui import menus
from workbench.ui.cellhelp import cell_html, show_cell
from workbench.ui.cellmenu import FACTS, cell_facts
from workbench.ui.forms import Form
from workbench.ui.panels.model import ModelCard
from workbench.ui.text import count
from workbench.ui.theme import load_theme


@pytest.fixture
def card(opened: Session, qtbot: QtBot) -> ModelCard:
    made = ModelCard(opened, load_theme("light"))
    qtbot.addWidget(made)
    return made


def test_that_every_entry_of_the_menu_tells_size_states_and_time(card: ModelCard, opened: Session) -> None:
    box = card._top.fields["cell"].widget
    total = parameters(opened.project.model.changed(cell="gru", options={}), opened.project.data)
    entries = {box.itemData(row): box.itemData(row, FACTS) for row in range(box.count())}
    assert entries["gru"] == f"{count(total)} parameters · 1 state"
    assert all("2 states" in text for key, text in entries.items() if key.startswith("lstm"))
    measurements = opened.measurements
    measurements._measured(measurements.project_with("gru"), 3.14159)
    row = next(row for row in range(box.count()) if box.itemData(row) == "gru")
    assert box.itemData(row, FACTS).endswith("measured 3.1 ms/step")
    assert box.itemData(row, Qt.ItemDataRole.AccessibleDescriptionRole) == box.itemData(row, FACTS)
    opened.edit("model", cell="gru")
    assert "measured 3.1 ms/step" in card.summary.text()
    opened.edit("model", hidden=33)
    assert "measured" not in card.summary.text(), "a time belongs to one configuration"


def test_that_another_cell_can_keep_the_number_of_parameters(card: ModelCard, opened: Session) -> None:
    opened.edit("model", cell="lstm", hidden=48)
    before = parameters(opened.project.model, opened.project.data)
    card._top.edit("cell", "gru")
    assert opened.project.model.hidden == 48
    opened.undo.undo()
    card.keep.setChecked(True)
    card._top.edit("cell", "gru")
    assert opened.project.model.cell == "gru"
    assert opened.project.model.hidden > 48
    assert abs(parameters(opened.project.model, opened.project.data) / before - 1) < 0.02
    opened.undo.undo()
    assert (opened.project.model.cell, opened.project.model.hidden) == ("lstm", 48), "one step takes both back"


@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_a_cell_can_be_read_about(cell: str, opened: Session, qtbot: QtBot) -> None:
    opened.edit("model", cell=cell, options={"zoneout": 0.25, "layer_norm": True})
    html = unescape(cell_html(opened))
    declared = CELLS[cell]
    options = opened.project.model.cell_options
    for text in (*declared.equations_with(options), *declared.references_with(options)):
        assert text in html
    assert "ζ = 0.25" in html
    for signal in declared.signals:
        assert signal.meaning in html
    assert all(cell_facts(opened, other.key) in html for other in CELLS)
    assert "CUDA" in html, "with these options it loops there"
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = show_cell(parent, opened)
    browser = dialog.findChild(QTextBrowser)
    assert isinstance(browser, QTextBrowser)
    assert declared.equations[0] in browser.toPlainText()
    dialog.close()


def test_that_the_card_says_what_is_slow_on_a_gpu(card: ModelCard, opened: Session) -> None:
    opened.edit("model", cell="lstm-peephole")
    assert "CUDA" not in card.summary.text(), "there is none here"
    opened.devices = (("cpu", "CPU"), ("cuda:0", "A GPU"))
    card.refresh()
    assert "a slow loop on CUDA" in card.summary.text()
    opened.edit("model", cell="lstm")
    assert "CUDA" not in card.summary.text()
    opened.edit("model", cell="lstm-peephole")
    opened.edit("train", device="cpu")
    assert "CUDA" not in card.summary.text()


def test_that_bad_settings_are_refused_at_their_field(card: ModelCard, opened: Session) -> None:
    opened.edit("model", cell="lstm")
    options = card._options
    assert options is not None
    before = opened.project

    def refused(form: Form, name: str, value: object, remedy: str) -> None:
        field = form.fields[name]
        field.editor.write(value)
        field._commit()
        assert remedy in field.refusal.text()
        assert not field.refusal.isHidden()
        assert opened.project == before

    refused(options, "chrono", 1, "2 steps or more")
    refused(card._rest, "hidden", 0, "from 1 to 4096")
    opened.edit("model", options={"bias": False})
    before = opened.project
    refused(options, "chrono", 20, "switch Bias on")


def test_that_parts_that_do_not_go_together_are_refused_at_the_field_with_what_would(
    card: ModelCard, opened: Session
) -> None:
    opened.edit("data", window=24, horizon=10)
    for name, value, remedy in (("segment", 7, "1, 2, 3, 4, 6, 8, 12 or 24"), ("quantiles", "0.1,0.9", "0.5 with")):
        opened.edit("model", output="quantiles")
        field = card._rest.fields[name]
        field.editor.write(value)
        field._commit()
        assert remedy in field.refusal.text()
        assert not field.refusal.isHidden()
    opened.edit("model", segment=6)
    field = card._rest.fields["decoder"]
    field.editor.write("parallel")
    field._commit()
    assert "horizon of 10" in field.refusal.text()
    assert opened.project.model.decoder == "direct"


def test_that_settings_that_change_nothing_are_dimmed_and_say_what_would_use_them(
    card: ModelCard, opened: Session
) -> None:
    def dimmed(form: Form | None) -> set[str]:
        assert form is not None
        return {name for name, field in form.fields.items() if not field.widget.isEnabled()}

    opened.edit("model", cell="lstm", options={})
    opened.edit("data", calendar=())
    assert dimmed(card._rest) == {"teacher_forcing", "quantiles", "classes", "known_ahead"}
    assert "recursive decoder" in card._rest.fields["teacher_forcing"].widget.toolTip()
    assert dimmed(card._options) == set()
    opened.edit("data", calendar=("month",))
    opened.edit("model", decoder="recursive", output="gaussian", options={"chrono": 9})
    assert dimmed(card._rest) == {"classes"}
    assert dimmed(card._options) == {"forget_bias"}
    assert "changes nothing" not in card._rest.fields["quantiles"].widget.toolTip()


def test_that_no_choice_of_the_model_is_cut_off(card: ModelCard, opened: Session) -> None:
    card.resize(300, 900)
    for cell in CELLS:
        opened.edit("model", cell=cell.key, options={})
        for form in (card._rest, card._options):
            for field in form.fields.values() if form is not None else ():
                if isinstance(field.widget, QComboBox):
                    metrics = field.widget.fontMetrics()
                    words = [field.widget.itemText(row) for row in range(field.widget.count())]
                    assert max(map(metrics.horizontalAdvance, words)) <= 150, words


def shown(menu: QMenu) -> list[str]:
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions()]


def test_that_the_run_menu_offers_to_go_on(opened: Session, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    menu = menus.going_on_menu(parent, opened)
    assert shown(menu) == ["No trained network is shown"]
    opened.edit("model", cell="lstm", hidden=8)
    opened.edit("train", epochs=1)
    with qtbot.waitSignal(opened.run_changed, timeout=60_000, check_params_cb=lambda _run, kinds: "Ended" in kinds):
        opened.train()
    qtbot.waitUntil(lambda: opened.training == "idle", timeout=10_000)
    assert shown(menu) == [
        "As it is", "As LSTM, peephole, its peepholes at 0", "With 12 units, the new ones not listened to yet",
    ]  # fmt: skip
    with qtbot.waitSignal(opened.run_changed, timeout=60_000, check_params_cb=lambda _run, kinds: "Ended" in kinds):
        menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: opened.training == "idle", timeout=10_000)
    assert opened.project.model.cell == opened.runs[-1].project.model.cell == "lstm-peephole"


def test_that_tasks_are_offered_at_every_difficulty(qtbot: QtBot) -> None:
    opened: list[str] = []
    parent = QWidget()
    qtbot.addWidget(parent)
    menu = menus.samples_menu(parent, opened.append)
    menu.aboutToShow.emit()
    entries = {action.text(): action for action in menu.actions()}
    for task in TASKS:
        entries[task.title].trigger()
    assert opened == [f"task:{task.key}" for task in TASKS], "one click opens each as it is proposed"
    opened.clear()
    harder = menu.actions()[-1].menu()
    assert isinstance(harder, QMenu)
    for entry in harder.actions():
        levels = entry.menu()
        assert isinstance(levels, QMenu)
        levels.actions()[-1].trigger()
    assert "task:temporal-order?length=500" in opened
    assert [asked(address).options[task.knob] for address, task in zip(opened, TASKS, strict=True)] == [
        task.levels[-1] for task in TASKS
    ]


def test_that_every_option_is_in_the_card_and_on_the_command_line(
    card: ModelCard, opened: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown_help = capsys.readouterr().out
    for cell in CELLS:
        opened.edit("model", cell=cell.key, options={})
        assert card._options is not None
        for entry in settings_of(cell.Options):
            assert entry.name in card._options.fields
            assert f"--{entry.name.replace('_', '-')} " in shown_help
    for name in ("bidirectional", "hidden", "layers", "classes", "output"):
        assert name in card._rest.fields
        assert f"--{name} " in shown_help
    for flag in ("--same-parameters-as ", "--budget ", "--from "):
        assert flag in shown_help
