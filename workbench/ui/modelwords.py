"""What a model file is, and how it did against a run, in lines of plain text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.baselines import LABELS
from workbench.core.bundle import Facts, ModelFile, ScoreFacts
from workbench.core.cells import CELLS
from workbench.core.clock import iso
from workbench.core.insight.size import parameters_for
from workbench.core.problems import N_
from workbench.core.table import Step
from workbench.ui.text import DOT, count, every, number, span, translate
from workbench.ui.words import Tone

if TYPE_CHECKING:
    from workbench.core.adoption import Contest

MOST_NAMES = 4
SURE = 0.05
"""A difference whose p is above this may be chance."""


def network_words(model: ModelFile) -> str:
    """Say which network it is: the cell, its units, layers and parameters."""
    spec, data = model.bundle.project.model, model.bundle.project.data
    units = N_("2 × {count} units") if spec.bidirectional else N_("{count} units")
    layers = N_("1 layer") if spec.layers == 1 else N_("{count} layers")
    parts = (
        translate(CELLS[spec.cell].label),
        translate(units).format(count=count(spec.hidden)),
        translate(layers).format(count=spec.layers),
        translate(N_("{count} parameters")).format(count=count(parameters_for(spec, data))),
    )
    return DOT.join(parts)


def described(model: ModelFile) -> tuple[str, ...]:
    """Return lines about a model: what it forecasts, what it was trained on, how it did, and its fingerprint."""
    facts = model.bundle.facts
    lines = [_forecasts(facts), _trained(model)]
    scores = _scores(facts)
    return (*lines, *((scores,) if scores else ()), _print(model))


def _forecasts(facts: Facts) -> str:
    data, step = facts.project.data, _step(facts)
    names = {"targets": _names(data.targets), "window": count(data.window), "horizon": count(data.horizon)}
    if data.framing == "label":
        words = N_("Gives {horizon} answers of {targets} for each sequence of {window} steps.")
        return translate(words).format(**names)
    ahead = span(data.horizon, step)
    words = N_("Forecasts {targets}: {horizon} steps ahead from a window of {window}.")
    text = translate(words).format(**names)
    pace = every(step)
    if pace:
        text += " " + translate(N_("Rows {pace}; the horizon is {span}.")).format(pace=pace, span=ahead)
    if data.inputs:
        text += " " + translate(N_("It also reads {inputs}.")).format(inputs=_names(data.inputs))
    return text


def _trained(model: ModelFile) -> str:
    facts = model.bundle.facts
    data = facts.data
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(model.written_s))
    values = {"name": data.name, "rows": count(data.rows), "when": when, "epoch": count(facts.best_epoch)}
    text = translate(N_("Trained on {name}, {rows} rows")).format(**values)
    if data.first is not None and data.last is not None:
        step = _step(facts)
        ends = {"first": _moment(data.first, step), "last": _moment(data.last, step)}
        text += DOT + translate(N_("{first} to {last}")).format(**ends)
    return text + DOT + translate(N_("best epoch {epoch}, file of {when}")).format(**values)


def _scores(facts: Facts) -> str:
    part = "test" if any(entry.part == "test" for entry in facts.scores) else "valid"
    found = {entry.name: entry for entry in facts.scores if entry.part == part}
    model, others = found.get("model"), [entry for name, entry in found.items() if name != "model"]
    if model is None:
        return ""
    head = (
        N_("There, on {windows} test windows: {score}")
        if part == "test"
        else N_("On {windows} validation windows: {score}")
    )
    text = translate(head).format(windows=count(model.windows), score=_score(model))
    if others:
        best = min(others, key=lambda entry: entry.mae)
        name = translate(LABELS.get(best.name, best.name))
        text += DOT + translate(N_("best baseline, {name}: {score}")).format(name=name, score=_score(best))
    return text


def _score(entry: ScoreFacts) -> str:
    if entry.accuracy is not None:
        return translate(N_("{share} % right")).format(share=number(100 * entry.accuracy, 3))
    return f"MAE {number(entry.mae, 3)}" + (f", MASE {number(entry.mase, 3)}" if entry.mase is not None else "")


def _print(model: ModelFile) -> str:
    return translate(N_("Fingerprint {start}…")).format(start=model.fingerprint[:16])


def _step(facts: Facts) -> Step | None:
    step = facts.data.step
    return None if step is None else Step(step.count, step.unit)


def _names(names: tuple[str, ...]) -> str:
    text = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return text + (" " + translate(N_("and {count} more")).format(count=count(more)) if more > 0 else "")


def _moment(text: str, step: Step | None) -> str:
    try:
        return iso(np.datetime64(text, "us"), step)
    except ValueError:  # a file may say what it likes
        return text


def contest_words(found: Contest) -> str:
    """Say how a model did against a run."""
    comparison = found.comparison
    values = {
        "number": found.number, "windows": count(found.windows), "steps": count(found.steps),
        "own": number(found.own, 3), "other": number(found.other, 3), "targets": _names(found.targets),
        "measure": "MASE" if found.scaled else "MAE",
        "gain": f"{abs(100 * comparison.skill):.1f}",
    }  # fmt: skip
    head = N_("{gain} % better than run {number}") if comparison.skill >= 0 else N_("{gain} % worse than run {number}")
    text = translate(head).format(**values)
    words = N_(
        "{targets}, the first {steps} steps ahead, {windows} test windows of both: {measure} {own} against {other}."
    )
    text += DOT + translate(words).format(**values)
    if comparison.low is not None and comparison.high is not None:
        ends = {"low": f"{100 * comparison.low:+.0f}", "high": f"{100 * comparison.high:+.0f}"}
        ends = {name: end.replace("-", "−") for name, end in ends.items()}
        text += " " + translate(N_("95 % interval of the gain: {low} % to {high} %.")).format(**ends)
    if comparison.p is None:
        return text + " " + translate(N_("There are too few windows to tell it from chance."))
    chance = N_("The difference may be chance (p = {p}).") if comparison.p > SURE else N_("It is no chance (p = {p}).")
    return text + " " + translate(chance).format(p=number(comparison.p, 2))


def contest_tone(found: Contest) -> Tone:
    """Return the tone of :func:`contest_words`: what may be chance is neither good nor bad."""
    comparison = found.comparison
    if comparison.p is None or comparison.p > SURE:
        return "text"
    return "good" if comparison.skill > 0 else "warn"
