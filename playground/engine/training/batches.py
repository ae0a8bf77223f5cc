"""Batches: the order of an epoch's training images, how it is cut, and what can be trained so."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.engine.models.backbone import Transfer
from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.data_checks import check_batch_size
from playground.experiment.pitfalls import active_pitfalls


def epoch_order(experiment: Experiment, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Return the order in which an epoch brings the images of `labels [N]`: int64 `[N]`.

    Only a shuffled order draws from `generator`.
    """
    if "sorted" in active_pitfalls(experiment):
        return labels.argsort(stable=True)
    if not experiment.training.shuffle:
        return torch.arange(len(labels), device=labels.device)
    return torch.randperm(len(labels), generator=generator).to(labels.device)


def batch_indices(images: int, batch_size: int, model: nn.Module, order: Tensor) -> list[Tensor]:
    """Cut the `order` of all `images` into batches.

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


def step_count(batches: int, accumulation: int) -> int:
    """Return how many optimizer steps follow from so many batches of an epoch."""
    return -(-batches // accumulation)


def gradient_shares(batches: list[Tensor], accumulation: int) -> list[Tensor | None]:
    """Return what each batch's gradient weighs in its step: its share of the step's images.

    None where every batch is a step of its own, and nothing needs to be weighed.
    """
    if accumulation == 1:
        return [None] * len(batches)
    shares: list[float] = []
    for first in range(0, len(batches), accumulation):
        sizes = [len(batch) for batch in batches[first : first + accumulation]]
        shares += [size / sum(sizes) for size in sizes]
    return list(torch.tensor(shares, device=batches[0].device).unbind())


def has_batch_norm(model: nn.Module) -> bool:
    """Whether any layer normalizes over the batch; of a frozen backbone none does."""
    if isinstance(model, Transfer) and model.is_frozen:
        return False
    return any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in model.modules())


def check_batches(images: int, batch_size: int, model: nn.Module, devices: int = 1) -> None:
    """Raise `InvalidExperiment` where no epoch can be made of batches of this size."""
    check_batch_size(batch_size, images, devices)
    if batch_size == 1 and has_batch_norm(model):
        raise InvalidExperiment(
            "Batch norm cannot normalize over a single image: choose batch size 2 or more."
        )
