"""What every verb prints the same way: Problems on standard error, scores on standard output."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.core.events import Scores
from workbench.core.problems import Problem

if TYPE_CHECKING:
    from workbench.core.dataset import Dataset
    from workbench.core.insight.judging import Judgement
    from workbench.core.run import Run


def tell(problem: Problem) -> None:
    """Print a Problem and its remedy to standard error."""
    print(f"{problem.severity}: {problem.text()}\n  {problem.remedy()}", file=sys.stderr)


def print_scores(scores: Mapping[str, Scores]) -> None:
    """Print one line for each forecaster."""
    from workbench.core.baselines import LABELS

    for entry in scores.values():
        name = f"  {LABELS[entry.name]:<15} {entry.part:<6}"
        if entry.accuracy is not None:  # numbers of classes have no distance
            print(f"{name} right {entry.accuracy:.1%}".replace("%", " %"))
            continue
        mase = "n/a" if entry.mase is None else f"{entry.mase:.3f}"
        print(f"{name} MAE {entry.mae:<10.5g} RMSE {entry.rmse:<10.5g} MASE {mase}")


def print_verdict(run: Run, dataset: Dataset) -> None:
    """Print whether the network of `run` is worth anything, and what is wrong with it."""
    from workbench.core.insight.evidence import gathered
    from workbench.core.insight.judging import judged
    from workbench.core.scoring import verdict

    evidence = gathered(run, dataset)
    judgement = judged(evidence) if evidence is not None else None
    if judgement is not None:
        print_judgement(judgement)
        _print_diagnoses(run, dataset)
        return
    by_scores = verdict(run)
    if by_scores is not None:
        values = by_scores.values
        print(f"{by_scores.headline.format_map(values)}: {by_scores.sentence.format_map(values)}")


def print_judgement(judgement: Judgement) -> None:
    """Print the verdict, and below it what is wrong with the forecast."""
    print(f"{judgement.title()}. {judgement.text()}")
    for found in judgement.findings:
        print(f"  {found.severity}: {found.text()} {found.remedy()}")


def _print_diagnoses(run: Run, dataset: Dataset) -> None:
    """Print what the doctor finds in data, loss, gates and gradients."""
    from workbench.core.insight.doctor import examined
    from workbench.core.insight.patients import patient_of

    for entry in examined(patient_of(run, dataset, run.project)):
        print(f"  {entry.problem.severity}: {entry.problem.text()} {entry.problem.remedy()}")
