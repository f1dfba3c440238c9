"""The settings of a training."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator, model_validator

from workbench.core.fields import Spec, setting
from workbench.core.problems import N_

MOST_THREADS = 256


class TrainSpec(Spec):
    """How the network is trained. Fields marked live take effect at the next batch."""

    epochs: int = setting(
        60,
        title=N_("Epochs"),
        ge=1,
        le=100_000,
        live=True,
        help=N_("At most this many passes over the training windows."),
    )
    batch: int = setting(
        64, title=N_("Batch"), unit=N_("windows"), ge=1, le=65_536, help=N_("Windows per training step.")
    )
    learning_rate: float = setting(
        3e-3,
        title=N_("Learning rate"),
        gt=0.0,
        le=10.0,
        live=True,
        help=N_("Step size of the optimiser."),
    )
    loss: Literal["mae", "mse", "huber", "pinball", "nll", "cross-entropy"] = setting(
        "mae",
        title=N_("Loss"),
        labels={"mae": "MAE", "mse": "MSE", "huber": "Huber", "pinball": N_("pinball"), "nll": N_("likelihood")},
        help=N_(
            "What training makes small, measured on scaled values. Quantiles go with the pinball loss, distributions "
            "with their negative log-likelihood; choosing one chooses the other."
        ),
    )
    patience: int = setting(
        8,
        title=N_("Patience"),
        unit=N_("epochs"),
        ge=1,
        le=100_000,
        live=True,
        help=N_("Stop after this many epochs without a better validation loss. The best weights are kept."),
    )
    optimiser: Literal["adam", "adamw", "rmsprop", "sgd"] = setting(
        "adam",
        title=N_("Optimiser"),
        level="advanced",
        labels={"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": N_("SGD with momentum")},
        help=N_(
            "How the gradient moves the weights. Adam adapts the step of each weight; AdamW keeps the weight decay out "
            "of that; RMSprop is Adam without momentum; SGD takes the same step everywhere and wants a larger rate."
        ),
    )
    momentum: float = setting(
        0.9,
        title=N_("Momentum"),
        ge=0.0,
        le=0.9999,
        level="advanced",
        help=N_("Share of its last move that SGD adds to the next."),
    )
    weight_decay: float = setting(
        0.0,
        title=N_("Weight decay"),
        ge=0.0,
        le=10.0,
        live=True,
        level="advanced",
        help=N_(
            "Pull of all weights towards 0, against learning by heart. AdamW shrinks them directly (0.01 is usual); "
            "the others add it to the gradient. 0 is none."
        ),
    )
    schedule: Literal["constant", "step", "exponential", "cosine", "plateau"] = setting(
        "constant",
        title=N_("Schedule"),
        level="advanced",
        labels={
            "constant": N_("constant"),
            "step": N_("in steps"),
            "exponential": N_("exponential"),
            "cosine": N_("cosine"),
            "plateau": N_("when it stalls"),
        },
        help=N_(
            "What becomes of the learning rate. In steps: × the factor every few epochs. Exponential: the same, batch "
            "by batch. Cosine: down to the lowest rate at the last epoch. When it stalls: × the factor after some "
            "epochs without a better validation loss."
        ),
    )
    warm_up: float = setting(
        0.0,
        title=N_("Warm-up"),
        unit=N_("epochs"),
        ge=0.0,
        le=1_000.0,
        level="advanced",
        help=N_("The rate grows from almost 0 over this time, batch by batch; 0.5 is half an epoch."),
    )
    rate_hold: float = setting(
        0.0,
        title=N_("Rate held"),
        unit=N_("epochs"),
        ge=0.0,
        le=100_000.0,
        level="advanced",
        help=N_("The full rate is kept for this time before the schedule lowers it."),
    )
    rate_factor: float = setting(
        0.5,
        title=N_("Rate factor"),
        gt=0.0,
        le=1.0,
        level="advanced",
        help=N_("What the rate is multiplied by each time the schedule lowers it."),
    )
    rate_every: float = setting(
        10.0,
        title=N_("Rate lowered every"),
        unit=N_("epochs"),
        gt=0.0,
        le=100_000.0,
        level="advanced",
        help=N_("Epochs in which the rate falls by the factor once."),
    )
    rate_stall: int = setting(
        4,
        title=N_("Stall"),
        unit=N_("epochs"),
        ge=1,
        le=100_000,
        level="advanced",
        help=N_("Epochs without a better validation loss after which the rate is lowered. Less than Patience."),
    )
    rate_floor: float = setting(
        0.0,
        title=N_("Lowest rate"),
        ge=0.0,
        le=1.0,
        level="advanced",
        help=N_("Share of the learning rate that no schedule goes below; the cosine ends there."),
    )
    clip: float = setting(
        1.0,
        title=N_("Clip"),
        ge=0.0,
        le=1e6,
        live=True,
        level="advanced",
        help=N_("Largest norm of the gradient of all weights; 0 switches it off."),
    )
    clip_value: float = setting(
        0.0,
        title=N_("Clip values"),
        ge=0.0,
        le=1e6,
        live=True,
        level="advanced",
        help=N_("Largest gradient of a single weight, cut before the norm is; 0 switches it off."),
    )
    accumulate: int = setting(
        1,
        title=N_("Accumulation"),
        unit=N_("batches"),
        ge=1,
        le=10_000,
        level="advanced",
        help=N_(
            "Batches whose gradients make one training step. The step is that of a batch so many times larger, in the "
            "memory of one."
        ),
    )
    average: float = setting(
        0.0,
        title=N_("Averaging"),
        ge=0.0,
        le=0.9999,
        level="advanced",
        help=N_(
            "Keep a moving average of the weights (EMA) with this share of the old one at each step, such as 0.99; "
            "the average is what is validated and kept. 0 is none."
        ),
    )
    truncate: int = setting(
        0,
        title=N_("Truncated BPTT"),
        unit=N_("steps"),
        ge=0,
        le=100_000,
        level="advanced",
        help=N_(
            "How far back the gradient goes: the last so many steps of the window are learnt from, those before are "
            "only read, and their state carried on. Saves time and memory in long windows. 0 is the whole window."
        ),
    )
    precision: Literal["float32", "bfloat16", "float16"] = setting(
        "float32",
        title=N_("Precision"),
        level="advanced",
        labels={"float32": "float32", "bfloat16": "bfloat16", "float16": "float16"},
        help=N_(
            "Numbers the network computes with while training, on a CUDA device alone. The halves are faster for large "
            "networks; weights, loss and validation stay float32."
        ),
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = setting(
        "auto",
        title=N_("Device"),
        level="advanced",
        labels={"auto": N_("automatic"), "cpu": "CPU", "cuda": "CUDA", "mps": "MPS (Apple)"},
        help=N_("Where to train. Automatic takes a CUDA device where a step of this network measures faster on it."),
    )
    threads: str = setting(
        "auto",
        title=N_("Threads"),
        level="advanced",
        free=True,
        labels={"auto": N_("automatic"), "1": "1", "2": "2", "4": "4", "8": "8"},
        help=N_(
            "Threads of the CPU that train. Automatic measures what is fastest for this network and leaves one core "
            "to the window. The same number gives the same bits."
        ),
    )
    seed: int = setting(
        0,
        title=N_("Seed"),
        ge=0,
        le=2**31 - 1,
        level="advanced",
        help=N_("Start of all random numbers. The same seed, data and settings give the same model on a CPU."),
    )

    event_files: bool = setting(
        False,
        title=N_("TensorBoard"),
        level="advanced",
        help=N_(
            "Also write losses, learning rate, gradient norm, speed and scores for TensorBoard, into the run's folder; "
            "tensorboard --logdir shows all runs below a folder."
        ),
    )

    @field_validator("threads")
    @classmethod
    def _count_of_threads(cls, text: str) -> str:
        text = text.strip().lower()
        if text != "auto" and not (text.isdecimal() and 1 <= int(text) <= MOST_THREADS):
            raise ValueError(f"automatic or a number from 1 to {MOST_THREADS}")
        return text if text == "auto" else str(int(text))

    @model_validator(mode="before")
    @classmethod
    def _as_then(cls, document: Any) -> Any:
        """The schedule of the first version, × 0.8 an epoch after the second, is one in steps."""
        if isinstance(document, dict) and document.get("schedule") == "decay":
            return {**document, "schedule": "step", "rate_factor": 0.8, "rate_every": 1.0, "rate_hold": 1.0}
        return document

    @property
    def step_windows(self) -> int:
        """Windows of one training step: the effective batch."""
        return self.batch * self.accumulate
