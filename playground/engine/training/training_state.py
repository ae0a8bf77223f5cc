"""TrainingState: everything that changes while a run trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from playground.engine.images.image_feed import ImageFeed
from playground.engine.training.team import ALONE, Team


@dataclass
class TrainingState:
    """What a run holds between two batches; between two epochs, `saved` is a copy of it.

    `keeps_gradients` says that an epoch goes on adding to the gradients of the one before it.
    `update_ratios` has, for each of the model's parameters, how long the step in the middle of the
    latest epoch was over the length of the parameter; None where nobody asks. `team` are the
    devices that train together, each with a state of its own.
    """

    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    order: torch.Generator
    augmentation: torch.Generator
    train: ImageFeed
    validation: ImageFeed
    portion: int
    epoch: int = 0
    keeps_gradients: bool = False
    update_ratios: list[Tensor] | None = None
    team: Team = ALONE

    def saved(self) -> dict[str, Any]:
        """Return what a checkpoint holds after an epoch: tensors and plain values only.

        Dropout draws from torch's own random state, which is therefore part of it.
        """
        return {
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "gradients": self._gradients() if self.keeps_gradients else {},
            "order": self.order.get_state(),
            "augmentation": self.augmentation.get_state(),
            "random": torch.get_rng_state(),
            "cuda_random": torch.cuda.get_rng_state_all() if _uses_cuda(self.model) else [],
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go on where `saved` was made, bit for bit."""
        self.epoch = saved["epoch"]
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.schedule.load_state_dict(saved["schedule"])
        self.restore_gradients(saved)
        self.restore_randomness(saved)

    def take_over_optimizer(self, saved: Mapping[str, Any]) -> None:
        """Take what an optimizer of the same kind remembers; the settings stay these."""
        settings = [dict(group) for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(dict(saved))
        for group, fresh in zip(self.optimizer.param_groups, settings, strict=True):
            group.update({key: fresh[key] for key in fresh if key != "params"})

    def restore_gradients(self, saved: Mapping[str, Any]) -> None:
        """Set the gradients to those in `saved`, where this run keeps any."""
        if not self.keeps_gradients:
            return
        gradients = saved.get("gradients", {})  # older checkpoints have none
        for name, weight in self.model.named_parameters():
            if name in gradients:
                weight.grad = gradients[name].to(weight.device, copy=True)

    def _gradients(self) -> dict[str, Tensor]:
        return {
            name: weight.grad
            for name, weight in self.model.named_parameters()
            if weight.grad is not None
        }

    def restore_randomness(self, saved: Mapping[str, Any]) -> None:
        """Set every generator to where it was in `saved`."""
        self.order.set_state(saved["order"])
        self.augmentation.set_state(saved["augmentation"])
        torch.set_rng_state(saved["random"])
        if saved["cuda_random"] and _uses_cuda(self.model):
            # This machine may have fewer GPUs than the one before: there are no more generators.
            torch.cuda.set_rng_state_all(saved["cuda_random"][: torch.cuda.device_count()])


def _uses_cuda(model: nn.Module) -> bool:
    return next(model.parameters()).device.type == "cuda"
