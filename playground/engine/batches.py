"""Batches: how the training images of an epoch are cut, and whether a network can take them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.errors import InvalidExperiment


def batch_indices(images: int, batch_size: int, model: nn.Module, order: Tensor) -> list[Tensor]:
    """Cut the shuffled `order` of all `images` into batches.

    A last batch of a single image joins the one before it where the network has batch norm, which
    cannot normalize over one image.
    """
    batches = list(order.split(batch_size))
    if len(batches) > batch_count(images, batch_size, model):
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def batch_count(images: int, batch_size: int, model: nn.Module) -> int:
    """Return how many batches `batch_indices` makes of an epoch."""
    full, rest = divmod(images, batch_size)
    joins = rest == 1 and full > 0 and has_batch_norm(model)
    return full + (rest > 0 and not joins)


def has_batch_norm(model: nn.Module) -> bool:
    """Whether any layer normalizes over the batch."""
    return any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in model.modules())


def check_batches(images: int, batch_size: int, model: nn.Module) -> None:
    """Raise `InvalidExperiment` where no epoch can be made of batches of this size."""
    if batch_size > images:
        raise InvalidExperiment(
            f"Batch size {batch_size:,} is larger than the {images:,} training images: choose at "
            f"most {images}."
        )
    if batch_size == 1 and has_batch_norm(model):
        raise InvalidExperiment(
            "Batch norm cannot normalize over a single image: choose batch size 2 or more."
        )
