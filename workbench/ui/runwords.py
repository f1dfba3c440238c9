"""What each command over the training will do if it is pressed now, or why it cannot be."""

from __future__ import annotations

from workbench.app.session import Session
from workbench.core.problems import N_
from workbench.ui.text import count, translate

NOTHING_RUNS = N_("Nothing is being trained.")
NO_DATA = N_("There is no data to train on: open a file, or choose a sample.")


def tips(session: Session) -> dict[str, str]:
    """Return a sentence for each command, by its name; translated."""
    state, ready, more = session.training, session.dataset is not None, {"run-more": more_words(session)}
    if state == "idle":
        found = _idle(session) if ready else dict.fromkeys(("train", "step-batch", "step-epoch"), translate(NO_DATA))
        return found | more | dict.fromkeys(("pause", "finish", "stop"), translate(NOTHING_RUNS))
    found = {
        "train": translate(N_("Go on with the next batch") if state == "paused" else N_("A training is running")),
        "pause": translate(N_("It is paused") if state == "paused" else N_("Pause before the next batch")),
        "step-batch": translate(N_("Train one batch, then pause")),
        "step-epoch": translate(N_("Train to the end of the epoch, then pause")),
    }
    return found | more | _ends(session)


def more_words(session: Session) -> str:
    """Say what running more epochs would do now; translated."""
    if session.training != "idle":
        return translate(N_("Train some more epochs, then pause; Epochs is raised if that is more than it allows"))
    if session.run is None or session.run.best is None:
        return translate(N_("No trained network is shown"))
    return translate(N_("Train on from the best weights of the shown run, as a new run"))


def _idle(session: Session) -> dict[str, str]:
    epochs = count(session.project.train.epochs)
    train = translate(N_("Train the network from new random weights, for at most {count} epochs"))
    return {
        "train": train.format(count=epochs),
        "step-batch": translate(N_("Start a training, and pause after its first batch")),
        "step-epoch": translate(N_("Start a training, and pause after its first epoch")),
    }


def _ends(session: Session) -> dict[str, str]:
    best = session.runs[-1].best
    if best is None:
        finish = translate(N_("End now: the network as it is gets validated, scored and kept"))
    else:
        finish = translate(N_("End now: the best network, of epoch {epoch}, is scored and kept"))
        finish = finish.format(epoch=count(best.epoch))
    stop = N_("End at once, without scores. It can be resumed later where it was")
    group = session.groups.present
    if group is None or len(group.runs) == len(group.facts.seeds):
        return {"finish": finish, "stop": translate(stop)}
    return {
        "finish": translate(N_("End this seed and score its best network; the next seed begins")),
        "stop": translate(N_("End this seed without scores; no other seed begins")),
    }
