"""Too little memory, and a GPU that is gone: the errors are injected where a device raises them."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import torch

from series import ending, run_of, tiny_project, tiny_table, train
from workbench.core.dataset import prepare
from workbench.core.events import Ended
from workbench.core.forecaster import Forecaster
from workbench.core.steering import Steering
from workbench.core.supervision import supervised
from workbench.core.training import Training

CUDA_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
CPU_MEMORY = RuntimeError("[enforce fail at alloc_cpu.cpp:116] err == 0. DefaultCPUAllocator: can't allocate memory")
MPS_MEMORY = RuntimeError("MPS backend out of memory (MPS allocated: 17.54 GB, other allocations: 1.2 GB)")
LOST = torch.AcceleratorError("CUDA error: unspecified launch failure\nCompile with TORCH_USE_CUDA_DSA.")


def fails_at(monkeypatch: pytest.MonkeyPatch, batch: int, error: Exception) -> None:
    """Let the network fail in its `batch`-th batch of training, as a device does."""
    right, count = Forecaster.forward, [0]

    def forward(self: Forecaster, *arguments: Any) -> Any:
        count[0] += self.training and len(arguments) == 3
        if count[0] == batch:
            raise type(error)(*error.args)  # an error that is kept would keep what its traceback holds
        return right(self, *arguments)

    monkeypatch.setattr(Forecaster, "forward", forward)


@pytest.mark.parametrize(
    ("error", "key", "other"),
    [
        (CUDA_MEMORY, "gpu-out-of-memory", "use-cpu"),
        (MPS_MEMORY, "gpu-out-of-memory", "use-cpu"),
        (CPU_MEMORY, "out-of-memory", None),
        (MemoryError(), "out-of-memory", None),
    ],
    ids=["cuda", "mps", "cpu", "python"],
)
def test_that_lack_of_memory_frees_it_and_offers_half_the_batch(
    monkeypatch: pytest.MonkeyPatch, error: Exception, key: str, other: str | None
) -> None:
    made: list[weakref.ref[Any]] = []
    init = Training.__init__

    def watched(self: Training, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        made.extend([weakref.ref(self), weakref.ref(self.forecaster), weakref.ref(self.batches_of)])
        made.extend(weakref.ref(weight) for weight in self.forecaster.parameters())

    monkeypatch.setattr(Training, "__init__", watched)
    with monkeypatch.context() as patch:
        fails_at(patch, 3, error)
        project = tiny_project(batch=9)
        dataset = prepare(tiny_table(), project.data)
        gc.disable()  # nothing may hang on a collection that comes some day
        try:
            for event in supervised(project, dataset, Steering(project.train)):
                if isinstance(event, Ended):
                    assert [entry() for entry in made] == [None] * len(made), "freed before it is told"
        finally:
            gc.enable()
        assert made
    assert isinstance(event, Ended)
    assert event.problem is not None
    assert (event.outcome, event.problem.key) == ("failed", key)
    assert (event.problem.values["half"], event.problem.values["accumulate"]) == (4, 2)
    assert (event.problem.kind.action, event.problem.kind.other) == ("half-batch", other)
    assert "4" in event.problem.remedy()
    assert str(error)[:20] in event.details
    assert ending(train(tiny_project(batch=4, accumulate=2))).outcome == "finished", "the next training runs"


def test_that_a_batch_of_one_cannot_be_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_at(monkeypatch, 1, CUDA_MEMORY)
    found = ending(train(tiny_project(batch=1))).problem
    assert found is not None
    assert found.key == "out-of-memory-at-one"
    assert "shorter window" in found.remedy()


def test_that_the_weights_of_a_lost_gpu_are_kept_and_go_on_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    project = tiny_project(epochs=5, batch=16)
    dataset = prepare(tiny_table(), project.data)
    batches = -(-len(dataset.train) // 16)
    with monkeypatch.context() as patch:
        fails_at(patch, 2 * batches + 2, LOST)
        events = train(project, dataset)
    end = ending(events)
    assert end.problem is not None
    assert (end.outcome, end.problem.key, end.problem.kind.action) == ("failed", "gpu-lost", "go-on-cpu")
    assert "unspecified launch failure" in end.problem.text()
    assert "TORCH_USE_CUDA_DSA" not in end.problem.text()
    assert "Traceback" in end.details
    best = run_of(events, project).best
    assert best is not None
    assert end.best_epoch == best.epoch > 0
    after = list(supervised(project, dataset, Steering(project.train), best.weights))
    ended = ending(after)
    assert ended.outcome == "finished"
    improved = run_of(after, project).best
    assert improved is not None
    assert improved.valid_loss <= best.valid_loss, "it goes on from there"


@pytest.mark.parametrize("error", [LOST, RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")])
def test_that_a_gpu_lost_in_the_first_epoch_says_that_nothing_was_kept(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    fails_at(monkeypatch, 2, error)
    found = ending(train(tiny_project())).problem
    assert found is not None
    assert (found.key, found.kind.action) == ("gpu-lost-early", "use-cpu")
