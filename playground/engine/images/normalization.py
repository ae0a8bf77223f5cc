"""The range that values are brought to before a network sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.images.spread import Numbers, Spread

MEASURED, OWN = "dataset", "custom"
_HALF = (0.5,)


# What is taken from a channel of such a mean, deviation and range, and what divides it then.
NORMALIZATIONS: dict[str, Callable[[float, float, float, float], tuple[float, float]]] = {
    MEASURED: lambda mean, std, _low, _high: (mean, std),
    "symmetric": lambda _mean, _std, low, high: ((low + high) / 2, (high - low) / 2),
    "unit": lambda _mean, _std, low, high: (low, high - low),
    "none": lambda *_spread: (0.0, 1.0),
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
        on pixels from 0 to 1.
        """
        if name == OWN:
            each = len(spread.mean)
            return cls(*(_for_each(own, each, spread.unit) for own in (own_mean, own_std)))
        channels = zip(spread.mean, spread.std, spread.low, spread.high, strict=True)
        mean, std = zip(*(NORMALIZATIONS[name](*channel) for channel in channels), strict=True)
        # A channel of one value has no spread to divide by: it is only shifted to zero.
        return cls(mean, tuple(each if each > 0 else 1.0 for each in std))

    def apply(self, inputs: Tensor) -> Tensor:
        """Return inputs `[N, C, …]` as normalized float32 of the same shape."""
        mean, std = self.columns(inputs)
        return inputs.to(torch.float32, copy=True).sub_(mean).div_(std)

    def columns(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and std where `inputs [N, C, …]` are, each float32 `[C, 1, …]`."""
        numbers = torch.tensor((self.mean, self.std), dtype=torch.float32, device=inputs.device)
        mean, std = numbers.reshape(2, -1, *(1,) * (inputs.ndim - 2))
        return mean, std


def _for_each(numbers: Numbers, channels: int, unit: float) -> Numbers:
    """Return a number for each channel, in the units of its values."""
    each = numbers if len(numbers) == channels else numbers * channels
    return tuple(unit * number for number in each)
