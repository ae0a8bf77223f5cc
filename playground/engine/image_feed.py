"""ImageFeed: the batches a network sees, from images kept ready on the device."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.engine.augmentation import augment
from playground.engine.datasets.image_dataset import ImageDataset
from playground.engine.normalization import Normalization

# Normalized float images are kept whole up to this size; larger sets are normalized per batch,
# which gives the same numbers and costs a quarter of the memory.
READY_BYTES = 1_000_000_000

# What does not stay in the processor's cache is sooner gathered as bytes and normalized then: a
# batch of softmax regression on MNIST took 585 µs and 30 less. Convolutions are the work there is.
_CACHED_BYTES = 16_000_000


def is_kept_ready(values: int, *, channels_last: bool, in_order: bool) -> bool:
    """Whether so many pixel values are kept as normalized float32, and not as bytes."""
    return values * 4 <= (READY_BYTES if channels_last or in_order else _CACHED_BYTES)


class ImageFeed:
    """The images of one role on the device, normalized, and their labels.

    `channels_last` stores pixels as `[N, H, W, C]`, which convolutions on a CPU take 1.1 to 1.6
    times faster; batches are `[N, C, H, W]` either way. `in_order` says that they are only sliced.
    """

    def __init__(
        self,
        dataset: ImageDataset,
        normalization: Normalization,
        device: torch.device,
        *,
        channels_last: bool,
        in_order: bool = False,
    ) -> None:
        self._channels_last = channels_last
        self._mean, self._std = normalization.columns(device)
        self._ready = is_kept_ready(
            dataset.images.numel(), channels_last=channels_last, in_order=in_order
        )
        images = dataset.images.to(device)
        if self._ready:
            images = normalization.apply(images)
        self._images = images.permute(0, 2, 3, 1).contiguous() if channels_last else images
        self.labels = dataset.labels.to(device)
        self.device = device

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, indices: Tensor, augmentation: str, generator: torch.Generator) -> Tensor:
        """Return the images `[N, C, H, W]` at `indices`, augmented."""
        images = self._finish(self._images.index_select(0, indices))
        return augment(augmentation, images, generator)

    def slice(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Return the images and labels from `start` up to `stop`, as they are."""
        return self._finish(self._images[start:stop]), self.labels[start:stop]

    def _finish(self, images: Tensor) -> Tensor:
        if self._channels_last:
            images = images.permute(0, 3, 1, 2)
        if self._ready:
            return images
        return images.to(torch.float32).sub_(self._mean).div_(self._std)
