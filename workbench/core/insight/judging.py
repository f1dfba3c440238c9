"""The verdict: may this forecast be trusted? One sentence with numbers, made by rules that are named and tested.

The rules and their thresholds are explained in decision 095; ``tests/core/insight/test_judging.py`` holds them to a
table of series and forecasters whose verdict is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.core.baselines import LABELS
from workbench.core.insight.evidence import LAST, MODEL, Evidence
from workbench.core.insight.findings import FINDINGS
from workbench.core.insight.skill import Reach, Skill, reach, skill, skill_by_step
from workbench.core.insight.symptoms import copied, coverage, drifted, flat, missed
from workbench.core.problems import N_, Problem, problem

Outcome = Literal["better", "tie", "worse", "last-value", "unproven"]

CLEARLY_BETTER = 0.02
"""A smaller relative gain than this is called a tie."""

NEAR_LAST = 0.05
"""Gain over the last value, however unsure, from which nobody may say that nothing beats it: the part may be short."""

FEW_PIECES = 10
"""Stretches of windows that share no truth, below which their number is told."""

MOST_SEEDS_BETTER = 0.8
"""Share of the seeds that must be better, where several were trained."""

HEADLINES: Mapping[Outcome, str] = {
    "better": N_("{gain} better than {baseline}"),
    "tie": N_("No better than {baseline}"),
    "worse": N_("{gain} worse than {baseline}"),
    "last-value": N_("No model beats the last value here"),
    "unproven": N_("{gain} {more} than {baseline}, on too few windows to be sure"),
}

REACHES: Mapping[str, str] = {
    "all": N_("Better at every step ahead."),
    "none": N_("Better at no step ahead."),
    "up-to": N_("Better up to step {step} of {horizon}, and not beyond."),
    "from": N_("Better only from step {step} of {horizon} on."),
    "last": N_("Better only at the last of {horizon} steps ahead."),
    "mixed": N_("Better at {better} of {horizon} steps ahead."),
}

COMPARED = N_(
    "Over {windows} {part} windows the network is off by {own} on average ({measure}), the best simple forecast, "
    "{baseline}, by {other}: {gain} {more}."
)
SURE = N_("With 90 % confidence the gain lies between {low} and {high}.")
FEW = N_("The windows overlap so much that they count as about {pieces} independent ones.")
TOO_FEW = N_(
    "The windows overlap so much that they count as about {pieces} independent ones: too few to say how sure this is."
)
ONE = N_("The windows overlap so much that they count as little more than one: too few to say how sure this is.")
ALONE = N_("These are too few windows to say how sure this is.")
SEEDS = N_("Trained {seeds} times from other random starts (seeds), it gains {seeds_low} to {seeds_high}.")
COVERED = N_("The {level} band holds {coverage} of the true values.")

TERMS: Mapping[str, str] = {
    "MAE": N_("MAE: mean absolute error, how far off a forecast is on average, in the units of the data."),
    "MASE": N_(
        "MASE: mean absolute scaled error. The error of each target is divided by that of repeating its last season "
        "over the training rows, so that targets of different units can be averaged."
    ),
    "simple": N_(
        "Simple forecasts (baselines) are made without a network, for the same windows. The one that did best on them "
        "is taken."
    ),
    "windows": N_(
        "A window is one forecast: the rows it reads and the steps ahead that follow. Neighbours share most of their "
        "rows, so a hundred of them prove less than a hundred separate forecasts."
    ),
    "sure": N_("The confidence is a bootstrap: the gain worked out again over windows drawn at random in blocks."),
}
"""What the sentences take for known."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Whether the network is worth anything, and what is wrong with it.

    Attributes
    ----------
    outcome
        ``better`` (clearly, than every baseline), ``worse`` (clearly, than the best one), ``tie``, ``last-value``:
        neither the network nor any other baseline is clearly better than the last value, or ``unproven``: so few
        windows that nobody can tell.
    best
        Name of the best baseline.
    skill
        Against the best baseline.
    against_last
        Against the last value, None where that is no baseline.
    reach
        Up to which step ahead it is better.
    findings
        What is wrong: copied, flat, leaking, drifting, under-covering.
    headline, sentences
        Templates for ``str.format_map(values)``, marked for translation. ``words`` names those of the values that are
        to be translated themselves.
    """

    outcome: Outcome
    best: str
    skill: Skill
    against_last: Skill | None
    reach: Reach
    findings: tuple[Problem, ...]
    headline: str
    sentences: tuple[str, ...]
    values: Mapping[str, str]
    words: tuple[str, ...] = ("baseline", "more", "measure")

    @property
    def good(self) -> bool:
        """True if there is a gain, and nothing that makes it doubtful."""
        return self.outcome == "better" and not any(found.severity == "error" for found in self.findings)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentences in one."""
        return " ".join(translate(part).format_map(self.spoken(translate)) for part in self.sentences)

    def title(self, translate: Callable[[str], str] = str) -> str:
        """Return the headline."""
        return translate(self.headline).format_map(self.spoken(translate))

    def terms(self, translate: Callable[[str], str] = str) -> str:
        """Explain the terms that the sentences use, one a line."""
        keys = (self.values["measure"], "simple", "windows", *(["sure"] if SURE in self.sentences else []))
        return "\n".join(translate(TERMS[key]) for key in keys)

    def spoken(self, translate: Callable[[str], str]) -> dict[str, str]:
        """Return the values with their words translated."""
        return {key: translate(value) if key in self.words else value for key, value in self.values.items()}


def judged(evidence: Evidence) -> Judgement | None:
    """Judge the network by the rules of decision 095, None if there is no baseline to compare it with."""
    others = [name for name in evidence.forecasts if name != MODEL]
    if not others:
        return None
    errors = {name: evidence.errors(name) for name in evidence.forecasts}
    best = min(others, key=lambda name: float(errors[name].mean()))
    gains = {name: skill(errors[MODEL], errors[name], evidence.apart) for name in {best, LAST} & set(others)}
    by_step = reach(skill_by_step(errors[MODEL], errors[best]))
    outcome = _outcome(evidence, gains[best], _nothing_beats_last(evidence, errors))
    sentences = [COMPARED, *_sureness(gains[best], len(evidence.origins))]
    last = by_step.kind == "from" and by_step.step == evidence.horizon
    sentences += [REACHES["last" if last else by_step.kind]] * (evidence.horizon > 1)
    sentences += [SEEDS] * (len(evidence.seeds) > 1) + [COVERED] * (coverage(evidence) is not None)
    return Judgement(
        outcome=outcome,
        best=best,
        skill=gains[best],
        against_last=gains.get(LAST),
        reach=by_step,
        findings=_findings(evidence),
        headline=HEADLINES[outcome],
        sentences=tuple(sentences),
        values=_values(evidence, best, gains[best], by_step, float(errors[MODEL].mean()), float(errors[best].mean())),
    )


def _sureness(gain: Skill, windows: int) -> list[str]:
    """Return the templates that say how far the gain can be relied on."""
    overlap = gain.pieces < windows
    if gain.low is not None:
        return [SURE, FEW] if overlap and gain.pieces < FEW_PIECES else [SURE]
    if not overlap:
        return [ALONE]
    return [ONE if gain.pieces < 2 else TOO_FEW]


def _outcome(evidence: Evidence, gain: Skill, nothing_beats_last: bool) -> Outcome:
    if nothing_beats_last:
        return "last-value"
    if gain.low is None or gain.high is None:
        return "unproven" if abs(gain.value) > CLEARLY_BETTER else "tie"
    seeds = evidence.seeds
    most = not seeds or sum(entry > 0 for entry in seeds) >= MOST_SEEDS_BETTER * len(seeds)
    if _clear(gain) and most:
        return "better"
    return "worse" if gain.value < -CLEARLY_BETTER and gain.high < 0 else "tie"


def _clear(gain: Skill) -> bool:
    return gain.value > CLEARLY_BETTER and gain.low is not None and gain.low > 0


def _nothing_beats_last(evidence: Evidence, errors: Mapping[str, object]) -> bool:
    """Return whether no forecaster, the network among them, is better than the last value: clearly, or by a lot."""
    if LAST not in errors:
        return False
    last = evidence.errors(LAST)
    if not last.any():
        return True
    gains = [skill(evidence.errors(name), last, evidence.apart) for name in errors if name != LAST]
    return not any(_clear(gain) or gain.value > NEAR_LAST for gain in gains)


def _values(evidence: Evidence, best: str, gain: Skill, by_step: Reach, own: float, other: float) -> dict[str, str]:
    """Return what the templates name, as text."""
    seeds, held = evidence.seeds, coverage(evidence)
    name = LABELS.get(best, best)
    return {
        "gain": percent(abs(gain.value)),
        "more": N_("better") if gain.value >= 0 else N_("worse"),
        "low": signed(gain.low or 0.0),
        "high": signed(gain.high or 0.0),
        "pieces": f"{max(1, int(gain.pieces))}",
        "baseline": name,
        "measure": N_("MAE") if evidence.truth.shape[2] == 1 else N_("MASE"),
        "own": f"{own:.4g}",
        "other": f"{other:.4g}",
        "windows": f"{len(evidence.origins)}",
        "part": evidence.part,
        "step": f"{by_step.step}",
        "better": f"{by_step.better}",
        "horizon": f"{evidence.horizon}",
        "seeds": f"{len(seeds)}",
        "seeds_low": signed(min(seeds, default=0.0)),
        "seeds_high": signed(max(seeds, default=0.0)),
        "level": percent(evidence.level or 0.0),
        "coverage": percent(held or 0.0),
    }


def _findings(evidence: Evidence) -> tuple[Problem, ...]:
    """Return what is wrong with the forecast itself, the worst first."""
    found: list[Problem] = []
    for leak in evidence.leaks:
        values = {"column": leak.column, "target": leak.target, "explained": percent(leak.explained)}
        found.append(problem(FINDINGS["leak" if leak.sure else "leak-suspected"], ahead=leak.ahead, **values))
    if (share := flat(evidence)) is not None:
        found.append(problem(FINDINGS["flat-line"], share=percent(share)))
    if (copy := copied(evidence)) is not None:
        values = {"at_lag": f"{copy.at_lag:.3f}", "at_zero": f"{copy.at_zero:.3f}", "skill": signed(copy.skill)}
        found.append(problem(FINDINGS["lagged-copy"], lag=copy.lag, ahead=copy.ahead, **values))
    if (drift := drifted(evidence)) is not None:
        values = {"bias": f"{drift.bias:+.3g}", "before": f"{drift.before:+.3g}", "error": f"{drift.error:.3g}"}
        found.append(problem(FINDINGS["drift"], **values))
    if (miss := missed(evidence)) is not None:
        values = {"level": percent(miss.level), "coverage": percent(miss.coverage)}
        found.append(problem(FINDINGS["under-covering"], **values))
    return tuple(found)


def percent(share: float) -> str:
    """Write a share in whole percent, with one digit where it is small."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.0995 or share == 0 else f"{100 * share:.1f} %"


def signed(share: float) -> str:
    """Write a share that may be negative in whole percent."""
    return f"{100 * share:+.0f} %".replace("-", "−").replace("+0 %", "0 %").replace("−0 %", "0 %")
