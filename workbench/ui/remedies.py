"""What the button of a Problem does: each action a Problem can name, carried out on the Session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from workbench.app.continuing import go_on
from workbench.app.session import Section, Session
from workbench.core.problems import N_, Problem, ProblemKind
from workbench.core.reading import Reading
from workbench.core.sources import problems, textproblems
from workbench.core.steps import STEP_LABELS
from workbench.ui.text import count, plain, translate

_KINDS = (*vars(problems).values(), *vars(textproblems).values())
ABOUT_READING = frozenset(entry.key for entry in _KINDS if isinstance(entry, ProblemKind))
BEYOND_READING = frozenset(
    [
        "file-not-found",
        "is-a-folder",
        "cannot-read",
        "permission-denied",
        "empty-file",
        "too-large",
        "binary-file",
        "reading-cancelled",
        "unknown-task",
        "bad-task-option",
        "no-table-in-archive",
    ]
)
"""What no other way of reading can mend."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button: its words, and what it does."""

    label: str
    carry_out: Callable[[], object]


class Remedies:
    """Find the remedy a Problem names.

    Parameters
    ----------
    choose_file
        Lets the person choose a file to open.
    check_reading
        Shows the row and column of the file that a Problem speaks of.
    choose_data
        Lets the person choose the data of the project at a path.

    Attributes
    ----------
    found
        What makes the button, by the action a Problem names.
    """

    def __init__(
        self,
        session: Session,
        choose_file: Callable[[], None],
        check_reading: Callable[[Problem | None], None],
        choose_data: Callable[[str], None] = lambda _path: None,
    ) -> None:
        self._session, self._data = session, choose_data
        self._check = check_reading
        self.found: Mapping[str, Callable[[Problem], Remedy | None]] = {
            "open": lambda _problem: Remedy(translate(N_("Open…")), choose_file),
            "train": lambda _problem: Remedy(translate(N_("Train")), session.train),
            "stop": lambda _problem: Remedy(translate(N_("Stop")), session.stop),
            "forecast": lambda _problem: Remedy(translate(N_("Forecast the future")), session.forecast),
            "fill-future": lambda _problem: Remedy(
                translate(N_("Fill them in…")), lambda: session.judging.wanted.emit("future")
            ),
            "use-cpu": lambda _problem: Remedy(
                translate(N_("Use the CPU")), lambda: session.edit("train", device="cpu")
            ),
            "go-on-cpu": lambda _problem: Remedy(translate(N_("Go on on the CPU")), self._go_on_on_cpu),
            "half-batch": self._half_batch,
            "full-precision": lambda _problem: Remedy(
                translate(N_("Use float32")), lambda: session.edit("train", precision="float32")
            ),
            "hold-gaps": lambda _problem: Remedy(
                translate(N_("Hold the last value")), lambda: session.edit("data", gaps="hold")
            ),
            "no-power": lambda _problem: Remedy(
                translate(N_("Set Power to none")), lambda: session.edit("data", power="none")
            ),
            "shorten": self._shorten,
            "lower-rate": self._lower_rate,
            "copy-details": self._copy_details,
            "resume-run": lambda found: Remedy(
                translate(N_("Resume")), lambda: session.records.resume(Path(str(found.values["path"])))
            ),
            "read-less": self._read_less,
            "choose-data": self._choose_data,
            "open-kept": lambda found: Remedy(
                translate(N_("Open them")), lambda: session.open(str(found.values["path"]))
            ),
            "show-file": self._show_file,
            "check-reading": lambda found: Remedy(translate(N_("Check how it was read")), lambda: self._check(found)),
            "forget-layout": lambda _problem: Remedy(translate(N_("Forget")), session.desk.forget),
        }

    def remedy(self, problem: Problem) -> Remedy | None:
        """Return the button for `problem`, or None if there is nothing to press."""
        about_reading = problem.key in ABOUT_READING and problem.key not in BEYOND_READING
        find = self.found.get(problem.kind.action or ("check-reading" if about_reading else ""))
        return find(problem) if find else None

    def other(self, problem: Problem) -> Remedy | None:
        """Return the second button for `problem`, or None if there is at most one way out."""
        find = self.found.get(problem.kind.other or "")
        return find(problem) if find else None

    def _edit(self, label: str, section: Section, problem: Problem, names: tuple[str, ...]) -> Remedy | None:
        """Set the fields `names` to what the Problem proposes, where that is something else."""
        present = self._session.project.model_dump()[section]
        values = {
            name: problem.values[name]
            for name in names
            if name in problem.values and problem.values[name] != present[name]
        }
        return Remedy(label, lambda: self._session.edit(section, **values)) if values else None

    def _shorten(self, problem: Problem) -> Remedy | None:
        values = problem.values
        label = translate(N_("Window {window}, horizon {horizon}")).format(
            window=_whole(values.get("window")), horizon=_whole(values.get("horizon"))
        )
        return self._edit(label, "data", problem, ("window", "horizon"))

    def _lower_rate(self, problem: Problem) -> Remedy | None:
        rate, clip = problem.values.get("learning_rate"), problem.values.get("clip")
        words = N_("Train with rate {rate}, clip {clip}") if "clip" in problem.values else N_("Train with rate {rate}")
        label = translate(words).format(
            rate=plain(rate) if isinstance(rate, float) else "", clip=plain(clip) if isinstance(clip, float) else ""
        )
        return self._again(self._edit(label, "train", problem, ("learning_rate", "clip")))

    def _again(self, remedy: Remedy | None) -> Remedy | None:
        """Train once more behind an edit, where there is something to train on."""

        def carry_out() -> None:
            assert remedy is not None
            refused = remedy.carry_out()
            if refused is None and self._session.training == "idle" and self._session.dataset is not None:
                self._session.train()

        return Remedy(remedy.label, carry_out) if remedy is not None else None

    def _read_less(self, problem: Problem) -> Remedy | None:
        """Read a table that is too large in longer steps, or only the columns that fit."""
        source, every = str(problem.values.get("source", "")), str(problem.values.get("every", ""))
        columns = problem.values.get("columns")
        values: dict[str, object] = {}
        if every:
            values = {"every": every}
            label = translate(N_("Read means of {step}")).format(step=translate(STEP_LABELS[every]))
        elif isinstance(columns, tuple) and columns:
            values = {"columns": columns}
            label = translate(N_("Read {count} columns")).format(count=count(len(columns)))
        else:
            return None
        return Remedy(label, lambda: self._session.open(source, Reading().changed(**values)))

    def _choose_data(self, problem: Problem) -> Remedy | None:
        path = problem.values.get("path")
        return Remedy(translate(N_("Choose the data…")), lambda: self._data(str(path))) if path else None

    def _half_batch(self, problem: Problem) -> Remedy | None:
        """Halve the batch and gather the gradients of twice as many: the same step with half the memory at a time."""
        half, twice = problem.values.get("half"), problem.values.get("accumulate")
        if not isinstance(half, int) or not isinstance(twice, int):
            return None
        words = translate(N_("Train with batch {count}, accumulation {twice}"))
        label = words.format(count=count(half), twice=count(twice))
        return self._again(Remedy(label, lambda: self._session.edit("train", batch=half, accumulate=twice)))

    def _go_on_on_cpu(self) -> None:
        if self._session.edit("train", device="cpu") is None:
            go_on(self._session)

    def _copy_details(self, problem: Problem) -> Remedy:
        ended = self._session.run.ended if self._session.run else None
        details = str(problem.values.get("details") or (ended.details if ended else ""))
        text = f"{problem.text()}\n{problem.remedy()}\n\n{details}".strip()
        return Remedy(translate(N_("Copy details")), lambda: QGuiApplication.clipboard().setText(text))

    def _show_file(self, problem: Problem) -> Remedy | None:
        path = problem.values.get("path")
        if not path:
            return None
        folder = QUrl.fromLocalFile(str(Path(str(path)).resolve().parent))
        return Remedy(translate(N_("Show in folder")), lambda: QDesktopServices.openUrl(folder))


def _whole(value: object) -> str:
    return count(value) if isinstance(value, int) else ""
