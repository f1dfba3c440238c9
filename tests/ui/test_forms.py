"""Forms are made from the settings of a spec, commit on Enter, leaving or stepping, and explain a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.core.fields import Spec, setting, settings_of
from workbench.core.problems import Problem
from workbench.core.project import DataSpec, TrainSpec
from workbench.ui.editors import Choice, Flag, Number, WholeNumber
from workbench.ui.forms import Form
from workbench.ui.names import Names
from workbench.ui.text import plain
from workbench.ui.theme import Theme


class Example(Spec):
    """One setting of each kind."""

    whole: int = setting(48, title="Whole", help="A whole number.", unit="steps", ge=1, le=100)
    rate: float = setting(0.003, title="Rate", help="A small number.", gt=0.0, le=10.0, live=True)
    share: float = setting(0.5, title="Share", help="A share.", ge=0.0, le=0.9)
    kind: Literal["a", "b"] = setting("a", title="Kind", help="One of two.", labels={"a": "first", "b": "second"})
    flag: bool = setting(False, title="Flag", help="Yes or no.", level="advanced")
    names: tuple[str, ...] = setting((), title="Names", help="Columns.")


class Holder:
    """Holds an Example and takes edits, as a Session does."""

    def __init__(self) -> None:
        self.spec = Example()
        self.edits: list[dict[str, object]] = []

    def edit(self, values: dict[str, object]) -> Problem | None:
        self.edits.append(values)
        self.spec = self.spec.changed(**values)
        return None


@pytest.fixture
def holder() -> Holder:
    return Holder()


@pytest.fixture
def form(holder: Holder, theme: Theme, qtbot: QtBot) -> Form:
    made = Form(settings_of(Example), lambda: holder.spec, holder.edit, lambda: ("load", "a<b>", "temp & rain"))
    made.set_theme(theme)
    made.refresh(training=False)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def typed(form: Form, name: str, text: str, qtbot: QtBot, *, enter: bool = True) -> QWidget:
    widget = form.fields[name].widget
    widget.setFocus()
    assert isinstance(widget, WholeNumber | Number)
    widget.selectAll()
    qtbot.keyClicks(widget, text)
    if enter:
        qtbot.keyClick(widget, Qt.Key.Key_Return)
    return widget


def test_that_each_kind_of_setting_gets_its_editor(form: Form) -> None:
    kinds = {name: type(field.widget) for name, field in form.fields.items()}
    assert kinds == {
        "whole": WholeNumber, "rate": Number, "share": Number, "kind": Choice, "flag": Flag, "names": Names,
    }  # fmt: skip


def test_that_the_form_shows_the_specs_values(form: Form, holder: Holder) -> None:
    assert {name: field.editor.read() for name, field in form.fields.items()} == holder.spec.model_dump()


def test_that_every_control_has_a_name_and_a_description(form: Form) -> None:
    for field in form.fields.values():
        assert field.widget.accessibleName() == field.entry.title
        assert field.widget.accessibleDescription() == field.entry.help
        assert field.label.buddy() is field.widget
        assert field.widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_that_enter_commits_once(form: Form, holder: Holder, qtbot: QtBot) -> None:
    typed(form, "whole", "64", qtbot)
    assert holder.edits == [{"whole": 64}]


def test_that_leaving_the_field_commits(form: Form, holder: Holder, qtbot: QtBot) -> None:
    typed(form, "rate", "0,01", qtbot, enter=False)
    assert holder.edits == []
    form.fields["whole"].widget.setFocus()
    assert holder.edits == [{"rate": 0.01}], "a decimal comma is understood"


def test_that_nothing_is_committed_while_typing_or_without_a_change(form: Form, holder: Holder, qtbot: QtBot) -> None:
    typed(form, "whole", "48", qtbot)
    form.fields["rate"].widget.setFocus()
    assert holder.edits == []


def test_that_quick_steps_are_one_edit(form: Form, holder: Holder, qtbot: QtBot) -> None:
    widget = form.fields["whole"].widget
    widget.setFocus()
    for _ in range(5):
        qtbot.keyClick(widget, Qt.Key.Key_Up)
    assert holder.edits == []
    qtbot.waitUntil(lambda: bool(holder.edits), timeout=5_000)
    assert len(holder.edits) == 1
    assert holder.spec.whole > 48


@pytest.mark.parametrize(
    ("name", "text"),
    [("whole", "101"), ("whole", "-3"), ("rate", "0"), ("rate", "fast"), ("rate", "nan"), ("share", "1")],
)
def test_that_a_refused_value_is_explained_and_the_old_one_kept(
    form: Form, holder: Holder, qtbot: QtBot, name: str, text: str
) -> None:
    before = form.fields[name].editor.read()
    typed(form, name, text, qtbot)
    field = form.fields[name]
    assert holder.edits == []
    assert field.editor.read() == before
    assert field.refusal.isVisible()
    assert field.entry.title in field.refusal.text()
    assert field.widget.property("refused") is True


def test_that_a_good_value_takes_the_refusal_away(form: Form, qtbot: QtBot) -> None:
    typed(form, "whole", "5000", qtbot)
    typed(form, "whole", "50", qtbot)
    assert not form.fields["whole"].refusal.isVisible()
    assert form.fields["whole"].widget.property("refused") is False


def test_that_the_edits_own_refusal_is_shown(form: Form, holder: Holder, opened: Session, qtbot: QtBot) -> None:
    """The session may refuse what the field alone allows: shares that leave no test."""
    shares = Form(
        settings_of(DataSpec), lambda: opened.project.data, lambda values: opened.edit("data", **values)
    )  # fmt: skip
    qtbot.addWidget(shares)
    shares.refresh(training=False)
    shares._more.setChecked(True)
    shares.show()
    typed(shares, "train_share", "0.9", qtbot)
    assert "no rows to test on" in shares.fields["train_share"].refusal.text()
    assert opened.project.data.train_share == 0.7
    shares.close()
    shares.deleteLater()


def test_that_only_live_settings_can_change_during_a_training(form: Form) -> None:
    form.refresh(training=True)
    enabled = {name for name, field in form.fields.items() if field.widget.isEnabled()}
    assert enabled == {"rate"}
    assert "during a training" in form.fields["whole"].widget.toolTip()
    form.refresh(training=False)
    assert all(field.widget.isEnabled() for field in form.fields.values())


def test_that_advanced_settings_wait_behind_a_disclosure(form: Form) -> None:
    assert not form.fields["flag"].widget.isVisible()
    form._more.click()
    assert form.fields["flag"].widget.isVisible()


def test_that_the_wheel_scrolls_past_a_field_without_the_focus(form: Form, holder: Holder, qtbot: QtBot) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    form.fields["rate"].widget.setFocus()
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(form.fields["whole"].widget, event)
    assert form.fields["whole"].editor.read() == 48
    assert not event.isAccepted()


def test_that_suffixes_replace_the_unit(form: Form) -> None:
    widget = form.fields["whole"].widget
    assert isinstance(widget, WholeNumber)
    assert widget.text() == "48 steps"
    form.refresh(False, {"whole": "steps = 2 days"})
    assert widget.text() == "48 steps = 2 days"


def test_that_a_value_changed_elsewhere_is_shown(form: Form, holder: Holder) -> None:
    holder.spec = Example(whole=7, kind="b", names=("load",))
    form.refresh(False)
    assert form.fields["whole"].editor.read() == 7
    assert form.fields["kind"].editor.read() == "b"
    assert form.fields["names"].editor.read() == ("load",)


def test_that_columns_are_checked_by_keyboard(form: Form, holder: Holder, qtbot: QtBot) -> None:
    names = form.fields["names"].widget
    assert isinstance(names, Names)
    names.menu().popup(names.mapToGlobal(names.rect().bottomLeft()))
    qtbot.waitUntil(lambda: names.menu().isVisible(), timeout=5_000)
    qtbot.keyClick(names._list, Qt.Key.Key_Down)
    qtbot.keyClick(names._list, Qt.Key.Key_Space)
    qtbot.keyClick(names._list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(holder.edits), timeout=5_000)
    assert holder.spec.names == ("a<b>",)
    assert names.summary() == "a<b>"


@pytest.mark.parametrize(
    ("start", "key", "end"),
    [
        ("0.003", Qt.Key.Key_Up, "0.005"), ("0.005", Qt.Key.Key_Up, "0.01"), ("0.003", Qt.Key.Key_Down, "0.002"),
        ("0.001", Qt.Key.Key_Down, "0.0005"), ("10", Qt.Key.Key_Up, "10"),
    ],
)  # fmt: skip
def test_that_arrow_keys_climb_the_ladder_of_a_rate(
    form: Form, qtbot: QtBot, start: str, key: Qt.Key, end: str
) -> None:
    widget = typed(form, "rate", start, qtbot)
    qtbot.keyClick(widget, key)
    read = form.fields["rate"].editor.read()
    assert isinstance(read, float)
    assert plain(read) == end
    form.fields["rate"].editor.write(0.003)


def test_that_every_setting_of_the_project_can_be_shown(theme: Theme, qtbot: QtBot, opened: Session) -> None:
    forms: list[tuple[type[Spec], Callable[[], Spec]]] = [
        (DataSpec, lambda: opened.project.data), (TrainSpec, lambda: opened.project.train),
    ]  # fmt: skip
    for spec, read in forms:
        made = Form(settings_of(spec), read, lambda values: None)
        qtbot.addWidget(made)
        made.set_theme(theme)
        made.refresh(training=False)
        assert set(made.fields) == {entry.name for entry in settings_of(spec)}
        made.deleteLater()
