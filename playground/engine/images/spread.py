"""How the values of inputs are spread, channel by channel: what normalizations are made of."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.machine.preparation import Preparation, at_once, portions
from playground.run.records import PreparationRecord

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, deviation and range of each channel's values: of the first dimension of an input.

    The range of pixels is from 0 to 255, whatever they are. `unit` is what 1 stands for in a mean
    or deviation of one's own: white for pixels, 1 for any other numbers.
    """

    mean: Numbers
    std: Numbers
    low: Numbers
    high: Numbers
    unit: float = 1.0

    @classmethod
    def of_pixels(cls, counts: Tensor) -> Spread:
        """Return the spread of uint8 inputs of this histogram `[C, 256]`."""
        values = torch.arange(256, dtype=torch.float64)
        totals = counts.sum(1).clamp(min=1)
        means = (counts * values).sum(1) / totals
        variances = (counts * (values - means[:, None]) ** 2).sum(1) / totals
        ends = (0.0,) * len(counts), (255.0,) * len(counts)
        return cls(tuple(means.tolist()), tuple(variances.sqrt().tolist()), *ends, unit=255.0)


def measure(inputs: Tensor) -> Preparation[Spread]:
    """Return the spread of inputs `[N, C, …]`, uint8 or float32, as a generator."""
    parts = list(portions(len(inputs), at_once(inputs[0].nbytes)))
    if inputs.dtype == torch.uint8:
        counts = torch.zeros(inputs.shape[1], 256, dtype=torch.int64)
        for part in parts:
            counts += histogram(inputs[part])
            yield PreparationRecord("Measuring pixels", part.stop / len(inputs))
        return Spread.of_pixels(counts)
    values = inputs[0, 0].numel() * len(inputs)
    sums = torch.zeros(inputs.shape[1], dtype=torch.float64)
    lows, highs = sums + torch.inf, sums - torch.inf
    for part in parts:
        channels = _channels(inputs[part]).double()
        sums += channels.sum(1)
        lows, highs = lows.minimum(channels.amin(1)), highs.maximum(channels.amax(1))
        yield PreparationRecord("Measuring numbers", part.stop / len(inputs) / 2)
    means, squares = sums / values, torch.zeros_like(sums)
    for part in parts:
        squares += (_channels(inputs[part]).double() - means[:, None]).square().sum(1)
        yield PreparationRecord("Measuring numbers", 0.5 + part.stop / len(inputs) / 2)
    found = (means, (squares / values).sqrt(), lows, highs)
    mean, std, low, high = (tuple(numbers.tolist()) for numbers in found)
    return Spread(mean, std, low, high)


def histogram(inputs: Tensor) -> Tensor:
    """Count the values of each channel of uint8 inputs `[N, C, …]`: int64 `[C, 256]`."""
    return torch.stack([torch.bincount(each, minlength=256) for each in _channels(inputs)])


def _channels(inputs: Tensor) -> Tensor:
    """Return the values of each channel `[C, …]` in one row."""
    return inputs.transpose(0, 1).flatten(1)
