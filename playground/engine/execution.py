"""Execution: a whole run from its experiment, as one stream of records."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import torch

from playground import catalog
from playground.engine.data import TrainingData, prepare_data
from playground.engine.evaluation import portion_size
from playground.engine.image_feed import ImageFeed
from playground.engine.inspection import describe
from playground.engine.memory import check_memory
from playground.engine.models import build_model
from playground.engine.optimizers import build_optimizer, build_schedule
from playground.engine.predictions import save_probabilities, save_validation_images
from playground.engine.randomness import derive_seed
from playground.engine.runtime import choose_device, multiply_adds, threads_for
from playground.engine.training import TrainingState, batch_indices, has_batch_norm, train
from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.records import (
    BatchRecord,
    EpochRecord,
    ModelSummary,
    PreparationRecord,
    StartedRecord,
)

RunRecord = PreparationRecord | StartedRecord | BatchRecord | EpochRecord


def execute(experiment: Experiment, folder: Path | None = None) -> Generator[RunRecord, None, None]:
    """Prepare the data, build the network and train it, yielding a record at every step.

    With a `folder`, the validation images and each epoch's class probabilities are written there
    before the record that announces them. Raises `PlaygroundError`s: the data set is not there,
    the model does not fit, the loss diverges.
    """
    device = choose_device(experiment.training.device)
    data = yield from prepare_data(experiment.data, experiment.training.seed)
    summary = describe(experiment, data.image_shape, len(data.class_names))
    threads = threads_for(summary, experiment.training.batch_size, device)
    torch.set_num_threads(threads)
    state = initial_state(experiment, data, summary, device)
    batches = batch_indices(
        len(data.train),
        experiment.training.batch_size,
        state.model,
        torch.arange(len(data.train)),
    )
    yield StartedRecord(
        parameters=summary.parameters,
        training_images=len(data.train),
        validation_images=len(data.validation),
        batches=len(batches),
        class_names=data.class_names,
        device=str(device),
        threads=threads,
        data_fingerprint=data.fingerprint,
        validation_key=save_validation_images(data) if folder else "",
    )
    for record in train(experiment, state):
        if folder and isinstance(record, EpochRecord):
            assert state.probabilities is not None
            save_probabilities(folder, record.epoch, state.probabilities)
        yield record


def initial_state(
    experiment: Experiment, data: TrainingData, summary: ModelSummary, device: torch.device
) -> TrainingState:
    """Return the state before the first batch; weights, order, … each from their own random seed.

    Raises `InvalidExperiment` where the batches do not suit the data or the network, and
    `ModelDoesNotFit` where memory would not suffice.
    """
    settings, seed = experiment.training, experiment.training.seed
    if settings.batch_size > len(data.train):
        raise InvalidExperiment(
            f"Batch size {settings.batch_size:,} is larger than the {len(data.train):,} training "
            f"images: choose at most {len(data.train)}."
        )
    check_memory(experiment, summary, len(data.train), device)
    model = build_model(experiment.model, data.image_shape, len(data.class_names), seed)
    if settings.batch_size == 1 and has_batch_norm(model):
        raise InvalidExperiment(
            "Batch norm cannot normalize over a single image: choose batch size 2 or more."
        )
    channels_last = catalog.ARCHITECTURES[experiment.model.architecture].convolutional
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    model = model.to(device)
    optimizer = build_optimizer(experiment.optimizer, model)
    steps = -(-len(data.train) // settings.batch_size)
    # Dropout draws from torch's global state; whoever interleaves runs swaps it (TorchState).
    torch.manual_seed(derive_seed(seed, "dropout"))

    return TrainingState(
        model=model,
        optimizer=optimizer,
        schedule=build_schedule(experiment.optimizer, optimizer, steps * settings.epochs, steps),
        order=torch.Generator().manual_seed(derive_seed(seed, "order")),
        augmentation=torch.Generator().manual_seed(derive_seed(seed, "augmentation")),
        train=ImageFeed(data.train, data.normalization, device, channels_last=channels_last),
        validation=ImageFeed(
            data.validation, data.normalization, device, channels_last=channels_last
        ),
        portion=portion_size(multiply_adds(summary)),
    )
