"""The Data card's groups, the effects of choices, and Problems told at the field they are about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from recorded import small_project, small_table
from series import table_of, wave
from workbench.app.session import Session
from workbench.core.fields import settings_of
from workbench.core.opening import Opened
from workbench.core.project import DataSpec
from workbench.ui.panels.data import DataCard
from workbench.ui.panels.group import unusual
from workbench.ui.panels.preparation import ALWAYS, GROUPS, DataForm
from workbench.ui.theme import Theme


def _line(hour: int, value: object) -> str:
    return f"2024-01-{1 + hour // 24:02} {hour % 24:02}:00,{value}\n"


FAULTY = "time,load\n" + "".join(
    _line(hour, 99 if hour == 100 else "" if hour in (30, 31) else 20 + hour % 24)
    + (_line(hour, 50) if hour == 60 else "")
    for hour in range(480)
    if not 200 <= hour < 204
)


@pytest.fixture
def card(session: Session, theme: Theme) -> Iterator[DataCard]:
    made = DataCard(session, lambda _problem: None)
    made.set_theme(theme)
    made.resize(312, 700)
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def faulty(session: Session, tmp_path: Path, qtbot: QtBot) -> Session:
    """Hours with a gap of four, two missing cells, a repeated time and an outlier."""
    path = tmp_path / "faulty.csv"
    path.write_text(FAULTY)
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(path)
    session.edit("data", window=24, horizon=6, gaps="cut", gap_limit=3)
    return session


def opened(form: DataForm, key: str, session: Session, qtbot: QtBot) -> None:
    form.groups[key].button.click()
    qtbot.waitUntil(lambda: not session.review.busy, timeout=10_000)


def test_that_every_setting_of_the_data_has_one_place() -> None:
    placed = [*ALWAYS, *(name for _key, _title, names in GROUPS for name in names)]
    assert len(placed) == len(set(placed))
    assert set(placed) <= {entry.name for entry in settings_of(DataSpec)}


def test_that_every_setting_can_be_reached(card: DataCard) -> None:
    assert set(card.form.fields) == {entry.name for entry in settings_of(DataSpec)}


def test_that_groups_open_by_keyboard_and_tell_what_is_not_as_usual(
    card: DataCard, faulty: Session, qtbot: QtBot
) -> None:
    group = card.form.groups["gaps"]
    assert not group.content.isVisible()
    faulty.edit("data", gaps="hold", gap_limit=5)
    assert group.summary.text() == "hold the last value · 5"
    group.button.setFocus()
    qtbot.keyClick(group.button, Qt.Key.Key_Space)
    assert group.content.isVisible()
    assert group.summary.text() == ""


def test_that_the_effect_of_each_choice_stands_beside_it(card: DataCard, faulty: Session, qtbot: QtBot) -> None:
    opened(card.form, "gaps", faulty, qtbot)
    rows = card.form.effects["gaps"].rows
    assert [row.text() for row in rows] == [
        "cut windows there", "hold, up to 3", "season, up to 3", "line, up to 3",
    ]  # fmt: skip
    dataset = faulty.dataset
    assert dataset is not None
    windows = len(dataset.train) + len(dataset.valid) + len(dataset.test)
    assert rows[0].facts == f"{windows} windows"
    assert rows[0].isChecked()
    assert rows[1].facts.endswith("5 filled")
    assert "windows" in rows[1].accessibleName()


def test_that_looking_at_a_choice_shows_it_and_a_click_takes_it(card: DataCard, faulty: Session, qtbot: QtBot) -> None:
    opened(card.form, "gaps", faulty, qtbot)
    row = card.form.effects["gaps"].rows[1]
    row.setFocus()
    qtbot.waitUntil(lambda: faulty.review.looked_at is not None, timeout=5_000)
    assert faulty.review.looked_at is not None
    assert faulty.review.looked_at.value == "hold"
    qtbot.keyClick(row, Qt.Key.Key_Space)
    assert faulty.project.data.gaps == "hold"
    faulty.undo.undo()
    assert faulty.project.data.gaps == "cut"


def test_that_nothing_is_weighed_while_the_group_is_closed(card: DataCard, faulty: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not faulty.review.busy, timeout=10_000)
    assert ("alternatives", "gaps") not in faulty.review._asked._found


def test_that_whole_data_have_no_effects_to_compare(card: DataCard, session: Session, qtbot: QtBot) -> None:
    session._take(Opened(small_table(), small_project()))
    opened(card.form, "gaps", session, qtbot)
    effects = card.form.effects
    assert not any(entry.isVisible() for entry in effects.values())


def test_that_faults_are_listed_and_a_click_goes_from_one_to_the_next(
    card: DataCard, faulty: Session, qtbot: QtBot
) -> None:
    pointed: list[tuple[str, int]] = []
    faulty.review.pointed.connect(lambda fault, index: pointed.append((fault.kind, index)))
    opened(card.form, "gaps", faulty, qtbot)
    rows = {row.text(): row for row in card.form.faults.rows if row.isVisible()}
    assert {"4 missing steps", "2 missing cells", "1 repeated time"} <= set(rows)
    for _click in range(3):
        rows["2 missing cells"].click()
    assert pointed == [("missing-cell", 0), ("missing-cell", 1), ("missing-cell", 0)]


def test_that_a_click_on_a_note_goes_to_its_place_in_the_series(card: DataCard, faulty: Session, qtbot: QtBot) -> None:
    pointed: list[str] = []
    faulty.review.pointed.connect(lambda fault, _index: pointed.append(fault.kind))
    faulty.review.faults()
    qtbot.waitUntil(lambda: not faulty.review.busy, timeout=10_000)
    note = next(label for label in card.notes._labels if "repeat the time" in label.text())
    qtbot.mouseClick(note, Qt.MouseButton.LeftButton)
    assert pointed == ["duplicate"]


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"power": "log"}, "power", "needs values above 0"),
        ({"season": 400}, "season", "is not there twice"),
        ({"train_until": "1999-01-01"}, "train_until", "the series runs from 2024"),
        ({"duplicates": "error"}, "duplicates", "repeat the time"),
        ({"window": 4000}, "window", "No window fits"),
        ({"resample": "1min"}, "resample", "most of them empty"),
    ],
)
def test_that_an_impossible_choice_is_told_at_its_field_with_a_remedy(
    card: DataCard, faulty: Session, values: dict[str, object], field: str, words: str, qtbot: QtBot
) -> None:
    assert faulty.table is not None
    faulty.table["load"].values[40] = -3.0
    faulty.edit("data", **values)
    refusal = card.form.fields[field].refusal
    assert words in refusal.text()
    assert faulty.data_problem is not None
    assert faulty.data_problem.remedy() in refusal.text()
    qtbot.waitUntil(refusal.isVisible, timeout=5_000)
    faulty.undo.undo()
    assert faulty.data_problem is None
    assert not refusal.isVisible()


def test_that_a_choice_made_in_the_form_keeps_its_problem_below_it(card: DataCard, session: Session) -> None:
    noise = np.random.default_rng(0).normal(size=300)
    session._take(Opened(table_of(a=noise), small_project(targets=("a",)).model_copy(
        update={"data": DataSpec(targets=("a",), window=10, horizon=3)})))  # fmt: skip
    card.form.groups["scaling"].button.click()
    field = card.form.fields["difference"]
    field.editor.write("season")
    field._commit()
    assert session.project.data.difference == "season"
    assert "No season was found" in field.refusal.text()
    assert field.refusal.isVisible()


def test_that_shares_and_dates_stay_in_step(card: DataCard, session: Session) -> None:
    session._take(Opened(small_table(), small_project()))
    date, share = card.form.fields["train_until"], card.form.fields["train_share"]
    assert date.widget.placeholderText() == "2024-01-12 16:00"  # type: ignore[attr-defined]
    assert "280 to train on" in card.form.parts.text()
    session.edit("data", train_until="2024-01-09 08:00")
    assert not share.widget.isEnabled()
    assert share.widget.text() == "0.5"  # type: ignore[attr-defined]
    assert "200 to train on" in card.form.parts.text()
    session.edit("data", train_until="")
    assert share.widget.isEnabled()
    assert share.widget.text() == "0.7"  # type: ignore[attr-defined]


def test_that_a_series_without_times_has_no_dates_to_type(card: DataCard, session: Session) -> None:
    table = table_of(a=wave(300))
    session._take(Opened(table, small_project().model_copy(
        update={"data": DataSpec(targets=("a",), window=10, horizon=3)})))  # fmt: skip
    assert not card.form.fields["train_until"].widget.isEnabled()


def test_that_the_detected_season_is_told(card: DataCard, session: Session) -> None:
    session._take(Opened(small_table(), small_project()))
    field = card.form.fields["season"]
    assert field.widget.text() == "0 = 24 detected"  # type: ignore[attr-defined]
    session.edit("data", season=48)
    assert field.widget.text() == "48 steps = 2 days"  # type: ignore[attr-defined]


def test_that_what_is_not_as_usual_is_told_in_the_words_of_the_form() -> None:
    settings = settings_of(DataSpec)
    assert unusual(settings, DataSpec()) == ""
    changed = DataSpec(gaps="hold", mask_inputs=True, season=12, calendar=("hour",))
    assert unusual(settings, changed) == "hold the last value · Mark missing inputs · 12 · hour"
