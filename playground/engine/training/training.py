"""Training: one generator that yields a record per batch and one per epoch."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

import torch
from torch import Tensor, nn

from playground.engine.training.answers import Answers
from playground.engine.training.batches import (
    batch_indices,
    epoch_order,
    gradient_shares,
    has_batch_norm,
    step_count,
)
from playground.engine.training.divergence import diverged
from playground.engine.training.loss_reader import LossReader
from playground.engine.training.measurement import Measurement, measure
from playground.engine.training.step import Step, build_step
from playground.engine.training.training_state import TrainingState
from playground.errors import TrainingDiverged
from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls
from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.records import BatchRecord, EpochRecord

# The gradient's length is measured on about this many batches of an epoch: on each it would cost
# a small network a tenth of its speed.
_NORMS_PER_EPOCH = 10


TrainingRecord: TypeAlias = BatchRecord | Artifact | EpochRecord


def train(
    experiment: Experiment, state: TrainingState, step: Step | None = None
) -> Iterator[TrainingRecord]:
    """Train to the experiment's last epoch, yielding a record per batch and one per epoch.

    What an epoch leaves behind comes before its record, which is its last. Pausing is not calling
    `next()`, stopping is closing the generator. At an epoch's record, `state` is what a checkpoint
    must hold. Raises `TrainingDiverged` at the first batch whose loss
    is not finite. A `step` of one's own sees every batch. With a team of devices, those who follow
    yield their batches alone.
    """
    step = step or build_step(experiment, state.model, state.train.device)
    while state.epoch < experiment.training.epochs:
        clock = _Clock()
        trained = yield from _train_epoch(experiment, state, step, clock)
        training_seconds = clock.seconds
        if not state.team.leads:
            state.epoch += 1
            continue
        measured = yield from _measure(experiment, state, clock)
        accuracy = measured.train_accuracy
        state.epoch += 1
        yield Artifact(PROBABILITIES, state.epoch, measured.validation.probabilities)
        yield EpochRecord(
            epoch=state.epoch,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy if accuracy is None else accuracy,
            validation_loss=measured.validation.loss,
            validation_accuracy=measured.validation.accuracy,
            learning_rate=trained.learning_rate,
            gradient_norm=trained.gradient_norm,
            update_ratio=trained.update_ratio,
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
    update_ratio: float


def _train_epoch(
    experiment: Experiment, state: TrainingState, step: Step, clock: _Clock
) -> Generator[BatchRecord, None, _Trained]:
    epoch = state.epoch + 1
    augmentation, shift = experiment.data.augmentation, experiment.data.crop_shift
    accumulation = experiment.training.accumulation
    has_schedule = experiment.optimizer.schedule != "constant"
    flaws = active_pitfalls(experiment)
    model, optimizer, feed, team = state.model, state.optimizer, state.train, state.team
    # What is never zeroed is added up with the others' as well: it is kept by one of them.
    zeroes_gradients = "not_zeroed" not in flaws or not team.leads
    images = len(feed)

    team.begin_epoch(model, experiment.training.seed, epoch)
    order = epoch_order(experiment, feed.labels, state.order)
    batches = batch_indices(images, experiment.training.global_batch_size, model, order)
    pieces = team.pieces(batches, normalizes=has_batch_norm(model))
    shares = gradient_shares(batches, accumulation)
    steps = step_count(len(batches), accumulation)
    norm_every = max(1, steps // _NORMS_PER_EPOCH)
    norms: list[Tensor] = []
    # One step tells: it takes a copy of the weights, 45 µs where a small network's step takes 150.
    middle, ratio = (steps + 1) // 2, torch.zeros(())
    mine = order if team.is_alone else torch.cat([piece.indices for piece in pieces])
    epoch_labels = feed.labels.index_select(0, mine)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    answers = Answers(epoch_labels)
    reader = LossReader(feed.device)
    read, loss_sum = 0, 0.0  # batches whose loss has been read
    learning_rate = 0.0
    model.train(epoch == 1 or "eval_mode" not in flaws)
    every_label = epoch_labels.split([len(piece.indices) for piece in pieces])
    for number, (piece, labels) in enumerate(zip(pieces, every_label, strict=True), 1):
        team.go()
        inputs = feed.select(piece.indices, augmentation, state.augmentation, shift, piece.part)
        if zeroes_gradients and (number - 1) % accumulation == 0:
            for weight in weights:  # what zero_grad() does, at a fortieth of its cost
                weight.grad = None
        loss, logits = team.compute(step, piece, inputs, labels, shares[number - 1])
        if number % accumulation == 0 or number == len(batches):
            team.add_up(weights)
            taken = step_count(number, accumulation)
            # Not the last of each stretch: that of an epoch may have but a few images.
            if taken % norm_every == norm_every // 2:
                norms.append(gradient_norm(model))
            learning_rate = optimizer.param_groups[0]["lr"]
            if taken == middle:
                before = [weight.detach().clone() for weight in weights]
                optimizer.step()
                ratio = update_ratio(before, weights)
                if state.update_ratios is not None:
                    pairs = zip(before, weights, strict=True)
                    state.update_ratios = [update_ratio([one], [now]) for one, now in pairs]
            else:
                optimizer.step()
            if has_schedule:
                state.schedule.step()
        if len(labels):
            answers.take(logits.detach())
        values = reader.take(loss.detach())
        if number == len(batches):
            values += reader.rest()
        clock.stop()
        for value in values:
            read += 1
            if not math.isfinite(value):
                raise TrainingDiverged(diverged(value, experiment, epoch, read))
            loss_sum += value * len(batches[read - 1])
            yield BatchRecord(epoch, "train", read, len(batches), value)
        clock.go_on()
    team.go()
    trained = _Trained(
        loss_sum / images,
        int(team.total(torch.tensor(answers.count_right()))) / images,
        float(learning_rate),
        torch.stack(norms).mean().item(),
        float(ratio),
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
        raise TrainingDiverged(diverged(result.validation.loss, experiment, epoch, None))
    return result


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


@torch.no_grad()
def update_ratio(before: list[Tensor], weights: list[nn.Parameter]) -> Tensor:
    """Return the Euclidean length of a step over that of all weights `before` it."""
    changes = [after - weight for after, weight in zip(weights, before, strict=True)]
    return torch.nn.utils.get_total_norm(changes) / torch.nn.utils.get_total_norm(before)
