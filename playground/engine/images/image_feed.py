"""ImageFeed: the batches a network sees, from images or other inputs kept ready on the device."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.engine.images.augmentation import Part, augment
from playground.engine.images.normalization import Normalization
from playground.engine.images.sources.dataset import Dataset
from playground.engine.machine.preparation import portions

# Normalized images are kept whole up to this size; larger sets are normalized per batch, which
# gives the same numbers and costs a quarter of the memory.
READY_BYTES = 1_000_000_000

# What does not stay in the processor's cache is sooner gathered as bytes and normalized then: a
# batch of softmax regression on MNIST took 585 µs and 30 less. Convolutions are the work there is.
# Gathered as bfloat16, it is sooner done than both: 66 µs instead of 109.
_CACHED_BYTES = 16_000_000

_AT_ONCE = 8192  # images normalized at a time, so that no second copy of all is needed


def is_kept_ready(values: int, number: torch.dtype, *, channels_last: bool, in_order: bool) -> bool:
    """Whether so many pixel values are kept normalized, each as a `number`, and not as bytes."""
    may_be_large = channels_last or in_order or number.itemsize == 2
    return values * number.itemsize <= (READY_BYTES if may_be_large else _CACHED_BYTES)


class ImageFeed:
    """The inputs of one role on the device, normalized, and their labels.

    `channels_last` stores pixels as `[N, H, W, C]`, which convolutions on a CPU take 1.1 to 1.6
    times faster; batches are `[N, C, H, W]` either way. `in_order` says that they are only sliced.
    Kept ready, they are of the type `number`: bfloat16 for a network whose first layer would round
    them to that anyway, so that nothing is rounded or copied twice.
    """

    def __init__(
        self,
        dataset: Dataset,
        normalization: Normalization,
        device: torch.device,
        number: torch.dtype = torch.float32,
        *,
        channels_last: bool,
        in_order: bool = False,
    ) -> None:
        self._channels_last = channels_last
        inputs = dataset.inputs
        # Numbers that are no bytes take no more room normalized than as they are.
        self._ready = inputs.dtype != torch.uint8 or is_kept_ready(
            inputs.numel(), number, channels_last=channels_last, in_order=in_order
        )
        stored = inputs.permute(0, 2, 3, 1) if channels_last else inputs
        kept = number if self._ready else torch.uint8
        self._inputs = torch.empty(stored.shape, dtype=kept, device=device)
        self._mean, self._std = normalization.columns(self._inputs)
        for part in portions(len(stored), _AT_ONCE):
            images = inputs[part].to(device)
            if self._ready:
                images = normalization.apply(images)
            self._inputs[part] = images.permute(0, 2, 3, 1) if channels_last else images
        self.labels = dataset.labels.to(device)
        self.device = device
        # A batch is gathered into the memory of the one before it: fresh memory costs a tenth.
        self._gathered = self._inputs.new_empty(0)
        self._normalized = torch.empty(0, device=device)

    def __len__(self) -> int:
        return len(self.labels)

    def select(
        self,
        indices: Tensor,
        augmentation: str,
        generator: torch.Generator,
        shift: int | None = None,
        part: Part | None = None,
    ) -> Tensor:
        """Return the inputs `[N, C, …]` at `indices`, augmented; theirs until the next call.

        They may be `part` of a batch (see `augment`).
        """
        count = len(indices)
        if count > len(self._gathered):
            self._gathered = self._inputs.new_empty(count, *self._inputs.shape[1:])
            if not self._ready:
                self._normalized = torch.empty_like(self._gathered, dtype=torch.float32)
        images = torch.index_select(self._inputs, 0, indices, out=self._gathered[:count])
        if not self._ready:
            images = self._normalized[:count].copy_(images)
        return augment(augmentation, self._finish(images), generator, shift, part)

    def slice(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Return the inputs and labels from `start` up to `stop`, as they are."""
        images = self._inputs[start:stop]
        if not self._ready:
            images = images.to(torch.float32)
        return self._finish(images), self.labels[start:stop]

    def _finish(self, images: Tensor) -> Tensor:
        """Return stored inputs as `[N, C, …]`; those that are not ready are normalized here."""
        if self._channels_last:
            images = images.permute(0, 3, 1, 2)
        return images if self._ready else images.sub_(self._mean).div_(self._std)
