"""Tiny runs for tests: a hundred real digits instead of all, and experiments on them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest
import torch
from compared import experiment

from playground.engine.images import data as data_module
from playground.engine.images.data import TrainingData, drain, prepare_data
from playground.engine.images.sources.dataset import Source
from playground.engine.images.sources.loading import load_dataset
from playground.engine.machine.preparation import Preparation
from playground.engine.runs.execution import initial_state
from playground.engine.runs.inspection import describe
from playground.engine.runs.preflight import preflight
from playground.engine.training.training import TrainingState, train
from playground.errors import ModelDoesNotFit
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.run.records import TIMINGS, BatchRecord, EpochRecord, PreparationRecord

CPU = torch.device("cpu")
TRAINING_IMAGES = 60


def tiny(**changes: Any) -> Experiment:
    """Return an experiment of 60 images and 2 epochs; `model__dropout=0.5` sets model.dropout."""
    plain = {
        "data__training_images": TRAINING_IMAGES,
        "training__epochs": 2,
        "training__batch_size": 16,
        "training__device": "cpu",
    }
    return experiment(**{**plain, **changes})


def small_as_can_be(architecture: str) -> Experiment:
    """Return an experiment whose images are as small as the network allows."""
    for size in (None, 16, 28, 32):
        experiment = tiny(model__architecture=architecture, data__image_size=size)
        try:
            preflight(experiment)
        except ModelDoesNotFit:
            continue
        return experiment
    raise AssertionError(f"{architecture} fits no image")


@cache
def _digits() -> Source:
    return drain(load_dataset("digits"))


def use_few_digits(monkeypatch: pytest.MonkeyPatch, count: int = 100) -> None:
    """Let the digits be the first `count` training and 30 test images."""
    everything = _digits()
    source = Source(
        everything.train.subset(torch.arange(count)), everything.test.subset(torch.arange(30))
    )

    def load(name: str, download: bool) -> Preparation[Source]:
        yield PreparationRecord("Loading Digits")
        return source

    monkeypatch.setattr(data_module, "load_dataset", load)


def data_of(experiment: Experiment) -> TrainingData:
    """Return the prepared images."""
    flaws = data_flaws(experiment)
    return drain(prepare_data(experiment.data, experiment.training.seed, flaws=flaws))


def state_of(experiment: Experiment, data: TrainingData | None = None) -> TrainingState:
    """Return the state before the first batch."""
    data = data or data_of(experiment)
    summary = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    return initial_state(experiment, data, summary, CPU)


def weights_hash(state: TrainingState) -> str:
    """Return a digest of every number of the network, running means of batch norm included."""
    digest = hashlib.sha256()
    for name, tensor in state.model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def results(records: Iterable[Any]) -> list[tuple[float, ...]]:
    """Return the numbers of the epochs without those that say how long it took."""
    return [
        tuple(value for name, value in record.numbers().items() if name not in TIMINGS)
        for record in records
        if isinstance(record, EpochRecord)
    ]


def epochs(experiment: Experiment, state: TrainingState | None = None) -> Iterator[EpochRecord]:
    """Train, and yield the epochs as they come."""
    for record in train(experiment, state or state_of(experiment)):
        if isinstance(record, EpochRecord):
            yield record


def batches(
    experiment: Experiment, state: TrainingState | None = None, phase: str = "train"
) -> Iterator[BatchRecord]:
    """Train, and yield the batches of the phase as they come."""
    for record in train(experiment, state or state_of(experiment)):
        if isinstance(record, BatchRecord) and record.phase == phase:
            yield record


def outcome(experiment: Experiment) -> tuple[list[tuple[float, ...]], str]:
    """Train, and return the numbers of the epochs and a digest of the weights."""
    state = state_of(experiment)
    return results(train(experiment, state)), weights_hash(state)
