"""Evaluation and the training loop as code."""

from __future__ import annotations

from math import ceil

from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import active_pitfalls, image_counts
from playground.experiment.settings import resized
from playground.export.script.network import Network
from playground.export.script.section import call, code, comment, indented

OPTIMIZERS = {
    # What torch calls each, the settings it takes, and whether it has one kernel for a whole step.
    "sgd": ("SGD", ("momentum", "nesterov"), True),
    "adam": ("Adam", (), True),
    "adamw": ("AdamW", (), True),
    "adadelta": ("Adadelta", (), False),
    "rmsprop": ("RMSprop", ("momentum",), False),
}
LOSSES = {
    "cross_entropy": "F.cross_entropy({logits}, labels{more})",
    "nll": "F.nll_loss(F.log_softmax({logits}, 1), labels{more})",
}
SCHEDULES = {
    "constant": "",
    "step": "MultiStepLR",
    "cosine": "CosineAnnealingLR",
    "one_cycle": "OneCycleLR",
}

# As the engine cuts its evaluation, so that even sums of rounded numbers are the same.
_PORTION_MULTIPLY_ADDS = 3_000_000_000
_SMALLEST_PORTION, _LARGEST_PORTION = 16, 1024


def evaluation_code(experiment: Experiment, made: Network) -> str:
    """Return the function that measures the network."""
    fitting = _PORTION_MULTIPLY_ADDS // max(1, made.multiply_adds)
    portion = min(max(fitting, _SMALLEST_PORTION), _LARGEST_PORTION)
    flaws = active_pitfalls(experiment)
    joins = "validated_in_train_mode" in flaws
    if joins:
        cut = code(
            f"    parts = list(torch.arange(len(all_labels), device=all_labels.device).split({portion}))",
            indented(_join("parts")),
            "    for part in parts:",
            "        images, labels = all_images[part], all_labels[part]",
        )
        # Slices, not gathered: the same numbers.
    else:
        cut = code(
            f"    parts = zip(all_images.split({portion}), all_labels.split({portion}), strict=True)",
            "    for images, labels in parts:",
        )
    return code(
        "@torch.inference_mode()",
        "def evaluate(all_images, all_labels):",
        '    """Return the mean loss, and the share of right answers."""',
        "    loss_sum, right = 0.0, 0",
        cut,
        indented(_forward(experiment), 2),
        f"        loss_sum += {_loss(experiment, 'sum')}.item()",
        "        right += (logits.argmax(1) == labels).sum().item()",
        "    return loss_sum / len(all_labels), right / len(all_labels)",
    )


def optimizer_code(experiment: Experiment) -> str:
    """Return the code that makes the optimizer and its schedule."""
    settings = experiment.optimizer
    name, own, is_fused = OPTIMIZERS[settings.name]
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
        call(f"optimizer = torch.optim.{name}", arguments),
        _schedule(experiment),
    )


def _schedule(experiment: Experiment) -> str | None:
    kind = experiment.optimizer.schedule
    name, epochs = SCHEDULES[kind], experiment.training.epochs
    if not name:
        return None
    make = f"schedule = torch.optim.lr_scheduler.{name}"
    if kind == "step":
        drops = [ceil(epochs / 2), ceil(epochs * 3 / 4)]
        return f"{make}(optimizer, milestones={drops}, gamma=0.1)  # epochs"
    steps = "EPOCHS * steps_per_epoch"
    if kind == "cosine":
        return code(_steps(experiment), f"{make}(optimizer, T_max={steps})")
    rate = "optimizer.param_groups[0]['lr']".replace("'", '"')
    arguments = ["optimizer", f"max_lr={rate}", f"total_steps=max({steps}, 2)"]
    return code(
        _steps(experiment),
        call(make, [*arguments, "pct_start=0.3", "cycle_momentum=False"]),
    )


def _steps(experiment: Experiment) -> str:
    """Return the code that counts the optimizer's steps in an epoch."""
    accumulation = experiment.training.accumulation
    lines = ["steps_per_epoch = len(cut(torch.arange(len(train_labels))))"]
    if accumulation > 1:
        lines.append("steps_per_epoch = math.ceil(steps_per_epoch / ACCUMULATION)")
    return code(*lines)


def loop_code(experiment: Experiment, made: Network) -> str:
    """Return the training loop."""
    training, flaws = experiment.training, active_pitfalls(experiment)
    after = training.train_accuracy == "after_epoch"
    return code(
        'print("epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")',
        "for epoch in range(1, EPOCHS + 1):",
        indented(_train_mode(flaws)),
        indented(_order(experiment)),
        f"    loss_sum{'' if after else ', right'} = 0.0{'' if after else ', 0'}",
        _batches(experiment),
        "    schedule.step()" if experiment.optimizer.schedule == "step" else None,
        indented(_measuring(experiment, flaws)),
        "    # With all digits, so that two runs can be compared to the last one.",
        "    print(epoch, train_loss, train_accuracy, validation_loss, validation_accuracy)",
    )


def _train_mode(flaws: frozenset[str]) -> str:
    if "eval_mode" not in flaws:
        return "model.train()"
    return code(
        comment("Pitfall: left in eval mode: train() is not called again after an evaluation."),
        "model.train(epoch == 1)",
    )


def _order(experiment: Experiment) -> str:
    if "sorted" in active_pitfalls(experiment):
        return code(
            comment("Pitfall: never shuffled: all images of one class, then all of the next."),
            "order = train_labels.argsort(stable=True)",
        )
    device = "" if experiment.training.device == "cpu" else ".to(device)"
    if not experiment.training.shuffle:
        return f"order = torch.arange(len(train_labels)){device}"
    return f"order = torch.randperm(len(train_labels), generator=shuffling){device}"


def _batches(experiment: Experiment) -> str:
    """Return the loop over an epoch's batches, or over groups of them."""
    accumulation = experiment.training.accumulation
    flaws = active_pitfalls(experiment)
    zero = (
        comment("Pitfall: optimizer.zero_grad() is missing: gradients add up, batch after batch.")
        if "not_zeroed" in flaws
        else "optimizer.zero_grad()"
    )
    follows = experiment.optimizer.schedule in ("cosine", "one_cycle")
    step = code("optimizer.step()", "schedule.step()" if follows else None)
    augments = experiment.data.augmentation != "none"
    is_image_network = catalog.ARCHITECTURES[experiment.model.architecture].convolutional
    chosen = "train_images[batch]"
    if is_image_network and not augments:
        chosen += ".contiguous(memory_format=torch.channels_last)"
    compute = code(
        f"images = {'augment(' + chosen + ')' if augments else chosen}",
        "labels = train_labels[batch]",
        None if accumulation > 1 else zero,
        _forward(experiment),
        f"loss = {_loss(experiment)}",
        "(loss * (len(batch) / size)).backward()  # the batch's share of the step's images"
        if accumulation > 1
        else "loss.backward()",
        None if accumulation > 1 else step,
        "loss_sum += loss.item() * len(batch)",
        "right += (logits.argmax(1) == labels).sum().item()"
        if experiment.training.train_accuracy == "running"
        else None,
    )
    if accumulation == 1:
        return code("    for batch in cut(order):", indented(compute, 2))
    return code(
        "    batches = cut(order)",
        "    for first in range(0, len(batches), ACCUMULATION):",
        "        group = batches[first : first + ACCUMULATION]",
        "        size = sum(len(batch) for batch in group)",
        indented(zero, 2),
        "        for batch in group:",
        indented(compute, 3),
        indented(step, 2),
    )


def _measuring(experiment: Experiment, flaws: frozenset[str]) -> str:
    after = experiment.training.train_accuracy == "after_epoch"
    in_train_mode = "validated_in_train_mode" in flaws
    lines: list[str | None] = ["train_loss = loss_sum / len(train_labels)"]
    if after:
        lines += ["model.eval()", "_, train_accuracy = evaluate(train_images, train_labels)"]
    else:
        lines.append("train_accuracy = right / len(train_labels)")
    if in_train_mode:
        lines.append(comment("Pitfall: validation in train mode: model.eval() is missing."))
        if after or "eval_mode" in flaws:
            lines.append("model.train()")
    elif not after:
        lines.append("model.eval()  # dropout off, batch norm with what it has learned")
    lines += [
        "validation_loss, validation_accuracy = evaluate(validation_images, validation_labels)",
    ]
    return code(*lines)


def cutting_code(experiment: Experiment, made: Network) -> str:
    """Return the function that cuts an order into batches."""
    joins = made.has_batch_norm and _may_leave_one(experiment)
    return code(
        "def cut(order):",
        '    """Cut an epoch\'s order into batches."""',
        "    batches = list(order.split(BATCH_SIZE))",
        indented(_join("batches")) if joins else None,
        "    return batches",
    )


def _join(name: str) -> str:
    return code(
        f"if len({name}) > 1 and len({name}[-1]) == 1:  # too few for batch norm: it joins",
        f"    {name}[-2:] = [torch.cat({name}[-2:])]",
    )


def _may_leave_one(experiment: Experiment) -> bool:
    """Whether the last batch of an epoch may be of one image; where counts are unsure, it may."""
    data, batch_size = experiment.data, experiment.training.batch_size
    entry = catalog.DATASETS[data.dataset]
    is_counted = entry.name in catalog.DATASETS.built_in and not (
        data.left_out or (data.classes and not entry.class_counts)
    )
    return not is_counted or image_counts(experiment)[0] % batch_size == 1


def _forward(experiment: Experiment) -> str:
    if experiment.training.precision == "float32":
        return "logits = model(images)"
    device = '"cpu"' if experiment.training.device == "cpu" else "device.type"
    return code(
        f"with torch.autocast({device}, dtype=torch.bfloat16):",
        "    logits = model(images)",
        "logits = logits.float()  # the loss in full precision",
    )


def _loss(experiment: Experiment, reduction: str = "") -> str:
    flawed = "softmax_twice" in active_pitfalls(experiment)
    return LOSSES[experiment.training.loss].format(
        logits="logits.softmax(1)" if flawed else "logits",
        more=f', reduction="{reduction}"' if reduction else "",
    )


def augmentation_code(experiment: Experiment) -> str | None:
    """Return the functions that change images at random; None where nothing does."""
    data = experiment.data
    if data.augmentation == "none":
        return None
    entry = catalog.DATASETS[data.dataset]
    _, height, width = resized(entry.input_shape, data.image_size)
    down, across = (_reach(data.crop_shift, size) for size in (height, width))
    flips = data.augmentation == "crop_flip"
    return code(
        "def shifts(count, size, most):",
        '    """Return for each image where its rows (or columns) come from: shifted at random."""',
        "    offsets = torch.randint(-most, most + 1, (count, 1), generator=augmenting)",
        "    places = (torch.arange(size) + offsets).abs()",
        "    return (size - 1) - (size - 1 - places).abs()  # reflected at the border",
        "",
        "",
        "def augment(images):",
        f'    """Shift every image by up to {_pixels(down, across)}'
        f'{", and mirror half of them" if flips else ""}."""',
        "    count, channels, height, width = images.shape",
        f"    rows, columns = shifts(count, height, {down}), shifts(count, width, {across})",
        code(
            "    mirrored = torch.randint(2, (count, 1), generator=augmenting).bool()",
            "    columns = torch.where(mirrored, columns.flip(1), columns)",
        )
        if flips
        else None,
        "    places = (rows[:, :, None] * width + columns[:, None, :]).view(count, 1, -1)",
        f"    places = places.expand(-1, channels, -1)"
        f"{'' if experiment.training.device == 'cpu' else '.to(images.device)'}",
        "    return images.flatten(2).gather(2, places).view_as(images)",
    )


def _reach(shift: int | None, size: int) -> int:
    return min(shift or max(1, round(size / 8)), size - 1)


def _pixels(down: int, across: int) -> str:
    if down != across:
        return f"{down} pixels down and {across} across"
    return f"{down} pixel{'s' if down > 1 else ''}"
