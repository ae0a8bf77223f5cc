"""The range that values are brought to before a network sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.images.spread import Numbers, Spread
from playground.experiment import catalog

MEASURED, OWN = "dataset", "custom"
_HALF = (0.5,)


def _measured(spread: Spread) -> tuple[Numbers, Numbers]:
    return spread.mean, spread.std


def _symmetric(spread: Spread) -> tuple[Numbers, Numbers]:
    ends = list(zip(spread.low, spread.high, strict=True))
    middles = tuple((low + high) / 2 for low, high in ends)
    return middles, tuple((high - low) / 2 for low, high in ends)


def _unit(spread: Spread) -> tuple[Numbers, Numbers]:
    ends = zip(spread.low, spread.high, strict=True)
    return spread.low, tuple(high - low for low, high in ends)


def _none(spread: Spread) -> tuple[Numbers, Numbers]:
    return (0.0,) * len(spread.mean), (1.0,) * len(spread.mean)


NORMALIZATIONS: dict[str, Callable[[Spread], tuple[Numbers, Numbers]]] = {
    MEASURED: _measured,
    "symmetric": _symmetric,
    "unit": _unit,
    "none": _none,
}


@dataclass(frozen=True, slots=True)
class Normalization:
    """`(value - mean) / std` for each channel; of pixels, in units from 0 to 255."""

    mean: Numbers
    std: Numbers

    @classmethod
    def of(
        cls, name: str, spread: Spread, own_mean: Numbers = _HALF, own_std: Numbers = _HALF
    ) -> Normalization:
        """Return the normalization called `name` for inputs of this `spread`.

        "custom" takes `own_mean` and `own_std`, one number or one per channel; those of images are
        on pixels from 0 to 1. Raises `UnknownChoice` for a name that is not in the catalogue.
        """
        name = catalog.NORMALIZATIONS[name].name
        if name == OWN:
            channels = len(spread.mean)
            mean, std = (_for_each(own, channels, spread.unit) for own in (own_mean, own_std))
            return cls(mean, std)
        mean, std = NORMALIZATIONS[name](spread)
        # A channel of one value has no spread to divide by: it is only shifted to zero.
        return cls(mean, tuple(each if each > 0 else 1.0 for each in std))

    def apply(self, inputs: Tensor) -> Tensor:
        """Return inputs `[N, C, …]` as normalized float32 of the same shape."""
        mean, std = self.columns(inputs)
        return inputs.to(torch.float32, copy=True).sub_(mean).div_(std)

    def unapply(self, inputs: Tensor) -> Tensor:
        """Return normalized inputs `[N, C, …]` in their former units again, float32."""
        mean, std = self.columns(inputs)
        return inputs.to(torch.float32) * std + mean

    def columns(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and std where `inputs [N, C, …]` are, each float32 `[C, 1, …]`."""
        numbers = torch.tensor((self.mean, self.std), dtype=torch.float32, device=inputs.device)
        mean, std = numbers.reshape(2, -1, *(1,) * (inputs.ndim - 2))
        return mean, std


def _for_each(numbers: Numbers, channels: int, unit: float) -> Numbers:
    """Return a number for each channel, in the units of its values."""
    each = numbers if len(numbers) == channels else numbers * channels
    return tuple(unit * number for number in each)
