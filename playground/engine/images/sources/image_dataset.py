"""Images with labels, in memory; and a data set as its publisher split it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False, slots=True)
class ImageDataset:
    """uint8 `images [N, C, H, W]`, int64 `labels [N]`, and the name of each class by label."""

    images: Tensor
    labels: Tensor
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, indices: Tensor) -> ImageDataset:
        """Return the images at these positions, in this order."""
        return ImageDataset(self.images[indices], self.labels[indices], self.class_names)


@dataclass(frozen=True, eq=False, slots=True)
class ImageSource:
    """A data set with its official split into images to learn from and images to test on."""

    train: ImageDataset
    test: ImageDataset
