"""Inputs with labels, in memory; and a data set as its publisher split it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from playground.experiment.entries import image_shape


@dataclass(frozen=True, eq=False, slots=True)
class Dataset:
    """`inputs [N, *shape]`, int64 `labels [N]`, and the name of each class by label.

    Inputs are uint8, as pixels are, or float32 without a missing number. Those of three dimensions
    are images `[N, C, H, W]`.
    """

    inputs: Tensor
    labels: Tensor
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return tuple(self.inputs.shape[1:])

    @property
    def images(self) -> Tensor:
        """The inputs `[N, C, H, W]`; raises `InvalidExperiment` where they are no images."""
        image_shape(self.input_shape)
        return self.inputs

    def subset(self, indices: Tensor) -> Dataset:
        """Return the inputs at these positions, in this order."""
        return Dataset(self.inputs[indices], self.labels[indices], self.class_names)


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A data set with its official split into inputs to learn from and inputs to test on."""

    train: Dataset
    test: Dataset
