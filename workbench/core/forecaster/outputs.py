"""What a forecast says of each step: one number, quantiles, or a distribution.

`raw` are P numbers of the network a value, (..., P), without the window's level; `parameters` are the same in scaled
units, as :meth:`placed` makes them.
"""

from __future__ import annotations

from typing import Protocol, final

import torch
from torch import Tensor, nn

from workbench.core.quantiles import FEWEST_DEGREES, normal_quantile, student_quantile

SMALLEST_SCALE = 1e-4
"""A deviation below a ten-thousandth of the training rows' spread is not believed."""


class Output(Protocol):
    """What the last numbers of a network mean."""

    count: int
    """P."""

    def placed(self, raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
        """Give (B, Q, C, P) raw numbers the level (B, 1, C) of their windows."""

    def point(self, parameters: Tensor) -> Tensor:
        """Return the forecast (...) that stands for all of `parameters` (..., P)."""

    def quantile(self, parameters: Tensor, level: float) -> Tensor | None:
        """Return the value (...) that is not exceeded with probability `level`; None if that is not known."""


def _moved(raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
    if scale is not None:
        raw = raw * scale[..., None]
    return raw if shift is None else raw + shift[..., None]


def _widened(raw: Tensor, scale: Tensor | None) -> Tensor:
    """Return a deviation above 0 for raw numbers (B, Q, C)."""
    found = nn.functional.softplus(raw) + SMALLEST_SCALE
    return found if scale is None else found * scale.abs()


@final
class Point:
    """One number, the middle of what may come (its mean under MSE, its median under MAE)."""

    count = 1

    def placed(self, raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
        """Return raw * scale + shift."""
        return _moved(raw, shift, scale)

    def point(self, parameters: Tensor) -> Tensor:
        """Return the number."""
        return parameters[..., 0]

    def quantile(self, parameters: Tensor, level: float) -> Tensor | None:
        """Return None: one number has no spread."""
        return None


@final
class Quantiles:
    """The values below which given shares of the truth should lie (Koenker & Bassett 1978; Wen et al. 2017).

    Parameters
    ----------
    levels
        Ascending, with 0.5 among them.
    """

    def __init__(self, levels: tuple[float, ...]) -> None:
        self.levels, self.count = levels, len(levels)

    def placed(self, raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
        """Return raw * scale + shift; they are trained as they are, also where they cross."""
        return _moved(raw, shift, scale)

    def point(self, parameters: Tensor) -> Tensor:
        """Return the median of the sorted quantiles."""
        return self._sorted(parameters)[..., self.levels.index(0.5)]

    def quantile(self, parameters: Tensor, level: float) -> Tensor | None:
        """Return a quantile that was trained, sorted so that none crosses another (Chernozhukov et al. 2010)."""
        return self._sorted(parameters)[..., self.levels.index(level)] if level in self.levels else None

    def _sorted(self, parameters: Tensor) -> Tensor:
        return parameters.sort(dim=-1).values


@final
class Gaussian:
    """Mean and standard deviation (DeepAR: Salinas et al. 2020, arXiv 1704.04110)."""

    count = 2

    def placed(self, raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
        """Return mean and standard deviation."""
        mean = _moved(raw[..., :1], shift, scale)
        return torch.cat([mean, _widened(raw[..., 1], scale)[..., None]], dim=-1)

    def point(self, parameters: Tensor) -> Tensor:
        """Return the mean."""
        return parameters[..., 0]

    def quantile(self, parameters: Tensor, level: float) -> Tensor | None:
        """Return mean + deviation * the normal quantile."""
        return parameters[..., 0] + parameters[..., 1] * normal_quantile(level)


@final
class StudentT:
    """Location, scale and degrees of freedom, for forecasts that sometimes miss by far (Alexandrov et al. 2020)."""

    count = 3

    def placed(self, raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
        """Return location, scale and degrees of freedom above 2."""
        location = _moved(raw[..., :1], shift, scale)
        degrees = FEWEST_DEGREES + nn.functional.softplus(raw[..., 2])
        return torch.cat([location, _widened(raw[..., 1], scale)[..., None], degrees[..., None]], dim=-1)

    def point(self, parameters: Tensor) -> Tensor:
        """Return the location."""
        return parameters[..., 0]

    def quantile(self, parameters: Tensor, level: float) -> Tensor | None:
        """Return location + scale * the t quantile."""
        z = torch.from_numpy(student_quantile(level, parameters[..., 2].cpu().numpy()))
        return parameters[..., 0] + parameters[..., 1] * z.to(parameters)


@final
class Classes:
    """One number a class, the larger the likelier: logits of a softmax (Bridle 1990)."""

    def __init__(self, count: int) -> None:
        self.count = count

    def placed(self, raw: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
        """Return `raw`: a class has no level."""
        return raw

    def point(self, parameters: Tensor) -> Tensor:
        """Return the number of the likeliest class."""
        return parameters.argmax(dim=-1).to(parameters.dtype)

    def quantile(self, parameters: Tensor, level: float) -> Tensor | None:
        """Return None: classes have no order."""
        return None


def output_of(key: str, levels: tuple[float, ...], classes: int = 2) -> Output:
    """Return the output called `key`; `levels` are its quantiles, `classes` the number of its classes."""
    if key == "quantiles":
        return Quantiles(levels)
    if key == "classes":
        return Classes(classes)
    found: dict[str, Output] = {"point": Point(), "gaussian": Gaussian(), "student-t": StudentT()}
    return found[key]
