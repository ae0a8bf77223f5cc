"""Execution: a whole run from its experiment, as one stream of records."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from pathlib import Path

import torch

from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.machine.randomness import derive_seed
from playground.engine.machine.runtime import choose_device, multiply_adds, threads_for
from playground.engine.models.building import build_model
from playground.engine.runs.inspection import describe
from playground.engine.runs.journal import AFRESH, Beginning, Journal
from playground.engine.runs.memory import check_memory
from playground.engine.runs.observers import are_asked, observe, observers
from playground.engine.runs.predictions import save_validation_images
from playground.engine.runs.training_sample import save_training_sample
from playground.engine.training.batches import batch_count, check_batches, step_count
from playground.engine.training.evaluation import evaluate, portion_size
from playground.engine.training.optimizers import build_optimizer, build_schedule
from playground.engine.training.precision import pixel_type
from playground.engine.training.training import train
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import active_pitfalls, data_flaws, real_optimizer
from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.folder import RunFolder
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    ModelSummary,
    NoteRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
    TurnRecord,
)

RunRecord = (
    PreparationRecord
    | StartedRecord
    | RestoredRecord
    | KeptRecord
    | NoteRecord
    | TurnRecord
    | BatchRecord
    | EpochRecord
)


def execute(
    experiment: Experiment,
    folder: Path | None = None,
    shelf: DataShelf | None = None,
    begin: Beginning = AFRESH,
    change_state: Callable[[TrainingState], None] | None = None,
) -> Generator[RunRecord, None, None]:
    """Prepare the data, build the network and train it, yielding a record at every step.

    With a `folder`, the validation images, each epoch's class probabilities and a checkpoint are
    written there before the record that announces the epoch; `begin` says whether to go on from
    such a checkpoint. A folder that cannot be written is told in a `NoteRecord`, and the run goes
    on. Runs with the same `shelf` share their images. `change_state` is called once, before the
    first step, for a network that is to begin otherwise than its settings say. Raises
    `PlaygroundError`s: the data set is not there, the model does not fit, the loss diverges,
    another process has the run.
    """
    shelf = shelf or DataShelf()
    device = choose_device(experiment.training.device)
    data = yield from shelf.prepare(
        experiment.data, experiment.training.seed, flaws=data_flaws(experiment)
    )
    yield PreparationRecord("Building the network")
    summary = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    threads = threads_for(summary, experiment.training.batch_size, device)
    torch.set_num_threads(threads)
    state = initial_state(experiment, data, summary, device, shelf)
    if change_state:
        change_state(state)
    entry = catalog.DATASETS[experiment.data.dataset]
    started = StartedRecord(
        parameters=summary.parameters,
        training_images=len(data.train),
        validation_images=len(data.validation),
        batches=batch_count(len(data.train), experiment.training.batch_size, state.model),
        class_names=data.class_names,
        device=str(device),
        threads=threads,
        data_fingerprint=data.fingerprint,
        validation_key=_written(save_validation_images, data) if folder else "",
        training_key=_written(save_training_sample, data) if folder and are_asked() else "",
        dataset_label=entry.label if entry.content else "",
        dataset_content=entry.content,
    )
    journal = Journal(experiment, started, RunFolder(folder), begin) if folder else None
    history = journal.restore(state) if journal else []
    watching = observers(experiment, data, state) if folder else []
    del data  # the feeds hold what training needs of it
    if journal and not state.epoch:
        untrained = yield from _untrained(experiment, state)
        yield from journal.take(untrained, state)
        for artifact in (yield from observe(watching, state)):
            yield from journal.take(artifact, state)
    yield started
    yield from history
    for record in train(experiment, state):
        if journal:
            if isinstance(record, EpochRecord):
                for artifact in (yield from observe(watching, state)):
                    yield from journal.take(artifact, state)
            yield from journal.take(record, state)
        if not isinstance(record, Artifact):
            yield record


def _untrained(
    experiment: Experiment, state: TrainingState
) -> Generator[PreparationRecord, None, Artifact]:
    """Return what the network says before the first step: in eval mode, so no number changes."""
    precision = experiment.training.precision
    evaluation = evaluate(state.model, state.validation, state.portion, precision)
    while True:
        try:
            done, portions = next(evaluation)
        except StopIteration as end:
            return Artifact(PROBABILITIES, 0, end.value.probabilities)
        if done < portions:
            yield PreparationRecord("Asking the untrained network", done / portions)


def _written(save: Callable[[TrainingData], str], data: TrainingData) -> str:
    """Write images for those who look; return their key, "" where they cannot be written."""
    try:
        return save(data)
    except OSError as error:
        logging.getLogger(__name__).warning("images for the pages are not written: %s", error)
        return ""


def initial_state(
    experiment: Experiment,
    data: TrainingData,
    summary: ModelSummary,
    device: torch.device,
    shelf: DataShelf | None = None,
) -> TrainingState:
    """Return the state before the first batch; weights, order, … each from their own random seed.

    Raises `InvalidExperiment` where the batches do not suit the data or the network, and
    `ModelDoesNotFit` where memory would not suffice.
    """
    settings, seed = experiment.training, experiment.training.seed
    check_memory(experiment, summary, data.counts, device)
    model = build_model(experiment.model, data.input_shape, len(data.class_names), seed)
    check_batches(len(data.train), settings.batch_size, model)
    channels_last = catalog.ARCHITECTURES[experiment.model.architecture].convolutional
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    model = model.to(device)
    rates = real_optimizer(experiment)
    optimizer = build_optimizer(rates, model)
    batches = batch_count(len(data.train), settings.batch_size, model)
    steps = step_count(batches, settings.accumulation)
    train_feed, validation_feed = (shelf or DataShelf()).feeds(
        data, device, pixel_type(settings.precision), channels_last=channels_last
    )
    # Dropout draws from torch's global state; whoever interleaves runs swaps it (TorchState).
    torch.manual_seed(derive_seed(seed, "dropout"))
    return TrainingState(
        model=model,
        optimizer=optimizer,
        schedule=build_schedule(rates, optimizer, steps * settings.epochs, steps),
        order=torch.Generator().manual_seed(derive_seed(seed, "order")),
        augmentation=torch.Generator().manual_seed(derive_seed(seed, "augmentation")),
        train=train_feed,
        validation=validation_feed,
        portion=portion_size(multiply_adds(summary)),
        keeps_gradients="not_zeroed" in active_pitfalls(experiment),
    )
