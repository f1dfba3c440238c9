"""Make the pictures of the documentation from the running program: it really opens the sample and really trains.

    python tests/screenshots.py [--epochs N] [--folder FOLDER]

It needs no screen. Settings of the person who runs it are neither read nor changed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QAbstractButton

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from workbench.core.sources.samples import SAMPLES  # noqa: E402

SIZE = (1440, 900)
SETTLE_MS = 400
SETTLED_AFTER = 2
GIVE_UP_MS = 15 * 60 * 1000


class Photographer:
    """Walk through the program step by step; a step is taken when its condition holds.

    Parameters
    ----------
    folder
        Where the PNG files go.
    epochs
        How long to train.
    home
        Where files are written that are opened.
    """

    def __init__(self, folder: Path, epochs: int, home: Path) -> None:
        from PySide6.QtCore import QTimer

        from workbench.ui import application

        self.folder, self.epochs, self.home = folder, epochs, home
        self.application, self.session, self.window = application.start()
        self.window.resize(*SIZE)
        self.window.commands.choose_theme("dark")
        self.window.show()
        self._steps: list[tuple[Callable[[], bool], Callable[[], object]]] = [
            (self._opened, self._open_export),
            (lambda: self._has("Werk Köln.csv"), lambda: self.window.actions_["perspective-file"].trigger()),
            (self._looked_at, lambda: self._take("file_dark")),
            (lambda: True, self._open_faulty),
            (lambda: self._has("taxi meter.csv"), self._show_data),
            (self._reviewed, lambda: self._take("data_light")),
            (lambda: True, self._open_sample),
            (lambda: self._has(Path(SAMPLES[0].address).name), self._train),
            (self._half_way, lambda: self._take("training_dark")),
            (self._trained, self._look),
            (self._probed, lambda: self._take("finished_dark")),
            (lambda: True, lambda: self.window.commands.choose_theme("light")),
            (lambda: True, lambda: self._take("finished_light")),
            (lambda: True, lambda: self.window.actions_["perspective-inspect"].trigger()),
            (lambda: True, lambda: self._take("inspect_light")),
            (lambda: True, lambda: self.window.actions_["perspective-dynamics"].trigger()),
            (lambda: True, lambda: self._take("dynamics_light")),
            (lambda: True, self._show_cell),
            (lambda: True, lambda: self._take("cell_dark")),
            (lambda: True, self._evaluate),
            (self._forecasted, lambda: self._take("evaluate_dark")),
            (lambda: True, self._mistake),
            (lambda: True, lambda: self._take("problem_dark")),
        ]
        self._settled = 0
        self._timer = QTimer()
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._go_on)
        self._timer.start()
        QTimer.singleShot(GIVE_UP_MS, lambda: self.application.exit(1))

    def _go_on(self) -> None:
        if not self._steps:
            self._timer.stop()
            self.window.close()
            self.application.quit()
        elif self._steps[0][0]():
            # What has arrived must be drawn as well.
            self._settled += 1
            if self._settled > SETTLED_AFTER:
                self._settled = 0
                self._steps.pop(0)[1]()

    def _take(self, name: str) -> None:
        path = self.folder / f"{name}.png"
        self.window.grab().save(str(path))
        sys.stdout.write(f"{path.name}\n")

    def _opened(self) -> bool:
        return self.session.dataset is not None and all(dock.view for dock in self.window.area.docks.values())

    def _has(self, name: str) -> bool:
        return self.session.table is not None and self.session.table.name == name and self.session.dataset is not None

    def _open_export(self) -> None:
        """Open a spreadsheet as a German machine saves it."""
        wave, noise = np.sin(np.arange(1500) / 24 * 2 * np.pi), np.random.default_rng(3).normal(0, 30, 1500)
        lines = ["Energieverbrauch Werk Köln", "", "Zeitstempel;Leistung [kW];Außentemperatur [°C];Störung"]
        for k in range(1500):
            time = datetime(2023, 2, 1, 13) + timedelta(hours=k)
            power = f"{1500 + 400 * wave[k] + noise[k]:,.2f}".translate(str.maketrans(",.", ".,"))
            warmth = "" if k % 97 == 5 else f"{8 + 6 * wave[k - 6] + noise[k] / 60:.1f}".replace(".", ",")
            lines.append(f"{time:%d.%m.%Y %H:%M};{power};{warmth};{'ja' if k % 50 == 0 else 'nein'}")
        path = self.home / "Werk Köln.csv"
        path.write_text("\r\n".join(lines), encoding="cp1252")
        self.session.open(str(path))

    def _looked_at(self) -> bool:
        desk = self.session.desk
        return desk.preview is not None and desk.preview.dialect is not None and not desk.busy

    def _open_faulty(self) -> None:
        """Open the sample as a meter writes it that fails now and then."""
        lines = Path(SAMPLES[0].address).read_text("utf-8").splitlines()
        kept = [line for k, line in enumerate(lines) if k < 10 or not (k % 1700 < 5 or 4000 <= k < 4150)]
        for k in range(900, len(kept) - 200, 1300):
            kept[k] = kept[k].rsplit(",", 1)[0] + ",61000"
            kept[k + 200] = kept[k + 199]
        path = self.home / "taxi meter.csv"
        path.write_text("\n".join(kept), encoding="utf-8")
        self.session.open(str(path))

    def _show_data(self) -> None:
        self.window.commands.choose_theme("light")
        self.window.actions_["perspective-data"].trigger()
        self._toggle("Gaps and faults")

    def _toggle(self, title: str) -> None:
        for button in self.window.column.findChildren(QAbstractButton):
            if button.text() == title:
                button.click()

    def _reviewed(self) -> bool:
        review = self.session.review
        return bool(review.faults()) and review.seasonality(0) is not None and not review.busy

    def _open_sample(self) -> None:
        self._toggle("Gaps and faults")
        self.window.commands.choose_theme("dark")
        self.window.actions_["reset-layout"].trigger()
        self.session.open(SAMPLES[0].address)

    def _train(self) -> None:
        # Without the weekday, two days of past cannot beat a baseline that repeats last week.
        self.session.edit("data", window=96, horizon=48, calendar=("hour", "weekday"))
        self.session.edit("train", epochs=self.epochs, batch=128, patience=self.epochs)
        self.session.train()

    def _half_way(self) -> bool:
        return len(self.session.runs[-1].epochs) >= self.epochs // 2

    def _trained(self) -> bool:
        return self.session.training == "idle" and self.session.runs[-1].ended is not None

    def _look(self) -> None:
        assert self.session.dataset is not None
        test = self.session.dataset.test.start
        self.session.point(window=int(test[len(test) // 3]), step=71, unit=12)

    def _probed(self) -> bool:
        probe = self.session.runs[-1].live_probe
        return probe is not None and probe.start == self.session.cursor.window

    def _show_cell(self) -> None:
        self.window.commands.choose_theme("dark")
        self.window.actions_["perspective-cell"].trigger()

    def _evaluate(self) -> None:
        self.window.commands.choose_theme("dark")
        self.window.actions_["perspective-evaluate"].trigger()
        self.session.forecast()

    def _forecasted(self) -> bool:
        return self.session.runs[-1].future is not None and self.session.judging.reports() is not None

    def _mistake(self) -> None:
        self.window.actions_["reset-layout"].trigger()
        self.session.edit("data", window=9000)


def main() -> int:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation.")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--folder", type=Path, default=ROOT / "resources" / "docs" / "screenshots")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_CONFIG_HOME"] = home
        photographer = Photographer(arguments.folder, arguments.epochs, Path(home))
        return photographer.application.exec()


if __name__ == "__main__":
    sys.exit(main())
