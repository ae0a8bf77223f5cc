"""The optimizer and the schedule of its learning rate as code."""

from __future__ import annotations

from math import ceil

from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls
from playground.export.script.batching import joins
from playground.export.script.section import call, code, comment, part_of

OPTIMIZERS = {
    # What torch calls each, the settings it takes, and whether it has one kernel for a whole step.
    "sgd": ("SGD", ("momentum", "nesterov"), True),
    "adam": ("Adam", (), True),
    "adamw": ("AdamW", (), True),
    "adadelta": ("Adadelta", (), False),
    "rmsprop": ("RMSprop", ("momentum",), False),
}
SCHEDULES = {
    "constant": "",
    "step": "MultiStepLR",
    "cosine": "CosineAnnealingLR",
    "one_cycle": "OneCycleLR",
}


def optimizer_code(experiment: Experiment) -> str:
    """Return the code that makes the optimizer and its schedule."""
    settings = experiment.optimizer
    name, own, is_fused = part_of(OPTIMIZERS, "optimizer", settings.name)
    arguments = ["model.parameters()", f"lr={settings.learning_rate}"]
    is_wrong = "rate_times_100" in active_pitfalls(experiment)
    if is_wrong:
        arguments[1] = f"lr=100 * {settings.learning_rate}"
    if "momentum" in own and settings.momentum:
        arguments.append(f"momentum={settings.momentum}")
    if "nesterov" in own and settings.nesterov:
        arguments.append("nesterov=True")
    if settings.weight_decay or settings.name == "adamw":
        arguments.append(f"weight_decay={settings.weight_decay}")
    if is_fused:
        arguments.append("fused=True")
    return code(
        comment("Pitfall: a hundred times the learning rate that was meant.") if is_wrong else None,
        "# fused: one kernel computes the whole step." if is_fused else None,
        call(f"optimizer = torch.optim.{name}", arguments),
        _schedule(experiment),
    )


def _schedule(experiment: Experiment) -> str | None:
    kind = experiment.optimizer.schedule
    name, epochs = part_of(SCHEDULES, "schedule", kind), experiment.training.epochs
    if not name:
        return None
    make = f"schedule = torch.optim.lr_scheduler.{name}"
    if kind == "step":
        drops = [ceil(epochs / 2), ceil(epochs * 3 / 4)]
        return f"{make}(optimizer, milestones={drops}, gamma=0.1)  # epochs"
    steps = "EPOCHS * steps_per_epoch"
    if kind == "cosine":
        return code(_steps(experiment), f"{make}(optimizer, T_max={steps})")
    arguments = [
        "optimizer",
        'max_lr=optimizer.param_groups[0]["lr"]',
        f"total_steps=max({steps}, 2)",
        "pct_start=0.3",
        "cycle_momentum=False",
    ]
    return code(_steps(experiment), call(make, arguments))


def _steps(experiment: Experiment) -> str:
    """Return the code that counts the optimizer's steps in an epoch."""
    batches = "math.ceil(len(train_labels) / BATCH_SIZE)"
    if joins(experiment):
        batches = "len(cut(torch.arange(len(train_labels))))"
    if experiment.training.accumulation > 1:
        batches = f"math.ceil({batches} / ACCUMULATION)"
    return f"steps_per_epoch = {batches}"
