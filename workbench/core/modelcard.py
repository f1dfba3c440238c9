"""What a file of ours is, in a few lines, without loading torch: told by content, never by the ending."""

from __future__ import annotations

from pathlib import Path

from workbench.core.boundary import opened
from workbench.core.project import Project
from workbench.core.projectfile import is_project_file, read_project


def is_model_file(path: Path) -> bool:
    """Tell by content whether a file is meant as a model file."""
    from workbench.core.exports.wbm import FACTS

    try:
        with opened(path) as stream:
            head = stream.read(30 + len(FACTS))
    except (OSError, ValueError):
        return False
    return head.startswith(b"PK\x03\x04") and head.endswith(FACTS.encode())


def card_of(path: Path) -> dict[str, object] | None:
    """Return what a model or project file holds, None for any other file.

    Raises
    ------
    WorkbenchError
        ``broken-model``, ``broken-project-file`` or ``newer-file``.
    """
    if is_project_file(path):
        found = read_project(path).facts
        card: dict[str, object] = {"file": "project", "title": found.project.title, **_settings(found.project)}
        card |= {"data": found.data.name, "inside": found.data.inside, "sha256": found.data.sha256}
        return card | {"scores": _scores(found.outcome.scores if found.outcome else ()), "format": found.format}
    if is_model_file(path):
        from workbench.core.exports.wbm import read_model

        facts = read_model(path).facts
        card = {"file": "model", "title": facts.project.title, **_settings(facts.project)}
        step = f"{facts.data.step.count:g} {facts.data.step.unit}" if facts.data.step else None
        card |= {"data": facts.data.name, "rows": facts.data.rows, "step": step, "sha256": facts.data.sha256}
        return card | {"scores": _scores(facts.scores), "format": facts.format}
    return None


def _settings(project: Project) -> dict[str, object]:
    data, model = project.data, project.model
    return {
        "cell": model.cell,
        "units": model.hidden,
        "layers": model.layers,
        "targets": list(data.targets),
        "inputs": list(data.inputs),
        "window": data.window,
        "horizon": data.horizon,
        "seed": project.train.seed,
    }


def _scores(scores: tuple[object, ...]) -> list[dict[str, object]]:
    from workbench.core.bundle import ScoreFacts

    return [score.model_dump() for score in scores if isinstance(score, ScoreFacts)]
