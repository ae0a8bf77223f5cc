"""Optimizers and learning-rate schedules by the names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from torch import nn, optim
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
)

from playground.engine.models.backbone import rate_groups
from playground.experiment.settings import OptimizerSettings

# Where torch has one kernel for the whole update of SGD, Adam and AdamW: measured on one thread,
# Adam's step of an MLP 784-128-10 takes 95 µs instead of 240. Adadelta and RMSprop have none; torch
# itself updates all their tensors at once on a GPU, and on a CPU that gained nothing.
FUSED = ("sgd", "adam", "adamw")
FUSED_DEVICES = frozenset({"cpu", "cuda", "mps"})


# What torch calls each, and the settings it takes beside learning rate and weight decay.
OPTIMIZER_BUILDERS: dict[str, tuple[Callable[..., optim.Optimizer], tuple[str, ...]]] = {
    "sgd": (optim.SGD, ("momentum", "nesterov")),
    "adam": (optim.Adam, ()),
    "adamw": (optim.AdamW, ()),
    "adadelta": (optim.Adadelta, ()),
    "rmsprop": (optim.RMSprop, ("momentum",)),
}


def build_optimizer(
    settings: OptimizerSettings, model: nn.Module, backbone_rate: float = 1.0
) -> optim.Optimizer:
    """Return the optimizer of the settings for all trainable weights of `model`.

    Those of a backbone have `backbone_rate` times the learning rate. Build it after the model has
    been moved to its device: the fastest kind depends on where the weights are.
    """
    head, *backbone = rate_groups(model)
    parameters = [*head, *(weight for group in backbone for weight in group)]
    build, own = OPTIMIZER_BUILDERS[settings.name]
    options: dict[str, Any] = {name: getattr(settings, name) for name in own}
    on_fused_devices = all(parameter.device.type in FUSED_DEVICES for parameter in parameters)
    if settings.name in FUSED and on_fused_devices:
        options["fused"] = True
    rate, decay = settings.learning_rate, settings.weight_decay
    groups: list[dict[str, Any]] = [{"params": head}]
    groups += [{"params": group, "lr": rate * backbone_rate} for group in backbone]
    return build(groups, lr=rate, weight_decay=decay, **options)


def build_schedule(
    settings: OptimizerSettings, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int
) -> LRScheduler:
    """Return the schedule of the learning rate, to be stepped once after every batch.

    `total_steps` are all batches of the run, `steps_per_epoch` those of one epoch.
    """
    return SCHEDULE_BUILDERS[settings.schedule](optimizer, total_steps, steps_per_epoch)


def _step(optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int) -> LRScheduler:
    # At the first end of an epoch at or after the half and the three quarters: a rate that fell
    # inside an epoch would not match the one that is written next to it.
    drops = [ceil(total_steps * share / steps_per_epoch) * steps_per_epoch for share in (0.5, 0.75)]
    return MultiStepLR(optimizer, drops, gamma=0.1)


SCHEDULE_BUILDERS: dict[str, Callable[[optim.Optimizer, int, int], LRScheduler]] = {
    "constant": lambda optimizer, *_steps: ConstantLR(optimizer, factor=1.0),
    "step": _step,
    "cosine": lambda optimizer, total_steps, _: CosineAnnealingLR(optimizer, T_max=total_steps),
    "one_cycle": lambda optimizer, total_steps, _: OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        # The last step's rate is nearly 0; a run of one step would learn nothing.
        total_steps=max(total_steps, 2),
        pct_start=0.3,
        # The momentum stays what the person chose: cycling it would overrule a visible setting.
        cycle_momentum=False,
    ),
}
