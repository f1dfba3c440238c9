"""A scrub through the epochs as an animated GIF or MP4: one picture an epoch, taken while the window goes on."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.ui.views import mp4, saving

if TYPE_CHECKING:
    from workbench.ui.views.view import AbstractView

Frame = NDArray[np.uint8]

MOST_FRAMES = 120
"""Of more epochs some are left out evenly."""

FRAME_MS = 150
LAST_MS = 1500
"""The last picture stands longer, before the film begins again."""

SCALE = 1
NEEDS_PILLOW = ProblemKind(
    "needs-pillow",
    "error",
    N_("Animated pictures are written by the package Pillow, which is not installed."),
    N_("Install it (python -m pip install pillow), or save single pictures as PNG."),
)

NEEDS_FFMPEG = ProblemKind(
    "needs-ffmpeg",
    "error",
    N_("MP4 films are written by the program ffmpeg, which is not on this machine's search path."),
    N_("Install ffmpeg, or save the epochs as GIF."),
)


def can_film() -> bool:
    """Say whether the package that writes GIFs is there, without importing it."""
    return importlib.util.find_spec("PIL") is not None


def chosen_epochs(epochs: Sequence[int], most: int = MOST_FRAMES) -> list[int]:
    """Return at most `most` of the recorded epochs, evenly taken, the first and the last among them."""
    ordered = sorted(epochs)
    if len(ordered) <= most:
        return ordered
    places = np.linspace(0, len(ordered) - 1, most).round().astype(int)
    return [ordered[place] for place in places]


class Film(QObject):
    """Takes the pictures of `view` at every recorded epoch, one in each turn of the window's loop, and writes them.

    The cursor goes through the epochs, so the whole window scrubs along; afterwards it stands where it was. It is
    its own child of the view: closing the view ends it.

    Signals
    -------
    ended(object)
        Path of the film, or None if it was given up.
    """

    ended = Signal(object)

    def __init__(self, view: AbstractView, path: Path) -> None:
        super().__init__(view)
        self._view, self._path = view, path
        run = view.session.run
        self._epochs = chosen_epochs(list(run.probes)) if run is not None else []
        self._before = view.session.cursor.epoch
        self._frames: list[Frame] = []
        self._size = view.size()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)

    def start(self) -> None:
        """Begin; without what writes the film the session says why not."""
        missing = None if can_film() else NEEDS_PILLOW
        if self._path.suffix == ".mp4":
            missing = None if mp4.ffmpeg() else NEEDS_FFMPEG
        if missing is not None:
            self._view.session.noticed.emit(problem(missing))
        if missing is not None or not self._epochs:
            self._end(None)
            return
        self._timer.start(0)

    def _take(self) -> None:
        """Take the next picture, or write them all."""
        session = self._view.session
        if len(self._frames) < len(self._epochs):
            session.point(epoch=self._epochs[len(self._frames)])
            self._frames.append(pixels(saving.picture(self._view, SCALE).toImage()))
            return
        self._timer.stop()
        session.point(epoch=self._before)
        frames, path = self._frames, self._path
        write = write_mp4 if path.suffix == ".mp4" else write_gif
        session.works.start(
            N_("Exporting"), lambda _progress, _cancelled: write(path, frames), self._written, self._refused
        )

    def _written(self, note: Problem) -> None:
        self._view.session.noticed.emit(note)
        self._end(self._path)

    def _refused(self, found: Problem) -> None:
        self._view.session.noticed.emit(found)
        self._end(None)

    def _end(self, path: Path | None) -> None:
        self.ended.emit(path)
        self.deleteLater()


def pixels(image: QImage) -> Frame:
    """Return the red, green and blue of an image, (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def write_gif(path: Path, frames: Sequence[Frame]) -> Problem:
    """Write frames of one size as a film that begins again, and return the note that says so.

    Raises
    ------
    WorkbenchError
        ``picture-not-saved``.
    """
    from PIL import Image

    height, width = min(one.shape[0] for one in frames), min(one.shape[1] for one in frames)
    images = [Image.fromarray(one[:height, :width]).quantize(128) for one in frames]
    times = [FRAME_MS] * (len(images) - 1) + [LAST_MS]
    try:
        images[0].save(path, save_all=True, append_images=images[1:], duration=times, loop=0, disposal=1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkbenchError(saving.PICTURE_NOT_SAVED, name=path.name, reason=reason) from None
    return problem(saving.PICTURE_SAVED, name=path.name, folder=str(path.parent))


def write_mp4(path: Path, frames: Sequence[Frame]) -> Problem:
    """Write frames as a film, and return the note that says so.

    Raises
    ------
    WorkbenchError
        ``needs-ffmpeg`` or ``picture-not-saved``.
    """
    program = mp4.ffmpeg()
    if program is None:
        raise WorkbenchError(NEEDS_FFMPEG)
    try:
        mp4.encode(program, path, [*frames, *[frames[-1]] * (LAST_MS // FRAME_MS)], 1000 / FRAME_MS)
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise WorkbenchError(saving.PICTURE_NOT_SAVED, name=path.name, reason=reason) from None
    return problem(saving.PICTURE_SAVED, name=path.name, folder=str(path.parent))
