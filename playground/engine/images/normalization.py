"""The range that pixel values are brought to before a network sees them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.experiment import catalog

Numbers = tuple[float, ...]

MEASURED, OWN = "dataset", "custom"
_FIXED = {"symmetric": (127.5, 127.5), "unit": (0.0, 255.0), "none": (0.0, 1.0)}
NORMALIZATIONS = (MEASURED, OWN, *_FIXED)
_HALF = (0.5,)


@dataclass(frozen=True, slots=True)
class Normalization:
    """`(pixel - mean) / std` for each channel; mean and std in units of pixels from 0 to 255."""

    mean: Numbers
    std: Numbers

    @classmethod
    def of(
        cls, name: str, images: Tensor, own_mean: Numbers = _HALF, own_std: Numbers = _HALF
    ) -> Normalization:
        """Return the normalization called `name` for uint8 images `[N, C, H, W]`.

        "custom" takes `own_mean` and `own_std`, on pixels from 0 to 1, one number or one per
        channel. Raises `UnknownChoice` for a name that is not in the catalogue.
        """
        return cls.of_histogram(name, histogram(images), own_mean, own_std)

    @classmethod
    def of_histogram(
        cls, name: str, counts: Tensor, own_mean: Numbers = _HALF, own_std: Numbers = _HALF
    ) -> Normalization:
        """Return the normalization called `name` for images of this histogram `[C, 256]`."""
        name = catalog.NORMALIZATIONS[name].name
        if name == OWN:
            channels = len(counts)
            return cls(_in_pixels(own_mean, channels), _in_pixels(own_std, channels))
        if name in _FIXED:
            mean, std = _FIXED[name]
            return cls((mean,) * len(counts), (std,) * len(counts))
        values = torch.arange(256, dtype=torch.float64)
        totals = counts.sum(1).clamp(min=1)
        means = (counts * values).sum(1) / totals
        variances = (counts * (values - means[:, None]) ** 2).sum(1) / totals
        # A channel of one colour has no spread to divide by: it is only shifted to zero.
        stds = torch.where(variances > 0, variances.sqrt(), 1.0)
        return cls(tuple(means.tolist()), tuple(stds.tolist()))

    def apply(self, images: Tensor) -> Tensor:
        """Return images `[N, C, H, W]` of 0..255 as normalized float32 of the same shape."""
        mean, std = self.columns(images.device)
        return images.to(torch.float32, copy=True).sub_(mean).div_(std)

    def unapply(self, inputs: Tensor) -> Tensor:
        """Return normalized images `[N, C, H, W]` in pixels from 0 to 255 again, float32."""
        mean, std = self.columns(inputs.device)
        return inputs.to(torch.float32) * std + mean

    def columns(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return mean and std on `device`, each float32 `[C, 1, 1]`."""
        numbers = torch.tensor((self.mean, self.std), dtype=torch.float32, device=device)
        mean, std = numbers[:, :, None, None]
        return mean, std


def _in_pixels(numbers: Numbers, channels: int) -> Numbers:
    """Return a number for each channel, in units of pixels from 0 to 255."""
    each = numbers if len(numbers) == channels else numbers * channels
    return tuple(255 * number for number in each)


def histogram(images: Tensor) -> Tensor:
    """Count the values of each channel of uint8 images `[N, C, H, W]`: int64 `[C, 256]`."""
    channels = images.transpose(0, 1).flatten(1)
    return torch.stack([torch.bincount(channel, minlength=256) for channel in channels])
