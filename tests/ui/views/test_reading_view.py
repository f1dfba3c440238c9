"""The file view: types are told, guesses can be settled, columns moved, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.core.lanes import Lane
from workbench.core.problems import Problem
from workbench.ui.appearance import wear
from workbench.ui.views.reading import ReadingView
from workbench.ui.views.readingrows import column_mime

Read = Callable[..., ReadingView]

AMBIGUOUS = ["date,load,temp,word", *(f"{k:02}/02/2024,{k}.5,{40 - k},w" for k in range(1, 13))]
GERMAN = ["Zeit;Last;Wert", *(f"{k:02}.03.2023;1.{k:03},5;{k}" for k in range(1, 25)), "25.03.2023;defekt;3"]


@pytest.fixture
def read(session: Session, qtbot: QtBot, tmp_path: Path) -> Iterator[Read]:
    """Write a file, open it, and show the view on it."""
    views: list[ReadingView] = []

    def read_(lines: list[str], name: str = "a.csv", *, opens: bool = True) -> ReadingView:
        path = tmp_path / name
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        with qtbot.waitSignal(session.project_changed if opens else session.noticed, timeout=20_000):
            session.open(path)
        if not views:
            views.append(ReadingView(session, wear("dark")))
            views[0].resize(1000, 500)
            views[0].show()
        settle(views[0], qtbot)
        return views[0]

    yield read_
    for view in views:
        view.close()
        view.deleteLater()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setStyleSheet("")
    application.setPalette(application.style().standardPalette())


def settle(view: ReadingView, qtbot: QtBot) -> None:
    """Wait until the file was looked at, read and drawn."""
    desk, session = view.session.desk, view.session

    def done() -> bool:
        return not (desk.busy or session.works._tasks or view._dirty or desk._stale)

    qtbot.waitUntil(done, timeout=20_000)


def cell(view: ReadingView, row: int, column: int, role: int = Qt.ItemDataRole.DisplayRole) -> object:
    return view.table.rows.index(row, column).data(role)


def lanes(view: ReadingView) -> dict[str, Lane]:
    return {name: lane for lane, box in view.lanes.boxes.items() for name in box.list.names()}


def test_that_types_are_told_by_colour_and_by_more_than_colour(read: Read) -> None:
    view = read(GERMAN)
    theme = view.theme
    foreground, alignment = Qt.ItemDataRole.ForegroundRole, Qt.ItemDataRole.TextAlignmentRole
    assert cell(view, 1, 0, foreground) == theme.color("train")
    assert cell(view, 1, 1, foreground) == theme.color("text")
    assert Qt.AlignmentFlag.AlignRight in cell(view, 1, 1, alignment)  # type: ignore[operator]
    assert cell(view, 25, 1) == "⚠ defekt"
    assert cell(view, 25, 1, foreground) == theme.color("bad")
    assert cell(view, 25, 1, Qt.ItemDataRole.AccessibleTextRole) == "defekt (not readable)"
    assert cell(view, 0, 0, Qt.ItemDataRole.FontRole).weight() > 500  # type: ignore[attr-defined]


def test_that_a_choice_says_what_was_guessed(read: Read) -> None:
    view = read(GERMAN)
    assert view.form is not None
    shown = {name: field.widget for name, field in view.form.fields.items()}
    assert shown["delimiter"].currentText() == "semicolon ; · auto"  # type: ignore[attr-defined]
    assert shown["decimal"].currentText() == "comma 0,5 · auto"  # type: ignore[attr-defined]
    assert shown["time"].currentText() == "Zeit · auto"  # type: ignore[attr-defined]
    assert shown["first_row"].currentText() == "line 1 · auto"  # type: ignore[attr-defined]
    assert shown["thousands"].currentText() == "point 1.234 · auto"  # type: ignore[attr-defined]
    assert shown["columns"].summary() == "all"  # type: ignore[attr-defined]
    assert all(widget.accessibleName() for widget in shown.values())


def test_that_undo_takes_back_what_is_only_settled_before_what_was_done(
    read: Read, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.app.desk.SMALL_BYTES", 0)
    read(GERMAN)
    table = session.table
    session.desk.settle(first_row=2)
    qtbot.waitUntil(lambda: not session.desk.busy)
    assert session.desk.pending
    session.desk.undo()
    assert session.table is table
    assert session.desk.reading.first_row == 0
    session.desk.undo()
    assert session.table is not table, "nothing is pending: the opening is taken back"


def test_that_a_first_row_beyond_the_offered_ones_can_be_typed(read: Read) -> None:
    view = read(GERMAN)
    assert view.form is not None
    box = view.form.fields["first_row"].widget
    assert [box.itemData(k) for k in range(4)] == [0, 1, 2, 3]  # type: ignore[attr-defined]
    box.lineEdit().setText("14")  # type: ignore[attr-defined]
    box.lineEdit().editingFinished.emit()  # type: ignore[attr-defined]
    assert view.session.desk.reading.first_row == 14
    box.lineEdit().setText("many")  # type: ignore[attr-defined]
    box.lineEdit().editingFinished.emit()  # type: ignore[attr-defined]
    assert view.session.desk.reading.first_row == 14
    assert view.form.fields["first_row"].refused is not None


def test_that_settling_a_guess_reads_a_small_file_at_once_and_undo_goes_back(
    read: Read, session: Session, qtbot: QtBot
) -> None:
    view = read(GERMAN)
    assert session.table is not None
    assert session.table["Last"].values[0] == 1001.5
    assert view.form is not None
    assert view.form.edit("decimal", "point") is None
    settle(view, qtbot)
    assert session.project.data.reading.decimal == "point"
    assert "Last" not in session.table.numeric
    session.undo.undo()
    settle(view, qtbot)
    assert session.project.data.reading.decimal == "auto"
    assert session.table["Last"].values[0] == 1001.5
    assert session.desk.reading == session.project.data.reading
    assert view.form.fields["decimal"].editor.read() == "auto"


def test_that_a_typed_delimiter_is_read_and_an_impossible_one_is_refused_at_its_field(
    read: Read, session: Session, qtbot: QtBot
) -> None:
    view = read(["t::v", *(f"2024-01-{k:02}::{k * 3 % 7}.5" for k in range(1, 20))])
    assert view.form is not None
    field = view.form.fields["delimiter"]
    assert "::" in field.widget.currentText()  # type: ignore[attr-defined]
    for typed in ("abc", "~"):
        field = view.form.fields["delimiter"]
        field.widget.setEditText(typed)  # type: ignore[attr-defined]
        field._commit()
        settle(view, qtbot)
        field = view.form.fields["delimiter"]
        assert field.refusal.text(), typed
        assert session.project.data.reading.delimiter == "auto", "nothing was applied"
    assert session.desk.problem is not None
    assert view.table.rows.columnCount() == 2, "the last good rows stay"


def test_that_the_other_reading_of_a_date_is_one_click_away(read: Read, session: Session, qtbot: QtBot) -> None:
    view = read(AMBIGUOUS)
    assert session.table is not None
    assert session.table.time is not None
    before = session.table.time.format
    buttons = [button for button in view.findChildren(QPushButton) if button.text().startswith("Read ")]
    offered = [button for button in buttons if "instead" in button.text()]
    assert len(offered) == 1
    assert "01/02/2024" in offered[0].text() or "02/02/2024" in offered[0].text()
    qtbot.mouseClick(offered[0], Qt.MouseButton.LeftButton)
    settle(view, qtbot)
    assert session.table.time.format != before
    assert {before, session.table.time.format} == {"%d/%m/%Y", "%m/%d/%Y"}
    session.undo.undo()
    assert session.table.time.format == before


@pytest.mark.parametrize(
    ("key", "lane", "field"),
    [(Qt.Key.Key_X, "input", "inputs"), (Qt.Key.Key_Y, "target", "targets"), (Qt.Key.Key_F, "known", "known_future")],
)
def test_that_a_letter_moves_the_column_of_a_cell_into_a_lane(
    read: Read, session: Session, qtbot: QtBot, key: Qt.Key, lane: str, field: str
) -> None:
    view = read(AMBIGUOUS)
    assert lanes(view) == {"date": "time", "load": "target", "temp": "ignore", "word": "ignore"}
    view.table.setCurrentIndex(view.table.rows.index(3, 2))
    qtbot.keyClick(view.table, key)
    settle(view, qtbot)
    assert lanes(view)["temp"] == lane
    assert "temp" in session.project.data.model_dump()[field]
    session.undo.undo()
    settle(view, qtbot)
    assert lanes(view)["temp"] == "ignore"


def test_that_the_letter_works_in_a_lane_too_and_delete_ignores(read: Read, session: Session, qtbot: QtBot) -> None:
    view = read(AMBIGUOUS)
    box = view.lanes.boxes["ignore"].list
    box.setCurrentRow(box.names().index("temp"))
    qtbot.keyClick(box, Qt.Key.Key_X)
    settle(view, qtbot)
    assert session.project.data.inputs == ("temp",)
    box = view.lanes.boxes["input"].list
    box.setCurrentRow(0)
    qtbot.keyClick(box, Qt.Key.Key_Delete)
    settle(view, qtbot)
    assert session.project.data.inputs == ()


def dropped(widget: object, mime: QMimeData) -> bool:
    place, copy, left, none = QPoint(5, 5), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    enter = QDragEnterEvent(place, copy, mime, left, none)
    QApplication.sendEvent(widget, enter)  # type: ignore[arg-type]
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(place), copy, mime, left, none))  # type: ignore[arg-type]
    return enter.isAccepted()


def test_that_a_column_dragged_from_the_table_can_be_dropped_on_a_lane(
    read: Read, session: Session, qtbot: QtBot
) -> None:
    view = read(AMBIGUOUS)
    mime = view.table.rows.mimeData([view.table.rows.index(0, 2)])
    assert dropped(view.lanes.boxes["input"].list.viewport(), mime)
    settle(view, qtbot)
    assert session.project.data.inputs == ("temp",)
    assert dropped(view.lanes.boxes["known"].list.viewport(), column_mime(["temp"]))
    settle(view, qtbot)
    assert session.project.data.known_future == ("temp",)


def test_that_a_file_dropped_on_a_lane_is_left_to_the_window(read: Read, tmp_path: Path) -> None:
    view = read(AMBIGUOUS)
    mime = QMimeData()
    mime.setText("file:///somewhere.csv")
    assert not dropped(view.lanes.boxes["input"].list.viewport(), mime)


def test_that_words_cannot_be_read_by_the_network_but_tell_series_apart(
    read: Read, session: Session, qtbot: QtBot
) -> None:
    view = read(AMBIGUOUS)
    heard: list[Problem] = []
    session.noticed.connect(heard.append)
    view.table.moved.emit("word", "input")
    assert [found.key for found in heard] == ["words-in-a-lane"]
    assert session.project.data.inputs == ()
    view.table.moved.emit("word", "series")
    settle(view, qtbot)
    assert session.project.data.series == "word"
    assert lanes(view)["word"] == "series"


def test_that_the_time_lane_chooses_the_time_column(read: Read, session: Session, qtbot: QtBot) -> None:
    rows = [f"2024-01-{k:02},2023-05-{k:02},{k * 5 % 9}" for k in range(1, 29)]
    view = read(["made,shipped,v", *rows])
    assert session.table is not None
    view.table.moved.emit("shipped", "time")
    settle(view, qtbot)
    assert session.table.time is not None
    assert session.table.time.columns == ("shipped",)
    view.table.moved.emit("shipped", "ignore")
    settle(view, qtbot)
    assert session.table.time is None
    session.undo.undo()
    session.undo.undo()
    assert session.table.time is not None
    assert session.table.time.columns == ("made",)


def test_that_a_problem_leads_to_its_row_and_cell(read: Read, qtbot: QtBot) -> None:
    view = read(GERMAN)
    keys = [note.key for note in view._notes]
    view._go(view.notes.item(keys.index("not-numbers")))
    settle(view, qtbot)
    index = view.table.currentIndex()
    assert (index.row(), index.column()) == (25, 1)


def test_that_a_file_without_numbers_can_be_mended_and_opens(read: Read, session: Session, qtbot: QtBot) -> None:
    rows = [f"2024-01-{k:02}|{k};5" for k in range(1, 20)]
    view = read(["t|v", *rows], opens=False)
    assert session.table is None
    assert session.desk.problem is not None
    assert view.table.rows.rowCount() == 20
    assert not lanes(view)
    assert view.form is not None
    view.form.edit("delimiter", ";")
    settle(view, qtbot)
    assert session.table is not None
    assert session.project.data.reading.delimiter == "semicolon"


def test_that_a_layout_is_remembered_said_and_forgotten(read: Read, session: Session, qtbot: QtBot) -> None:
    view = read(AMBIGUOUS)
    assert session.table is not None
    assert session.table.time is not None
    other = next(form for form, _first, _last in session.table.time.alternatives)
    session.desk.settle(time_format=other)
    settle(view, qtbot)
    view.table.moved.emit("temp", "input")
    settle(view, qtbot)
    read([AMBIGUOUS[0], *(f"{k:02}/03/2024,{k},{k * k},w" for k in range(1, 13))], "b.csv")
    assert session.project.data.reading.time_format == other
    assert session.project.data.inputs == ("temp",)
    assert session.table.time.format == other
    said = next(note for note in session.table.notes if note.key == "layout-remembered")
    assert "a.csv" in said.text()
    assert view.forget.isVisible()
    qtbot.mouseClick(view.forget, Qt.MouseButton.LeftButton)
    settle(view, qtbot)
    assert session.project.data.reading.time_format == ""
    assert session.project.data.inputs == ()
    assert not session.desk.memory.entries


def test_that_accepting_a_guess_settles_it_for_the_next_file(read: Read, session: Session, qtbot: QtBot) -> None:
    view = read(AMBIGUOUS)
    qtbot.mouseClick(view.right, Qt.MouseButton.LeftButton)
    settle(view, qtbot)
    assert len(session.desk.memory.entries) == 1
    read([AMBIGUOUS[0], *(f"{k:02}/03/2024,{k},{k},w" for k in range(1, 13))], "b.csv")
    assert session.table is not None
    assert any(note.key == "layout-remembered" for note in session.table.notes)


def test_that_nothing_can_be_moved_while_a_training_runs(read: Read, session: Session, qtbot: QtBot) -> None:
    rows = [f"2024-01-{k // 24 + 1:02} {k % 24:02}:00,{k % 24},{k}" for k in range(24 * 28)]
    view = read(["time,v,w", *rows])
    session.edit("data", window=24, horizon=3)
    session.edit("train", epochs=3)
    session.train()
    settle(view, qtbot)
    assert not view.lanes.isEnabled()
    view.table.moved.emit("w", "input")
    assert session.project.data.inputs == ()
    session.stop()
    qtbot.waitUntil(lambda: session.training == "idle", timeout=60_000)


def test_that_a_generated_task_shows_its_rows(session: Session, read: Read, qtbot: QtBot) -> None:
    view = read(AMBIGUOUS)
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open("task:adding?length=10")
    settle(view, qtbot)
    assert session.table is not None
    assert view.table.rows.rowCount() == session.table.rows
    assert view.form is None or not view._scroll.isVisible()
