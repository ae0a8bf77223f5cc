"""Evaluation and the training loop as code."""

from __future__ import annotations

from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import active_pitfalls
from playground.export.script.batching import join, joins, may_leave_one
from playground.export.script.network import Network
from playground.export.script.section import code, comment, indented, part_of

LOSSES = {
    "cross_entropy": "F.cross_entropy({logits}, labels{more})",
    "nll": "F.nll_loss(F.log_softmax({logits}, 1), labels{more})",
}
# As the engine cuts its evaluation, so that even sums of rounded numbers are the same.
_PORTION_MULTIPLY_ADDS = 3_000_000_000
_SMALLEST_PORTION, _LARGEST_PORTION = 16, 1024


def evaluation_code(experiment: Experiment, made: Network) -> str:
    """Return the function that measures the network."""
    fitting = _PORTION_MULTIPLY_ADDS // max(1, made.multiply_adds)
    portion = min(max(fitting, _SMALLEST_PORTION), _LARGEST_PORTION)
    in_train_mode = "validated_in_train_mode" in active_pitfalls(experiment)
    if in_train_mode and may_leave_one(experiment, 1, portion):
        cut = [
            f"parts = list(torch.arange(len(all_labels)).split({portion}))",
            join("parts"),
            "for part in parts:",
            "    images, labels = all_images[part], all_labels[part]",
        ]
    else:
        cut = [
            "# In parts, as the numbers between the layers take much memory.",
            f"parts = zip(all_images.split({portion}), all_labels.split({portion}), strict=True)",
            "for images, labels in parts:",
        ]
    return code(
        "@torch.inference_mode()",
        "def evaluate(all_images, all_labels):",
        '    """Return the mean loss, and the share of right answers."""',
        "    loss_sum, right = 0.0, 0",
        indented(code(*cut)),
        indented(_forward(experiment), 2),
        f"        loss_sum += {_loss(experiment, 'sum')}.item()",
        "        right += (logits.argmax(1) == labels).sum().item()",
        "    return loss_sum / len(all_labels), right / len(all_labels)",
    )


def loop_code(experiment: Experiment) -> str:
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
        comment("Pitfall: cross-entropy applies a softmax itself, so here are two.")
        if "softmax_twice" in flaws
        else None,
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
    cut = "cut(order)" if joins(experiment) else "order.split(BATCH_SIZE)"
    if accumulation == 1:
        return code(f"    for batch in {cut}:", indented(compute, 2))
    return code(
        f"    batches = {cut}",
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
    return part_of(LOSSES, "loss", experiment.training.loss).format(
        logits="logits.softmax(1)" if flawed else "logits",
        more=f', reduction="{reduction}"' if reduction else "",
    )
