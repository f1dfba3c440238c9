"""PNG, SVG and CSV of what a view shows."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from workbench.app.session import Session
from workbench.core.problems import Problem
from workbench.ui.views import VIEWS, film, mp4
from workbench.ui.views.film import chosen_epochs
from workbench.ui.views.saving import add_actions, numbers, save
from workbench.ui.views.stamp import caption_height, caption_of
from workbench.ui.views.view import AbstractView

MakeView = Callable[[str], AbstractView]


@pytest.fixture
def told(session: Session) -> list[Problem]:
    found: list[Problem] = []
    session.noticed.connect(found.append)
    return found


@pytest.mark.parametrize("key", VIEWS.keys())
def test_that_every_view_can_be_saved(
    key: str, finished: Session, make: MakeView, tmp_path: Path, told: list[Problem], qtbot: QtBot
) -> None:
    if key == "rate":
        finished.rate_test.start()
        qtbot.waitUntil(lambda: finished.rate_test.curve is not None, timeout=60_000)
    view = make(key)
    for ending in ("png", "svg", "csv"):
        save(view, tmp_path / f"it.{ending}")
    assert [found.key for found in told] == ["picture-saved"] * 3
    assert QImage(str(tmp_path / "it.png")).width() == 2 * view.width()
    assert (tmp_path / "it.svg").read_text().rstrip().endswith("</svg>")
    rows = list(csv.reader(io.StringIO((tmp_path / "it.csv").read_text())))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("ending", ["png", "svg", "csv"])
def test_that_a_refused_file_is_a_problem(
    ending: str, finished: Session, make: MakeView, tmp_path: Path, told: list[Problem]
) -> None:
    save(make("loss"), tmp_path / "no such folder" / f"it.{ending}")
    assert [found.key for found in told] == ["picture-not-saved"]


def test_that_numbers_are_plain_text() -> None:
    times = np.array(["2024-01-01T00:30", "NaT"], dtype="datetime64[us]")
    text = numbers([("time", times), ('a "b", c', np.array([0.1, np.nan])), ("n", np.array([7]))])
    assert text == 'time,"a ""b"", c",n\r\n2024-01-01T00:30:00,0.1,7\r\n,,\r\n'


def test_that_picture_and_numbers_can_be_copied(finished: Session, make: MakeView) -> None:
    view, menu = make("loss"), QMenu()
    add_actions(menu, view)
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy numbers"].trigger()
    assert QGuiApplication.clipboard().text().startswith("epoch,train,valid")
    actions["Copy picture"].trigger()
    assert QGuiApplication.clipboard().pixmap().width() == 2 * view.width()
    QGuiApplication.clipboard().clear()
    menu.deleteLater()


def test_that_the_settings_are_stamped_below_a_picture(finished: Session, make: MakeView, tmp_path: Path) -> None:
    finished.point(epoch=2)
    view = make("gates")
    caption = caption_of(view)
    for words in ("Gates", "small.csv", "load", "window 36", "horizon 12", "LSTM, 12 units", "seed 0", "epoch 2 of 4"):
        assert words in caption
    save(view, tmp_path / "it.png")
    save(view, tmp_path / "it.svg")
    assert QImage(str(tmp_path / "it.png")).height() == 2 * (view.height() + caption_height(caption, view.width()))
    assert "window 36" in (tmp_path / "it.svg").read_text()


def test_that_a_film_takes_at_most_so_many_epochs_with_both_ends() -> None:
    assert chosen_epochs([3, 1, 2]) == [1, 2, 3]
    found = chosen_epochs(range(1000), 50)
    assert (len(found), found[0], found[-1]) == (50, 0, 999)


def test_that_a_missing_package_is_told(
    finished: Session, make: MakeView, tmp_path: Path, told: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "can_film", lambda: False)
    save(make("gates"), tmp_path / "it.gif")
    assert [found.key for found in told] == ["needs-pillow"]


def test_that_a_scrub_is_filmed_epoch_by_epoch(
    finished: Session, make: MakeView, tmp_path: Path, told: list[Problem], qtbot: QtBot
) -> None:
    image = pytest.importorskip("PIL.Image")
    finished.point(epoch=3)
    view = make("states")
    save(view, tmp_path / "it.gif")
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert [found.key for found in told] == ["picture-saved"]
    assert finished.cursor.epoch == 3
    with image.open(tmp_path / "it.gif") as found:
        assert found.n_frames == len(finished.run.probes)
        assert found.size[0] == view.width()
    save(view, tmp_path / "no such folder" / "it.gif")
    qtbot.waitUntil(lambda: len(told) == 2, timeout=20_000)
    assert told[1].key == "picture-not-saved"


def test_that_an_mp4_needs_ffmpeg_and_says_so(
    finished: Session, make: MakeView, tmp_path: Path, told: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    view, menu = make("gates"), QMenu()
    add_actions(menu, view)
    grey = [action for action in menu.actions() if "MP4" in action.text()]
    assert [(action.isEnabled(), "ffmpeg" in action.text()) for action in grey] == [(False, True)]
    menu.deleteLater()
    save(view, tmp_path / "it.mp4")
    assert [found.key for found in told] == ["needs-ffmpeg"]


def test_that_an_encoder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    frames = [np.zeros((20, 30, 3), np.uint8)] * 3
    with pytest.raises(OSError, match="ffmpeg"):
        mp4.encode(shutil.which("false") or "false", tmp_path / "it.mp4", frames, 10.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_that_a_scrub_becomes_an_mp4_with_its_caption(
    finished: Session, make: MakeView, tmp_path: Path, told: list[Problem], qtbot: QtBot
) -> None:
    view = make("states")
    save(view, tmp_path / "it.mp4")
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert [found.key for found in told] == ["picture-saved"]
    assert [path.name for path in tmp_path.iterdir()] == ["it.mp4"]
    raw = subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", tmp_path / "it.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    height = view.height() + caption_height(caption_of(view), view.width())
    frames = len(finished.run.probes) + film.LAST_MS // film.FRAME_MS
    seen = np.frombuffer(raw, np.uint8).reshape(frames, height + height % 2, view.width(), 3)
    assert np.abs(seen[0].astype(int) - seen[4]).mean() > 0.5
    assert seen[-1, view.height() :].std() > 1
