"""Training: one generator that yields a record per batch and one per epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.engine.batches import batch_indices
from playground.engine.evaluation import evaluate
from playground.engine.precision import computing
from playground.engine.training_state import TrainingState
from playground.errors import TrainingDiverged
from playground.experiment import Experiment
from playground.records import BatchRecord, EpochRecord

# The gradient's length is measured on about this many batches of an epoch: on each it would cost
# a small network a tenth of its speed.
_NORMS_PER_EPOCH = 10

# On a GPU, losses are read in bundles: reading one waits for everything before it.
_BUNDLE = 50


def train(experiment: Experiment, state: TrainingState) -> Iterator[BatchRecord | EpochRecord]:
    """Train to the experiment's last epoch, yielding a record per batch and one per epoch.

    Pausing is not calling `next()`, stopping is closing the generator. After an epoch's record,
    `state` is what a checkpoint must hold. Raises `TrainingDiverged` at the first batch whose loss
    is not finite.
    """
    while state.epoch < experiment.training.epochs:
        yield from _train_epoch(experiment, state)


def _train_epoch(
    experiment: Experiment, state: TrainingState
) -> Iterator[BatchRecord | EpochRecord]:
    epoch = state.epoch + 1
    precision = experiment.training.precision
    augmentation = experiment.data.augmentation
    has_schedule = experiment.optimizer.schedule != "constant"
    model, optimizer, feed = state.model, state.optimizer, state.train
    images = len(feed)
    bundle = 1 if feed.device.type == "cpu" else _BUNDLE
    started = perf_counter()
    seconds = 0.0  # the clock stops while others have their turn

    order = torch.randperm(images, generator=state.order).to(feed.device)
    batches = batch_indices(images, experiment.training.batch_size, model, order)
    norm_every = max(1, len(batches) // _NORMS_PER_EPOCH)
    norms: list[Tensor] = []
    right = torch.zeros((), dtype=torch.int64, device=feed.device)
    losses: list[Tensor] = []
    loss_sum = 0.0
    learning_rate = experiment.optimizer.learning_rate
    model.train()
    for number, indices in enumerate(batches, 1):
        inputs, labels = feed.select(indices, augmentation, state.augmentation)
        with computing(precision, feed.device):
            logits = model(inputs)
        loss = F.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        if number % norm_every == 0:
            norms.append(gradient_norm(model))
        learning_rate = optimizer.param_groups[0]["lr"]
        optimizer.step()
        if has_schedule:
            state.schedule.step()
        right += (logits.detach().argmax(1) == labels).sum()
        losses.append(loss.detach())
        if number % bundle == 0 or number == len(batches):
            values = [losses[0].item()] if len(losses) == 1 else torch.stack(losses).tolist()
            first = number - len(values) + 1
            seconds += perf_counter() - started
            for batch, value in enumerate(values, first):
                if not math.isfinite(value):
                    raise TrainingDiverged(_diverged(value, experiment, epoch, batch))
                loss_sum += value * len(batches[batch - 1])
                yield BatchRecord(epoch, "train", batch, len(batches), value)
            losses.clear()
            started = perf_counter()
    training_seconds = seconds + perf_counter() - started

    evaluation = evaluate(model, state.validation, state.portion, precision)
    while True:
        try:
            done, portions = next(evaluation)
        except StopIteration as end:
            result = end.value
            break
        seconds += perf_counter() - started
        yield BatchRecord(epoch, "validation", done, portions, None)
        started = perf_counter()
    if not math.isfinite(result.loss):
        raise TrainingDiverged(_diverged(result.loss, experiment, epoch, None))
    state.epoch = epoch
    state.probabilities = result.probabilities
    seconds += perf_counter() - started
    yield EpochRecord(
        epoch=epoch,
        train_loss=loss_sum / images,
        train_accuracy=int(right.item()) / images,
        validation_loss=result.loss,
        validation_accuracy=result.accuracy,
        learning_rate=float(learning_rate),
        gradient_norm=torch.stack(norms).mean().item(),
        seconds=seconds,
        images_per_second=images / training_seconds,
    )


def gradient_norm(model: nn.Module) -> Tensor:
    """Return the Euclidean length of the gradient of all weights together."""
    gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
    return torch.nn.utils.get_total_norm(gradients)


def _diverged(value: float, experiment: Experiment, epoch: int, batch: int | None) -> str:
    what = "NaN (not a number)" if math.isnan(value) else "infinite"
    place = f"epoch {epoch}, batch {batch}" if batch else f"the validation of epoch {epoch}"
    rate = experiment.optimizer.learning_rate
    smaller = rate / 10
    if smaller < 1e-5:
        return f"The loss became {what} in {place}: try another normalization or initialization."
    return (
        f"The loss became {what} in {place}: learning rate {rate:g} is likely too high, "
        f"try {smaller:g}."
    )
