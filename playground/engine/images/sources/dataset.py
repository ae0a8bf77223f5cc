"""Inputs with labels, in memory; and a data set as its publisher split it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
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

    def places_of(self, classes: Sequence[int]) -> Tensor:
        """Return the positions of the inputs of these labels, ascending; all for all of them."""
        if len(classes) == len(self.class_names):
            return torch.arange(len(self))
        return torch.isin(self.labels, torch.tensor(classes)).nonzero().flatten()

    def of(self, classes: Sequence[int]) -> Dataset:
        """Return inputs that are all of these classes, with their numbers among these as labels."""
        if len(classes) == len(self.class_names):
            return self
        labels = torch.bucketize(self.labels, torch.tensor(classes))
        return Dataset(self.inputs, labels, tuple(self.class_names[label] for label in classes))

    def subset(self, indices: Tensor) -> Dataset:
        """Return the inputs at these positions, in this order."""
        return Dataset(self.inputs[indices], self.labels[indices], self.class_names)


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A data set with its official split into inputs to learn from and inputs to test on."""

    train: Dataset
    test: Dataset
