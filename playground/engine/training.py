"""Training: one generator that yields a record per batch and one per epoch."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor, nn

from playground.engine.batches import batch_indices, epoch_order, gradient_shares, step_count
from playground.engine.loss import build_criterion
from playground.engine.loss_reader import LossReader
from playground.engine.measurement import Measurement, measure
from playground.engine.precision import computing
from playground.engine.training_state import TrainingState
from playground.errors import TrainingDiverged
from playground.experiment import Experiment
from playground.pitfalls import active_pitfalls
from playground.records import BatchRecord, EpochRecord

# The gradient's length is measured on about this many batches of an epoch: on each it would cost
# a small network a tenth of its speed.
_NORMS_PER_EPOCH = 10

# Finding the largest logits costs a step of softmax regression 7 %, for many batches at once 3 %.
_ANSWERED_AT_ONCE = 8192  # images


def train(experiment: Experiment, state: TrainingState) -> Iterator[BatchRecord | EpochRecord]:
    """Train to the experiment's last epoch, yielding a record per batch and one per epoch.

    Pausing is not calling `next()`, stopping is closing the generator. After an epoch's record,
    `state` is what a checkpoint must hold. Raises `TrainingDiverged` at the first batch whose loss
    is not finite.
    """
    while state.epoch < experiment.training.epochs:
        clock = _Clock()
        trained = yield from _train_epoch(experiment, state, clock)
        training_seconds = clock.seconds
        measured = yield from _measure(experiment, state, clock)
        accuracy = measured.train_accuracy
        state.epoch += 1
        state.probabilities = measured.validation.probabilities
        yield EpochRecord(
            epoch=state.epoch,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy if accuracy is None else accuracy,
            validation_loss=measured.validation.loss,
            validation_accuracy=measured.validation.accuracy,
            learning_rate=trained.learning_rate,
            gradient_norm=trained.gradient_norm,
            seconds=clock.seconds,
            images_per_second=len(state.train) / training_seconds,
        )


@dataclass(frozen=True, slots=True)
class _Trained:
    """An epoch's training images as they were trained on: means over images, and over steps."""

    loss: float
    accuracy: float
    learning_rate: float
    gradient_norm: float


def _train_epoch(
    experiment: Experiment, state: TrainingState, clock: _Clock
) -> Generator[BatchRecord, None, _Trained]:
    epoch = state.epoch + 1
    precision = experiment.training.precision
    augmentation = experiment.data.augmentation
    accumulation = experiment.training.accumulation
    has_schedule = experiment.optimizer.schedule != "constant"
    flaws = active_pitfalls(experiment)
    zeroes_gradients = "not_zeroed" not in flaws
    criterion = build_criterion(experiment)
    model, optimizer, feed = state.model, state.optimizer, state.train
    images = len(feed)

    order = epoch_order(experiment, feed.labels, state.order)
    batches = batch_indices(images, experiment.training.batch_size, model, order)
    shares = gradient_shares(batches, accumulation)
    norm_every = max(1, step_count(len(batches), accumulation) // _NORMS_PER_EPOCH)
    norms: list[Tensor] = []
    epoch_labels = feed.labels.index_select(0, order)
    weights = list(model.parameters())
    answers = _Answers(epoch_labels)
    reader = LossReader(feed.device)
    read, loss_sum = 0, 0.0  # batches whose loss has been read
    learning_rate = 0.0
    model.train(epoch == 1 or "eval_mode" not in flaws)
    every_label = epoch_labels.split([len(batch) for batch in batches])
    for number, (indices, labels) in enumerate(zip(batches, every_label, strict=True), 1):
        inputs = feed.select(indices, augmentation, state.augmentation)
        with computing(precision, feed.device):
            logits = model(inputs)
        loss = criterion(logits.float(), labels, "mean")
        if zeroes_gradients and (number - 1) % accumulation == 0:
            for weight in weights:  # what zero_grad() does, at a fortieth of its cost
                weight.grad = None
        loss.backward(shares[number - 1])
        if number % accumulation == 0 or number == len(batches):
            if step_count(number, accumulation) % norm_every == 0:
                norms.append(gradient_norm(model))
            learning_rate = optimizer.param_groups[0]["lr"]
            optimizer.step()
            if has_schedule:
                state.schedule.step()
        answers.take(logits.detach())
        values = reader.take(loss.detach())
        if number == len(batches):
            values += reader.rest()
        clock.stop()
        for value in values:
            read += 1
            if not math.isfinite(value):
                raise TrainingDiverged(_diverged(value, experiment, epoch, read))
            loss_sum += value * len(batches[read - 1])
            yield BatchRecord(epoch, "train", read, len(batches), value)
        clock.go_on()
    trained = _Trained(
        loss_sum / images,
        answers.count_right() / images,
        float(learning_rate),
        torch.stack(norms).mean().item(),
    )
    clock.stop()
    return trained


def _measure(
    experiment: Experiment, state: TrainingState, clock: _Clock
) -> Generator[BatchRecord, None, Measurement]:
    epoch = state.epoch + 1
    clock.go_on()
    measurement = measure(experiment, state)
    while True:
        try:
            done, portions = next(measurement)
        except StopIteration as end:
            result: Measurement = end.value
            break
        clock.stop()
        yield BatchRecord(epoch, "validation", done, portions, None)
        clock.go_on()
    clock.stop()
    if not math.isfinite(result.validation.loss):
        raise TrainingDiverged(_diverged(result.validation.loss, experiment, epoch, None))
    return result


class _Answers:
    """Counts the right answers of an epoch, for many batches at once: one by one is no cheaper."""

    def __init__(self, labels: Tensor) -> None:
        self._labels = labels
        self._kept: list[Tensor] = []
        self._counted = self._taken = 0
        self._right = torch.zeros((), dtype=torch.int64, device=labels.device)

    def take(self, logits: Tensor) -> None:
        """Keep the logits of the next batch."""
        self._kept.append(logits)
        self._taken += len(logits)
        if self._taken - self._counted >= _ANSWERED_AT_ONCE:
            self._count()

    def count_right(self) -> int:
        """Return how many of all taken are right."""
        self._count()
        return int(self._right.item())

    def _count(self) -> None:
        if self._kept:
            guesses = torch.cat(self._kept).argmax(1)
            self._right += (guesses == self._labels[self._counted : self._taken]).sum()
            self._counted = self._taken
            self._kept.clear()


class _Clock:
    """The seconds spent computing; it stands still while others have their turn."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.go_on()

    def go_on(self) -> None:
        self._started = perf_counter()

    def stop(self) -> None:
        self.seconds += perf_counter() - self._started


def gradient_norm(model: nn.Module) -> Tensor:
    """Return the Euclidean length of the gradient of all weights together."""
    gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
    return torch.nn.utils.get_total_norm(gradients)


def _diverged(value: float, experiment: Experiment, epoch: int, batch: int | None) -> str:
    what = "NaN (not a number)" if math.isnan(value) else "infinite"
    place = f"epoch {epoch}, batch {batch}" if batch else f"the validation of epoch {epoch}"
    if active_pitfalls(experiment):  # no word on which: it may be hidden
        return (
            f"The loss became {what} in {place}: this may be the doing of the run's pitfall, so "
            "train without it to compare."
        )
    rate = experiment.optimizer.learning_rate
    smaller = rate / 10
    if smaller < 1e-5:
        return f"The loss became {what} in {place}: try another normalization or initialization."
    return (
        f"The loss became {what} in {place}: learning rate {rate:g} is likely too high, "
        f"try {smaller:g}."
    )
