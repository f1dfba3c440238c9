"""Before a training the device's own arithmetic is held to double precision; kernels that are wrong are found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from series import ending, tiny_project, train
from workbench.core import kernels
from workbench.core.backends import MOST_FORWARD, MOST_GRADIENT, check_backend
from workbench.core.cells import CELLS
from workbench.core.events import Started
from workbench.core.project import Project

CPU = torch.device("cpu")
CONFIGURATIONS: list[dict[str, Any]] = [
    {},
    {"layers": 2, "dropout": 0.4, "bidirectional": True},
    {"options": {"recurrent_dropout": 0.3, "zoneout": 0.2}, "normalisation": "revin"},
    {"options": {"layer_norm": True}, "output": "student-t", "loss": "nll"},
    {"segment": 5, "horizon": 5, "decoder": "parallel", "channels": "shared", "targets": ("a", "b")},
    {"segment": 5, "horizon": 5, "decoder": "recursive", "normalisation": "none"},
    {"batch": 1, "window": 3},
]


def project(**settings: Any) -> Project:
    return tiny_project(**{"hidden": 16, "window": 40, "batch": 8, "cell": "gru", **settings})


@pytest.mark.parametrize("settings", CONFIGURATIONS, ids=lambda settings: "-".join(settings) or "plain")
@pytest.mark.parametrize("cell", CELLS.keys())
def test_that_every_configuration_is_right_here_and_nothing_is_drawn(cell: str, settings: dict[str, Any]) -> None:
    before = torch.get_rng_state()
    check = check_backend(project(**{**settings, "cell": cell}), CPU)
    assert torch.equal(torch.get_rng_state(), before)
    assert check.passed
    # Rounding alone stays far below what is refused.
    assert check.forward < MOST_FORWARD / 10
    assert check.gradient < MOST_GRADIENT / 10


class WrongGradient(torch.autograd.Function):
    """The same values, and gradients that are one per cent too large."""

    @staticmethod
    def forward(_context: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(_context: Any, gradient: Tensor) -> Tensor:
        return gradient * 1.01


def rounded(output: Tensor) -> Tensor:
    """As a kernel that computes single precision in bfloat16; double precision is right."""
    return output.to(torch.bfloat16).to(output.dtype) if output.dtype == torch.float32 else output


def spoilt(output: Tensor) -> Tensor:
    """Wrong in every precision."""
    return output * 1.001


def wrong_gradient(output: Tensor) -> Tensor:
    return WrongGradient.apply(output) if output.dtype == torch.float32 else output


def late(output: Tensor) -> Tensor:
    """Right at first, wrong behind step 30 and only in single precision, as a kernel with a bad chunk size."""
    if output.dtype != torch.float32:
        return output
    return torch.cat((output[:, :30], output[:, 30:] * 1.001), dim=1)


def holed(output: Tensor) -> Tensor:
    """One window that is never compared is no number."""
    if output.dtype != torch.float32 or len(output) < 4:
        return output
    return output + torch.zeros_like(output).index_fill(0, torch.tensor([1]), float("nan"))


FAULTS = [rounded, spoilt, wrong_gradient, late, holed]


def spoil(monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    """Register a kernel for the GRU that really computes, and really is wrong."""
    right = kernels.FUSED["gru"]

    def run(*arguments: Any) -> Any:
        output, last = right.run(*arguments)
        wrong = fault(output)
        return wrong, {**last, "h": wrong[:, -1]}

    monkeypatch.setitem(kernels.FUSED, "gru", replace(right, run=run))  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", FAULTS)
def test_that_a_wrong_kernel_is_found_and_not_trained_on(monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    spoil(monkeypatch, fault)
    check = check_backend(project(), CPU)
    assert not check.passed
    if fault is wrong_gradient:
        assert check.forward <= MOST_FORWARD, "only the gradients tell"
    events = train(project())
    assert not any(isinstance(event, Started) for event in events)
    found = ending(events).problem
    assert found is not None
    assert found.key == "wrong-cpu"
    assert f"{check.forward:.1e}" in found.text()
    assert f"{check.gradient:.1e}" in found.text()
    assert "check" in found.remedy()
    assert check_backend(project(cell="lstm"), CPU).passed, "other cells can be trained"


def test_that_a_gpu_that_is_wrong_offers_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, rounded)
    check = replace(check_backend(project(), CPU), device="cuda")  # the figures of a wrong device; none is here
    assert check.refusal().kind.action == "use-cpu"
    assert "CUDA" in check.refusal().text()
