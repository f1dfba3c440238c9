"""How fast a training goes and how long it will still take, smoothed so that what is shown does not jump."""

from __future__ import annotations

import math

MEMORY_S = 3.0
"""Speed is that of about the last seconds of training."""

CALM_S = 4.0
"""The time left follows a new estimate within about this many seconds."""

STALL = 4.0
"""Whatever took this many times the usual (a laptop that slept, a busy disk) counts no more than that."""

PASSES = 0.35
"""Reading a window forwards costs about this share of training on it; a guess until an epoch was validated."""

_NEW = 0.4
"""Weight of the newest validation against those before."""


class Pace:
    """Speed and time left of one training, from the moments at which batches were done.

    All moments are seconds of training: pauses are left out by who tells them.

    Parameters
    ----------
    batches
        Batches in an epoch.
    validated
        Validation windows for each training window.
    """

    def __init__(self, batches: int, validated: float = 0.0) -> None:
        self._batches = batches
        self._validated = validated
        self._last_s = -math.inf
        self._clock_s = 0.0  # seconds that count: those of a stall do not
        self._done = 0
        # What was done lately, older work counting less: seconds, batches, windows.
        self._seconds = self._steps = self._windows = 0.0
        self._between_s: float | None = None
        self._left_s: float | None = None
        self._left_at_s = self._epochs = 0.0

    def begin(self, now_s: float, done: int = 0) -> None:
        """An epoch begins or, with batches `done`, goes on; what came before it was validation and looking."""
        if math.isfinite(self._last_s):
            passed = max(now_s - self._last_s, 0.0)
            if self._between_s is None:
                self._between_s = passed
            else:
                passed = min(passed, STALL * self._between_s)
                self._between_s += _NEW * (passed - self._between_s)
            self._clock_s += passed
        self._last_s, self._done = now_s, done

    def told(self, now_s: float, windows: int, epoch: int, batch: int, epochs: int) -> tuple[float, float]:
        """Take in that `batch` batches of `epoch` are done, the newest with `windows` windows since the last word.

        Returns
        -------
        Training windows a second, and the seconds left to the end of the last epoch.
        """
        self._count(now_s, windows, batch)
        left_s = self._calm(self._estimate(epoch, batch, epochs), epochs)
        return (self._windows / self._seconds if self._seconds > 0 else 0.0), left_s

    def _count(self, now_s: float, windows: int, batch: int) -> None:
        passed, steps = max(now_s - self._last_s, 0.0), batch - self._done
        self._last_s, self._done = now_s, batch
        if steps <= 0:
            return
        if self._steps:
            passed = min(passed, STALL * self._seconds / self._steps * steps)
        self._clock_s += passed
        kept = math.exp(-passed / MEMORY_S)
        self._seconds = self._seconds * kept + passed
        self._steps = self._steps * kept + steps
        self._windows = self._windows * kept + windows

    def _estimate(self, epoch: int, batch: int, epochs: int) -> float:
        step_s = self._seconds / self._steps if self._steps else 0.0
        between_s = self._between_s
        if between_s is None:
            between_s = PASSES * self._validated * self._batches * step_s
        left = max(epochs - epoch, 0)
        return (left * self._batches + self._batches - batch) * step_s + (left + 1) * between_s

    def _calm(self, estimate_s: float, epochs: int) -> float:
        """Let the time shown run down as a clock does, and drift towards the estimate."""
        if self._left_s is None or epochs != self._epochs:  # another number of epochs is no error to be smoothed
            self._left_s = estimate_s
        else:
            passed, calm_s = self._clock_s - self._left_at_s, min(CALM_S, 0.3 * self._clock_s)
            share = 1.0 - math.exp(-passed / calm_s) if calm_s > 0 else 1.0
            expected = self._left_s - passed
            self._left_s = max(expected + share * (estimate_s - expected), 0.0)
        self._left_at_s, self._epochs = self._clock_s, epochs
        return self._left_s
