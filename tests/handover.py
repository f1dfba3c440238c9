"""Models with drawn weights, for tests of what becomes of a model and not of what it learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from workbench.core.bundle import Bundle, bundled
from workbench.core.dataset import Dataset, prepare
from workbench.core.events import Improved
from workbench.core.forecaster import Forecaster
from workbench.core.project import Project
from workbench.core.run import Run
from workbench.core.table import Table


def untrained(project: Project, table: Table, seed: int = 0) -> tuple[Bundle, Dataset]:
    """Return a model of random weights, none of which is 0, and its dataset."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    dataset = prepare(table, project.data)
    weights: dict[str, Any] = Forecaster.of(project.model, project.data).snapshot()
    weights = {name: value + draw.normal(0, 0.05, value.shape).astype(np.float32) for name, value in weights.items()}
    run = Run(1, project)
    run.apply(Improved(1, 0.5, weights))
    return bundled(run, dataset), dataset
