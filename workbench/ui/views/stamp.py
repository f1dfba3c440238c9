"""What stands below a picture that leaves the program: which data, network, training and moment it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from workbench import __version__
from workbench.core.cells import CELLS
from workbench.core.project import Project
from workbench.ui.text import DOT, count, plain
from workbench.ui.text import translate as _
from workbench.ui.theme import Theme, font

if TYPE_CHECKING:
    from workbench.ui.views.view import AbstractView

PADDING = 8
WRAPPED = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)


def caption_of(view: AbstractView) -> str:
    """Return the lines below a picture of `view`: what it says of itself, and the settings behind it. Plain text."""
    session, heading = view.session, view.heading
    run = session.run
    project = run.project if run is not None else session.project
    lines = [DOT.join(part for part in (_(view.title), heading.subtitle, heading.facts) if part)]
    legend = ", ".join(entry.text for entry in heading.legend)
    if legend:
        lines[0] += DOT + legend
    if session.table is not None:
        lines.append(_data(session.table.name, project))
    if run is not None:
        epoch = session.cursor.epoch
        done = run.epochs[-1].epoch if run.epochs else 0
        words = _("run {number}, epoch {epoch} of {epochs}")
        moment = words.format(
            number=run.number, epoch=count(done if epoch is None else epoch), epochs=count(project.train.epochs)
        )
        lines.append(DOT.join((_network(project), _training(project), moment)))
    lines[-1] += DOT + f"Sequence Workbench {__version__}"
    return "\n".join(lines)


def _data(name: str, project: Project) -> str:
    data = project.data
    parts = [name, ", ".join(data.targets), _("window {steps}").format(steps=count(data.window))]
    parts += [_("horizon {steps}").format(steps=count(data.horizon)), _("scaling {name}").format(name=data.scaling)]
    return DOT.join(part for part in parts if part)


def _network(project: Project) -> str:
    model = project.model
    words = _("{cell}, {units} units, {layers} layers") if model.layers > 1 else _("{cell}, {units} units")
    text = words.format(cell=CELLS[model.cell].label, units=count(model.hidden), layers=model.layers)
    cell, options = CELLS[model.cell], model.cell_options.model_dump()
    usual = cell.Options().model_dump()
    changed = [f"{name} {value}" for name, value in options.items() if value != usual[name]]
    return ", ".join([text, *changed, _("normalisation {name}").format(name=model.normalisation)])


def _training(project: Project) -> str:
    train = project.train
    words = _("{optimiser} {rate}, batch {batch}, {loss}, seed {seed}")
    return words.format(
        optimiser=train.optimiser, rate=plain(train.learning_rate), batch=train.batch, loss=train.loss, seed=train.seed
    )


def caption_height(caption: str, width: int) -> int:
    """Return how high the lines are below a picture of this width."""
    if not caption:
        return 0
    room = QRect(0, 0, max(width - 2 * PADDING, 40), 10_000)
    return QFontMetrics(font("small")).boundingRect(room, WRAPPED, caption).height() + 2 * PADDING


def paint_caption(painter: QPainter, place: QRect, caption: str, theme: Theme) -> None:
    """Write `caption` into `place`, on the ground of a card."""
    painter.save()
    painter.fillRect(place, theme.color("surface"))
    painter.setFont(font("small"))
    painter.setPen(theme.color("muted"))
    painter.drawText(place.adjusted(PADDING, PADDING, -PADDING, 0), WRAPPED, caption)
    painter.restore()
