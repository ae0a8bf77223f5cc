"""Measurement: what is found out after an epoch of training, portion by portion."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from playground.engine.training.evaluation import Evaluation, evaluate, portion_bounds
from playground.engine.training.loss import build_criterion
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls


@dataclass(frozen=True, slots=True)
class Measurement:
    """The validation; and the share of training images known after the epoch, if asked for."""

    validation: Evaluation
    train_accuracy: float | None


def measure(
    experiment: Experiment, state: TrainingState
) -> Generator[tuple[int, int], None, Measurement]:
    """Measure the network after an epoch; yields (portions done, portions in all).

    The training images are measured first, in eval mode: validation in train mode would change
    the statistics of batch norm.
    """
    model, portion, precision = state.model, state.portion, experiment.training.precision
    in_train_mode = "validated_in_train_mode" in active_pitfalls(experiment)
    portions = len(portion_bounds(len(state.validation), portion, joins_single=in_train_mode))
    before, train_accuracy = 0, None
    if experiment.training.train_accuracy == "after_epoch":
        before = len(portion_bounds(len(state.train), portion, joins_single=False))
        on_train = yield from evaluate(model, state.train, portion, precision, after=portions)
        train_accuracy = on_train.accuracy
    validation = yield from evaluate(
        model,
        state.validation,
        portion,
        precision,
        criterion=build_criterion(experiment),
        in_train_mode=in_train_mode,
        before=before,
    )
    return Measurement(validation, train_accuracy)
