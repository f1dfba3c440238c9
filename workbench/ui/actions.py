"""Every command of the window once, for menus, toolbar and shortcuts alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from workbench.app.session import Session
from workbench.core.dataproblems import NO_FUTURE
from workbench.core.problems import N_
from workbench.ui.arrangements import PERSPECTIVES
from workbench.ui.commands import Commands
from workbench.ui.icons import icon
from workbench.ui.runwords import tips
from workbench.ui.text import translate
from workbench.ui.theme import Theme

BARE_KEYS = {"pause": "Space", "finish": "F"}
"""Shown in the menus, but obeyed only where no field or button wants the key itself; see :meth:`Actions.press`."""

SEEDS = (3, 5, 10)
"""Sizes of the groups that the menu offers."""

THEMES = (("system", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark")))


class Actions(QObject):
    """The window's QActions by name, and which of them make sense now."""

    def __init__(self, session: Session, commands: Commands, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._icons: dict[str, str] = {}
        self._by_name: dict[str, QAction] = {}
        self._titles: dict[str, str] = {}
        self._file(commands)
        self._edit(commands)
        self._run(commands)
        self._view(commands)
        self._help(commands)
        session.project_changed.connect(self.refresh)
        session.run_changed.connect(self.refresh)
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def _file(self, commands: Commands) -> None:
        self._add("open", N_("Open…"), commands.choose_file, "Ctrl+O", "open", N_("Open a file with a time series"))
        self._add("save", N_("Save project"), commands.documents.save, "Ctrl+S", "",
                  N_("Save the settings, with their data or a reference to them"))  # fmt: skip
        self._add("save-as", N_("Save project as…"), commands.documents.save_as, "Ctrl+Shift+S", "",
                  N_("Save the settings under another name, or with their data inside"))  # fmt: skip
        self._add("export", N_("Export…"), commands.choose_export, "Ctrl+E", "export",
                  N_("Write the model or the forecast to a file"))  # fmt: skip
        self._add("quit", N_("Quit"), commands.quit, "Ctrl+Q")

    def _edit(self, commands: Commands) -> None:
        for name, title, action, keys in (
            ("undo", N_("Undo"), self._session.undo.createUndoAction(self), ("Ctrl+Z",)),
            ("redo", N_("Redo"), self._session.undo.createRedoAction(self), ("Ctrl+Y", "Ctrl+Shift+Z")),
        ):
            action.setShortcuts([QKeySequence(key) for key in keys])
            self._by_name[name], self._icons[name], self._titles[name] = action, name, title
        self._by_name["undo"].triggered.disconnect()
        self._by_name["undo"].triggered.connect(lambda _checked=False: self._session.desk.undo())
        self._add("paste", N_("Paste data"), commands.paste, "Ctrl+V", "",
                  N_("Open the rows copied in a spreadsheet"))  # fmt: skip
        self._add("preferences", N_("Preferences…"), commands.preferences, "Ctrl+,", "",
                  N_("How much memory the looks inside a network may take"))  # fmt: skip

    def _run(self, commands: Commands) -> None:
        session = self._session
        self._add("train", N_("Train"), session.train, "Ctrl+R", "play", N_("Train the network"))
        self._add("pause", N_("Pause"), session.pause, "", "pause", N_("Pause before the next batch"))
        self._add("step-batch", N_("One batch"), lambda: session.step("batch"), "Ctrl+B", "step",
                  N_("Train one batch, then pause"))  # fmt: skip
        self._add("step-epoch", N_("One epoch"), lambda: session.step("epoch"), "Ctrl+Shift+B", "step",
                  N_("Train to the end of the epoch, then pause"))  # fmt: skip
        self._add("run-more", N_("Run more epochs…"), commands.run_more, "Ctrl+M", "step",
                  N_("Train some more epochs, then pause"))  # fmt: skip
        self._add("find-rate", N_("Find a learning rate"), commands.find_rate, "Ctrl+L", "",
                  N_("Try rates from tiny to too large on a copy of the untrained network"))  # fmt: skip
        for seeds in SEEDS:
            title = translate(N_("{count} seeds")).format(count=seeds)
            self._add(
                f"seeds-{seeds}",
                title,
                _with_number(session.groups.train, seeds),
                "",
                "",
                N_("One after the other, from the project's seed on: their spread tells what is chance"),
            )
        self._add("finish", N_("Finish"), session.finish, "", "finish",
                  N_("Stop now, and score the best network so far"))  # fmt: skip
        self._add("stop", N_("Stop"), session.stop, "Ctrl+.", "stop", N_("Stop at once; the best weights are kept"))
        self._add("forecast", N_("Forecast the future"), session.forecast, "Ctrl+Shift+F", "forecast",
                  N_("Forecast beyond the last row"))  # fmt: skip

        self._add("runs", N_("Runs on disk…"), commands.runs, "Ctrl+Shift+R", "",
                  N_("Look at, rename and delete the runs that were kept"))  # fmt: skip

    def _view(self, commands: Commands) -> None:
        group = QActionGroup(self)
        for key, perspective in PERSPECTIVES.items():
            action = self._add(f"perspective-{key}", perspective.title, _call(commands.choose_perspective, key), "", "",
                               perspective.help)  # fmt: skip
            action.setCheckable(True)
            group.addAction(action)
        themes = QActionGroup(self)
        for choice, title in THEMES:
            action = self._add(f"theme-{choice}", title, _call(commands.choose_theme, choice))
            action.setCheckable(True)
            themes.addAction(action)
        self._add("check-reading", N_("Check how the file was read"), commands.check_reading, "Ctrl+I")
        self._add("reset-layout", N_("Reset layout"), commands.reset_layout)

    def _help(self, commands: Commands) -> None:
        self._add("manual", N_("Manual"), commands.show_manual, "F1")
        self._add("cell", N_("About the cell"), commands.show_cell, "Shift+F1", "",
                  N_("Equations, gates, size and papers of the cell"))  # fmt: skip
        self._add("shortcuts", N_("Keyboard shortcuts"), commands.show_shortcuts, "Ctrl+F1")
        self._add("about", N_("About Sequence Workbench"), commands.show_about)

    def _add(
        self, name: str, title: str, act: Callable[[], object], keys: str = "", image: str = "", tip: str = ""
    ) -> QAction:
        bare = BARE_KEYS.get(name)
        action = QAction(translate(title) + (f"\t{bare}" if bare else ""), self)
        action.setIconText(translate(title).removesuffix("…"))
        action.triggered.connect(lambda _checked=False: act())
        if keys:
            action.setShortcut(QKeySequence(keys))
        shown = bare or keys
        action.setToolTip(translate(tip or title) + (f" ({shown})" if shown else ""))
        self._by_name[name], self._titles[name] = action, title
        if image:
            self._icons[name] = image
        return action

    def refresh(self, *_changed: object) -> None:
        """Enable what makes sense now."""
        training, ready = self._session.training, self._session.dataset is not None
        run = self._session.run
        trained = run is not None and run.best is not None
        self["open"].setEnabled(training == "idle")
        self["paste"].setEnabled(training == "idle")
        self["train"].setEnabled(ready and training != "running")
        self["train"].setIconText(translate(N_("Resume") if training == "paused" else N_("Train")))
        self["pause"].setEnabled(training == "running")
        for name in ("step-batch", "step-epoch"):
            self[name].setEnabled(ready)
        self["run-more"].setEnabled(training != "idle" or (ready and trained))
        for name in ("find-rate", *(f"seeds-{seeds}" for seeds in SEEDS)):
            self[name].setEnabled(ready and training == "idle")
        for name in ("finish", "stop"):
            self[name].setEnabled(training != "idle")
        for name in ("save", "save-as"):
            self[name].setEnabled(self._session.table is not None)
        for name in ("forecast", "export"):
            self[name].setEnabled(ready and trained and training == "idle")
        tells_future = run is None or run.project.data.framing == "forecast"
        self["forecast"].setEnabled(self["forecast"].isEnabled() and tells_future)
        future = translate(N_("Forecast beyond the last row") if tells_future else NO_FUTURE.template)
        self._say(tips(self._session) | {"forecast": future})

    def _say(self, words: Mapping[str, str]) -> None:
        """Say what each command would do now, with its key."""
        for name, sentence in words.items():
            keys = BARE_KEYS.get(name) or self[name].shortcut().toString()
            tip = f"{sentence.removesuffix('.')} ({keys})" if keys else sentence
            if tip != self[name].toolTip():
                self[name].setToolTip(tip)

    def shortcuts(self) -> list[tuple[str, str]]:
        """Return the keys of every command that has some, and what it does."""
        found = []
        for name, action in self._by_name.items():
            keys = BARE_KEYS.get(name) or ", ".join(entry.toString() for entry in action.shortcuts())
            if keys:
                found.append((keys, translate(self._titles[name]).removesuffix("…")))
        return found

    def press(self, key: int) -> bool:
        """Obey a key without modifiers that no widget wanted; return whether it meant something."""
        if key == Qt.Key.Key_Space and self._session.training != "idle":
            self["train" if self._session.training == "paused" else "pause"].trigger()
            return True
        if key == Qt.Key.Key_F and self["finish"].isEnabled():
            self["finish"].trigger()
            return True
        return False

    def set_theme(self, theme: Theme) -> None:
        """Draw all icons in the colours of `theme`."""
        for name, image in self._icons.items():
            self._by_name[name].setIcon(icon(image, theme, "on_accent" if name == "train" else "text"))


def _with_number(act: Callable[[int], None], number: int) -> Callable[[], None]:
    return lambda: act(number)


def _call(act: Callable[[str], None], value: str) -> Callable[[], None]:
    return lambda: act(value)
