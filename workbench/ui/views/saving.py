"""Save or copy what a view shows: PNG, SVG, CSV, and a scrub through the epochs as GIF or MP4."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap, Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from workbench.core.problems import N_, ProblemKind, problem
from workbench.core.seen import harmless
from workbench.ui.text import translate as _
from workbench.ui.views.stamp import caption_height, caption_of, paint_caption

if TYPE_CHECKING:
    from workbench.ui.views.view import AbstractView

SavedColumn = tuple[str, NDArray[np.generic]]
"""Header and values of one column; columns may have different lengths."""

SCALE = 2
"""Saved pictures have this many pixels for each of the screen's, enough for print."""

PICTURE_SAVED = ProblemKind("picture-saved", "note", N_("Saved {name}."), N_("It is in {folder}."))
PICTURE_NOT_SAVED = ProblemKind(
    "picture-not-saved",
    "error",
    N_("{name} could not be written: {reason}."),
    N_("Choose another folder, or free some space."),
)


def add_actions(menu: QMenu, view: AbstractView) -> None:
    """Add saving and copying of `view` to `menu`."""
    for text, ending in ((_("Save as PNG…"), "png"), (_("Save as SVG…"), "svg"), (_("Save as CSV…"), "csv")):
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False, kind=ending: ask(view, kind))
    run = view.session.run
    if run is not None and len(run.probes) > 1:
        _add_films(menu, view)
    menu.addSeparator()
    menu.addAction(_("Copy picture")).triggered.connect(
        lambda _checked=False: QGuiApplication.clipboard().setPixmap(picture(view))
    )
    menu.addAction(_("Copy numbers")).triggered.connect(
        lambda _checked=False: QGuiApplication.clipboard().setText(numbers(view.columns()))
    )


def _add_films(menu: QMenu, view: AbstractView) -> None:
    """Offer films of all epochs; one that cannot be written here is grey and says what it lacks."""
    from workbench.ui.views.film import can_film
    from workbench.ui.views.mp4 import ffmpeg

    films = (
        ("gif", _("Save epochs as GIF…"), _("Save epochs as GIF (needs the package pillow)"), can_film()),
        ("mp4", _("Save epochs as MP4…"), _("Save epochs as MP4 (needs the program ffmpeg)"), ffmpeg() is not None),
    )
    for ending, text, lacking, possible in films:
        action = menu.addAction(text if possible else lacking)
        action.setEnabled(possible)
        action.triggered.connect(lambda _checked=False, kind=ending: ask(view, kind))


def ask(view: AbstractView, ending: str, columns: Sequence[SavedColumn] | None = None) -> QFileDialog:
    """Ask where to save, without blocking, and save there: `columns`, or what the view shows."""
    dialog = QFileDialog(view, _("Save as {kind}").format(kind=ending.upper()), f"{view.key}.{ending}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(f"{ending.upper()} (*.{ending})")
    dialog.setDefaultSuffix(ending)
    dialog.fileSelected.connect(lambda name: save(view, Path(name), columns))
    dialog.open()
    return dialog


def save(view: AbstractView, path: Path, columns: Sequence[SavedColumn] | None = None) -> None:
    """Write the picture of `view`, or `columns` (by default its numbers), as the ending of `path` says.

    The session tells the outcome.
    """
    try:
        if path.suffix == ".csv":
            path.write_text(numbers(view.columns() if columns is None else columns), encoding="utf-8", newline="")
        elif path.suffix in (".gif", ".mp4"):
            from workbench.ui.views.film import Film

            Film(view, path).start()
            return
        elif path.suffix == ".svg":
            _write_svg(view, path)
        elif not picture(view).save(str(path), "PNG"):
            raise OSError(_("the folder refuses it"))
    except OSError as error:
        reason = error.strerror or str(error)
        view.session.noticed.emit(problem(PICTURE_NOT_SAVED, name=path.name, reason=reason))
        return
    view.session.noticed.emit(problem(PICTURE_SAVED, name=path.name, folder=str(path.parent)))


def picture(view: AbstractView, scale: int = SCALE) -> QPixmap:
    """Return the view as pixels on the ground of its card, with the settings behind it in a caption below."""
    view.refresh()
    caption = caption_of(view)
    height = view.height() + caption_height(caption, view.width())
    pixmap = QPixmap(QSize(view.width(), height) * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(view.theme.color("surface"))
    view.render(pixmap, renderFlags=view.RenderFlag.DrawChildren)
    painter = QPainter(pixmap)
    paint_caption(painter, QRect(0, view.height(), view.width(), height - view.height()), caption, view.theme)
    painter.end()
    return pixmap


def _write_svg(view: AbstractView, path: Path) -> None:
    # QtSvg loads a library of its own; nobody waits for it before the first SVG.
    from PySide6.QtSvg import QSvgGenerator

    view.refresh()
    path.write_bytes(b"")  # QSvgGenerator is silent where it cannot write; this raises.
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    caption = caption_of(view)
    below = caption_height(caption, view.width())
    generator.setSize(QSize(view.width(), view.height() + below))
    generator.setViewBox(QRect(0, 0, view.width(), view.height() + below))
    generator.setTitle(_(view.title))
    generator.setDescription(caption)
    painter = QPainter(generator)
    painter.fillRect(view.rect(), view.theme.color("surface"))
    view.render(painter, view.rect().topLeft(), renderFlags=view.RenderFlag.DrawChildren)
    paint_caption(painter, QRect(0, view.height(), view.width(), below), caption, view.theme)
    painter.end()


def numbers(columns: Sequence[SavedColumn]) -> str:
    """Return columns as RFC 4180 text; shorter columns end in empty cells, NaN is an empty cell."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([harmless(header) for header, _values in columns])
    texts = [_texts(values) for _header, values in columns]
    for row in range(max((len(column) for column in texts), default=0)):
        writer.writerow([column[row] if row < len(column) else "" for column in texts])
    return target.getvalue()


def _texts(values: NDArray[np.generic]) -> list[str]:
    if values.dtype.kind == "M":
        return ["" if np.isnat(time) else str(time) for time in values.astype("datetime64[s]")]
    if values.dtype.kind == "f":
        digits = 7 if values.dtype.itemsize == 4 else 12
        return [f"{value:.{digits}g}" if np.isfinite(value) else "" for value in values.astype(float)]
    return [harmless(str(value)) for value in values]
