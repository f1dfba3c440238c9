"""The menu bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from workbench.app.continuing import go_on, go_on_grown, has_grown
from workbench.app.session import Session
from workbench.core.cells import CELLS
from workbench.core.growth import Scaling
from workbench.core.morphs import offers
from workbench.core.problems import N_
from workbench.ui.actions import SEEDS, THEMES, Actions
from workbench.ui.arrangements import PERSPECTIVES
from workbench.ui.text import count, translate
from workbench.ui.words import menu_text

GROWN: Mapping[Scaling, str] = {
    "keep": N_("On the file that is open, its scaler kept"),
    "refit": N_("On the file that is open, the scaler fitted anew"),
}
"""The ways in which a network goes on with a file that has grown."""

Open = Callable[[str], None]
KNOBS = {"length": N_("length"), "delay": N_("delay"), "noise": N_("noise, hundredths")}
"""What the options that make tasks harder are called."""


def samples_menu(parent: QWidget, open_source: Open) -> QMenu:
    """Return the menu of samples. It is filled when it is first shown: listing samples reads files."""
    menu = QMenu(translate(N_("Samples")), parent)
    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(lambda: _fill_samples(menu, open_source))
    return menu


def _fill_samples(menu: QMenu, open_source: Open) -> None:
    if menu.actions():
        return
    from workbench.core.sources.samples import SAMPLES

    _head(menu, N_("Real series"))
    generated = False
    for sample in SAMPLES:
        if sample.file.startswith("task:") and not generated:
            generated = True
            menu.addSeparator()
            _head(menu, N_("Generated tasks"))
        action = menu.addAction(menu_text(translate(sample.title)))
        action.setToolTip(translate(sample.description))
        action.triggered.connect(lambda _checked=False, source=sample.address: open_source(source))

    menu.addMenu(_harder_menu(menu, open_source))


def _harder_menu(parent: QMenu, open_source: Open) -> QMenu:
    """Return the menu of the generated tasks at other difficulties."""
    from workbench.core.sources.tasks import TASKS

    menu = QMenu(translate(N_("Easier and harder")), parent)
    for task in TASKS:
        title = menu_text(translate(task.title))
        levels = menu.addMenu(title)
        for level in task.levels:
            words = f"{translate(KNOBS[task.knob])} {count(level)}"
            action = levels.addAction(words)
            address = f"task:{task.key}?{task.knob}={level}"
            action.triggered.connect(lambda _checked=False, address=address: open_source(address))
    return menu


def _head(menu: QMenu, words: str) -> None:
    """Add a heading; Fusion leaves the words of a section out."""
    menu.addAction(translate(words)).setEnabled(False)


def going_on_menu(parent: QWidget, session: Session) -> QMenu:
    """Return the menu of the ways in which the shown run's network can be trained on."""
    menu = QMenu(translate(N_("Go on from this run")), parent)
    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(lambda: _fill_going_on(menu, session))
    return menu


def _fill_going_on(menu: QMenu, session: Session) -> None:
    menu.clear()
    run = session.run
    if run is None or run.best is None or session.training != "idle":
        menu.addAction(translate(N_("No trained network is shown"))).setEnabled(False)
        return
    if has_grown(session):
        for scaling, words in GROWN.items():
            action = menu.addAction(translate(words))
            action.setToolTip(translate(N_("Starts from its best weights, on the rows of the file that is open now.")))
            action.triggered.connect(lambda _checked=False, scaling=scaling: go_on_grown(session, scaling))
        return
    for key, changes in offers(run.project.model).items():
        action = menu.addAction(menu_text(going_on_words(key, changes)))
        action.setToolTip(translate(N_("Starts from its best weights; what it forecasts stays the same at first.")))
        action.triggered.connect(lambda _checked=False, changes=changes: go_on(session, **changes))


def going_on_words(key: str, changes: Mapping[str, object]) -> str:
    """Say in what shape a network goes on."""
    if key == "peephole":
        return translate(N_("As {cell}, its peepholes at 0")).format(cell=translate(CELLS[str(changes["cell"])].label))
    if key == "wider":
        return translate(N_("With {count} units, the new ones not listened to yet")).format(count=changes["hidden"])
    return translate(N_("As it is"))


def fill(
    bar: QMenuBar, actions: Actions, samples: QMenu, recent: QMenu, going_on: Sequence[QMenu], views: list[QAction]
) -> None:
    """Build the menus File, Edit, Run, View and Help."""

    def add(menu: QMenu, *names: str) -> None:
        for name in names:
            if name:
                menu.addAction(actions[name])
            else:
                menu.addSeparator()

    file = bar.addMenu(translate(N_("&File")))
    add(file, "open")
    file.addMenu(samples)
    file.addMenu(recent)
    add(file, "", "save", "save-as", "", "export", "", "quit")
    add(bar.addMenu(translate(N_("&Edit"))), "undo", "redo", "", "paste", "check-reading", "", "preferences")
    run = bar.addMenu(translate(N_("&Run")))
    add(
        run,
        "train", "pause", "step-batch", "step-epoch", "run-more", "finish", "stop", "", "find-rate", "forecast",
    )  # fmt: skip
    seeds = run.addMenu(translate(N_("Train several seeds")))
    seeds.setToolTipsVisible(True)
    add(seeds, *(f"seeds-{number}" for number in SEEDS))
    for menu in going_on:
        run.addMenu(menu)
    add(run, "runs")
    view = bar.addMenu(translate(N_("&View")))
    view.addActions(views)
    view.addSeparator()
    arrangements = view.addMenu(translate(N_("Arrangement")))
    add(arrangements, *(f"perspective-{key}" for key in PERSPECTIVES), "", "reset-layout")
    add(view.addMenu(translate(N_("Theme"))), *(f"theme-{choice}" for choice, _title in THEMES))
    add(bar.addMenu(translate(N_("&Help"))), "manual", "cell", "shortcuts", "", "about")
