"""Do the parts of a project go together? What one section's field demands of another's, with the remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.fields import INVALID_SETTING, SETTINGS_CLASH, Spec, settings_of
from workbench.core.problems import N_, ProblemKind, WorkbenchError

if TYPE_CHECKING:
    from workbench.core.dataspec import DataSpec
    from workbench.core.project import Project
    from workbench.core.trainspec import TrainSpec

LOSSES = {
    "point": ("mae", "mse", "huber"),
    "quantiles": ("pinball",),
    "gaussian": ("nll",),
    "student-t": ("nll",),
    "classes": ("cross-entropy",),
}
"""What each output can be trained with, the usual one first."""


IDLE_SETTING = ProblemKind("idle-setting", "warning", N_("{title} changes nothing here."), N_("{reason}"))


@dataclass(frozen=True, slots=True)
class Misfit:
    """A field that does not go with the fields of another section.

    Attributes
    ----------
    allowed
        What would go, as the end of the sentence “Choose another value for X…”.
    """

    section: str
    field: str
    value: object
    reason: str
    allowed: str = ""

    def refusal(self, project: Project) -> WorkbenchError:
        """Return the error to raise, which names the field as the form does."""
        spec: type[Spec] = type(getattr(project, self.section))
        title = next(entry.title for entry in settings_of(spec) if entry.name == self.field)
        return WorkbenchError(INVALID_SETTING, title=title, value=self.value, reason=self.reason, allowed=self.allowed)


def misfit(project: Project, given: Collection[str] = ()) -> Misfit | None:
    """Return what does not fit, told of a field in `given` if one of them is to blame; None if all fits."""
    for blamed in _misfits(project):
        return next((entry for entry in blamed if entry.field in given), blamed[0])
    return None


def check(project: Project) -> None:
    """Refuse a project whose sections do not go together.

    Raises
    ------
    WorkbenchError
        ``settings-clash``.
    """
    found = misfit(project)
    if found is not None:
        raise WorkbenchError(SETTINGS_CLASH, reason=f"{found.field} {found.value}: {found.reason}")


def matched(project: Project, given: Collection[str]) -> Project:
    """Let the loss follow the output, or the output the loss if only the loss is in `given`."""
    output, loss = project.model.output, project.train.loss
    if loss in LOSSES[output] or {"output", "loss"} <= set(given):
        return project
    if "loss" in given:
        fitting = next(key for key, losses in LOSSES.items() if loss in losses)
        return project.model_copy(update={"model": project.model.model_copy(update={"output": fitting})})
    return project.model_copy(update={"train": project.train.model_copy(update={"loss": LOSSES[output][0]})})


def idle(project: Project) -> dict[str, str]:
    """Return settings of model and training that change nothing as the others are, with what would use them."""
    data, model = project.data, project.model
    found = {}
    if model.decoder != "recursive":
        found["teacher_forcing"] = N_("It needs the recursive decoder.")
    if model.output in ("point", "classes"):
        found["quantiles"] = N_("They need an output of quantiles or a distribution.")
    if model.output != "classes":
        found["classes"] = N_("It needs an output of one of several classes.")
    if not data.ahead:
        found["known_ahead"] = N_("Nothing is known ahead: choose inputs in Known ahead, or a calendar.")
    found |= _idle_in_training(project.train)
    if project.train.truncate >= data.window:
        found["truncate"] = N_("The window is no longer than this.")
    found |= _idle_in_data(data)
    own = model.cell_options.model_dump()
    if not own["bias"] or own.get("chrono"):
        by_chrono = N_("The longest memory (chrono) sets these biases; 0 switches it off.")
        reason = by_chrono if own["bias"] else N_("It needs Bias.")
        found |= {name: reason for name in ("forget_bias", "update_bias") if name in own}
    return found


def _idle_in_data(data: DataSpec) -> dict[str, str]:
    found = {}
    if not data.calendar:
        found["harmonics"] = N_("It needs a calendar.")
    if not data.series or data.framing == "label":
        found["scale_each"] = N_("It needs a sequence column, and a forecast of what comes next.")
    return found


def _idle_in_training(train: TrainSpec) -> dict[str, str]:
    found = {}
    if train.optimiser != "sgd":
        found["momentum"] = N_("It needs SGD.")
    if train.schedule not in ("step", "exponential", "plateau"):
        found["rate_factor"] = N_(
            "It needs a schedule in steps, an exponential one, or one that lowers a stalled rate."
        )
    if train.schedule not in ("step", "exponential"):
        found["rate_every"] = N_("It needs a schedule in steps or an exponential one.")
    if train.schedule not in ("step", "exponential", "cosine"):
        found["rate_hold"] = N_("It needs a schedule in steps, an exponential one or a cosine.")
    if train.schedule != "plateau":
        found["rate_stall"] = N_("It needs the schedule for a stall.")
    elif train.rate_stall >= train.patience:
        found["rate_stall"] = N_("The training stops before: Patience is no longer than this.")
    if train.schedule == "constant":
        found["rate_floor"] = N_("It needs a schedule that lowers the rate.")
    return found


def _misfits(project: Project) -> Iterator[tuple[Misfit, ...]]:
    """Yield each thing that does not fit, as seen from either field."""
    data, model, train = project.data, project.model, project.train
    if data.framing == "label" and model.decoder != "direct":
        reason = "one answer a sequence has no steps ahead to decode one after the other"
        question = "only the direct decoder gives one answer a sequence"
        yield (
            Misfit("model", "decoder", model.decoder, reason, ": direct"),
            Misfit("data", "framing", data.framing, question, ": forecast"),
        )
    if model.output == "classes":
        yield from _of_classes(project)
    if model.bidirectional and model.decoder != "direct":
        reason = "a bidirectional network has read the window to its first row; only the direct decoder goes with it"
        yield (
            Misfit("model", "decoder", model.decoder, reason, ": direct"),
            Misfit("model", "bidirectional", True, reason, ": False"),
        )
    yield from _of_truncation(project)
    if train.precision != "float32" and train.device == "cpu":
        reason = "half precision needs a CUDA device"
        yield (
            Misfit("train", "precision", train.precision, reason, ": float32"),
            Misfit("train", "device", "cpu", f"precision {train.precision} needs a CUDA device", ": auto or cuda"),
        )
    yield from _segments("window", data.window, model.segment)
    if model.decoder != "direct":
        yield from _segments("horizon", data.horizon, model.segment)
    if train.loss not in LOSSES[model.output]:
        fitting = ", ".join(LOSSES[model.output])
        yield (
            Misfit("train", "loss", train.loss, f"the output {model.output} is trained by {fitting}", f": {fitting}"),
            Misfit("model", "output", model.output, f"it is trained by {fitting}, not {train.loss}"),
        )


def _of_classes(project: Project) -> Iterator[tuple[Misfit, ...]]:
    """Classes are numbers of drawers: nothing may be calculated with them."""
    for section, field, value, allowed in (
        ("data", "framing", project.data.framing, "label"),
        ("data", "scaling", project.data.scaling, "none"),
        ("model", "normalisation", project.model.normalisation, "none"),
    ):
        if value != allowed:
            reason = f"an output of classes goes with {field} {allowed} alone"
            yield (
                Misfit(section, field, value, reason, f": {allowed}"),
                Misfit("model", "output", "classes", reason, f" as long as {field} is {value}"),
            )


def _of_truncation(project: Project) -> Iterator[tuple[Misfit, ...]]:
    """What is read before the last chunk is read forwards, once, and not learnt from."""
    model, steps = project.model, project.train.truncate
    if not 0 < steps < project.data.window:
        return
    whole = ": 0, which is the whole window"
    if steps % model.segment:
        nearest = max(1, round(steps / model.segment)) * model.segment
        reason = f"it must be whole segments of {model.segment} steps"
        yield (Misfit("train", "truncate", steps, reason, f": {nearest}, or 0, which is the whole window"),)
    if model.bidirectional:
        reason = "a bidirectional network reads the window backwards as well, and no state can be carried that way"
        yield (
            Misfit("train", "truncate", steps, reason, whole),
            Misfit("model", "bidirectional", True, "no state can be carried back with truncated BPTT", ": False"),
        )
    options = model.cell_options
    if options.recurrent_dropout:
        reason = "recurrent dropout hides the same units at every step of the whole window"
        yield (Misfit("train", "truncate", steps, reason, whole),)
    if options.initial_state == "learned":
        yield (Misfit("train", "truncate", steps, "no gradient would reach the learned first state", whole),)


def _segments(field: str, steps: int, segment: int) -> Iterator[tuple[Misfit, ...]]:
    if steps % segment == 0:
        return
    divisors = [str(size) for size in range(1, min(steps, 10_000) + 1) if steps % size == 0]
    fits = sorted({max(segment, steps // segment * segment), (steps // segment + 1) * segment})
    reason = f"segments of {segment} steps do not fill a {field} of {steps}"
    yield (
        Misfit("model", "segment", segment, reason, ": " + _listed(divisors)),
        Misfit("data", field, steps, reason, ": " + _listed([str(length) for length in fits])),
    )


def _listed(words: list[str]) -> str:
    if len(words) > 12:
        words = [*words[:8], "…", *words[-3:]]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
