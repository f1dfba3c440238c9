"""Make a series easier to learn, and undo it in the forecast: powers and differences of the targets.

z = power(y), w = z - z[lag rows before]. The network learns w. A forecast is summed up again from the last known z
before its origin, so nothing from the horizon is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.problems import N_, ProblemKind, WorkbenchError

Floats = NDArray[np.floating]

NOT_POSITIVE = ProblemKind(
    "not-positive",
    "error",
    N_("{column} has values of 0 or below (the lowest is {lowest}), and {power} needs values above 0."),
    N_("Set Power to none, or choose another target."),
    action="no-power",
)

LAMBDAS = np.linspace(-1.0, 2.0, 61)
"""Box-Cox exponents tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """A power and a difference of C columns.

    Attributes
    ----------
    exponents
        (C,) Box-Cox exponent of each target; 0 is the logarithm, NaN leaves the values as they are.
    lag
        Rows between the two values of a difference; 0 for none.
    """

    exponents: NDArray[np.float64]
    lag: int = 0

    @property
    def plain(self) -> bool:
        """True if nothing is changed."""
        return self.lag == 0 and bool(np.isnan(self.exponents).all())

    def power(self, values: Floats) -> NDArray[np.float64]:
        """Return z for y (..., C); values that have no power become NaN."""
        found = np.array(values, dtype=np.float64)
        for column, exponent in enumerate(self.exponents):
            if np.isnan(exponent):
                continue
            y = np.where(found[..., column] > 0, found[..., column], np.nan)
            found[..., column] = np.log(y) if exponent == 0 else (y**exponent - 1.0) / exponent
        return found

    def unpower(self, values: Floats) -> NDArray[np.float64]:
        """Return y for z (..., C). Where a power has no inverse, the nearest value that has one is taken."""
        found = np.array(values, dtype=np.float64)
        for column, exponent in enumerate(self.exponents):
            if np.isnan(exponent):
                continue
            z = found[..., column]
            if exponent == 0:
                found[..., column] = np.exp(np.minimum(z, 700.0))
            else:
                found[..., column] = np.maximum(z * exponent + 1.0, 1e-12) ** (1.0 / exponent)
        return found

    def forward(self, values: Floats) -> NDArray[np.float64]:
        """Return w for a series y (R, C); the first `lag` rows have none."""
        z = self.power(values)
        if self.lag == 0:
            return z
        w = np.full_like(z, np.nan)
        w[self.lag :] = z[self.lag :] - z[: -self.lag]
        return w

    def forward_at(self, values: Floats, before: Floats) -> NDArray[np.float64]:
        """Return w for horizons y (N, Q, C) that follow the `lag` values y `before` (N, lag, C)."""
        z = self.power(values)
        if self.lag == 0:
            return z
        whole = np.concatenate([self.power(before), z], axis=1)
        return z - whole[:, : z.shape[1]]

    def inverse_at(self, values: Floats, before: Floats) -> NDArray[np.float64]:
        """Return y for forecasts w (N, Q, C) that follow the `lag` values y `before` (N, lag, C)."""
        z = np.array(values, dtype=np.float64)
        if self.lag:
            base = self.power(before)
            for step in range(z.shape[1]):
                z[:, step] += base[:, step] if step < self.lag else z[:, step - self.lag]
        return self.unpower(z)


def fitted_transform(train: Floats, columns: tuple[str, ...], power: str, lag: int) -> Transform:
    """Fit on the training rows (R, C) of the targets called `columns`; `power` is ``none``, ``log`` or ``box-cox``.

    Raises
    ------
    WorkbenchError
        ``not-positive``.
    """
    if power == "none":
        return Transform(np.full(train.shape[1], np.nan), lag)
    check_positive(train, columns, power)
    exponents = np.zeros(train.shape[1])
    for index in range(train.shape[1]):
        seen = train[:, index][np.isfinite(train[:, index])]
        exponents[index] = best_exponent(seen) if power == "box-cox" else 0.0
    return Transform(exponents, lag)


def check_positive(values: Floats, columns: tuple[str, ...], power: str) -> None:
    """Refuse values (R, C) that `power` is not made for, in whichever part they are: they would be lost otherwise.

    Raises
    ------
    WorkbenchError
        ``not-positive``.
    """
    if power == "none":
        return
    for index, column in enumerate(columns):
        lowest = np.nanmin(values[:, index], initial=np.inf)
        if lowest <= 0:
            raise WorkbenchError(NOT_POSITIVE, column=column, lowest=f"{lowest:g}", power=power)


def best_exponent(values: Floats) -> float:
    """Return the exponent in :data:`LAMBDAS` of the largest profile likelihood (Box & Cox 1964, equation 8)."""
    if len(values) < 3 or np.ptp(values) == 0:
        return 1.0
    logs = np.log(values)

    def likelihood(exponent: float) -> float:
        z = logs if abs(exponent) < 1e-9 else (values**exponent - 1.0) / exponent
        return float(-0.5 * len(values) * np.log(z.var()) + (exponent - 1.0) * logs.sum())

    best = float(max(LAMBDAS, key=likelihood))
    return 0.0 if abs(best) < 1e-9 else best
